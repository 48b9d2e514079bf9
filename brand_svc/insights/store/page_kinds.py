"""What pages are: by the list of sites, and as a person says of a page or a domain."""

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.insights.store.learned import Learned
from reading.sites import PageKind, listed_kind


@dataclass(frozen=True)
class Named:
    """A page by its address, or all pages of a host or a registrable domain; one of the two is given."""

    url: str | None = None
    domain: str | None = None

    @property
    def facts(self) -> dict[str, str | None]:
        """What statements are told of it."""
        return {"url": self.url, "domain": self.domain}


SET = text("""
    INSERT INTO page_kinds (customer_id, brand_id, digest, url, domain, kind, set_by)
    VALUES (:customer_id, :brand_id, sha256(convert_to(coalesce(CAST(:url AS text), :domain), 'UTF8')), :url, :domain,
            :kind, :by)
    ON CONFLICT (customer_id, brand_id, digest)
    DO UPDATE SET kind = excluded.kind, set_by = excluded.set_by, set_at = clock_timestamp()
""")
TAKE_BACK = text("""
    DELETE FROM page_kinds
    WHERE customer_id = :customer_id AND brand_id = :brand_id
      AND digest = sha256(convert_to(coalesce(CAST(:url AS text), :domain), 'UTF8'))
    RETURNING kind
""")


async def set_kind(
    session: AsyncSession, customer_id: UUID, brand_id: UUID, named: Named, kind: PageKind, by: str
) -> None:
    """Says what a page or a domain's pages are, in place of what was said before."""
    whose = {"customer_id": customer_id, "brand_id": brand_id}
    await session.execute(SET, {**whose, **named.facts, "kind": kind, "by": by})


async def take_kind_back(session: AsyncSession, customer_id: UUID, brand_id: UUID, named: Named) -> bool:
    """Leaves it to the rules again. False when nobody had said anything."""
    whose = {"customer_id": customer_id, "brand_id": brand_id}
    return (await session.execute(TAKE_BACK, {**whose, **named.facts})).first() is not None


HOSTS = text("SELECT DISTINCT host FROM pages WHERE customer_id = :customer_id AND brand_id = :brand_id")


async def kind_facts(learned: Learned) -> dict[str, object]:
    """What statements that tell kinds are told: the brand's name, and its pages' hosts that are on the list."""
    hosts = await learned.session.scalars(HOSTS, learned.whose)
    found = {host: kind for host in hosts if (kind := listed_kind(host))}
    return {"brand_name": learned.brand_name, "kinds": json.dumps(found)}
