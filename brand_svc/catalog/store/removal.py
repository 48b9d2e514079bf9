"""Takes away what hangs on a brand or a customer that was deleted, a bounded piece in each transaction.

Each step looks at what is left and takes the next of it: one that was cut short, or never begun, is done by whoever
comes next. Nothing is begun while a schedule may fire or a run is open: the scheduler ends those.

All who write lock in one order: schedule, run, call, answer, what was read off it; and a brand before its rollups. A
step locks the brand, which none of them still wants, and then rows of one table and of those below it.
"""

from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 500
"""Rows that a step takes. With an answer go some dozens that were read off it."""

BRANDS = text("SELECT id FROM brands WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id")
CUSTOMERS = text("SELECT id FROM customers WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id")

QUIET_BRAND = text("""
    SELECT FROM brands AS brand
    WHERE brand.id = :id
      AND brand.deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM scheduled_jobs WHERE brand_id = brand.id AND deleted_at IS NULL)
      -- By customer too: so the indexes of open runs find them, however long the history.
      AND NOT EXISTS (SELECT FROM job_runs
                      WHERE customer_id = brand.customer_id AND brand_id = brand.id AND status = 'pending')
      AND NOT EXISTS (SELECT FROM job_runs
                      WHERE customer_id = brand.customer_id AND brand_id = brand.id AND status = 'processing')
    -- Waits for whoever counts it, and for another who removes it.
    FOR UPDATE
""")

CALLS = text("""
    DELETE FROM query_executions
    WHERE id IN (SELECT id FROM query_executions WHERE brand_id = :id LIMIT :batch)
""")
ANSWERS = text("""
    DELETE FROM collector_results
    WHERE id IN (SELECT id FROM collector_results WHERE brand_id = :id LIMIT :batch)
""")
"""With an answer go its positions, tones, citations and untracked names, and whether it is set aside."""
RUNS = text("""
    DELETE FROM job_runs
    WHERE id IN (SELECT id FROM job_runs WHERE brand_id = :id LIMIT :batch)
""")
"""With a run go its batches."""
EVENTS = text("""
    DELETE FROM schedule_events
    WHERE id IN (
        SELECT event.id
        FROM scheduled_jobs AS schedule
        JOIN schedule_events AS event ON event.schedule_id = schedule.id
        WHERE schedule.brand_id = :id AND schedule.deleted_at IS NOT NULL
        LIMIT :batch)
""")
SCHEDULES = text("""
    DELETE FROM scheduled_jobs
    WHERE id IN (SELECT id FROM scheduled_jobs WHERE brand_id = :id AND deleted_at IS NOT NULL LIMIT :batch)
""")
JUDGEMENTS = text("""
    DELETE FROM tone_judgements
    WHERE ctid IN (SELECT ctid FROM tone_judgements WHERE brand_id = :id LIMIT :batch)
""")
DUE = text("""
    DELETE FROM rollups_due
    WHERE id IN (SELECT id FROM rollups_due WHERE brand_id = :id LIMIT :batch)
""")
NAMES = text("""
    DELETE FROM name_rollups
    WHERE ctid IN (SELECT ctid FROM name_rollups WHERE brand_id = :id LIMIT :batch)
""")
CITATIONS = text("""
    DELETE FROM citation_rollups
    WHERE ctid IN (SELECT ctid FROM citation_rollups WHERE brand_id = :id LIMIT :batch)
""")
PAGE_SUMS = text("""
    DELETE FROM page_rollups
    WHERE ctid IN (SELECT ctid FROM page_rollups WHERE brand_id = :id LIMIT :batch)
""")
PAGES = text("""
    DELETE FROM pages
    WHERE id IN (SELECT id FROM pages WHERE brand_id = :id LIMIT :batch)
""")
PAGE_KINDS = text("""
    DELETE FROM page_kinds
    WHERE ctid IN (SELECT ctid FROM page_kinds WHERE brand_id = :id LIMIT :batch)
""")
SEARCH_SUMS = text("""
    DELETE FROM search_rollups
    WHERE ctid IN (SELECT ctid FROM search_rollups WHERE brand_id = :id LIMIT :batch)
""")
SEARCHES = text("""
    DELETE FROM searches
    WHERE id IN (SELECT id FROM searches WHERE brand_id = :id LIMIT :batch)
""")
SUMS = text("""
    DELETE FROM cell_rollups
    WHERE ctid IN (SELECT ctid FROM cell_rollups WHERE brand_id = :id LIMIT :batch)
""")
CELLS = text("""
    DELETE FROM cells
    WHERE id IN (SELECT id FROM cells WHERE brand_id = :id LIMIT :batch)
""")
RULES = text("""
    DELETE FROM reading_rules
    WHERE ctid IN (SELECT ctid FROM reading_rules WHERE brand_id = :id LIMIT :batch)
""")
IMPORTED = text("""
    DELETE FROM imported_answers
    WHERE ctid IN (SELECT ctid FROM imported_answers WHERE brand_id = :id LIMIT :batch)
""")
BRAND = text("DELETE FROM brands WHERE id = :id")
"""With the brand go its competitors, topics and questions."""

