"""What a recorded body says of itself, worked out without the collectors: small walkers by the engines' documentation.

`engine_truth.py` reads the APIs, `page_truth.py` SerpApi's pages; this file has what both are made of.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.paths import RECORDINGS
from worker_svc.collectors.exchange import Exchange

OF_LOOSE = {
    "anthropic": "claude", "deepseek": "deepseek", "gemini": "gemini", "mistral": "mistral", "openai": "chatgpt",
    "openrouter": "openai_compatible", "xai": "grok",
}  # fmt: skip
"""Whose the recordings are that lie in no folder, by how their names begin."""
Json = Any


@dataclass
class Truth:
    """What a person reads off a body."""

    error: str | None = None
    """The kind, where the body holds no answer; nothing else counts then."""
    texts: list[str] = field(default_factory=list)
    """All that is shown, in order."""
    sources: list[tuple[str, str | None]] = field(default_factory=list)
    """Each cited address once, with the fullest title that stands anywhere for it. In no order."""
    searched: list[tuple[str, str | None]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    model: str = ""
    tokens: tuple[int | None, int | None] = (None, None)
    """Of what is absent, nothing is said here."""


class Recording(NamedTuple):
    """A body, and whose it is."""

    collector: str
    name: str
    status: int
    body: Json

    @property
    def exchange(self) -> Exchange:
        """As a collector gets it. A body that is a text is one that is more than its JSON."""
        return Exchange(self.body if isinstance(self.body, str) else json.dumps(self.body), self.status)

    @property
    def json(self) -> Json:
        """The body's JSON."""
        return json.loads(self.body) if isinstance(self.body, str) else self.body


def recordings() -> list[Recording]:
    """All of them, of all collectors."""
    return [_recording(path) for path in sorted(RECORDINGS.rglob("*.json"))]


def _recording(path: Path) -> Recording:
    response = json.loads(path.read_text())["response"]
    is_loose = path.parent == RECORDINGS
    collector = OF_LOOSE[path.stem.partition("_")[0]] if is_loose else path.parent.name
    return Recording(collector, path.stem, response["status"], response["body"])


def dicts(value: Json) -> Iterator[dict[str, Json]]:
    """All objects within a value, from the outside in, in order."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from dicts(part)


def pages_in(value: Json, address: str = "url") -> list[tuple[str, str | None]]:
    """All objects that have an address, with their titles."""
    return [
        (thing[address], thing.get("title"))
        for thing in dicts(value)
        if isinstance(thing.get(address), str) and thing[address].startswith("http")
    ]


def each_once(
    pages: list[tuple[str, str | None]], mentions: list[tuple[str, str | None]] | None = None
) -> list[tuple[str, str | None]]:
    """Each address once, unwrapped, with its longest title that is no number."""
    titles: dict[str, str | None] = {}
    for url, title in pages + (mentions or []):
        bare = (title or "").strip()
        known = titles.setdefault(unwrapped(url), None)
        if bare.strip("[]").isdigit() or not bare:
            continue
        if known is None or len(bare) > len(known):
            titles[unwrapped(url)] = bare
    wanted = dict.fromkeys(unwrapped(url) for url, _ in pages)
    return [(url, titles[url]) for url in wanted]


def without(pages: list[tuple[str, str | None]], cited: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """Those that are not cited."""
    return [page for page in pages if page[0] not in {url for url, _ in cited}]


def unwrapped(url: str) -> str:
    """The page behind Google's translation and its links outward."""
    parts = urlsplit(url)
    inside = parse_qs(parts.query)
    if parts.hostname == "translate.google.com":
        return inside["u"][0]
    if parts.hostname == "www.google.com" and parts.path == "/url":
        return (inside.get("q") or inside["url"])[0]
    return url


def error_of_status(status: int, body: Json) -> str | None:
    """The kind of error that an HTTP status of 400 and above is, as the engines document them."""
    told = json.dumps(body).lower()
    if status < 400:
        return None
    if status == 429:
        return "rate_limited"
    is_key = "incorrect api key" in told or "api key not valid" in told or "api_key_invalid" in told
    if status in (401, 402, 403) or is_key:
        return "unauthorized"
    return "engine_error" if status >= 500 or status == 408 else "invalid_request"


Reader = Callable[[Json], Truth]
