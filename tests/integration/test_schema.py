"""The migration gives what the mapped classes say, and the constraints hold."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from answerbeat.database import Database
from answerbeat.schema import Base, Customer
from answerbeat.schema.migrate import migrate
from brand_svc.catalog.store.writing import flush

IN_THE_MIGRATION_ALONE = ("remove_index", "remove_constraint", "add_fk", "remove_fk")
"""What else keeps the tables right, and what becomes of rows that refer to others."""


def _matters(difference: object) -> bool:
    """Tables, columns and their types must agree, and what a class says to be unique must be."""
    flat = difference[0] if isinstance(difference, list) else difference
    return flat[0] not in IN_THE_MIGRATION_ALONE


def test_the_mapped_classes_agree_with_the_migration(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, Base.metadata) if _matters(d)]
    engine.dispose()
    assert differences == []


WHOLE = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public'
    UNION ALL SELECT tablename, indexname, indexdef, NULL, NULL FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'customers', name, id::text, NULL, NULL FROM customers
    ORDER BY 1, 2
"""


def test_migrating_again_changes_nothing(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO customers (id, name) VALUES (gen_random_uuid(), 'c')")
        before = connection.execute(WHOLE).fetchall()
        migrate(database_url)
        assert connection.execute(WHOLE).fetchall() == before
    assert len(before) > 100


def test_the_database_itself_refuses_two_runs_of_a_fire_time(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO customers (id, name) VALUES (gen_random_uuid(), 'c')")
        connection.execute(
            "INSERT INTO brands (id, customer_id, name) SELECT gen_random_uuid(), id, 'b' FROM customers"
        )
        connection.execute("""
            INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active,
                overlap_policy, catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds,
                created_by)
            SELECT gen_random_uuid(), customer_id, id, 'scoring', '* * * * *', 'UTC', false, 'skip', 'latest', 0, 0, 1,
                60, 'test' FROM brands
        """)
        insert = """
            INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, trigger, scheduled_for,
                available_at, max_attempts, timeout_seconds)
            SELECT gen_random_uuid(), customer_id, brand_id, id, 'scoring', 'schedule', '2026-01-01Z', now(), 1, 60
            FROM scheduled_jobs
        """
        connection.execute(insert)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert)


async def test_a_constraint_that_nobody_expects_is_no_conflict(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Customer(name="Once"))
    async with database.transaction() as session:
        session.add(Customer(name="Once"))
        with pytest.raises(IntegrityError):
            await flush(session, "another_constraint", "Taken.")
        await session.rollback()