OF_A_BRAND = {
    "query_executions": CALLS,
    "collector_results": ANSWERS,
    "job_runs": RUNS,
    "schedule_events": EVENTS,
    "scheduled_jobs": SCHEDULES,
    "tone_judgements": JUDGEMENTS,
    "rollups_due": DUE,
    "name_rollups": NAMES,
    "citation_rollups": CITATIONS,
    "page_rollups": PAGE_SUMS,
    "pages": PAGES,
    "page_kinds": PAGE_KINDS,
    "search_rollups": SEARCH_SUMS,
    "searches": SEARCHES,
    "cell_rollups": SUMS,
    "cells": CELLS,
    "reading_rules": RULES,
    "imported_answers": IMPORTED,
    "brands": BRAND,
}
"""In this order, what refers to something before that."""

QUIET_CUSTOMER = text("""
    SELECT FROM customers AS customer
    WHERE customer.id = :id
      AND customer.deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM brands WHERE customer_id = customer.id)
    FOR UPDATE
""")

SPENDINGS = text("""
    DELETE FROM spendings
    WHERE ctid IN (SELECT ctid FROM spendings WHERE customer_id = :id LIMIT :batch)
""")
CUSTOMER = text("DELETE FROM customers WHERE id = :id")

OF_A_CUSTOMER = {"spendings": SPENDINGS, "customers": CUSTOMER}


async def deleted_brands(session: AsyncSession) -> list[UUID]:
    """Brands that are to be removed, the longest deleted first."""
    return list(await session.scalars(BRANDS))


async def deleted_customers(session: AsyncSession) -> list[UUID]:
    """Customers that are to be removed, the longest deleted first."""
    return list(await session.scalars(CUSTOMERS))


async def remove_from_brand(session: AsyncSession, brand_id: UUID, batch: int = BATCH) -> str | None:
    """Takes the next piece away, and gives the table it was of, "brands" at last.

    None when nothing can be taken: something of it still goes on, or it has gone.
    """
    return await _remove(session, QUIET_BRAND, OF_A_BRAND, brand_id, batch)


async def remove_from_customer(session: AsyncSession, customer_id: UUID, batch: int = BATCH) -> str | None:
    """Takes the next piece away, and gives the table it was of, "customers" at last.

    None when nothing can be taken: a brand of it is still there, or it has gone.
    """
    return await _remove(session, QUIET_CUSTOMER, OF_A_CUSTOMER, customer_id, batch)


async def _remove(
    session: AsyncSession, quiet: TextClause, pieces: dict[str, TextClause], key: UUID, batch: int
) -> str | None:
    if (await session.execute(quiet, {"id": key})).first() is None:
        return None
    facts: dict[str, UUID | int] = {"id": key, "batch": batch}
    for table, statement in pieces.items():
        gone = await session.execute(statement, facts)
        if gone.rowcount:  # type: ignore[attr-defined]
            return table
    return None
