"""A year of 500 schedules in many zones, with outages, through the real planner, against a walk over real minutes.

Nothing here waits: the clock is a number. The oracle looks at every minute of the year on each zone's wall clock,
shares no code with the scheduler, and knows the policies by their definition.
"""

import random
import uuid
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from scheduler_svc.cron import load_zone
from scheduler_svc.planning import Due, plan
from tests.unit.cron_oracle import BOUNDS, Face, random_field
from tests.unit.test_cron import ZONES

SCHEDULES = 500
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 365 * 1440
DELAY = timedelta(seconds=1)
"""How long after its time a schedule is planned when a scheduler is alive."""
GRACE = timedelta(seconds=60)
EPOCH = datetime(2025, 1, 1)  # noqa: DTZ001 - of wall clocks


@cache
def walls(zone: str) -> np.ndarray:
    """What the zone's clock shows at each minute of the year, in minutes since an epoch of its own."""
    found = np.empty(MINUTES + 2880, dtype=np.int64)
    tz = load_zone(zone)
    for i in range(len(found)):  # from two days before, so that what was shown before is known
        wall = (START + timedelta(minutes=i - 2880)).astimezone(tz).replace(tzinfo=None)
        found[i] = (wall - EPOCH) // timedelta(minutes=1)
    return found


def fires(expression: str, zone: str) -> list[datetime]:
    """Every instant of the year at which the expression fires."""
    face, wall = Face(expression), walls(zone)
    days = np.array([face.on((EPOCH + timedelta(days=d)).date()) for d in range(800)])
    hours = np.isin(np.arange(24), list(face.hours))
    minutes = np.isin(np.arange(60), list(face.minutes))

    def shows(at: np.ndarray) -> np.ndarray:
        return days[at // 1440] & hours[at // 60 % 24] & minutes[at % 60]

    due = shows(wall)
    if face.is_fixed_time:
        latest = np.concatenate([wall[:1], np.maximum.accumulate(wall)[:-1]])
        due &= wall > latest  # the first time only
        for i in np.flatnonzero(wall > latest + 1):  # what the clock skipped is shown at the jump
            due[i] = shows(np.arange(latest[i] + 1, wall[i] + 1)).any()
    return [START + timedelta(minutes=int(i)) for i in np.flatnonzero(due[2880:])]


def expected(
    due: list[datetime], outages: list[tuple[datetime, datetime]], catch_up: str, window: int
) -> set[datetime]:
    """Which of the fires are run: each on time, and after an outage those that the policy makes up for."""
    runs: set[datetime] = set()
    at = 0
    while at < len(due):
        now = alive(due[at], outages) + DELAY
        end = bisect_right(due, now)
        bound = max(timedelta(seconds=0 if catch_up == "none" else window), GRACE)
        within = [fire for fire in due[at:end] if now - fire <= bound]
        runs |= set(within if catch_up == "all" else within[-1:])
        at = end
    return runs


def alive(moment: datetime, outages: list[tuple[datetime, datetime]]) -> datetime:
    """The moment, or the end of the outage it lies in."""
    return next((end for start, end in outages if start <= moment + DELAY < end), moment)


def planned(due: Due, outages: list[tuple[datetime, datetime]]) -> set[datetime]:
    """Which fires the real planner runs in the year."""
    runs: set[datetime] = set()
    end = START + timedelta(minutes=MINUTES)
    values = due._asdict()
    while (at := values["next_run_at"]) is not None and at < end:
        decided = plan(Due(**values), alive(at, outages) + DELAY, has_open_runs=False)
        runs |= {d.fire for d in decided.decisions if d.kind in ("fired", "caught_up")}
        values["next_run_at"] = decided.next_run_at
    return {fire for fire in runs if fire < end}


def random_schedule(chance: random.Random, number: int) -> tuple[str, str]:
    """Mostly a few fixed times a day, as people set them; every 50th by the hour or the minute."""
    if number % 50 == 0:
        minute = chance.choice(["*/30", "0", f"{chance.randrange(60)}", "*/20"])
        return f"{minute} {chance.choice(['*', '*/2', '*/3'])} * * *", chance.choice(ZONES)
    while True:
        minute = str(chance.randrange(60))
        hour = ",".join(str(chance.randrange(24)) for _ in range(chance.choice([1, 1, 1, 2])))
        rest = [random_field(chance, *BOUNDS[i], star=star) for i, star in ((2, 0.9), (3, 0.95), (4, 0.8))]
        expression = " ".join([minute, hour, *rest])
        if fires(expression, "UTC"):  # some days never come
            return expression, chance.choice(ZONES)


def random_outages(chance: random.Random) -> list[tuple[datetime, datetime]]:
    """A few a month, from seconds to three days, none overlapping another."""
    found: list[tuple[datetime, datetime]] = []
    at = START
    while (at := at + timedelta(seconds=chance.randrange(20 * 86_400))) < START + timedelta(days=360):
        length = chance.choice([30, 90, 600, 3_600, 6 * 3_600, 3 * 86_400])
        found.append((at, at + timedelta(seconds=chance.randrange(1, length))))
        at = found[-1][1] + timedelta(minutes=1)
    return found


def test_a_year_of_schedules_fires_as_the_walk_says() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    outages = random_outages(chance)
    total = 0
    for number in range(SCHEDULES):
        expression, zone = random_schedule(chance, number)
        policy: dict[str, Any] = {
            "catch_up": chance.choice(["latest", "all", "none"]),
            "catchup_window_seconds": chance.choice([60, 3_600, 86_400, 7 * 86_400]),
        }
        instants = fires(expression, zone)
        if not instants:
            continue
        due = Due(
            id=uuid.UUID(int=number),
            customer_id=uuid.UUID(int=0),
            cron_expression=expression,
            timezone=zone,
            overlap_policy="allow",
            jitter_seconds=0,
            next_run_at=instants[0],
            **policy,
        )
        wanted = expected(instants, outages, policy["catch_up"], policy["catchup_window_seconds"])
        found = planned(due, outages)
        assert found == wanted, (seed, expression, zone, policy, sorted(found ^ wanted)[:5])
        total += len(found)
    assert total > 50_000
