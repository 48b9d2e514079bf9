"""The pages that answers cite, what they are, and what engines searched for."""

from collections.abc import Sequence

from answerbeat import paging
from answerbeat.errors import InvalidField
from brand_svc.insights.store import page_sums, search_sums
from brand_svc.insights.store.cell_sums import count_answers
from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.page_kinds import Named, set_kind, take_kind_back
from brand_svc.insights.store.page_sums import PageSum, WantedPages
from brand_svc.insights.store.search_sums import SearchSum
from brand_svc.insights.store.window import Window
from reading.citations import bare_domain, clean
from reading.sites import PageKind


async def pages(
    learned: Learned, window: Window, wanted: WantedPages, limit: int
) -> tuple[int, Sequence[PageSum], PageSum | None]:
    """How many answers there are, the pages that most of them cite, and the last page when there are more."""
    rows = await page_sums.cited_pages(learned, window, wanted, limit + 1)
    return await count_answers(learned, window), *paging.cut(rows, limit)


async def searches(
    learned: Learned, window: Window, after: tuple[int, ...] | None, limit: int
) -> tuple[int, Sequence[SearchSum], SearchSum | None]:
    """How many answers there are, what engines searched for most, and the last search when there are more."""
    rows = await search_sums.searches(learned, window, after, limit + 1)
    return await count_answers(learned, window), *paging.cut(rows, limit)


async def say_kind(learned: Learned, named: Named, kind: PageKind | None, by: str) -> None:
    """Says what a page or a domain's pages are; None leaves it to the rules again, whoever had said anything or not."""
    if kind is None:
        await take_kind_back(learned.session, learned.customer_id, learned.brand_id, named)
    else:
        await set_kind(learned.session, learned.customer_id, learned.brand_id, named, kind, by)


def named(url: str, domain: str) -> Named:
    """A page or a domain in the spelling of lists; one of the two is empty. Raises InvalidField."""
    if bool(url) == bool(domain):
        raise InvalidField("url", "and domain: one of the two must be given")
    if domain:
        return Named(domain=_host(domain))
    spelled = clean(url)
    if spelled is None:
        raise InvalidField("url", "is no web page's address")
    return Named(url=spelled)


def _host(domain: str) -> str:
    """Raises InvalidField."""
    try:
        host = bare_domain(domain)
    except ValueError:
        host = ""
    if not host or any(character.isspace() for character in host):
        raise InvalidField("domain", "is no name of a host")
    return host
