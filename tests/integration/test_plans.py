"""The hot statements find their rows by an index, at 100,000 rows."""

from collections.abc import Iterator

import psycopg
import pytest

from brand_svc.catalog.store.removal import OF_A_BRAND
from scheduler_svc import planner, removals, runs, watch
from worker_svc.run import HOLD

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
    "plan": (planner.DUE, {"now": "now()", "batch": "25"}),
    "insert fires": (
        runs.INSERT_FIRES,
        {
            "trigger": "'schedule'", "priority": "CAST(5 AS smallint)", "ids": ARRAY, "schedule_ids": ARRAY,
            "instants": "ARRAY[now()]", "available": "ARRAY[now()]", "exclusive": "ARRAY[false]",
        },
    ),
    "advance": (planner.ADVANCE, {"ids": ARRAY, "next_run_ats": "ARRAY[now()]"}),
    "next due": (planner.SECONDS_TO_NEXT, {}),
    "lease": (runs.LEASE, {"capacity": "5", "lease_seconds": "30", "worker_id": "'w'"}),
    "next ready": (runs.NEXT_READY, {}),
    "heartbeat": (
        runs.HEARTBEAT,
        {"lease_seconds": "30", "ids": ARRAY, "tokens": ARRAY, "progress": "ARRAY[NULL]"},
    ),
    "finish": (
        runs.FINISH,
        {
            "ids": ARRAY, "tokens": ARRAY, "outcomes": "ARRAY['completed']", "metrics": "ARRAY[NULL]",
            "progress": "ARRAY[NULL]", "errors": "ARRAY[NULL]", "retryable": "ARRAY[false]", "backoff": "5",
            "backoff_max": "600",
        },
    ),
    "lost": (runs.LOST, {"grace": "15", "batch": "500"}),
    "sweep": (runs.SWEEP, {"grace": "15", "ids": ARRAY}),
    "lock schedules": (runs.LOCK_SCHEDULES, {"ids": ARRAY}),
    "open runs": (runs.OPEN_RUNS, {"schedule_ids": ARRAY}),
    "last run": (runs.RECORD_LAST_RUN, {"ids": ARRAY}),
    "cancel": (runs.CANCEL, {"ids": ARRAY}),
    "watch": (watch.CHANGES, {"xid": "99000", "run_id": KEY, "customer_id": "NULL", "page": "200"}),
    "schedules of deleted brands": (removals.SCHEDULES, {"batch": "500"}),
    "runs of deleted brands": (removals.OPEN_RUNS, {"batch": "500"}),
    "end a schedule": (removals.END_SCHEDULE, {"id": KEY}),
    **{f"remove {table}": (statement, {"id": KEY, "batch": "500"}) for table, statement in OF_A_BRAND.items()},
    "hold": (HOLD, {"run_id": KEY, "token": KEY}),
}  # fmt: skip


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_hot_statement_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    statement, values = STATEMENTS[name]
    compiled = statement.bindparams().compile()
    sql = str(compiled)
    for parameter in sorted(values, key=len, reverse=True):
        sql = sql.replace(f":{parameter}", f"({values[parameter]})")
    plan = "\n".join(row[0] for row in filled.execute(f"EXPLAIN {sql}").fetchall())
    assert "Seq Scan on job_runs" not in plan, plan
    assert "Seq Scan on scheduled_jobs" not in plan, plan
