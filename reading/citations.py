"""Which pages an answer cites, and whose they are.

Citations come from the engine's own citation fields, then from links in the text. An address is
kept as the page that it leads to, with its host in lower case, without fragment, tracking
parameters or trailing slash, and listed once; one that leads back into a search is none. Each
has its registrable domain, by the Public Suffix List that tldextract bundles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import tldextract
from w3lib.url import url_query_cleaner

from reading.addresses import is_search, page_behind, title_of
from reading.document import Link
from reading.mentions import Name

TRACKING_PREFIXES = ("utm_", "hsa_", "pk_", "mtm_", "matomo_")
TRACKING = frozenset(
    [
        "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "srsltid", "fbclid", "msclkid", "yclid", "twclid",
        "ttclid", "li_fat_id", "igshid", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "_ga", "_gl", "mkt_tok", "vero_id",
        "wickedid", "oly_anon_id", "oly_enc_id", "ref_src", "s_cid",
    ]
)  # fmt: skip
"""Parameters that say where a visitor came from and not which page it is."""
MAX_URL = 2_000
MAX_HOST = 253
"""Characters of a host name (RFC 1035)."""
SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
"""The bundled list; it is never fetched."""


@dataclass(frozen=True)
class Cited:
    """A page an answer cites."""

    url: str
    title: str | None
    domain: str
    owner: str | None


def cite(engine: Iterable[Link], text: Iterable[Link], names: Sequence[Name]) -> list[Cited]:
    """The pages cited, each once, the engine's own before those in the text."""
    found: dict[str, Cited] = {}
    for link in (*engine, *text):
        url, title = clean(page_behind(link.url)), title_of(link.title)
        if url is None or is_search(url):
            continue
        if url not in found:
            host = urlsplit(url).hostname or ""
            found[url] = Cited(url, title, registrable_domain(host), owner_of(host, names))
        elif found[url].title is None and title:
            found[url] = Cited(url, title, found[url].domain, found[url].owner)
    return list(found.values())


def clean(url: str) -> str | None:
    """The address of a page in one spelling. None for what is no web page, such as `javascript:` or `mailto:`."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or len(url) > MAX_URL or len(host) > MAX_HOST:
        return None
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    tracking = [name for name in names if name.lower() in TRACKING or name.lower().startswith(TRACKING_PREFIXES)]
    shown = f"[{host}]" if ":" in host else host
    if port not in (None, {"http": 80, "https": 443}[parts.scheme.lower()]):
        shown = f"{shown}:{port}"
    plain = urlunsplit((parts.scheme.lower(), shown, parts.path.rstrip("/"), parts.query, ""))
    if not tracking:
        return plain
    kept: str = url_query_cleaner(plain, tracking, remove=True, unique=False)
    return kept


@lru_cache(10_000)
def registrable_domain(host: str) -> str:
    """www.shop.example.co.uk → example.co.uk; an address or a lone name stays as it is.

    Under a top level that the list doesn't know, its rule `*` holds: two labels.
    """
    parts = SUFFIXES(host)
    if parts.suffix or parts.ipv4 or parts.ipv6:
        return parts.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])


def owner_of(host: str, names: Sequence[Name]) -> str | None:
    """Whose host it is: the name with the longest domain that it is, or is under."""
    best: tuple[int, str] | None = None
    for name in sorted(names, key=lambda n: (not n.is_brand, n.name)):
        for domain in map(bare_domain, name.domains):
            if (host == domain or host.endswith(f".{domain}")) and (best is None or len(domain) > best[0]):
                best = (len(domain), name.name)
    return best[1] if best else None


def bare_domain(domain: str) -> str:
    """A domain as people may write it, "https://www.Bose.com/", as a host: "bose.com"."""
    plain = domain.strip().lower()
    host = urlsplit(plain if "//" in plain else f"//{plain}").hostname or ""
    return host.removeprefix("www.")
