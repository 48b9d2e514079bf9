"""One of the ways in which an answer is read: by which rules, how, and how what was found is kept."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from reading.mentions import Name
from worker_svc.store.fence import Fenced
from worker_svc.store.readings import StoredAnswer, Subject

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Kind(Generic[Facts]):
    """Reading answers for a subject."""

    subject: Subject
    version: str
    read: Callable[[StoredAnswer, Sequence[Name]], Awaitable[Facts]]
    """Text in, facts out; takes its time. May raise PassedOver."""
    write: Callable[[Fenced, Sequence[Name], StoredAnswer, Facts], Awaitable[dict[str, int]]]
    """Stores the facts, and counts them."""
    at_once: int = 1
    """Answers that are read at a time: more where reading waits for somebody else."""

    def rules(self, names: Sequence[Name]) -> str:
        """The version, and a digest of the names, in whichever order they are given."""
        told = sorted((n.name, sorted(n.aliases), sorted(n.domains), n.is_brand) for n in names)
        return f"{self.version}.{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}"


class PassedOver(Exception):
    """An answer is left as it is, for the next run."""
