"""The statements over pages and searches find their rows by an index, among 20 brands with 2,000 pages each."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import TextClause

from brand_svc.insights.store import page_kinds, page_rollups, page_sums, search_rollups, search_sums, weekly_exports
from tests.integration.conftest import fresh

LARGE = (
    "collector_results", "query_executions", "citations", "pages", "page_rollups", "searches", "search_rollups",
    "page_kinds",
)  # fmt: skip
FILL = """
    INSERT INTO customers (id, name) SELECT CAST(md5('c' || i) AS uuid), 'c' || i FROM generate_series(1, 20) AS i;
    INSERT INTO brands (id, customer_id, name)
    SELECT CAST(md5('brand' || i) AS uuid), CAST(md5('c' || i) AS uuid), 'b' FROM generate_series(1, 20) AS i;
    INSERT INTO topics (id, customer_id, brand_id, name)
    SELECT gen_random_uuid(), customer_id, id, 'topic' FROM brands;
    INSERT INTO generated_queries (id, customer_id, brand_id, topic_id, text)
    SELECT CAST(md5(brand_id || 'question' || i) AS uuid), customer_id, brand_id, id, 'question' || i
    FROM topics, generate_series(1, 20) AS i;
    INSERT INTO job_runs (id, customer_id, brand_id, job_type, status, trigger, scheduled_for, available_at,
        max_attempts, timeout_seconds, finished_at)
    SELECT CAST(md5(id || 'run' || i) AS uuid), customer_id, id, 'data_collection', 'completed', 'manual', now(),
           now(), 3, 600, now()
    FROM brands, generate_series(1, 50) AS i;
    INSERT INTO collector_results (id, customer_id, brand_id, job_run_id, query_id, question, question_hash, topic,
        collector, model, answer, latency_ms, raw_response, day, positions_rules, search_queries)
    SELECT gen_random_uuid(), run.customer_id, run.brand_id, run.id, question.id, question.text,
           sha256(convert_to(question.text, 'UTF8')), 'topic', 'chatgpt', 'm', 'a', 1, '{}',
           date '2025-01-06' + CAST(run.number AS integer), 'rules', ARRAY['s' || run.number]
    FROM (SELECT *, row_number() OVER (PARTITION BY brand_id ORDER BY id) AS number FROM job_runs) AS run
    JOIN generated_queries AS question ON question.brand_id = run.brand_id;
    INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, status,
        day, finished_at)
    SELECT id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, 'answered', day, now()
    FROM collector_results;
    INSERT INTO citations (collector_result_id, customer_id, brand_id, ordinal, url, domain)
    SELECT id, customer_id, brand_id, i, 'https://a.example/' || i, 'a.example'
    FROM collector_results, generate_series(1, 2) AS i;
    INSERT INTO cells (customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, locale,
        country, city, model, rules)
    SELECT DISTINCT customer_id, brand_id, query_id, question_hash, topic, false, collector, 'api', '', '', '', model,
           'rules'
    FROM collector_results;
    INSERT INTO pages (customer_id, brand_id, digest, url, host, domain)
    SELECT customer_id, id, sha256(convert_to('https://a.example/' || i, 'UTF8')), 'https://a.example/' || i,
           'a' || i || '.example', 'a.example'
    FROM brands, generate_series(1, 2000) AS i;
    INSERT INTO page_kinds (customer_id, brand_id, digest, domain, kind, set_by)
    SELECT customer_id, id, sha256(convert_to('h' || i, 'UTF8')), 'h' || i, 'press', 'p'
    FROM brands, generate_series(1, 100) AS i;
    INSERT INTO searches (customer_id, brand_id, digest, text)
    SELECT customer_id, id, sha256(convert_to('s' || i, 'UTF8')), 's' || i FROM brands, generate_series(1, 500) AS i;
    INSERT INTO page_rollups (customer_id, brand_id, grain, starts_on, cell_id, page_id, answers, citations)
    SELECT cell.customer_id, cell.brand_id, 'day', date '2025-01-06' + i, cell.id, page.id, 1, 1
    FROM generate_series(0, 27) AS i, cells AS cell
    CROSS JOIN LATERAL (SELECT id FROM pages WHERE brand_id = cell.brand_id ORDER BY id LIMIT 10 OFFSET cell.id % 100)
         AS page;
    INSERT INTO page_rollups
    SELECT customer_id, brand_id, 'week', CAST(date_trunc('week', starts_on) AS date), cell_id, page_id, NULL, 1, 1
    FROM page_rollups GROUP BY 1, 2, 4, 5, 6;
    INSERT INTO search_rollups (customer_id, brand_id, grain, starts_on, cell_id, search_id, answers, times)
    SELECT DISTINCT page.customer_id, page.brand_id, page.grain, page.starts_on, page.cell_id, search.id, 1, 1
    FROM page_rollups AS page
    JOIN (SELECT brand_id, min(id) AS id FROM searches GROUP BY brand_id) AS search ON search.brand_id = page.brand_id;
    ANALYZE;
