"""The schema that this code needs: that of its newest migration."""

from pathlib import Path

NEEDED = max(path.name[:4] for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
"""Alembic's name of it, which the migration's file begins with."""
