"""Speaks the engines' side of the wire, so that a demo and the tests cost no money."""
