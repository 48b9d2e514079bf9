"""Customers, brands, their names and questions, tokens, limits, and which engines can be asked. Knows no answers."""