"""  # fmt: skip


@pytest.fixture(scope="module")
def filled(server: str) -> Iterator[psycopg.Connection]:
    """A database with 20,000 answers, what they cite and were searched for with, and its sums."""
    with fresh(server) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL)
        yield connection


BRAND = "CAST(md5('brand1') AS uuid)"
WHOSE = {"brand_id": BRAND, "customer_id": "CAST(md5('c1') AS uuid)"}
DUE = WHOSE | {
    "query_ids": f"ARRAY[CAST(md5({BRAND} || 'question1') AS uuid), CAST(md5({BRAND} || 'question2') AS uuid)]",
    "collectors": "ARRAY['chatgpt', 'chatgpt']",
    "starts": "ARRAY[date '2025-01-13', date '2025-01-13']",
    "grain": "'day'",
    "spellings": "'{}'",
}
WEEKS = DUE | {"grain": "'week'", "finer": "'day'"}
WINDOW = WHOSE | {
    "grains": "ARRAY['day', 'week']",
    "starts": "ARRAY[date '2025-01-10', date '2025-01-13']",
    "ends": "ARRAY[date '2025-01-13', date '2025-01-27']",
    **dict.fromkeys(
        (
            "collector",
            "topic",
            "query_id",
            "kind",
            "domain",
            "after_answers",
            "after_citations",
            "after_times",
            "after_id",
        ),
        "NULL",
    ),
    "brand_name": "'b'",
    "kinds": "'{}'",
    "limit": "51",
}
SAID = WHOSE | {"url": "NULL", "domain": "'a.example'"}

TEXTS = {
    "make pages": (page_rollups.MAKE, DUE),
    "clear pages": (page_rollups.CLEAR, DUE),
    "count pages": (page_rollups.COUNT, DUE),
    "sum pages": (page_rollups.SUM, WEEKS),
    "searches as written": (search_rollups.WRITTEN, DUE),
    "make searches": (search_rollups.MAKE, DUE),
    "clear searches": (search_rollups.CLEAR, DUE),
    "count searches": (search_rollups.COUNT, DUE),
    "sum searches": (search_rollups.SUM, WEEKS),
    "pages": (page_sums.PAGES, WINDOW),
    "searches": (search_sums.SEARCHES, WINDOW),
    "hosts": (page_kinds.HOSTS, WHOSE),
    "take a kind back": (page_kinds.TAKE_BACK, SAID),
    "export of pages": (weekly_exports.PAGES, WINDOW),
    "export of searches": (weekly_exports.SEARCHES, WINDOW),
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_statement_over_pages_or_searches_reads_a_whole_table(filled: psycopg.Connection, name: str) -> None:
    statement, values = TEXTS[name]
    sql = _with(getattr(statement, "statement", statement), values)
    plan = "\n".join(row[0] for row in filled.execute(f"EXPLAIN {sql}").fetchall())
    assert [table for table in LARGE if f"Seq Scan on {table}" in plan] == [], plan


def _with(statement: TextClause, values: dict[str, str]) -> str:
    sql = str(statement.bindparams().compile())
    for parameter in sorted(values, key=len, reverse=True):
        sql = sql.replace(f":{parameter}", f"({values[parameter]})")
    return sql
