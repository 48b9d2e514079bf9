"""One PostgreSQL 18 with fsync on, which all that is compared shares."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from answerbeat.schema.migrate import migrate
from launcher.embedded import start_postgresql

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "random_page_cost": "1.1"}
"""A server's, not a laptop's: the default 128 MB would measure the disk."""


@contextmanager
def fresh_database() -> Iterator[str]:
    """The address of a migrated database on a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_postgresql(Path(folder) / "pg", is_kept=False)
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        process = server.get_postmaster_info().process
        process.terminate()
        process.wait(30)
        server.ensure_postgres_running()
        migrate(url)
        try:
            yield url
        finally:
            server.cleanup()
