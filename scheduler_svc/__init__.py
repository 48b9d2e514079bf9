"""Owns *when*: schedules, runs, leases and retries. Knows nothing of a brand beyond its id."""
