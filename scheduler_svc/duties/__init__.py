"""What goes on as long as the service lives."""
