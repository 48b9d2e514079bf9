"""When a cron expression fires in a time zone.

croniter reads the fields; the rules around it are ours. A zone is a sequence of segments
with a fixed offset each, and the expression is evaluated on each segment's clock:

- *fixed-time* (neither the minute nor the hour field starts with `*`): a local time that the
  clock skips fires once, at the first instant after the jump; one that occurs twice fires
  the first time only;
- otherwise the expression fires on every real minute that matches.

Day-of-month and day-of-week are OR-ed only when neither field starts with `*` (crontab(5)).
Zones come from the tzdata package, so that every machine has the same ones.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import takewhile
from zoneinfo import ZoneInfo

from cron_descriptor import FormatError, Options, get_description
from croniter import croniter
from croniter.croniter import CroniterError

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
LONGEST_MONTH = {month: 30 if month in (4, 6, 9, 11) else 29 if month == 2 else 31 for month in range(1, 13)}

MINUTE = timedelta(minutes=1)
LOOKBACK = timedelta(days=3)
"""How far back segments are walked, so that a clock change just before `after` is known."""
FIRST_YEAR, LAST_YEAR = 1900, 9000
"""The years that may be looked at: before, zones had no offsets; beyond, Python's calendar ends."""
HORIZON_YEARS = 50
"""The rarest date that comes at all, 29 February on a given weekday, is at most 40 years away."""


class CronError(ValueError):
    """An expression or a zone that can't be.

    `field` is `cron_expression` or `timezone`; `part` is the field of the expression, such as `minute`.
    """

    def __init__(self, message: str, field: str = "cron_expression", part: str | None = None) -> None:
        super().__init__(f"{part}: {message}" if part else message)
        self.field = field
        self.part = part


@dataclass(frozen=True)
class Part:
    """One of the five fields: its bounds, and names that stand for numbers from the lower bound on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


PARTS = (
    Part("minute", 0, 59),
    Part("hour", 0, 23),
    Part("day of month", 1, 31),
    Part("month", 1, 12, tuple(MONTHS)),
    Part("day of week", 0, 7, tuple(WEEKDAYS)),
)
ITEM = re.compile(r"(?:(?P<star>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


@dataclass(frozen=True)
class Cron:
    """An expression that has been read: the values of each field, in order. 0 is Sunday."""

    expression: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Day-of-month and day-of-week are alternatives, not conditions."""
    is_fixed_time: bool

    def is_on(self, day: date) -> bool:
        """Whether the expression fires on a date at all."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week

    def first_from(self, moment: datetime) -> datetime | None:
        """The first matching minute of a plain clock at or after a moment. None if it is too far away."""
        day = moment.date()
        if self.is_on(day) and (time := self._time_from(moment.hour, moment.minute)):
            return datetime(day.year, day.month, day.day, *time)
        for _ in range(366 * HORIZON_YEARS):
            day = _first_of_next_month(day) if day.month not in self.months else day + timedelta(days=1)
            if self.is_on(day):
                return datetime(day.year, day.month, day.day, self.hours[0], self.minutes[0])
        return None

    def _time_from(self, hour: int, minute: int) -> tuple[int, int] | None:
        at = bisect_left(self.hours, hour)
        if at < len(self.hours) and self.hours[at] == hour:
            then = bisect_left(self.minutes, minute)
            if then < len(self.minutes):
                return hour, self.minutes[then]
            at += 1
        return (self.hours[at], self.minutes[0]) if at < len(self.hours) else None

    @cached_property
    def description(self) -> str:
        """The expression in words."""
        options = Options()
        options.use_24hour_time_format = True
        plain = self.expression.strip()
        try:
            return str(get_description(ALIASES.get(plain.lower(), plain), options))
        except (FormatError, ValueError):
            return plain  # such as `*,5`, which is right but which it can't put in words


@dataclass(frozen=True)
class Fire:
    """One instant at which an expression fires."""

    utc: datetime
    local: datetime
    note: str | None = None
    """Where a clock change moved it, or its local time occurs twice."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a zone with one offset. Instants are UTC without tzinfo."""

    start: datetime
    end: datetime
    offset: timedelta


