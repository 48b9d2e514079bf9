"""What must hold after each round, whatever happened in it. Each check is a function whose name says it.

All look at the whole history, not at the round alone: what was right must stay right.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from tests.chaos.harm import LEASE_SECONDS, Storm, Violation
from tests.chaos.logs import End
from tests.chaos.world import AFFORDABLE, PAID, World

SHOWN = 5
ENOUGH_LEASES = 3
"""So many that lasted long, and none with a heartbeat, are no chance."""


@dataclass
class Scene:
    """All there is to look at."""

    world: World
    storms: list[Storm]
    start: datetime
    """The first fire time that has been owed so far."""
    owed_at: datetime
    """When the round began."""
    calm_runs: list[str] = field(default_factory=list)
    """Runs that were begun and ended while no harm was done, in this round."""
    calm_leases: list[tuple[Any, ...]] = field(default_factory=list)
    """Leases of those in all rounds that lasted longer than heartbeats are apart: tokens, and numbers of heartbeats."""
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls that the emulator has seen, by engine and question."""
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Those that it answered."""
    ends: list[End] = field(default_factory=list)
    """Those that workers told, in the order of each scheduler's log."""
    errors: list[str] = field(default_factory=list)
    """Lines of logs."""

    def sql(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.world.sql(statement, **values)

    def is_explained(self, begin: datetime, end: datetime) -> bool:
        """Whether harm was done within a time."""
        return any(storm.covers(begin, end) for storm in self.storms)


def broken(what: str, cases: Sequence[object]) -> NoReturn:
    raise Violation(f"{what}: {len(cases)}, such as {[str(case) for case in cases[:SHOWN]]}")


def every_fire_time_has_exactly_one_run(scene: Scene) -> None:
    for job in scene.world.jobs:
        ((next_run_at, fires),) = scene.sql(
            """
            SELECT next_run_at, array(
                SELECT scheduled_for FROM job_runs WHERE scheduled_job_id = schedule.id AND trigger = 'schedule')
            FROM scheduled_jobs AS schedule
            WHERE id = %(job)s
            """,
            job=job.id,
        )
        if doubled := [fire for fire, count in Counter(fires).items() if count > 1]:
            broken("fire times with two runs", doubled)
        owed = {fire for fire in job.owed(scene.start, next_run_at) if fire < next_run_at}
        if lost := owed - set(fires):
            broken(f"fire times of a {job.kind} schedule without a run", sorted(lost))
        if stray := set(fires) - owed:
            broken(f"runs of a {job.kind} schedule at no fire time", sorted(stray))


def every_run_has_ended_as_the_faults_explain(scene: Scene) -> None:
    """Failed may only be what a budget left without an answer, what lost all its calls, and what was lost 20 times."""
    runs = scene.sql(
        """
        SELECT run.id, run.status, run.attempt, run.max_attempts, run.error_message,
               count(call.id) FILTER (WHERE call.status = 'answered') AS answered,
               count(call.id) FILTER (WHERE call.status = 'unknown') AS unknown,
               count(call.id) FILTER (WHERE call.error_kind = 'budget') AS refused,
               count(call.id) AS calls
        FROM job_runs AS run
        LEFT JOIN query_executions AS call ON call.job_run_id = run.id
        WHERE run.brand_id <> %(parked)s AND run.status <> 'completed'
        GROUP BY run.id
        """,
        parked=scene.world.job("parked").brand_id,
    )
    for run, status, attempt, most, said, answered, unknown, refused, calls in runs:
        nothing_came = answered == 0 and calls > 0 and unknown + refused == calls
        if status != "failed" or not (nothing_came or attempt == most):
            broken("runs that nothing explains", [(str(run), status, attempt, said)])


def every_call_of_a_run_is_accounted_for(scene: Scene) -> None:
    """Questions x engines x samples, each answered, of unknown fate, or refused by a budget."""
    for job in scene.world.of("quick", "slow", "budgeted"):
        runs = scene.sql(
            """
            SELECT run.id, run.status, count(call.id)
            FROM job_runs AS run
            LEFT JOIN query_executions AS call ON call.job_run_id = run.id AND call.answer_id IS NULL
            WHERE run.scheduled_job_id = %(job)s AND (run.status = 'completed' OR run.attempt < run.max_attempts)
            GROUP BY run.id
            HAVING count(call.id) <> %(calls)s
            """,
            job=job.id, calls=job.calls,
        )  # fmt: skip
        if runs:
            broken(f"runs of a {job.kind} schedule with another number of calls than {job.calls}", runs)
    odd = scene.sql(
        """
        SELECT call.status, call.error_kind, call.error_message
        FROM query_executions AS call
        WHERE call.status NOT IN ('answered', 'unknown')
          AND NOT (call.status = 'failed' AND call.error_kind = 'budget' AND call.collector = %(paid)s)
        """,
        paid=PAID,
    )
    if odd:
        broken("calls that ended as no fault explains", odd)


def no_call_was_made_twice(scene: Scene) -> None:
    again = scene.sql("SELECT collector, question, attempts FROM query_executions WHERE attempts > 1")
    if again:
        broken("calls that were made again", again)
    written = _counted(scene.sql("SELECT collector, question, sum(attempts) FROM query_executions GROUP BY 1, 2"))
    over = {key: (count, written[key]) for key, count in scene.asked.items() if count > written[key]}
    if over:
        broken("asked more often than written down (asked, written)", list(over.items()))


def every_answer_is_kept_and_was_given(scene: Scene) -> None:
    lost = scene.sql("""
        SELECT call.job_run_id, call.collector, call.question
        FROM query_executions AS call
        LEFT JOIN collector_results AS answer USING (job_run_id, query_id, collector, sample)
        WHERE call.answer_id IS NULL AND (call.status = 'answered') <> (answer.id IS NOT NULL)
    """)
    if lost:
        broken("answered without an answer, or answers of calls that were not", lost)
    torn = scene.sql(
        "SELECT collector, question FROM collector_results GROUP BY 1, 2 HAVING count(DISTINCT answer) > 1"
    )
    if torn:
        broken("one question, one engine, and different answers", torn)
    claimed = _counted(
        scene.sql("SELECT collector, question, count(*) FROM query_executions WHERE status = 'answered' GROUP BY 1, 2")
    )
    over = {key: (count, scene.answered[key]) for key, count in claimed.items() if count > scene.answered[key]}
    if over:
        broken("more answers than the engine gave (claimed, given)", list(over.items()))


def nothing_was_written_but_by_who_held_the_run(scene: Scene) -> None:
    caught = scene.sql("SELECT what, run_id, token, at FROM witness.caught")
    if caught:
        broken("writes by who did not hold the run", caught)


def leases_end_badly_only_through_harm(scene: Scene) -> None:
    """A lease that was swept or failed met a storm; and no storm has more of them than it put at risk."""
    bad = scene.sql("""
        SELECT began, ended, said FROM witness.leases
        WHERE ended IS NOT NULL AND became = 'pending' OR said LIKE 'The worker %% was lost in attempt%%'
    """)
    unexplained = [lease for lease in bad if not scene.is_explained(lease[0], lease[1])]
    if unexplained:
        broken("leases that were lost without any harm", unexplained)
    at_risk = sum(storm.leases_at_risk for storm in scene.storms)
    if len(bad) > at_risk:
        broken(f"more lost leases than the {at_risk} that harm put at risk", bad)


def unknown_are_only_calls_that_were_under_way_when_a_lease_was_lost(scene: Scene) -> None:
    """At most as many a lease as its run makes at once."""
    at_once = {job.id: job.at_once for job in scene.world.jobs}
    unknown = scene.sql("""
        SELECT lease.token, lease.became, lease.began, lease.ended, run.scheduled_job_id::text, count(*)
        FROM query_executions AS call
        JOIN witness.asked ON asked.call_id = call.id
        JOIN witness.leases AS lease ON lease.token = asked.token
        JOIN job_runs AS run ON run.id = call.job_run_id
        WHERE call.status = 'unknown'
        GROUP BY lease.token, run.scheduled_job_id
    """)
    for token, became, began, ended, job, count in unknown:
        if became == "completed" or not scene.is_explained(began, ended):
            broken("calls of unknown fate though their lease was not lost", [(str(token), became, began, ended)])
        if count > at_once[job]:
            broken(f"more calls of unknown fate in a lease than the {at_once[job]} made at once", [(token, count)])


def ends_are_told_once(scene: Scene) -> None:
    """An end is told again only when its answer may have been lost, and only one who held the run may end it."""
    accepted: dict[str, End] = {}
    for end in scene.ends:
        if not end.is_stale:
            accepted[end.lease] = end
        elif end.lease in accepted and not scene.is_explained(accepted[end.lease].at, end.at):
            broken("ends that were told twice without any harm between", [end])
    held = {str(token): became for token, became in scene.sql("SELECT token, became FROM witness.leases")}
    never = [lease for lease in accepted if lease not in held]
    if never:
        broken("ends by leases that never were", never)


def leases_are_kept_by_heartbeats(scene: Scene) -> None:
    """However busy the machine: of several leases in calm that lasted long enough for one, some had one."""
    scene.calm_leases += scene.sql(
        """
        SELECT token, beats FROM witness.leases
        WHERE run_id = ANY(CAST(%(runs)s AS uuid[])) AND ended - began > make_interval(secs => %(long)s)
        """,
        runs=scene.calm_runs, long=LEASE_SECONDS / 2,
    )  # fmt: skip
    if len(scene.calm_leases) >= ENOUGH_LEASES and not any(beats for _, beats in scene.calm_leases):
        broken("long leases without a single heartbeat", scene.calm_leases)


def what_nobody_harms_ends_at_once(scene: Scene) -> None:
    """In calm: one lease, each call answered, the lease kept alive by heartbeats where it lasted longer."""
    for run in scene.calm_runs:
        leases = scene.sql("SELECT began, ended, beats, became FROM witness.leases WHERE run_id = %(run)s", run=run)
        if any(scene.is_explained(began, ended) for began, ended, *_ in leases):
            continue  # the machine stood still
        if [became for *_, became in leases] != ["completed"]:
            broken("leases of a run that nobody harmed", leases)
        ((began, ended, beats, _),) = leases
        if (ended - began).total_seconds() > LEASE_SECONDS and not beats:
            broken("leases that lasted without a heartbeat", leases)
        if scene.sql("SELECT FROM query_executions WHERE job_run_id = %(run)s AND status <> 'answered'", run=run):
            broken("runs that nobody harmed without all answers", [run])


def a_budget_is_neither_overrun_nor_refused_before_it_is_used(scene: Scene) -> None:
    world = scene.world
    spent, bound = scene.sql(
        "SELECT spent_micro_usd, bound_micro_usd FROM budgets WHERE scope = 'customer' AND key = %(key)s"
        " AND period = 'month'", key=world.customer,
    )[0]  # fmt: skip
    if spent > bound:
        broken("spent beyond the budget, in calls", [(spent - bound) / world.price])
    answered, unknown, refused = scene.sql(
        """
        SELECT count(*) FILTER (WHERE status = 'answered'), count(*) FILTER (WHERE status = 'unknown'),
               count(*) FILTER (WHERE status = 'failed')
        FROM query_executions
        WHERE collector = %(paid)s AND asked_at >= %(since)s
        """,
        paid=PAID, since=scene.owed_at,
    )[0]  # fmt: skip
    if refused and answered + unknown < int(AFFORDABLE):
        broken("refused though the budget was not used up (answered, unknown)", [(answered, unknown)])


def the_bill_adds_up(scene: Scene) -> None:
    wrong = scene.sql("""
        SELECT brand_id, collector, spent.calls, spent.micro_usd, called.calls, called.micro_usd
        FROM (SELECT brand_id, collector, sum(calls) AS calls, sum(micro_usd) AS micro_usd
              FROM spendings GROUP BY 1, 2) AS spent
        FULL JOIN (SELECT brand_id, collector, count(*) AS calls, coalesce(sum(cost_micro_usd), 0) AS micro_usd
                   FROM query_executions WHERE status = 'answered' GROUP BY 1, 2) AS called USING (brand_id, collector)
        WHERE (spent.calls, spent.micro_usd) IS DISTINCT FROM (called.calls, called.micro_usd)
    """)
    if wrong:
        broken("bills that differ from the calls", wrong)


def every_answer_was_read_and_counted(scene: Scene) -> None:
    unread = scene.sql("""
        SELECT answer.id
        FROM collector_results AS answer
        JOIN job_runs AS run ON run.id = answer.job_run_id
        WHERE run.status = 'completed'
          AND (answer.positions_rules IS NULL OR answer.sentiments_rules IS NULL
               OR EXISTS (SELECT FROM rollups_due AS due WHERE due.brand_id = answer.brand_id))
    """)
    if unread:
        broken("answers that were not read, or not counted", unread)
    wrong = scene.sql("""
        SELECT brand_id, collector, counted.answers, answers.answers
        FROM (SELECT rollup.brand_id, cell.collector, sum(rollup.answers) AS answers
              FROM cell_rollups AS rollup JOIN cells AS cell ON cell.id = rollup.cell_id
              WHERE rollup.grain = 'day' AND rollup.answers > 0 GROUP BY 1, 2) AS counted
        FULL JOIN (SELECT brand_id, collector, count(*) AS answers
                   FROM collector_results WHERE positions_rules IS NOT NULL GROUP BY 1, 2) AS answers
             USING (brand_id, collector)
        WHERE counted.answers IS DISTINCT FROM answers.answers
    """)
    if wrong:
        broken("sums that differ from the answers", wrong)


def _counted(rows: Sequence[tuple[Any, ...]]) -> Counter[tuple[str, str]]:
    return Counter({(engine, question): int(count) for engine, question, count in rows})


def no_process_logged_an_error(scene: Scene) -> None:
    if scene.errors:
        broken("errors in the logs", scene.errors)


ALL: tuple[Callable[[Scene], None], ...] = (
    no_process_logged_an_error,
    nothing_was_written_but_by_who_held_the_run,
    every_fire_time_has_exactly_one_run,
    every_run_has_ended_as_the_faults_explain,
    every_call_of_a_run_is_accounted_for,
    no_call_was_made_twice,
    every_answer_is_kept_and_was_given,
    leases_end_badly_only_through_harm,
    unknown_are_only_calls_that_were_under_way_when_a_lease_was_lost,
    ends_are_told_once,
    leases_are_kept_by_heartbeats,
    what_nobody_harms_ends_at_once,
    a_budget_is_neither_overrun_nor_refused_before_it_is_used,
    the_bill_adds_up,
    every_answer_was_read_and_counted,
)
