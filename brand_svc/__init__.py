"""Owns *who, and what was learned*: catalog/ has customers and what to ask for them, insights/ what came of it."""
