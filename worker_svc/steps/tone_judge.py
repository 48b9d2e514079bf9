"""Has the tone of answers judged by an engine's model: one call for an answer, and none for what was judged before.

Such a call is a bill like any other: it is written down before it is made, limits and budgets hold for it, and one of
unknown fate is made again only when a person asks for it. An answer that could not be judged is passed over, keeps what
tone it had, and is tried again by the next run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from reading import judge
from reading.reading import Feeling, Statement, feeling
from reading.sentiment import NOTHING_SAID, Judgement
from worker_svc.call import Call
from worker_svc.collectors.collector import Answer
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.structured import StructuredCollector, Task
from worker_svc.context import RunContext
from worker_svc.engines import Engines
from worker_svc.steps.kind import PassedOver
from worker_svc.steps.paid_call import NotAsked, PaidCall
from worker_svc.store import brands, calls, judgements
from worker_svc.store.fence import Fenced
from worker_svc.store.readings import StoredAnswer
from worker_svc.summary import summarize_judging

MAX_PASSED_OVER = 20
"""Answers that an engine may fail to judge before it is left in peace for this run."""


def can_judge(engines: Engines, name: str) -> bool:
    """Whether the engine's model does tasks in a given shape, key or not."""
    kind = engines.all[name].kind if name in engines.all else None
    return kind is not None and issubclass(kind, StructuredCollector)


@dataclass(frozen=True)
class _Judging(PaidCall[tuple[Answer, list[str]]]):
    statements: Mapping[bytes, Statement]

    async def ask(self) -> Exchange:
        if not isinstance(self.collector, StructuredCollector):
            raise TypeError(f"{self.collector.name} can't judge")
        text = judge.put([*self.statements.values()])
        return await self.collector.complete(Task(judge.NAME, judge.INSTRUCTIONS, text, judge.SCHEMA))

    def read(self, exchange: Exchange) -> tuple[Answer, list[str]]:
        answer = self.collector.read(exchange)
        try:
            return answer, judge.read(answer.text, [*self.statements.values()])
        except judge.Unreadable as error:
            # It was paid for, and would most likely say the same again.
            cost = answer.cost_micro_usd
            raise EngineError(ErrorKind.UNREADABLE, str(error), retryable=False, cost_micro_usd=cost) from error

    async def store(
        self, fenced: Fenced, key: UUID, exchange: Exchange, found: tuple[Answer, list[str]], latency_ms: int
    ) -> None:
        answer, tones = found
        told = dict(zip(self.statements, tones, strict=True))
        await calls.judged(fenced, self.call, key, exchange, answer, told, latency_ms)


class Judge:
    """One engine as the judge of one run."""

    def __init__(self, context: RunContext, name: str) -> None:
        self._context = context
        self._collector = context.engines[name]
        self.name = f"{name}/{context.engines.all[name].model}"
        """Who judged, as it is kept with each score."""
        self.stopped: str | None = None
        """Why no further answer is judged in this run."""
        self._failures = 0

    async def feelings(self, answer: StoredAnswer, said: Mapping[str, Sequence[Statement]]) -> dict[str, Feeling]:
        """The tone towards each name, of what is said of it. Raises PassedOver, Drained and LeaseLost."""
        told = {self._digest(one): one for of_name in said.values() for one in of_name if not one.is_bare}
        tones = await self._known(told)
        missing = {digest: one for digest, one in told.items() if digest not in tones}
        if missing:
            await self._ask(answer, missing)
            tones |= await self._known(missing)
        if not tones.keys() >= told.keys():
            raise PassedOver("this run has had it judged before by other names; the next run judges what is new")
        return {
            name: feeling(of_name, [self._judgement(one, tones) for one in of_name]) for name, of_name in said.items()
        }

    def _judgement(self, statement: Statement, tones: Mapping[bytes, str]) -> Judgement:
        """A bare name says nothing, and nobody is asked of it."""
        return NOTHING_SAID if statement.is_bare else judge.JUDGEMENTS[tones[self._digest(statement)]]

    def _digest(self, statement: Statement) -> bytes:
        return judge.key_of(statement, self.name)

    async def _known(self, told: Mapping[bytes, Statement]) -> dict[bytes, str]:
        run = self._context.run
        return await self._context.read_with_retry(lambda session: judgements.known(session, run, told))

    async def _ask(self, answer: StoredAnswer, missing: Mapping[bytes, Statement]) -> None:
        """Makes the call, and passes the answer over when that gave nothing."""
        if self.stopped:
            raise PassedOver(self.stopped)
        run = self._context.run
        if await self._context.read_with_retry(lambda session: judgements.is_in_doubt(session, run, answer.id)):
            raise PassedOver("an earlier call to judge it may have been paid for; retry the run to ask again")
        whose = answer.query_id, answer.question, answer.topic
        call = Call(*whose, None, None, self._collector.name, answer.sample, answer_id=answer.id)
        try:
            error = await _Judging(self._context, call, self._collector, missing).make()
        except NotAsked as not_asked:
            self.stopped = not_asked.error.message
            raise PassedOver(self.stopped) from not_asked
        if error:
            self._note(error)
            raise PassedOver(error.message)

    def _note(self, error: EngineError) -> None:
        self._failures += 1
        if error.kind == ErrorKind.UNAUTHORIZED or self._failures >= MAX_PASSED_OVER:
            self.stopped = error.message


async def appoint(context: RunContext) -> Judge | None:
    """The judge that the run asks for, after what an earlier lease left under way is written off.

    None, with a complaint, when no engine can be it. Raises LeaseLost.
    """
    run, engines = context.run, context.engines
    async with context.fenced() as fenced:
        await calls.abandon(fenced)
        is_demo = (await brands.asked(fenced.session, run)).is_demo
    able = [name for name in engines.all if can_judge(engines, name)]
    wanted = [run.options.judge] if run.options.judge else able
    faults = {name: _why_not(engines, name, is_demo=is_demo) for name in wanted}
    for name, why in faults.items():
        if why is None:
            return Judge(context, name)
    told = f"{run.options.judge}: {faults[run.options.judge]}" if run.options.judge else "none of them has a key"
    run.complaints.append(f"Tone was not judged: sentiment is llm, and of {', '.join(able)}, which can judge, {told}.")
    return None


def _why_not(engines: Engines, name: str, *, is_demo: bool) -> str | None:
    if not can_judge(engines, name):
        return "it is not one"
    return engines.why_not(name, is_demo=is_demo)


async def bill(context: RunContext) -> dict[str, object]:
    """What judging took, over all attempts of the run, for the step's metrics."""
    found = await context.read_with_retry(lambda session: calls.tallies(session, context.run, are_judgings=True))
    return summarize_judging(found)
