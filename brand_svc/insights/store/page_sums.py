"""The pages that the answers of a window cite, each with what it is, and when it was first and last cited."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.page_kinds import kind_facts
from brand_svc.insights.store.window import Window
from reading.sites import PageKind


class PageSum(NamedTuple):
    """A page, and how often it is cited."""

    id: int
    url: str
    title: str | None
    domain: str
    owner: str | None
    kind: str
    is_kind_by_hand: bool
    answers: int
    citations: int
    first_seen: date
    """The first day of all that an answer to the brand's questions cites it, within the window or not."""
    last_seen: date

    @property
    def place(self) -> tuple[int, int, int]:
        """By which pages are in order, those that most answers cite first."""
        return self.answers, self.citations, self.id


class WantedPages(NamedTuple):
    """Which of the pages, and where in the list to go on. Everything may be left out."""

    kind: PageKind | None = None
    domain: str | None = None
    """A host or a registrable domain."""
    after: tuple[int, ...] | None = None
    """The place of the page that the list before ended with."""


PAGES = text("""
    WITH cited AS (
        SELECT rollup.page_id, max(rollup.owner) AS owner, sum(rollup.answers) AS answers,
               sum(rollup.citations) AS citations
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
        JOIN page_rollups AS rollup
          ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
         AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
         AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
        JOIN cells AS cell ON cell.id = rollup.cell_id
        WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
          AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
        GROUP BY rollup.page_id
    ), listed AS (
        SELECT page.id, page.url, page.title, page.domain, page.host, cited.owner,
               page_kind(page.kind_by_hand, cited.owner, :brand_name, CAST(:kinds AS jsonb) ->> page.host) AS kind,
               page.kind_by_hand IS NOT NULL AS is_kind_by_hand, cited.answers, cited.citations
        FROM cited
        JOIN known_pages AS page
          ON page.id = cited.page_id AND page.customer_id = :customer_id AND page.brand_id = :brand_id
    ), shown AS (
        SELECT *
        FROM listed
        WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
          AND (CAST(:domain AS text) IS NULL OR :domain IN (host, domain))
          AND (CAST(:after_id AS bigint) IS NULL
               OR (answers, citations, id)
                  < (CAST(:after_answers AS bigint), CAST(:after_citations AS bigint), :after_id))
        ORDER BY answers DESC, citations DESC, id DESC
        LIMIT :limit
    )
    SELECT shown.id, url, title, domain, owner, kind, is_kind_by_hand, answers, citations, seen.first_day, seen.last_day
    FROM shown
    JOIN (
        SELECT page_id, min(starts_on) AS first_day, max(starts_on) AS last_day
        FROM page_rollups
        WHERE page_id = ANY (ARRAY(SELECT id FROM shown)) AND grain = 'day'
        GROUP BY page_id
    ) AS seen ON seen.page_id = shown.id
    ORDER BY answers DESC, citations DESC, id DESC
""")


async def cited_pages(learned: Learned, window: Window, wanted: WantedPages, limit: int) -> list[PageSum]:
    """The pages that most answers cite."""
    answers, citations, key = wanted.after or (None, None, None)
    facts = {
        **learned.whose,
        **window.facts_by_week(),
        **await kind_facts(learned),
        "kind": wanted.kind,
        "domain": wanted.domain,
        "after_answers": answers,
        "after_citations": citations,
        "after_id": key,
        "limit": limit,
    }
    return [*map(PageSum._make, await learned.session.execute(PAGES, facts))]
