"""Addresses as engines give them: which page stands behind one that leads through another site, and its title.

Formats: links of Google's results (`/url?q=`), of its translation (`/translate?u=`, and `*.translate.goog`, whose hosts
write a dot as a hyphen and a hyphen as two), of Bing's (`/ck/a?u=`, Base64 after `a1`); and the redirects by which
Gemini cites, which end after 30 days ("Grounding with Google Search").
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

REDIRECT_HOST = "vertexaisearch.cloud.google.com"
REDIRECT = re.compile(rf"https://{re.escape(REDIRECT_HOST)}/grounding-api-redirect/[^\s\"'<>\\]+")
"""Gemini's. Where it leads only its host knows: `redirects.py` asks it."""
SITE = re.compile(r"(?:[\w-]+\.)+[a-z][\w-]+", re.IGNORECASE)
GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
MARKER = re.compile(r"[\[(【]*\d{0,3}[\])】]*")
"""What some engines give for a title: the footnote's number."""
MAX_WRAPPERS = 3
"""Of one around another."""


def is_page(value: object) -> bool:
    """Whether it is an address that a browser opens."""
    return isinstance(value, str) and value.strip().lower().startswith(("http://", "https://"))


def title_of(title: str | None) -> str | None:
    """A page's title. The number of a footnote, or an address, is none."""
    told = (title or "").strip()
    return None if MARKER.fullmatch(told) or is_page(told) else told


def is_search(url: str) -> bool:
    """Whether it leads back into a search engine: Google puts such links under words of its answers."""
    parts = _split(url)
    if parts is None or parts.hostname is None:
        return False
    is_engine = bool(GOOGLE.fullmatch(parts.hostname)) or parts.hostname in ("www.bing.com", "bing.com")
    return is_engine and parts.path.rstrip("/") in ("/search", "/searchviewer")


def page_behind(url: str) -> str:
    """The page itself, without the site that an address leads through; any other address as it is."""
    for _ in range(MAX_WRAPPERS):
        inside = _inside(url)
        if not is_page(inside) or inside == url:
            break
        url = inside
    return url


def page_of(url: str, site: str | None, pages: Mapping[str, str]) -> str:
    """The page behind a redirect, where that was followed; else the site's front page, where the engine names it."""
    if not REDIRECT.fullmatch(url):
        return page_behind(url)
    if url in pages:
        return pages[url]
    return f"https://{site.lower()}/" if site and SITE.fullmatch(site) else url


def _inside(url: str) -> str:
    """The address within an address; "" if there is none."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return ""
    host, given = parts.hostname, parse_qs(parts.query)
    if GOOGLE.fullmatch(host) and parts.path == "/url":
        return (given.get("q") or given.get("url") or [""])[0]
    if host.startswith("translate.google.") and parts.path == "/translate":
        return given.get("u", [""])[0]
    if host.endswith(".translate.goog"):
        return _translated(parts)
    if host in ("www.bing.com", "bing.com") and parts.path == "/ck/a":
        return _decoded(given.get("u", [""])[0])
    return ""


def _translated(parts: SplitResult) -> str:
    dotted = (parts.hostname or "").removesuffix(".translate.goog").replace("--", "\0").replace("-", ".")
    query = "&".join(part for part in parts.query.split("&") if not part.startswith("_x_tr_"))
    return urlunsplit((parts.scheme, dotted.replace("\0", "-"), parts.path, query, parts.fragment))


def _decoded(given: str) -> str:
    """Base64 after `a1`, without the padding."""
    text = given.removeprefix("a1")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
