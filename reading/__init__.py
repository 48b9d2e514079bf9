"""Reads an answer: who is named, where, in what tone, citing whom. Text in, facts out."""
