"""Windows of days, covered by years, months and days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_svc.insights.store.spans import BY_WEEK, Grain, Span, first_day, spans

DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31))
FAR = (date(2020, 1, 1), date(2031, 1, 1))


def days_in(span: Span) -> list[date]:
    """All days of the rollups of a span: those of a month are the month's."""
    day, found = span.start or FAR[0], []
    end = span.end or FAR[1]
    if span.grain == "week":
        assert day.weekday() == end.weekday() == 0
    else:
        assert span.grain == "day" or (day.day == 1 and end.day == 1)
    assert span.grain != "year" or (day.month == 1 and end.month == 1)
    while day < end:
        found.append(day)
        day += timedelta(days=1)
    return found


@given(DAYS, DAYS)
def test_each_day_is_covered_once(one: date, other: date) -> None:
    start, end = sorted((one, other))
    covered = sorted(day for span in spans(start, end) for day in days_in(span))
    assert covered == [start + timedelta(days=i) for i in range((end - start).days)]


@given(DAYS, DAYS)
def test_each_day_is_covered_once_by_weeks_and_days(one: date, other: date) -> None:
    start, end = sorted((one, other))
    found = spans(start, end, BY_WEEK)
    covered = sorted(day for span in found for day in days_in(span))
    assert covered == [start + timedelta(days=i) for i in range((end - start).days)]
    assert all((span.end - span.start).days < 7 or start == end for span in found if span.grain == "day") or (
        (end - start).days < 14
    )


@given(DAYS)
def test_a_week_begins_on_a_monday(day: date) -> None:
    first = first_day(Grain.WEEK, day)
    assert first.weekday() == 0
    assert 0 <= (day - first).days < 7


@given(DAYS)
def test_each_day_is_covered_once_where_a_window_has_no_end_or_no_beginning(day: date) -> None:
    covered = sorted(d for span in spans(day, None) for d in days_in(span))
    assert covered == [day + timedelta(days=i) for i in range((FAR[1] - day).days)]
    covered = sorted(d for span in spans(None, day) for d in days_in(span))
    assert covered == [FAR[0] + timedelta(days=i) for i in range((day - FAR[0]).days)]
    assert spans(None, None) == [Span(Grain.YEAR, None, None)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), [("year", date(2026, 1, 1), date(2027, 1, 1))]),
        (date(2026, 3, 1), date(2026, 5, 1), [("month", date(2026, 3, 1), date(2026, 5, 1))]),
        (
            date(2026, 1, 30),
            date(2026, 3, 2),
            [
                ("day", date(2026, 1, 30), date(2026, 2, 1)),
                ("month", date(2026, 2, 1), date(2026, 3, 1)),
                ("day", date(2026, 3, 1), date(2026, 3, 2)),
            ],
        ),
    ],
)
def test_the_coarsest_rollups_that_fit_are_taken(
    start: date, end: date, expected: list[tuple[str, date, date]]
) -> None:
    assert [(s.grain, s.start, s.end) for s in spans(start, end)] == expected
