"""What a run does: collect and score are its steps, the others what these are made of."""
