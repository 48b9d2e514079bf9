"""Brings a database to the newest schema. Safe to run from many processes at once."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, wait_random_exponential

log = structlog.get_logger()

LOCK = 7_245_901_338
"""An advisory lock of our own, so that one process migrates and the others wait for it."""


def config(connection: Connection) -> Config:
    """Alembic's configuration, on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def migrate(database_url: str, revision: str = "head") -> None:
    """Applies what is missing up to a revision. Raises sqlalchemy.exc.OperationalError when the database is away."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            command.upgrade(config(connection), revision)
    finally:
        engine.dispose()
    log.info("schema_is_current", revision=revision)


def migrate_when_up(database_url: str) -> None:
    """Applies what is missing as soon as the database answers, saying so in the log while it does not."""
    for attempt in Retrying(
        retry=retry_if_exception_type(OperationalError),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        before_sleep=lambda state: log.warning("waiting_for_postgresql", tries=state.attempt_number),
    ):
        with attempt:
            migrate(database_url)
