"""The statements of insights find their rows by an index, among 40,000 answers of twenty brands."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects import postgresql

from brand_svc.insights.store import (
    cell_rollups,
    cell_sums,
    cells,
    citation_rollups,
    citation_sums,
    counting,
    evidence,
    exports,
    learned,
    lost,
    name_rollups,
    name_sums,
    suggestions,
)

LARGE = (
    "collector_results", "extracted_positions", "extracted_sentiments", "citations", "untracked_names", "name_rollups",
    "citation_rollups", "cell_rollups", "cells", "job_runs", "rollups_due", "query_executions", "generated_queries",
    "competitors",
)  # fmt: skip
FILL = """
    INSERT INTO customers (id, name) VALUES (gen_random_uuid(), 'c');
    INSERT INTO brands (id, customer_id, name)
    SELECT CAST(md5('brand' || i) AS uuid), id, 'brand' || i FROM customers, generate_series(1, 20) AS i;
    INSERT INTO competitors (id, customer_id, brand_id, name)
    SELECT gen_random_uuid(), customer_id, id, 'rival' || i FROM brands, generate_series(1, 100) AS i;
    INSERT INTO topics (id, customer_id, brand_id, name)
    SELECT gen_random_uuid(), customer_id, id, 'topic' FROM brands;
    INSERT INTO generated_queries (id, customer_id, brand_id, topic_id, text)
    SELECT CAST(md5(brand_id || 'question' || i) AS uuid), customer_id, brand_id, id, 'question' || i
    FROM topics, generate_series(1, 100) AS i;
    INSERT INTO job_runs (id, customer_id, brand_id, job_type, status, trigger, scheduled_for, available_at,
        max_attempts, timeout_seconds, finished_at)
    SELECT CAST(md5(id || 'run' || i) AS uuid), customer_id, id, 'data_collection', 'completed', 'manual', now(),
           now(), 3, 600, now()
    FROM brands, generate_series(1, 20) AS i;
    INSERT INTO collector_results (id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, model,
        answer, latency_ms, raw_response, created_at, positions_rules, question_hash, day)
    SELECT uuidv7(), run.customer_id, run.brand_id, run.id, question.id, question.text, 'topic', 'chatgpt', 'm',
           repeat('answer ', 20), 1, '{}', timestamptz '2025-01-01 12:00Z' + interval '18 days' * run.number, 'rules',
           sha256(convert_to(question.text, 'UTF8')), date '2025-01-01' + 18 * CAST(run.number AS integer)
    FROM (SELECT *, row_number() OVER (PARTITION BY brand_id ORDER BY id) AS number FROM job_runs) AS run
    JOIN generated_queries AS question ON question.brand_id = run.brand_id;
    INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, status,
        finished_at, day)
    SELECT id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, 'answered', now(), day
    FROM collector_results;
    INSERT INTO extracted_positions (collector_result_id, customer_id, brand_id, name, is_brand, mentions, position,
        version)
    SELECT id, customer_id, brand_id, 'rival' || i, false, 1, 1, 1 FROM collector_results, generate_series(1, 2) AS i;
    INSERT INTO extracted_sentiments (collector_result_id, customer_id, brand_id, name, is_brand, label, score,
        sentences, version)
    SELECT collector_result_id, customer_id, brand_id, name, false, 'positive', 1, '{}', 1 FROM extracted_positions;
    INSERT INTO citations (collector_result_id, customer_id, brand_id, ordinal, url, domain)
    SELECT id, customer_id, brand_id, i, 'https://a.example', 'a.example'
    FROM collector_results, generate_series(1, 2) AS i;
    INSERT INTO untracked_names (collector_result_id, brand_id, name, position)
    SELECT id, brand_id, 'other', 1 FROM collector_results;
    INSERT INTO reading_rules SELECT customer_id, id, 'rules', ARRAY['rival1', 'rival2'] FROM brands;
    INSERT INTO cells (customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, locale,
        country, city, model, rules)
    SELECT DISTINCT customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, '', '', '',
           model, rules
    FROM measured_calls;
    INSERT INTO cell_rollups
    SELECT customer_id, brand_id, 'day', day, cell_id, 1, 1, 0, 0, 1, 2, 0, 0 FROM measured_calls;
    INSERT INTO cell_rollups
    SELECT customer_id, brand_id, coarse.grain, CAST(date_trunc(coarse.grain, starts_on) AS date), cell_id, sum(asked),
           sum(answers), 0, 0, sum(naming), sum(all_citations), 0, 0
    FROM cell_rollups, unnest(ARRAY['month', 'year']) AS coarse (grain)
    GROUP BY 1, 2, 3, 4, 5;
    INSERT INTO name_rollups
    SELECT customer_id, brand_id, grain, starts_on, cell_id, 'rival' || i, 1, 1, 1, 1, 1, 1, 1, 0, 0
    FROM cell_rollups, generate_series(1, 2) AS i;
    INSERT INTO citation_rollups
    SELECT customer_id, brand_id, grain, starts_on, cell_id, name || '.example', NULL, 1, 1 FROM name_rollups;
    INSERT INTO rollups_due (brand_id, query_id, collector, day)
    SELECT brand_id, query_id, collector, created_at FROM collector_results;
    ANALYZE;
