"""What the answers of a window cite: sums over rollups, by owner and by domain."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.window import Split, Window


class CitationSum(NamedTuple):
    """How many pages of an owner, or of nobody known, the answers to a question cite."""

    key: str
    """Of the group they belong to; empty where nothing is split."""
    query_id: UUID
    name: str | None
    citations: int


CITATION_SUMS = text("""
    SELECT CASE
               WHEN :split IN ('day', 'week', 'month')
                   THEN CAST(CAST(date_trunc(:split, rollup.starts_on) AS date) AS text)
               WHEN :split = 'collector' THEN cell.collector
               WHEN :split = 'topic' THEN cell.topic
               WHEN :split = 'question' THEN CAST(cell.query_id AS text)
               WHEN :split = 'locale' THEN cell.locale
               WHEN :split = 'country' THEN cell.country
               WHEN :split = 'city' THEN cell.city
               WHEN :split = 'model' THEN cell.model
               WHEN :split = 'surface' THEN cell.surface
               ELSE ''
           END AS key,
           cell.query_id, rollup.owner AS name, sum(rollup.citations) AS citations
    FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
         AS span (grain, starts_from, starts_before)
    JOIN citation_rollups AS rollup
      ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
     AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
     AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.id = rollup.cell_id
    WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
      AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
      AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""")


async def citation_sums(learned: Learned, window: Window, split: Split | None = None) -> list[CitationSum]:
    """Citations by group, question and owner, in that order."""
    facts = {**learned.whose, "split": split or "", **window.facts(split)}
    return [*map(CitationSum._make, await learned.session.execute(CITATION_SUMS, facts))]


class CitedDomain(NamedTuple):
    """A domain, and how often it is cited."""

    domain: str
    owner: str | None
    answers: int
    citations: int


CITED_DOMAINS = text("""
    SELECT rollup.domain, max(rollup.owner) AS owner, sum(rollup.answers) AS answers,
           sum(rollup.citations) AS citations
    FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
         AS span (grain, starts_from, starts_before)
    JOIN citation_rollups AS rollup
      ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
     AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
     AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.id = rollup.cell_id
    WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
      AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
      AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
    GROUP BY rollup.domain
    ORDER BY answers DESC, citations DESC, rollup.domain
    LIMIT :limit
""")


async def cited_domains(learned: Learned, window: Window, limit: int) -> list[CitedDomain]:
    """The domains that most answers cite."""
    facts = {**learned.whose, "limit": limit, **window.facts()}
    return [*map(CitedDomain._make, await learned.session.execute(CITED_DOMAINS, facts))]


CITED_BY_QUESTION = text("""
    SELECT query_id, domain, owner, answers, citations
    FROM (
        SELECT cell.query_id, rollup.domain, max(rollup.owner) AS owner, sum(rollup.answers) AS answers,
               sum(rollup.citations) AS citations,
               row_number() OVER (
                   PARTITION BY cell.query_id
                   ORDER BY sum(rollup.answers) DESC, sum(rollup.citations) DESC, rollup.domain
               ) AS place
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
        JOIN citation_rollups AS rollup
          ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
         AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
         AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
        JOIN cells AS cell
          ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.id = rollup.cell_id
        WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
          AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
          AND cell.query_id = ANY(:query_ids)
        GROUP BY cell.query_id, rollup.domain
    ) AS cited
    WHERE place <= :limit
    ORDER BY query_id, place
""")


async def cited_by_question(
    learned: Learned, window: Window, query_ids: Collection[UUID], limit: int
) -> dict[UUID, list[CitedDomain]]:
    """The domains that most answers cite, up to `limit` of each question."""
    facts = {**learned.whose, "query_ids": [*query_ids], "limit": limit, **window.facts()}
    found: dict[UUID, list[CitedDomain]] = defaultdict(list)
    for query_id, *domain in await learned.session.execute(CITED_BY_QUESTION, facts):
        found[query_id].append(CitedDomain._make(domain))
    return found
