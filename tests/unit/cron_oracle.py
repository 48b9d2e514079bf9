"""A second opinion on the cron rules, slow and simple: it walks real minutes one by one.

It shares no code with scheduler_svc.cron. Fields are matched by their definition, a clock
change is seen only as local time that jumps between one minute and the next.
"""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
NAMES = {
    n: i + 1 for i, n in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
NAMES |= {n: i for i, n in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def admits(field: str, value: int, low: int, high: int) -> bool:
    """Whether one field of an expression admits a value."""
    for item in field.lower().split(","):
        span, _, step = item.partition("/")
        if span == "*":
            first, last = low, high
        else:
            ends = [NAMES[e] if e in NAMES else int(e) for e in span.split("-")]
            first, last = ends[0], ends[-1]
            if len(ends) == 1 and step:
                last = high
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


class Face:
    """The readings of a wall clock that match an expression."""

    def __init__(self, expression: str) -> None:
        self.fields = expression.split()
        minute, hour = self.fields[:2]
        self.minutes = {v for v in range(60) if admits(minute, v, 0, 59)}
        self.hours = {v for v in range(24) if admits(hour, v, 0, 23)}
        self.is_fixed_time = not minute.startswith("*") and not hour.startswith("*")
        self.days: dict[date, bool] = {}

    def shows(self, wall: datetime) -> bool:
        """Whether a reading matches."""
        return wall.minute in self.minutes and wall.hour in self.hours and self.on(wall.date())

    def on(self, day: date) -> bool:
        """Whether a date matches."""
        if day not in self.days:
            self.days[day] = self._on(day)
        return self.days[day]

    def _on(self, day: date) -> bool:
        _, _, of_month, month, of_week = self.fields
        if not admits(month, day.month, 1, 12):
            return False
        in_month = admits(of_month, day.day, 1, 31)
        number = (day.weekday() + 1) % 7  # 0 is Sunday, and so is 7
        top = 6 if of_week.startswith("*") else 7
        in_week = any(admits(of_week, d, 0, top) for d in {number, number or 7})
        if of_month.startswith("*") or of_week.startswith("*"):
            return in_month and in_week
        return in_month or in_week


def next_within(expression: str, zone: ZoneInfo, after: datetime, span: timedelta) -> datetime | None:
    """The first instant in (after, after + span] at which the expression fires, if any."""
    face = Face(expression)
    walk = next_fixed_time if face.is_fixed_time else next_match
    return walk(face, zone, after.astimezone(UTC).replace(second=0, microsecond=0), after + span)


def next_match(face: Face, zone: ZoneInfo, instant: datetime, end: datetime) -> datetime | None:
    """The first real minute after an instant whose wall time matches."""
    while instant < end:
        instant += MINUTE
        if face.shows(instant.astimezone(zone)):
            return instant
    return None


def next_fixed_time(face: Face, zone: ZoneInfo, instant: datetime, end: datetime) -> datetime | None:
    """The same, where a wall time counts when the clock first shows it or first passes it."""
    now = instant - timedelta(hours=26)  # early enough to know which wall times have been shown before
    latest = now.astimezone(zone).replace(tzinfo=None)
    while now < end:
        now += MINUTE
        wall = now.astimezone(zone).replace(tzinfo=None)
        due = False
        while latest < wall:  # more than one step where the clock jumps
            latest += MINUTE
            due = due or face.shows(latest)
        if due and now > instant:
            return now
    return None


def random_field(chance: random.Random, low: int, high: int, star: float) -> str:
    """A field: often a star, else lists, ranges and steps."""
    if chance.random() < star:
        return chance.choice(["*", "*", f"*/{chance.randint(1, max(1, high // 2))}"])
    items = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        first = chance.randint(low, high)
        last = chance.randint(first, high)
        items.append(chance.choice([str(first), f"{first}-{last}", f"{first}-{last}/{chance.randint(1, 5)}"]))
    return ",".join(items)


def random_triple(chance: random.Random, zones: list[str]) -> tuple[str, str, datetime]:
    """An expression, a zone, and an instant, half of the time near one of the zone's clock changes."""
    while True:
        fields = [
            random_field(chance, *BOUNDS[0], star=0.3),
            random_field(chance, *BOUNDS[1], star=0.4),
            random_field(chance, *BOUNDS[2], star=0.8),
            random_field(chance, *BOUNDS[3], star=0.9),
            random_field(chance, *BOUNDS[4], star=0.7),
        ]
        days = [d for d in range(1, 32) if admits(fields[2], d, 1, 31)]
        months = [m for m in range(1, 13) if admits(fields[3], m, 1, 12)]
        if (months and any(d <= 29 for d in days)) or {1, 3, 5, 7, 8, 10, 12} & set(months):
            break
    zone = chance.choice(zones)
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(2 * 365 * 86_400))
    if chance.random() < 0.5:
        after = near_a_change(chance, zone, after)
    return " ".join(fields), zone, after


def near_a_change(chance: random.Random, name: str, after: datetime) -> datetime:
    """An instant within a day before the zone's next change of offset, if one comes within a year."""
    zone = ZoneInfo(name)
    for day in range(370):
        here = after + timedelta(days=day)
        if (here + timedelta(days=1)).astimezone(zone).utcoffset() != here.astimezone(zone).utcoffset():
            return here + timedelta(seconds=chance.randrange(86_400)) - timedelta(hours=12)
    return after