@lru_cache(maxsize=10_000)
def parse(expression: str) -> Cron:
    """Reads five fields or an alias such as @daily. Raises CronError naming the field at fault."""
    plain = ALIASES.get(expression.strip().lower(), expression)
    if plain.strip().startswith("@"):
        raise CronError(f"{expression.strip()} is not one of {', '.join(ALIASES)}")
    fields = plain.lower().split()
    if len(fields) != len(PARTS):
        raise CronError(f"has {len(fields)} fields, not the five of minute, hour, day of month, month, day of week")
    normal = [_check(part, field) for part, field in zip(PARTS, fields, strict=True)]
    minutes, hours, days, months, weekdays = _expand(normal)
    day_free, week_free = fields[2].startswith("*"), fields[4].startswith("*")
    cron = Cron(
        expression=expression,
        minutes=minutes,
        hours=hours,
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not day_free and not week_free,
        is_fixed_time=not fields[0].startswith("*") and not fields[1].startswith("*"),
    )
    if not cron.either_day and all(min(days) > LONGEST_MONTH[month] for month in months):
        raise CronError("is a date that never comes in the months given", part="day of month")
    return cron


@lru_cache(maxsize=1_000)
def load_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises CronError, with a suggestion for a near miss."""
    if name not in zone_names():
        close = get_close_matches(name, zone_names(), n=1, cutoff=0.75)
        hint = f"; did you mean {close[0]}?" if close else ", such as Europe/Paris"
        raise CronError(f"{name} is not an IANA time zone{hint}", field="timezone")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache
def zone_names() -> frozenset[str]:
    """All names of the tz database."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


