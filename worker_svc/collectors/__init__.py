"""One file for each answer engine, and what they share."""
