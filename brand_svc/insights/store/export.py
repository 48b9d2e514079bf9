"""A table that can be taken away: a statement, and the rows it gives."""

from dataclasses import dataclass

import pyarrow
from sqlalchemy import TextClause


@dataclass(frozen=True)
class Export:
    """A statement, and the rows it gives."""

    statement: TextClause
    schema: pyarrow.Schema
