"""Owns *what*: brands, collectors, answers and scores. Knows nothing of cron."""
