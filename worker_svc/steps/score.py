"""Reads the brand's answers that have not been read by today's rules: positions and citations, and tone.

The rules are the reader's version, who judges tone, and the names that are looked for. Where any of them has changed,
an answer is read again, after those that were never read; no engine is asked its question again. Reading by the same
rules twice changes nothing.

Reading takes time, so it is done outside of any transaction: the run's row, which a heartbeat needs,
is held only while what was read is written. An answer is written whole or not at all, and by one run only.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic
from uuid import UUID

import structlog

from reading.mentions import Name
from worker_svc.context import RunContext
from worker_svc.run import Drained, LeaseLost
from worker_svc.steps.kind import Facts, Kind, PassedOver
from worker_svc.steps.places import PLACES
from worker_svc.steps.tone import TONE, tone_by
from worker_svc.steps.tone_judge import appoint, bill
from worker_svc.store import brands, readings
from worker_svc.store.readings import StoredAnswer

log = structlog.get_logger()

NAME = "scoring"
BATCH = 25
"""Answers that are fetched at a time."""
COUNTED = ("positions_processed", "sentiments_processed", "competitor_sentiments_processed", "citations_processed")


async def score(context: RunContext) -> None:
    """Reads up to `positionLimit` answers for positions and citations, and `sentimentLimit` for tone."""
    run, options = context.run, context.run.options
    async with context.fenced() as fenced:
        names = await brands.tracked_names(fenced.session, run)
        await readings.keep_rules(fenced, PLACES.rules(names), names)
    counts = dict.fromkeys(COUNTED, 0)
    run.metrics[NAME] = counts
    await _Scoring(context, names, PLACES, counts).all(options.positionLimit)
    if options.sentiment == "encoder":
        await _Scoring(context, names, TONE, counts).all(options.sentimentLimit)
    elif judge := await appoint(context):
        await _Scoring(context, names, tone_by(judge, context.at_once), counts).all(options.sentimentLimit)
        run.metrics[NAME] = {**counts, **await bill(context)}


class _Scoring(Generic[Facts]):
    """One way of reading answers, for one run."""

    def __init__(self, context: RunContext, names: Sequence[Name], kind: Kind[Facts], counts: dict[str, int]) -> None:
        self._context = context
        self._run = context.run
        self._names = names
        self._kind = kind
        self._rules = kind.rules(names)
        self._counts = counts
        self._passed_over: dict[UUID, str] = {}
        self._slots = asyncio.Semaphore(kind.at_once)
        self._done = 0

    async def all(self, limit: int | None) -> None:
        """Reads all that is to be read, up to a limit. Raises Drained and LeaseLost."""
        run, subject, rules = self._run, self._kind.subject, self._rules
        async with self._context.database.transaction() as session:
            total = await readings.count_unread(session, run, subject, rules, limit)
        self._before = run.progress.get(NAME, {"done": 0, "total": 0})
        self._total = total
        self._advance(0)
        while self._done < total:
            at_most = min(total - self._done, BATCH)
            async with self._context.database.transaction() as session:
                answers = await readings.unread(session, run, subject, rules, self._passed_over, at_most)
            if not answers:
                break
            async with asyncio.TaskGroup() as group:
                for answer in answers:
                    group.create_task(self._one(answer))
            run.stop_if_draining()
        run.complaints += _why_passed_over(self._passed_over)

    async def _one(self, answer: StoredAnswer) -> None:
        async with self._slots:
            if self._run.draining.is_set():
                return  # raising would cut off calls beside it that are being paid for
            try:
                await self._read(answer)
            except Drained:
                return
            except PassedOver as why:
                self._passed_over[answer.id] = str(why)
            self._advance(1)

    def _advance(self, answers: int) -> None:
        self._done += answers
        self._run.advance(NAME, self._before["done"] + self._done, self._before["total"] + self._total)

    async def _read(self, answer: StoredAnswer) -> None:
        """Reads one answer and writes what was read. One that can't be read is passed over for good, and told of."""
        try:
            facts = await self._kind.read(answer, self._names)
        except (PassedOver, Drained, LeaseLost):
            raise
        except Exception:  # one answer must not keep all that come after it from being read
            log.exception("answer_not_read", answer_id=str(answer.id))
            self._run.complaints.append(f"Answer {answer.id} could not be read; the worker's log says why.")
            facts = None
        async with self._context.fenced() as fenced:
            if not await readings.is_still_unread(fenced, self._kind.subject, self._rules, answer):
                return  # another run of the brand has read it meanwhile
            if facts is not None:
                for name, count in (await self._kind.write(fenced, self._names, answer, facts)).items():
                    self._counts[name] += count
            await readings.mark_read(fenced, self._kind.subject, self._rules, answer)


def _why_passed_over(passed_over: Mapping[UUID, str]) -> list[str]:
    return [
        f"Tone: {count} answer{'s were' if count > 1 else ' was'} not judged: {why.removesuffix('.')}."
        for why, count in Counter(passed_over.values()).most_common()
    ]
