"""When two searches that engines made are the same."""


def spelling(search: str) -> str:
    """What is alike in all ways to write a search: without regard to case and white space."""
    return " ".join(search.split()).casefold()