"""  # fmt: skip


@pytest.fixture(scope="module")
def filled(server: str) -> Iterator[psycopg.Connection]:
    """A database with 40,000 answers, and what was read off them and counted."""
    from tests.integration.conftest import fresh

    with fresh(server) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL)
        yield connection


BRAND = "CAST(md5('brand1') AS uuid)"
CUSTOMER = f"SELECT customer_id FROM brands WHERE id = {BRAND}"
CELLS = {
    "brand_id": BRAND,
    "customer_id": CUSTOMER,
    "query_ids": f"ARRAY[CAST(md5({BRAND} || 'question1') AS uuid), CAST(md5({BRAND} || 'question2') AS uuid)]",
    "collectors": "ARRAY['chatgpt', 'chatgpt']",
    "starts": "ARRAY[date '2025-02-01', date '2025-02-01']",
}
MONTHS = CELLS | {"grain": "'month'", "finer": "'day'"}
WINDOW = {
    "brand_id": BRAND,
    "customer_id": CUSTOMER,
    "grains": "ARRAY['day', 'month']",
    "starts": "ARRAY[date '2025-01-20', date '2025-02-01']",
    "ends": "ARRAY[date '2025-02-01', date '2025-06-01']",
    "collector": "NULL",
    "topic": "NULL",
    "query_id": "NULL",
}
MOMENTS = {"brand_id": BRAND, "start": "date '2025-02-01'", "end": "date '2025-02-08'"}

TEXTS = {
    "due": (counting.COUNT_DUE, {"brand_id": BRAND, "most": "501"}),
    "take what is due": (counting.TAKE, {"brand_id": BRAND, "most": "1000"}),
    "make cells": (cells.MAKE, CELLS),
    "clear cells": (cells.CLEAR, CELLS),
    "clear sums": (cell_rollups.CLEAR, CELLS | {"grain": "'day'"}),
    "count": (cell_rollups.COUNT, CELLS | {"grain": "'day'"}),
    "sum": (cell_rollups.SUM, MONTHS),
    "clear names": (name_rollups.CLEAR, CELLS | {"grain": "'day'"}),
    "count names": (name_rollups.COUNT, CELLS | {"grain": "'day'"}),
    "sum names": (name_rollups.SUM, MONTHS),
    "clear citations": (citation_rollups.CLEAR, CELLS | {"grain": "'day'"}),
    "count citations": (citation_rollups.COUNT, CELLS | {"grain": "'day'"}),
    "sum citations": (citation_rollups.SUM, MONTHS),
    "tracked": (learned.RIVALS, {"brand_id": BRAND}),
    "questions": (learned.QUESTIONS, {"brand_id": BRAND}),
    "name sums": (name_sums.NAME_SUMS, WINDOW | {"split": "''"}),
    "name sums by week": (name_sums.NAME_SUMS, WINDOW | {"split": "'week'"}),
    "name sums by locale": (name_sums.NAME_SUMS, WINDOW | {"split": "'locale'"}),
    "cell sums": (cell_sums.CELL_SUMS, WINDOW | {"split": "'country'"}),
    "citation sums": (citation_sums.CITATION_SUMS, WINDOW | {"split": "'country'"}),
    "cited domains": (citation_sums.CITED_DOMAINS, WINDOW | {"limit": "50"}),
    "cited by question": (
        citation_sums.CITED_BY_QUESTION, WINDOW | {"query_ids": CELLS["query_ids"], "limit": "10"},
    ),
    "what retention took": (lost.LOST, {"brand_id": BRAND, "what": f"CAST(md5({BRAND} || 'run1') AS uuid)"}),
    "suggested": (suggestions.SUGGESTED, {"brand_id": BRAND, "least": "2", "most": "20"}),
    "export of answers": (exports.ANSWERS.statement, MOMENTS),
    "export of positions": (exports.POSITIONS.statement, MOMENTS),
    "export of citations": (exports.CITATIONS.statement, MOMENTS),
}  # fmt: skip

KEY = UUID("00000000-0000-7000-8000-000000000000")
KEYS = [KEY] * 20
FROM, TO = date(2025, 2, 1), date(2025, 3, 1)
SELECTS = {
    "answers of a brand": evidence.page_of_answers(KEY, evidence.Wanted(), 20, None),
    "the next page": evidence.page_of_answers(KEY, evidence.Wanted(), 20, KEY),
    "answers of a run": evidence.page_of_answers(KEY, evidence.Wanted(run_id=KEY), 20, None),
    "answers to a question": evidence.page_of_answers(KEY, evidence.Wanted(query_id=KEY), 20, None),
    "answers of a window": evidence.page_of_answers(KEY, evidence.Wanted(start=FROM, end=TO), 20, None),
    "answers that name": evidence.page_of_answers(KEY, evidence.Wanted(name="rival1"), 20, None),
    "answers that cite": evidence.page_of_answers(KEY, evidence.Wanted(domain="a.example"), 20, None),
    "places": evidence.places_of(KEYS),
    "feelings": evidence.feelings_of(KEYS),
    "citations": evidence.citations_of(KEYS),
    "calls of a run": evidence.page_of_calls(KEY, 100, KEY),
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_statement_over_rollups_or_answers_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    statement, values = TEXTS[name]
    _find_by_index(filled, _with(statement, values))


@pytest.mark.parametrize("name", SELECTS)
def test_no_page_of_evidence_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    _find_by_index(filled, _literally(SELECTS[name]))


def _with(statement: TextClause, values: dict[str, str]) -> str:
    sql = str(statement.bindparams().compile())
    for parameter in sorted(values, key=len, reverse=True):
        sql = sql.replace(f":{parameter}", f"({values[parameter]})")
    return sql


def _literally(statement: Select) -> str:
    sql = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    return sql.replace(f"'{KEY}'", "KEY").replace("= KEY", f"= {BRAND}").replace("KEY", f"'{KEY}'")


def _find_by_index(connection: psycopg.Connection, sql: str) -> None:
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {sql}").fetchall())
    read_whole = [table for table in LARGE if f"Seq Scan on {table}" in plan]
    assert not read_whole, plan
