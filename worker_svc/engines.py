"""The engines this worker can ask: each registered collector, with its key from the environment.

A collector is ready when what it needs is set, for most a key. Keys stay in here and in the collector: they are in no
log, no error and no row. One that can't be imported is told of and left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Self

import httpx2

from answerbeat.database import first_line
from answerbeat.options import COLLECTORS_GROUP
from worker_svc.collectors.collector import Access, Collector

EMULATED_KEY = "emulated-"
"""What keys for the emulator begin with."""
NO_KEY = "none"
"""What a server that asks for no key is shown: an SDK will not go without."""


@dataclass(frozen=True)
class Engine:
    """A collector that is ready, or what keeps it from being so."""

    title: str
    kind: type[Collector] | None
    """None when it could not be imported."""
    collector: Collector | None
    missing: str | None
    """What to set or mend, when it is not ready."""
    is_base_url_overridden: bool
    is_emulated: bool
    """It asks the emulator, which alone takes such a key; an address of one's own may be a real engine's."""
    model: str
    is_broken: bool = False
    """Its code is at fault, not what is set."""


@dataclass(frozen=True)
class Broken:
    """A collector that is left out, and why; the others work."""

    why: str


def registered() -> dict[str, type[Collector]]:
    """All registered collectors that can be imported, by name, in alphabetical order."""
    return {name: found for name, found in _imported().items() if not isinstance(found, Broken)}


def _imported() -> dict[str, type[Collector] | Broken]:
    found = entry_points(group=COLLECTORS_GROUP)
    return {entry.name: _import(entry) for entry in sorted(found, key=lambda entry: entry.name)}


def _import(entry: EntryPoint) -> type[Collector] | Broken:
    try:
        kind = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever a file of somebody's raises, the other engines work
        return Broken(f"could not be imported: {type(error).__name__}: {first_line(error)}")
    return kind if isinstance(kind, type) and issubclass(kind, Collector) else Broken(f"{entry.value} is no Collector")


class Engines:
    """All engines by the names that jobs use."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self.all = dict(engines)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], timeout_seconds: float) -> Self:
        """Those whose key is set are ready."""
        return cls({name: _engine(name, found, environment, timeout_seconds) for name, found in _imported().items()})

    def ready(self) -> list[str]:
        """The names of those that can be asked."""
        return [name for name, engine in self.all.items() if engine.collector]

    def broken(self) -> dict[str, str]:
        """Those that are left out because their code is at fault, and why."""
        return {name: engine.missing or "" for name, engine in self.all.items() if engine.is_broken}

    def missing(self, name: str) -> str | None:
        """Why an engine can't be asked, if it can't."""
        engine = self.all.get(name)
        return engine.missing if engine else f"there is no collector {name} any more"

    def why_not(self, name: str, *, is_demo: bool) -> str | None:
        """Why an engine is not asked for a customer, if it isn't."""
        if (why := self.missing(name)) is None and is_demo and not self.all[name].is_emulated:
            return "a demo customer's questions go to emulated engines only, and this one is real"
        return why

    def __getitem__(self, name: str) -> Collector:
        """The collector of a ready engine."""
        collector = self.all[name].collector
        if collector is None:
            raise KeyError(name)
        return collector

    async def close(self) -> None:
        """Lets go of all connections."""
        for engine in self.all.values():
            if engine.collector:
                await engine.collector.close()


def _engine(
    name: str, found: type[Collector] | Broken, environment: Mapping[str, str], timeout_seconds: float
) -> Engine:
    if isinstance(found, Broken):
        return _unusable(name, None, found)
    try:
        return _set_up(found, environment, timeout_seconds)
    except Exception as error:  # noqa: BLE001 - as above; its text may hold the key
        return _unusable(name, found, Broken(f"could not be set up: {type(error).__name__}"))


def _unusable(name: str, kind: type[Collector] | None, broken: Broken) -> Engine:
    return Engine(name, kind, None, broken.why, False, False, model="", is_broken=True)


def _set_up(kind: type[Collector], environment: Mapping[str, str], timeout_seconds: float) -> Engine:
    given = {part: environment.get(f"{kind.variable}_{part}", "").strip() for part in ("API_KEY", "BASE_URL", "MODEL")}
    missing = _why_not_ready(kind, given)
    access = Access(
        key=given["API_KEY"] or NO_KEY,
        base_url=given["BASE_URL"] or kind.base_url,
        model=given["MODEL"] or kind.model,
        timeout_seconds=timeout_seconds,
    )
    is_elsewhere = bool(given["BASE_URL"])
    is_emulated = is_elsewhere and given["API_KEY"].startswith(EMULATED_KEY)
    collector = None if missing else kind(access)
    return Engine(kind.title, kind, collector, missing, is_elsewhere, is_emulated, access.model)


def _why_not_ready(kind: type[Collector], given: Mapping[str, str]) -> str | None:
    if absent := [f"{kind.variable}_{part}" for part in kind.needs if not given[part]]:
        return f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not set"
    key, base_url = given["API_KEY"], given["BASE_URL"]
    if not (key.isascii() and key.isprintable()) or " " in key:
        return f"{kind.variable}_API_KEY holds a space, a line break or another character that no key has"
    if base_url and not _is_address(base_url):
        return f"{kind.variable}_BASE_URL must be an address that starts with http:// or https://"
    return None


def _is_address(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)
