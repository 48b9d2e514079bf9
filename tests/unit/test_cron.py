"""Cron rules: the cases worked out minute by minute, a brute-force oracle, and what is refused."""

import json
import random
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduler_svc.cron import CronError, fires, load_zone, next_fire, parse
from tests.paths import DATA
from tests.unit import cron_oracle

VECTORS = json.loads((DATA / "cron/vectors.json").read_text())
SPAN = timedelta(days=2)
"""How far the oracle walks; beyond it, the two need only agree that nothing fires within."""
ZONES = [
    "UTC", "America/New_York", "Europe/London", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/St_Johns", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Africa/Cairo", "Europe/Paris",
    "Pacific/Chatham", "America/Sao_Paulo", "Antarctica/Troll", "Asia/Gaza",
]  # fmt: skip


def stamps(expression: str, zone: str, after: str, count: int) -> list[str]:
    found = islice(fires(parse(expression), load_zone(zone), datetime.fromisoformat(after)), count)
    return [f.utc.strftime("%Y-%m-%dT%H:%M:%SZ") for f in found]


@pytest.mark.parametrize("case", VECTORS, ids=lambda c: f"{c['expression']} {c['timezone']} {c['after'][:10]}")
def test_cases_worked_out_minute_by_minute(case: dict) -> None:
    assert stamps(case["expression"], case["timezone"], case["after"], len(case["expected"])) == case["expected"]


@pytest.mark.timeout(1_200)
def test_agrees_with_the_oracle(pytestconfig: pytest.Config) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    for _ in range(pytestconfig.getoption("--triples")):
        expression, zone, after = cron_oracle.random_triple(chance, ZONES)
        expected = cron_oracle.next_within(expression, load_zone(zone), after, SPAN)
        found = next_fire(parse(expression), load_zone(zone), after)
        if expected is None:
            assert found > after + SPAN, (seed, expression, zone, after)
        else:
            assert found == expected, (seed, expression, zone, after)


@pytest.mark.parametrize(
    "expression", ["30 1 * * *", "30 2 * * *", "0,30 1,2 * * *", "*/15 * * * *", "0 */2 * * *", "* 2 * * *"]
)
@pytest.mark.parametrize("changes_on", [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)])
def test_all_fires_around_a_clock_change_agree_with_the_oracle(expression: str, changes_on: datetime) -> None:
    zone = load_zone("America/New_York")
    after, end = changes_on - timedelta(hours=12), changes_on + timedelta(days=2)
    compared = 0
    for fire in takewhile(lambda fire: fire.utc < end, fires(parse(expression), zone, after)):
        assert fire.utc == cron_oracle.next_within(expression, zone, after, SPAN)
        after = fire.utc
        compared += 1
    assert compared >= 2
    assert cron_oracle.next_within(expression, zone, after, end - after - timedelta(minutes=1)) is None


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("61 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day of month"), ("* * * 13 *", "month"),
        ("* * * * 8", "day of week"), ("0 0 30 2 *", "day of month"), ("0 0 31 4,6,9,11 *", "day of month"),
        ("0 0 31 2 */2", "day of month"), ("*/0 * * * *", "minute"), ("*/60 * * * *", "minute"),
        ("5-1 * * * *", "minute"), ("1,,2 * * * *", "minute"), ("a * * * *", "minute"), ("-1 * * * *", "minute"),
        ("0 0 L * *", "day of month"), ("0 0 * * 5#2", "day of week"), ("0 0 ? * *", "day of month"),
        ("H * * * *", "minute"), ("0 0 15W * *", "day of month"), ("0 0 * foo *", "month"), ("٣ * * * *", "minute"),
        ("1- * * * *", "minute"), ("*-5 * * * *", "minute"), ("0 0 * * fri-mon", "day of week"),
    ],
)  # fmt: skip
def test_names_the_field_at_fault(expression: str, part: str) -> None:
    with pytest.raises(CronError) as caught:
        parse(expression)
    assert caught.value.part == part
    assert caught.value.field == "cron_expression"


