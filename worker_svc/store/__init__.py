"""Statements, the rows they give, and their functions. What writes about a run takes a fenced transaction."""
