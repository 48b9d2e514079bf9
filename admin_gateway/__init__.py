"""Owns *how people reach it*: HTTP and JSON. Holds no rule and no SQL."""
