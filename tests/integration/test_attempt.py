"""One attempt of a run, and how its end is told: ends that coincide in one rpc, and nothing settled that is closed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx2
import pytest
from sqlalchemy import event

from answerbeat.database import Database
from answerbeat.kinds import Outcome
from answerbeat.rpc.channel import open_channel
from answerbeat.schema import Brand, JobRun, QueryExecution
from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc
from answerbeat.wakeup import Wakeup
from scheduler_svc.api.dispatch_service import DispatchServicer
from scheduler_svc.operations.dispatcher import Dispatcher
from tests.integration.collecting import MakeEngines, fault, lease_again, leased, lose, rows
from tests.integration.rows import brand_of
from worker_svc.duties import completer as completer_module
from worker_svc.duties.attempt import Attempts
from worker_svc.duties.completer import Completer, NotTold
from worker_svc.duties.leases import WorkerLease, WorkerLeases
from worker_svc.ending import Ending, Stop
from worker_svc.run import Run
from worker_svc.store.calls import ABANDON

DONE = Ending(Outcome.COMPLETED)


class Scheduler(DispatchServicer):
    """The real one, which may be told to let an rpc wait, or to refuse some."""

    def __init__(self, database: Database) -> None:
        super().__init__(Dispatcher(database, Wakeup(), 30))
        self.seen: list[list[str]] = []
        """The leases of each rpc that came."""
        self.came = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()
        self.refused: set[str] = set()
        """WorkerLeases of which no rpc is taken."""
        self.refusals = 0
        """Rpcs that are still to be refused, whatever is in them."""

    async def FinishRuns(self, request: dispatch_pb2.FinishRunsRequest, context: Any) -> Any:  # noqa: N802
        tokens = [run.lease_token for run in request.runs]
        self.seen.append(tokens)
        self.came.set()
        await self.answers.wait()
        if self.refusals or self.refused & set(tokens):
            self.refusals = max(0, self.refusals - 1)
            await context.abort(grpc.StatusCode.INTERNAL, "refused")
        return await super().FinishRuns(request, context)


@pytest.fixture
async def scheduler(database: Database) -> Scheduler:
    return Scheduler(database)


@pytest.fixture
async def completer(scheduler: Scheduler) -> AsyncIterator[Completer]:
    server = grpc.aio.server()
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(scheduler, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with open_channel(f"127.0.0.1:{port}") as channel:
        made = Completer(dispatch_pb2_grpc.DispatchServiceStub(channel), "w1")
        yield made
        await made.close()
    await server.stop(None)


async def some(database: Database, count: int) -> list[Run]:
    brand = await brand_of(database)
    return [await leased(database, brand) for _ in range(count)]


async def statuses(database: Database) -> list[str]:
    return [run.status for run in await rows(database, JobRun)]


async def test_ends_that_come_while_one_is_told_go_together_in_the_next_rpc(
    database: Database, scheduler: Scheduler, completer: Completer
) -> None:
    first, *others = await some(database, 5)
    scheduler.answers.clear()
    telling = [asyncio.create_task(completer.tell(first, DONE))]
    await asyncio.wait_for(scheduler.came.wait(), 10)  # it waited for nobody
    telling += [asyncio.create_task(completer.tell(run, DONE)) for run in others]
    asyncio.get_running_loop().call_soon(scheduler.answers.set)
    assert await asyncio.gather(*telling) == [True] * 5
    assert scheduler.seen == [[str(first.token)], [str(run.token) for run in others]]
    assert await statuses(database) == ["completed"] * 5


async def test_each_end_learns_whether_its_own_lease_was_lost(
    database: Database, scheduler: Scheduler, completer: Completer
) -> None:
    (lost,) = await some(database, 1)
    await lose(database)
    kept = await lease_again(database)
    assert (kept.id, kept.token != lost.token) == (lost.id, True)
    assert await asyncio.gather(completer.tell(lost, DONE), completer.tell(kept, DONE)) == [False, True]
    assert len(scheduler.seen) == 1


async def test_ends_are_told_again_until_the_scheduler_takes_them(
    database: Database, scheduler: Scheduler, completer: Completer
) -> None:
    scheduler.refusals = 2
    runs = await some(database, 3)
    assert await asyncio.gather(*(completer.tell(run, DONE) for run in runs)) == [True] * 3
    assert await statuses(database) == ["completed"] * 3


async def test_an_end_that_can_not_be_told_keeps_no_other_from_it(
    database: Database, scheduler: Scheduler, completer: Completer
) -> None:
    runs = await some(database, 4)
    scheduler.refused = {str(runs[0].token)}
    untold = asyncio.create_task(completer.tell(runs[0], DONE))
    assert await asyncio.gather(*(completer.tell(run, DONE) for run in runs[1:])) == [True] * 3
    untold.cancel()
    await asyncio.gather(untold, return_exceptions=True)
    assert await statuses(database) == ["processing", "completed", "completed", "completed"]


async def test_an_end_is_not_told_for_ever(
    database: Database, scheduler: Scheduler, completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler.answers.clear()
    monkeypatch.setattr(completer_module, "FINISH_SECONDS", 0.2)
    (run,) = await some(database, 1)
    with pytest.raises(NotTold):
        await completer.tell(run, DONE)


async def attempted(
    database: Database, engines: MakeEngines, completer: Completer, run: Run, **options: Any
) -> tuple[WorkerLeases, asyncio.Task[None], list[str]]:
    """An attempt that has begun, and the statements it makes."""
    made: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *told: made.append(told[2]))
    leases = WorkerLeases()
    lease = WorkerLease(run, 1, options)
    leases.begin(lease, Attempts(database, engines(), completer, 8, 60).work)
    assert lease.task
    return leases, lease.task, made


def settled(made: list[str]) -> int:
    """How often calls that may be open were looked for."""
    wanted = " ".join(str(ABANDON.compile()).split())[:40]
    return sum(wanted in " ".join(statement.split()) for statement in made)


async def end_of(database: Database) -> JobRun:
    (run,) = await rows(database, JobRun)
    return run


@pytest.fixture
async def brand(database: Database) -> Brand:
    return await brand_of(database, questions=("Which boots are best?",))


@pytest.mark.parametrize(("job_type", "times"), [("scoring", 0), ("data_collection", 1)])
async def test_an_attempt_that_leaves_no_call_open_settles_nothing(
    database: Database, engines_of: MakeEngines, completer: Completer, brand: Brand, job_type: str, times: int
) -> None:
    options = {"collectors": ["chatgpt"]}
    run = await leased(database, brand, **options)
    run.job_type = job_type
    _, task, made = await attempted(database, engines_of, completer, run, **options)
    await task
    assert (await end_of(database)).status == "completed"
    assert settled(made) == times  # when a step that asks begins, for what an earlier lease has left


async def test_a_call_that_is_cut_off_is_settled_and_counted(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, completer: Completer, brand: Brand
) -> None:
    await fault(emulator, kind="hang")
    options = {"collectors": ["chatgpt"]}
    run = await leased(database, brand, **options)
    leases, task, _ = await attempted(database, engines_of, completer, run, **options)
    assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "hung"})).json()
    leases.stop(run.token, Stop.CANCELLED)
    await task
    assert len(leases) == 0
    assert [call.status for call in await rows(database, QueryExecution)] == ["unknown"]
    ended = await end_of(database)
    assert ended.status == "cancelled"
    assert ended.metrics["data_collection"]["by_collector"]["chatgpt"]["unknown"] == 1


async def test_an_attempt_that_can_not_begin_settles_what_an_earlier_lease_left(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, completer: Completer, brand: Brand
) -> None:
    await fault(emulator, kind="hang")
    options = {"collectors": ["chatgpt"]}
    run = await leased(database, brand, **options)
    _, task, _ = await attempted(database, engines_of, completer, run, **options)
    assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "hung"})).json()
    await lose(database)
    heir = await lease_again(database)
    _, heirs_task, _ = await attempted(database, engines_of, completer, heir, collectors=["gone"])
    await heirs_task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [call.status for call in await rows(database, QueryExecution)] == ["unknown"]
    assert "no longer right" in (await end_of(database)).error_message


async def test_a_run_that_is_cancelled_while_its_end_is_told_is_told_nevertheless(
    database: Database, engines_of: MakeEngines, completer: Completer, scheduler: Scheduler, brand: Brand
) -> None:
    run = await leased(database, brand)
    run.job_type = "scoring"
    scheduler.answers.clear()
    scheduler.refusals = 1
    leases, task, _ = await attempted(database, engines_of, completer, run)
    await asyncio.wait_for(scheduler.came.wait(), 10)
    leases.stop(run.token, Stop.CANCELLED)
    scheduler.answers.set()
    await task
    assert (await end_of(database)).status == "completed"
