"""The hot statements find their rows by an index, at 100,000 rows."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.dialects import postgresql

from brand_svc.catalog.store.removal import OF_A_BRAND
from scheduler_svc.store import (
    births,
    cancels,
    changes,
    due,
    endings,
    heartbeats,
    last_runs,
    leases,
    removals,
    retention,
    retries,
    runs,
    schedules,
    sweeps,
)
from scheduler_svc.store.runs import RunFilter
from scheduler_svc.store.schedules import ScheduleFilter
from worker_svc.store.fence import FENCE

ROWS = 100_000
KEY = "'00000000-0000-7000-8000-000000000000'"
ARRAY = f"ARRAY[{KEY}]"


@pytest.fixture(scope="module")
def filled(server: str) -> Iterator[psycopg.Connection]:
    """A database with 100,000 schedules and 100,000 runs, most of them finished."""
    from tests.integration.conftest import fresh

    with fresh(server) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"""
            INSERT INTO customers (id, name) SELECT gen_random_uuid(), 'c' || i FROM generate_series(1, 20) AS i;
            INSERT INTO brands (id, customer_id, name) SELECT gen_random_uuid(), id, name FROM customers;
            INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active,
                overlap_policy, catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds,
                next_run_at, created_by)
            SELECT gen_random_uuid(), customer_id, id, 'scoring', '0 9 * * *', 'UTC', true, 'skip', 'latest', 60, 0, 3,
                600, now() + make_interval(mins => i), 'test'
            FROM brands, generate_series(1, {ROWS} / 20) AS i;
            INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, status, trigger, scheduled_for,
                available_at, max_attempts, timeout_seconds, finished_at, change_xid)
            SELECT gen_random_uuid(), customer_id, brand_id, id, job_type, 'completed', 'schedule', now(), now(), 3,
                600, now(), row_number() OVER ()
            FROM scheduled_jobs;
            INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, trigger, scheduled_for,
                available_at, max_attempts, timeout_seconds)
            SELECT gen_random_uuid(), customer_id, brand_id, id, job_type, 'manual', now(), now(), 3, 600
            FROM scheduled_jobs LIMIT 1000;
            UPDATE job_runs SET status = 'processing', lease_token = gen_random_uuid(), lease_expires_at = now(),
                deadline_at = now() WHERE id IN (SELECT id FROM job_runs WHERE status = 'pending' LIMIT 100);
            ANALYZE;
        """)
        connection.execute("VACUUM job_runs")
        yield connection


STATEMENTS = {
    "due": (due.DUE, {"now": "now()", "batch": "25"}),
    "birth": (
        births.OF_SCHEDULES,
        {
            "trigger": "'schedule'", "priority": "CAST(5 AS smallint)", "ids": ARRAY, "schedule_ids": ARRAY,
            "instants": "ARRAY[now()]", "available": "ARRAY[now()]", "exclusive": "ARRAY[false]",
            "tests": "ARRAY[false]",
        },
    ),
    "advance": (due.ADVANCE, {"ids": ARRAY, "next_run_ats": "ARRAY[now()]"}),
    "pause": (due.PAUSE, {"id": KEY}),
    "next due": (due.SECONDS_TO_NEXT, {}),
    "lease": (leases.LEASE, {"capacity": "5", "lease_seconds": "30", "worker_id": "'w'"}),
    "next ready": (leases.NEXT_READY, {}),
    "heartbeat": (
        heartbeats.HEARTBEAT,
        {"lease_seconds": "30", "ids": ARRAY, "tokens": ARRAY, "progress": "ARRAY[NULL]"},
    ),
    "finish": (
        endings.FINISH,
        {
            "ids": ARRAY, "tokens": ARRAY, "outcomes": "ARRAY['completed']", "metrics": "ARRAY[NULL]",
            "progress": "ARRAY[NULL]", "errors": "ARRAY[NULL]", "retryable": "ARRAY[false]", "backoff": "5",
            "backoff_max": "600",
        },
    ),
    "lost": (sweeps.LOST, {"grace": "15", "batch": "500"}),
    "sweep": (sweeps.SWEEP, {"grace": "15", "ids": ARRAY}),
    "lock schedules": (last_runs.LOCK_SCHEDULES, {"ids": ARRAY}),
    "last run": (last_runs.RECORD_LAST_RUN, {"ids": ARRAY}),
    "pause failing": (last_runs.PAUSE_FAILING, {"ids": ARRAY}),
    "open runs": (runs.OPEN_OF_SCHEDULES, {"schedule_ids": ARRAY}),
    "cancel": (cancels.CANCEL, {"ids": ARRAY}),
    "retry": (retries.RETRY, {"id": KEY, "priority": "CAST(1 AS smallint)"}),
    "old runs": (retention.RUNS, {"boundary": KEY, "days": "90", "batch": "500"}),
    "watch": (changes.CHANGES, {"xid": "99000", "run_id": KEY, "customer_id": "NULL", "page": "200"}),
    "fence": (FENCE, {"run_id": KEY, "token": KEY}),
    "schedules of deleted brands": (removals.SCHEDULES, {"batch": "500"}),
    "runs of deleted brands": (removals.OPEN_RUNS, {"batch": "500"}),
    "end a schedule": (removals.END_SCHEDULE, {"id": KEY}),
    **{f"remove {table}": (statement, {"id": KEY, "batch": "500"}) for table, statement in OF_A_BRAND.items()},
}  # fmt: skip

ID = UUID(int=0)
PAGES = {
    "all runs": runs.page_of(RunFilter(), 20, ID),
    "a customer's runs": runs.page_of(RunFilter(customer_id=ID), 20, None),
    "a brand's runs": runs.page_of(RunFilter(brand_id=ID), 20, None),
    "a schedule's runs": runs.page_of(RunFilter(schedule_id=ID), 20, None),
    "a customer's schedules": schedules.page_of(ScheduleFilter(customer_id=ID), 20, None),
    "a brand's schedules": schedules.page_of(ScheduleFilter(brand_id=ID), 20, None),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_hot_statement_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    statement, values = STATEMENTS[name]
    sql = str(statement.bindparams().compile())
    for parameter in sorted(values, key=len, reverse=True):
        sql = sql.replace(f":{parameter}", f"({values[parameter]})")
    assert_reads_no_whole_table(filled, sql)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_a_list_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    sql = PAGES[name].compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    assert_reads_no_whole_table(filled, str(sql))


def assert_reads_no_whole_table(connection: psycopg.Connection, sql: str) -> None:
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {sql}").fetchall())
    assert "Seq Scan on job_runs" not in plan, plan
    assert "Seq Scan on scheduled_jobs" not in plan, plan
