"""Statements, the rows they give, and the functions that run them."""
