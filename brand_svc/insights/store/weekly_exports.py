"""Cited pages and engines' searches as tables: sums by week, question, engine and place."""

import pyarrow
from sqlalchemy import text

from brand_svc.insights.store.export import Export

WHAT = [
    # Its Monday. Of a week that the window cuts, only the days within count.
    ("week", pyarrow.date32()),
    ("collector", pyarrow.string()),
    ("surface", pyarrow.string()),
    ("locale", pyarrow.string()),
    ("country", pyarrow.string()),
    ("city", pyarrow.string()),
    ("topic", pyarrow.string()),
    ("query_id", pyarrow.string()),
    # As it is worded today; empty where it is no longer asked.
    ("question", pyarrow.string()),
]
"""What each row tells of its answers."""
SEEN = [
    ("answers", pyarrow.int64()),
    ("first_seen", pyarrow.date32()),
    ("last_seen", pyarrow.date32()),
]

PAGES = Export(
    text("""
        WITH cited AS (
            SELECT CAST(date_trunc('week', rollup.starts_on) AS date) AS week, cell.collector, cell.surface,
                   cell.locale, cell.country, cell.city, cell.topic, cell.query_id, rollup.page_id,
                   max(rollup.owner) AS owner, sum(rollup.answers) AS answers, sum(rollup.citations) AS citations
            FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
                 AS span (grain, starts_from, starts_before)
            JOIN page_rollups AS rollup
              ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
             AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
             AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
            JOIN cells AS cell ON cell.id = rollup.cell_id
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ), seen AS (
            SELECT page_id, min(starts_on) AS first_day, max(starts_on) AS last_day
            FROM page_rollups
            WHERE customer_id = :customer_id AND brand_id = :brand_id AND grain = 'day'
            GROUP BY page_id
        )
        SELECT cited.week, cited.collector, cited.surface, nullif(cited.locale, '') AS locale,
               nullif(cited.country, '') AS country, nullif(cited.city, '') AS city, cited.topic, cited.query_id,
               coalesce(question.text, '') AS question, cited.answers, seen.first_day AS first_seen,
               seen.last_day AS last_seen, page.url, page.title, page.domain, cited.owner,
               page_kind(page.kind_by_hand, cited.owner, :brand_name, CAST(:kinds AS jsonb) ->> page.host) AS kind,
               page.kind_by_hand IS NOT NULL AS is_kind_by_hand, cited.citations
        FROM cited
        JOIN seen ON seen.page_id = cited.page_id
        JOIN known_pages AS page
          ON page.id = cited.page_id AND page.customer_id = :customer_id AND page.brand_id = :brand_id
        LEFT JOIN generated_queries AS question ON question.id = cited.query_id
        ORDER BY cited.week, cited.query_id, cited.collector, cited.answers DESC, page.id, cited.surface,
                 cited.country, cited.locale, cited.city, cited.topic
    """),
    pyarrow.schema(
        [
            *WHAT,
            *SEEN,
            ("url", pyarrow.string()),
            ("title", pyarrow.string()),
            ("domain", pyarrow.string()),
            ("owner", pyarrow.string()),
            ("kind", pyarrow.string()),
            ("is_kind_by_hand", pyarrow.bool_()),
            ("citations", pyarrow.int64()),
        ]
    ),
)

SEARCHES = Export(
    text("""
        WITH made AS (
            SELECT CAST(date_trunc('week', rollup.starts_on) AS date) AS week, cell.collector, cell.surface,
                   cell.locale, cell.country, cell.city, cell.topic, cell.query_id, rollup.search_id,
                   sum(rollup.answers) AS answers, sum(rollup.times) AS times
            FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
                 AS span (grain, starts_from, starts_before)
            JOIN search_rollups AS rollup
              ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
             AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
             AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
            JOIN cells AS cell ON cell.id = rollup.cell_id
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ), seen AS (
            SELECT search_id, min(starts_on) AS first_day, max(starts_on) AS last_day
            FROM search_rollups
            WHERE customer_id = :customer_id AND brand_id = :brand_id AND grain = 'day'
            GROUP BY search_id
        )
        SELECT made.week, made.collector, made.surface, nullif(made.locale, '') AS locale,
               nullif(made.country, '') AS country, nullif(made.city, '') AS city, made.topic, made.query_id,
               coalesce(question.text, '') AS question, made.answers, seen.first_day AS first_seen,
               seen.last_day AS last_seen, search.text AS search, made.times
        FROM made
        JOIN seen ON seen.search_id = made.search_id
        JOIN searches AS search ON search.id = made.search_id
        LEFT JOIN generated_queries AS question ON question.id = made.query_id
        ORDER BY made.week, made.query_id, made.collector, made.answers DESC, search.id, made.surface, made.country,
                 made.locale, made.city, made.topic
    """),
    pyarrow.schema([*WHAT, *SEEN, ("search", pyarrow.string()), ("times", pyarrow.int64())]),
)
