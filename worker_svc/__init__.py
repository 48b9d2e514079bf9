"""Owns *doing*: executes runs, asks engines, reads what they answer, and keeps the bill. Nobody calls it."""
