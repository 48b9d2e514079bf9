"""Owns *when*: schedules, runs, leases and retries.

Of a brand it reads whose it is, whether it was deleted, and its limit.
"""