def fires(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[Fire]:
    """The instants after `after` (aware) at which the expression fires, in order, up to 50 years ahead."""
    for utc, note in _walk(cron, zone, after):
        local = utc.astimezone(zone)
        yield Fire(utc, local, note or _note_twice(cron, local))


def fires_until(cron: Cron, zone: ZoneInfo, after: datetime, last: datetime) -> list[datetime]:
    """The instants in (after, last] at which the expression fires, in UTC."""
    return [utc for utc, _ in takewhile(lambda fire: fire[0] <= last, _walk(cron, zone, after))]


def next_fire(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    """The first instant after `after`, in UTC. Raises CronError when none comes within 50 years."""
    for utc, _ in _walk(cron, zone, after):
        return utc
    raise CronError("never fires")


def _walk(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[tuple[datetime, str | None]]:
    """Each instant with what a clock change did to it."""
    instant = after.astimezone(UTC).replace(tzinfo=None)
    first = instant.replace(second=0, microsecond=0) + MINUTE
    walk = _fixed_time_fires if cron.is_fixed_time else _every_match
    for utc, note in walk(cron, zone, first):
        yield utc.replace(tzinfo=UTC), note


def _every_match(cron: Cron, zone: ZoneInfo, first: datetime) -> Iterator[tuple[datetime, None]]:
    for segment in _segments(zone, first):
        for local in _matches(cron, max(segment.start, first) + segment.offset, segment.end + segment.offset):
            yield local - segment.offset, None


def _fixed_time_fires(cron: Cron, zone: ZoneInfo, first: datetime) -> Iterator[tuple[datetime, str | None]]:
    shown: datetime | None = None  # the latest time that local clocks have shown, so far
    for segment in _segments(zone, first - LOOKBACK):
        begins = segment.start + segment.offset
        shown = shown or begins
        moved = None
        if begins > shown and segment.start >= first:
            skipped = cron.first_from(shown)
            if skipped and skipped < begins:
                moved = segment.start
                yield moved, f"{skipped:%H:%M} does not exist on this day: the clocks go forward to {begins:%H:%M}"
        for local in _matches(cron, max(begins, shown, first + segment.offset), segment.end + segment.offset):
            if local - segment.offset != moved:
                yield local - segment.offset, None
        shown = max(shown, segment.end + segment.offset)


def _matches(cron: Cron, start: datetime, end: datetime) -> Iterator[datetime]:
    """The matching minutes of a plain clock in [start, end)."""
    local = cron.first_from(_ceil_minute(start))
    while local is not None and local < end:
        yield local
        local = cron.first_from(local + MINUTE)


def _segments(zone: ZoneInfo, start: datetime) -> Iterator[Segment]:
    """The zone's segments from an instant on, also cut at the ends of years."""
    for year in range(start.year, min(start.year + HORIZON_YEARS, 9998)):
        for change in (*_changes(zone, year), datetime(year + 1, 1, 1)):
            if change > start:
                yield Segment(start, change, _offset(zone, start))
                start = change


@lru_cache(maxsize=20_000)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The instants within a year at which the zone's offset changes."""
    found = []
    step, at, end = timedelta(hours=12), datetime(year, 1, 1), datetime(year + 1, 1, 1)
    while at < end:
        if _offset(zone, at) != _offset(zone, at + step):
            found.append(_bisect(zone, at, at + step))
        at += step
    return tuple(change for change in found if change < end)


def _bisect(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return zone.fromutc(instant.replace(tzinfo=zone)).utcoffset() or timedelta(0)


def _note_twice(cron: Cron, local: datetime) -> str | None:
    twin = local.replace(fold=1 - local.fold)
    earlier, later = (local, twin) if local.fold == 0 else (twin, local)
    if (earlier.utcoffset() or timedelta(0)) <= (later.utcoffset() or timedelta(0)):
        return None
    only = "; it runs the first time only" if cron.is_fixed_time else ""
    return f"{local:%H:%M} occurs twice on this day: the clocks go back{only}"


def _ceil_minute(moment: datetime) -> datetime:
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + MINUTE


def _first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _expand(fields: list[str]) -> list[tuple[int, ...]]:
    """The values of each field, by croniter."""
    try:
        expanded, _ = croniter.expand(" ".join(fields))
    except CroniterError as error:
        raise CronError(str(error)) from None
    return [
        tuple(range(part.low, part.high + 1)) if "*" in values else tuple(sorted({int(v) for v in values}))
        for part, values in zip(PARTS, expanded, strict=True)
    ]


def _check(part: Part, field: str) -> str:
    """The field with names as numbers. Raises CronError where it is outside crontab(5)."""
    return ",".join(_check_item(part, item) for item in field.split(","))


def _check_item(part: Part, item: str) -> str:
    found = ITEM.fullmatch(item)
    if not found:
        raise CronError(f"{item or 'an empty item'} is not a number, name, range or step", part=part.name)
    step = found["step"]
    if step is not None and not 1 <= int(step) <= part.high:
        raise CronError(f"the step of {item} must lie in 1-{part.high}", part=part.name)
    if found["star"]:
        return item
    first = _number(part, found["first"])
    # `5/15` is 5-59/15, as in most crons; crontab(5) leaves it open.
    open_end = _last(part) if step else first
    last = open_end if found["last"] is None else _number(part, found["last"])
    if part.name == "day of week" and last == 0 and first > 0:
        last = 7
    if first > last:
        raise CronError(f"{item} runs backwards", part=part.name)
    if first == last:
        return str(first)  # croniter takes 5-5 for the whole field
    return f"{first}-{last}" + (f"/{step}" if step else "")


def _last(part: Part) -> int:
    return 6 if part.name == "day of week" else part.high


def _number(part: Part, word: str) -> int:
    if word in part.names:
        return part.low + part.names.index(word)
    if not word.isdecimal() or not word.isascii():
        raise CronError(f"{word} is not a number" + (" or a name" if part.names else ""), part=part.name)
    if not part.low <= int(word) <= part.high:
        raise CronError(f"{word} is not in {part.low}-{part.high}", part=part.name)
    return int(word)
