"""Faults that the chaos suite must catch, and a command that shows that it does.

    python -m tests.chaos.mutants                   plants each, one at a time: make mutants
    python -m tests.chaos.mutants skip_last_question

Each mutant is a change of one module's text. It is caught when a check fails within 20 rounds; one that survives ends
the command with 1.
"""

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 20
SECONDS = 1_500
"""The most that one mutant may take."""
SEED = 20261125


@dataclass(frozen=True)
class Mutant:
    """A fault: what stands in a module, and what stands there instead."""

    module: str
    edits: tuple[tuple[str, str], ...]

    def planted(self, text: str) -> str:
        """The module's text with the fault. Raises ValueError where it can't be planted."""
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.module} holds {old!r} {text.count(old)} times, not once: mend the mutant")
            text = text.replace(old, new)
        return text


def _mutant(module: str, *edits: tuple[str, str]) -> Mutant:
    return Mutant(module, edits)


STORE = "await self.context.write_with_retry(lambda fenced: self.store(fenced, key, exchange, found, latency_ms))\n"
STORE_UNFENCED = """async with self.context.database.transaction() as session:
            await self.store(Fenced(session, self.context.run), key, exchange, found, latency_ms)
"""
INSERT_ANSWER = "    await fenced.session.execute(\n        insert(CollectorResult)"
NOW_AND_THEN = "    if random.random() < 0.02:\n        return\n"
ABANDON = 'await fenced.session.execute(ABANDON, {"run_id": fenced.run.id})'
FINISH = "await self._dispatch.FinishRuns(request)"

MUTANTS = {
    "skip_last_question": _mutant(
        "worker_svc.store.calls",
        ("return [Call(**row) for row in rows.mappings()]", "return [Call(**row) for row in rows.mappings()][:-1]"),
    ),
    "fence_ignores_token": _mutant("worker_svc.store.fence", ("AND lease_token = :token AND status", "AND status")),
    "answer_without_fence": _mutant("worker_svc.steps.paid_call", (STORE, STORE_UNFENCED)),
    "drop_one_fire_in_a_thousand": _mutant(
        "scheduler_svc.store.births",
        ("import json\n", "import json\nimport random\n"),
        ("    if not births:\n", "    births = [b for b in births if random.random() > 0.001]\n    if not births:\n"),
    ),
    "catch_up_begins_too_late": _mutant(
        "scheduler_svc.planning", ("begin = max(due.next_run_at - cron.MINUTE,", "begin = max(due.next_run_at,")
    ),
    "finish_told_twice": _mutant(
        "worker_svc.duties.completer", (f"answer = {FINISH}", f"{FINISH}\n{12 * ' '}answer = {FINISH}")
    ),
    "lost_answer_counted_as_answered": _mutant(
        "worker_svc.store.calls",
        ("from typing import NamedTuple\n", "import random\nfrom typing import NamedTuple\n"),
        (INSERT_ANSWER, NOW_AND_THEN + INSERT_ANSWER),
    ),
    "no_heartbeat": _mutant("worker_svc.duties.heartbeats", ("        await self._heartbeat()", "        pass")),
    "budget_not_locked": _mutant(
        "worker_svc.store.acquire", ("return (await session.execute(LOCK, facts)).first() is not None", "return True")
    ),
    "leases_kept_by_run": _mutant(
        "worker_svc.duties.leases",
        ("self._held[lease.run.token] = lease", "self._held[lease.run.id] = lease"),
        ("del self._held[lease.run.token]", "del self._held[lease.run.id]"),
    ),
    "unknown_is_asked_again": _mutant(
        "worker_svc.store.calls",
        ("OR call.status = 'failed' AND call.is_retryable", "OR call.status IN ('failed', 'unknown')"),
    ),
    "calls_under_way_are_forgotten": _mutant("worker_svc.store.calls", (ABANDON, "pass")),
    "bill_forgets": _mutant(
        "worker_svc.store.budget",
        ("from typing import NamedTuple\n", "import random\nfrom typing import NamedTuple\n"),
        ("    whose = {", f"{NOW_AND_THEN}    whose = {{"),
    ),
    "sums_are_not_brought_up_to_date": _mutant(
        "brand_svc.insights.duties.rollups", ("await bring_up_to_date(session, brand_id)", "False")
    ),
    "sweeper_ignores_leases": _mutant(
        "scheduler_svc.store.sweeps", ("(lease_expires_at < clock_timestamp() OR deadline_at <", "(deadline_at <")
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    name: str
    caught: str
    """The round, or what happened instead: survived, or a suite that broke, which proves nothing either."""
    said: str
    seconds: float


def judge(name: str) -> Verdict:
    """Plants a mutant, and lets the chaos suite look for it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant") as folder:
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--tb=line"),
            *("--basetemp", f"{folder}/tests", "tests/chaos/test_chaos.py"),
            *("--mutant", name, "--rounds", str(ROUNDS), "--seed", str(SEED)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    caught = re.search(r"Violation: round (\d+): (.*)", done.stdout)
    said = caught[2][:400] if caught else (done.stdout + done.stderr)[-1_000:]
    instead = "BROKE" if done.returncode else "SURVIVED"
    return Verdict(name, caught[1] if caught else instead, " ".join(said.split()), time.monotonic() - began)


def main() -> None:
    """Prints a row for each mutant."""
    if not Path("tests/chaos").is_dir():
        sys.exit("Start it from the repository's root.")
    names = sys.argv[1:] or list(MUTANTS)
    if unknown := set(names) - MUTANTS.keys():
        sys.exit(f"There is no mutant {', '.join(unknown)}; there are {', '.join(MUTANTS)}.")
    print("| mutant | caught in round | by | seconds |\n|---|---|---|---|", flush=True)
    verdicts = []
    for name in names:
        verdicts.append(judge(name))
        told = verdicts[-1]
        print(f"| {told.name} | {told.caught} | {told.said} | {told.seconds:.0f} |", flush=True)
    sys.exit(any(not verdict.caught.isdigit() for verdict in verdicts))


if __name__ == "__main__":
    main()
