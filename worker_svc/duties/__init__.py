"""What a worker does for as long as it lives. Only here does it speak with the scheduler."""
