"""What a run does, one step a file."""
