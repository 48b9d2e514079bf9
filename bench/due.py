"""Schedules that come due at one moment, each once, and whose runs do as little as a run can.

They score brands that have no answers: the run is leased, its brand's names and unread answers are looked for, and its
end is told.
"""

from datetime import datetime

import psycopg

from answerbeat.database import SCHEDULES_CHANGED
from bench.scale import OWNERS

BRANDS = 20
"""That OWNERS makes."""
MAKE = """
INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active, overlap_policy,
    catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds, next_run_at, created_by)
SELECT uuidv7(), customer_id, id, 'scoring', to_char(%(at)s::timestamptz AT TIME ZONE 'UTC', 'FMMI FMHH24 * * *'),
    'UTC', true, 'allow', 'latest', 3600, 0, 3, 600, %(at)s, 'bench'
FROM brands, generate_series(1, %(each)s)
"""


def start_anew(url: str) -> None:
    """Empties the database but for customers and brands."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE customers CASCADE")
        connection.execute(OWNERS)
        connection.execute("VACUUM ANALYZE")


def make_due(url: str, count: int, at: datetime | None = None) -> datetime:
    """Makes so many schedules, a multiple of 20, that fire at a whole minute: at the one that runs, by default.

    Gives when they were there, by PostgreSQL's clock.
    """
    assert count % BRANDS == 0, count
    with psycopg.connect(url) as connection:
        at = at or _one(connection, "SELECT date_trunc('minute', clock_timestamp())")
        connection.execute(MAKE, {"at": at, "each": count // BRANDS})
        connection.execute("SELECT pg_notify(%s, '')", (SCHEDULES_CHANGED,))
        return _one(connection, "SELECT clock_timestamp()")


def next_minute(url: str, at_least_seconds: int) -> datetime:
    """The next whole minute that is so far away, by PostgreSQL's clock."""
    with psycopg.connect(url) as connection:
        earliest = f"date_trunc('minute', clock_timestamp() + interval '{at_least_seconds} s' + interval '1 minute')"
        return _one(connection, f"SELECT {earliest}")


def _one(connection: psycopg.Connection, query: str) -> datetime:
    (found,) = connection.execute(query).fetchone() or (None,)
    assert isinstance(found, datetime)
    return found
