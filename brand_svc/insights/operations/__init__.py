"""What people do about answers: each is one transaction that looks, decides and stores."""
