"""Pages of lists: keys sort by time, so a page is "the next N keys beyond this one"."""

from collections.abc import Sequence
from typing import TypeVar

Row = TypeVar("Row")


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """Of up to limit + 1 rows, the page, and its last row when there are more."""
    return (rows[:limit], rows[limit - 1]) if len(rows) > limit else (rows, None)