@pytest.mark.parametrize("expression", ["", "* * * *", "0 * * * * *", "@reboot", "@every 5m", "0 0 1 1 * 2027"])
def test_refuses_what_is_not_five_fields(expression: str) -> None:
    with pytest.raises(CronError):
        parse(expression)


@pytest.mark.parametrize("name", ["Mars/Base", "", "europe/paris", "../etc/passwd", "EST6", "UTC+1", "Local"])
def test_refuses_zones_that_are_none(name: str) -> None:
    with pytest.raises(CronError) as caught:
        load_zone(name)
    assert caught.value.field == "timezone"


def test_suggests_a_zone_for_a_near_miss() -> None:
    with pytest.raises(CronError, match="did you mean Europe/Paris"):
        load_zone("Europe/Pairs")


@pytest.mark.parametrize(
    ("expression", "same"),
    [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"), ("0 0 * * 7", "0 0 * * SUN"), ("0 0 * JAN mon-FRI", "0 0 * 1 1-5"),
        ("0 *,5 * * *", "0 * * * *"), ("*,5 * * * *", "* * * * *"), ("0 9 * * MON,*", "0 9 * * *"),
        ("0 0 * * sat-sun", "0 0 * * 0,6"), ("5/20 * * * *", "5,25,45 * * * *"), ("0 0 * * 5-7", "0 0 * * 0,5,6"),
    ],
)  # fmt: skip
def test_spellings_of_the_same_fire_alike(expression: str, same: str) -> None:
    after = "2026-05-01T00:00:00+00:00"
    assert stamps(expression, "UTC", after, 20) == stamps(same, "UTC", after, 20)


def test_a_leap_day_on_a_sunday_is_found_though_it_is_decades_away() -> None:
    assert stamps("0 0 29 2 */7", "UTC", "2032-03-01T00:00:00+00:00", 1) == ["2060-02-29T00:00:00Z"]


def test_a_skipped_day_fires_once_after_the_jump() -> None:
    # Samoa had no 30 December 2011.
    assert stamps("0 9 30 12 *", "Pacific/Apia", "2011-12-28T00:00:00+00:00", 1) == ["2011-12-30T10:00:00Z"]


def test_notes_say_where_a_clock_change_moved_a_time() -> None:
    zone = load_zone("Europe/Paris")
    spring = next(fires(parse("30 2 * * *"), zone, datetime(2026, 3, 29, tzinfo=UTC)))
    assert spring.local.isoformat() == "2026-03-29T03:00:00+02:00"
    assert spring.note == "02:30 does not exist on this day: the clocks go forward to 03:00"
    autumn = next(fires(parse("30 2 * * *"), zone, datetime(2026, 10, 24, 22, tzinfo=UTC)))
    assert autumn.note == "02:30 occurs twice on this day: the clocks go back; it runs the first time only"
    plain = next(fires(parse("30 2 * * *"), zone, datetime(2026, 5, 1, tzinfo=UTC)))
    assert plain.note is None


def test_zones_come_from_the_package_not_the_machine(tmp_path: Path) -> None:
    """On a machine whose own Paris keeps New York's time."""
    (tmp_path / "Europe").mkdir()
    false = files("tzdata").joinpath("zoneinfo/America/New_York").read_bytes()
    (tmp_path / "Europe/Paris").write_bytes(false)
    zoneinfo.reset_tzpath([tmp_path])
    load_zone.cache_clear()
    summer = datetime(2026, 7, 1)  # noqa: DTZ001 - of a wall clock
    try:
        assert summer.replace(tzinfo=ZoneInfo.no_cache("Europe/Paris")).utcoffset() == timedelta(hours=-4)
        assert summer.replace(tzinfo=load_zone("Europe/Paris")).utcoffset() == timedelta(hours=2)
    finally:
        zoneinfo.reset_tzpath()


def test_an_expression_is_described_in_words() -> None:
    assert parse("30 14 * * 1-5").description == "At 14:30, Monday through Friday"
    assert parse(" @daily ").description == "At 00:00"
    assert parse("0 *,5 * * *").description == "0 *,5 * * *"  # for which there are no words
