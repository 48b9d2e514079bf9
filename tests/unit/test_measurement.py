"""Numbers one can decide by: distributions against tables, and worlds whose truth is known."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy
import pytest
from typer.testing import CliRunner

from brand_svc.insights.measurement.distributions import p_of_f, p_of_t, t_quantile
from brand_svc.insights.measurement.estimates import Verdict
from brand_svc.insights.measurement.panel import Period
from brand_svc.insights.measurement.report import Looks, Question, Report, report
from launcher.measure import grid_of
from launcher.tryout import app

FIRST = date(2026, 3, 2)
BEFORE, NOW = Period(date(2026, 3, 30), date(2026, 4, 6)), Period(date(2026, 4, 6), date(2026, 4, 13))
NAMES = ("Acme", "Bolt")
Line = dict[str, object]


@pytest.mark.parametrize(
    ("df", "quantile"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (12, 2.1788), (30, 2.0423), (120, 1.9799)]
)
def test_quantiles_of_t_are_those_of_tables(df: int, quantile: float) -> None:
    assert t_quantile(df) == pytest.approx(quantile, abs=2e-4)
    assert p_of_t(quantile, df) == pytest.approx(0.05, abs=2e-5)


@pytest.mark.parametrize(("df1", "df2", "ratio"), [(1, 10, 3.285), (5, 20, 2.158), (12, 28, 1.790), (10, 20, 1.937)])
def test_tails_of_f_are_those_of_tables(df1: int, df2: int, ratio: float) -> None:
    assert p_of_f(ratio, df1, df2) == pytest.approx(0.1, abs=1e-3)


def line(question: int, day: date, *, named: bool, engine: str = "engine-0", **more: object) -> Line:
    told = {"mentions": int(named), "position": 1 if named else None, "tone": 0.2 if named else None, "citations": 0}
    where = {"question": f"question {question}", "collector": engine, "model": "m-1", "country": "US"}
    return {**where, "day": day.isoformat(), "names": {"Acme": told, "Bolt": {"mentions": 1, "position": 2}}, **more}


def days(period: Period) -> list[date]:
    return [period.start + timedelta(days=i) for i in range(period.days)]


def world(seed: int, *, now: float = 0.0, questions: int = 20, engines: int = 2) -> list[Line]:
    """Answers of six weeks; in the last one all rates are higher by so much."""
    chance = numpy.random.default_rng(seed)
    rates = chance.uniform(0.1, 0.6, (questions, engines))
    return [
        line(q, FIRST + timedelta(days=d), named=chance.random() < rates[q, e] + now * (d >= 35), engine=f"engine-{e}")
        for d in range(42)
        for q in range(questions)
        for e in range(engines)
    ]


def measured(lines: list[Line], looks: Looks = Looks.ONCE, now: Period = NOW, before: Period = BEFORE) -> Report:
    unbranded = [each for each in lines if not each.get("branded")]
    branded = [each for each in lines if each.get("branded")]
    return report(grid_of(unbranded, NAMES), grid_of(branded, NAMES), Question("Acme", NAMES, now, before, looks))


def headline(found: Report) -> object:
    return found.names[0].metrics["visibility"].change


def told(found: Report) -> str:
    return " / ".join(f"{each.what}: {each.why}" for each in found.exclusions)


def test_the_interval_holds_the_truth_and_chance_is_called_no_change() -> None:
    """One world is chance: of forty without a change at most six may be marked (5% and three standard errors)."""
    held = marked = 0
    for seed in range(40):
        chance = numpy.random.default_rng(seed)
        truth = chance.uniform(0.1, 0.6, (20, 2)).mean()
        found = measured(world(seed))
        level = found.names[0].metrics["visibility"].level
        held += level.low <= truth <= level.high
        marked += headline(found).verdict in (Verdict.UP, Verdict.DOWN)
    assert held >= 34
    assert marked <= 6


def test_a_change_of_twenty_points_is_seen_and_daily_looks_need_more() -> None:
    found = [measured(world(seed, now=0.2)) for seed in range(10)]
    assert [headline(each).verdict for each in found] == [Verdict.UP] * 10
    small = [measured(world(seed, now=0.1), looks) for looks in Looks for seed in range(10)]
    seen = [headline(each).verdict is Verdict.UP for each in small]
    assert sum(seen[:10]) > sum(seen[10:])


def test_the_same_answers_give_the_same_numbers_in_whichever_order() -> None:
    lines = world(3)
    assert headline(measured(lines)) == headline(measured(lines[::-1]))


def test_what_cannot_be_compared_is_left_out_and_told() -> None:
    lines = world(1)
    model = [each | {"model": "m-2"} if each["collector"] == "engine-1" and each["day"] >= "2026-04-06" else each
             for each in lines]  # fmt: skip
    assert "its model changed: m-1, m-2" in told(measured(model))
    assert measured(model).panel["cells_compared"] == 20
    added = [line(q, day, named=True, engine="engine-9") for q in range(20) for day in days(NOW)]
    assert "engine-9: asked in one period only" in told(measured(lines + added))
    assert headline(measured(lines + added)) == headline(measured(lines)), "what is new pulls at nothing"
    questions = [line(100 + q, day, named=True) for q in range(5) for day in days(NOW)]
    assert "questions added: asked in the later period only" in told(measured(lines + questions))
    branded = [each | {"branded": True} for each in questions]
    assert "measured apart" in told(measured(lines + branded))
    assert headline(measured(lines + branded)) == headline(measured(lines))
    place = [line(q, day, named=True, country="DE") for q in range(20) for day in days(NOW)]
    assert "DE: place asked in one period only" in told(measured(lines + place))


def test_a_day_on_which_most_calls_failed_is_left_out() -> None:
    lines = [
        each | {"result": "failed", "names": {}}
        if each["day"] == "2026-04-12" and each["collector"] == "engine-0" and int(str(each["question"]).split()[1]) > 5
        else each
        for each in world(2)
    ]
    assert "engine-0: partial run: fewer than half of its questions were answered, on 1 days" in told(measured(lines))


def test_too_little_is_told_and_no_number() -> None:
    one_day = [each for each in world(4) if each["day"] in ("2026-04-05", "2026-04-12")]
    found = measured(one_day)
    assert found.names[0].metrics["visibility"].level.why == "too few days to tell how much days differ"
    assert headline(found).verdict is Verdict.NOT_COMPARABLE
    assert headline(found).why == "too few days to tell a change from the usual difference between days"
    nobody = measured([each | {"model": each["day"]} for each in world(4)])
    assert headline(nobody).why == "no question was asked of the same engine, model and place in both periods"
    nothing = measured([])
    assert nothing.names[0].metrics["visibility"].level.why == "no answer"
    rare = found.names[0].metrics["mean_position"].level
    assert "counted, 30 needed" in str(rare.why) or rare.low is not None


def test_files_are_measured_by_the_command_in_their_order(tmp_path: Path) -> None:
    files = []
    for seed in (1, 2):
        files.append(tmp_path / f"{seed}.jsonl")
        files[-1].write_text("".join(json.dumps(each) + "\n" for each in world(seed)))
    period = ["--brand", "Acme", "--from", "2026-04-06", "--to", "2026-04-13"]
    ran = CliRunner().invoke(app, ["insights", *map(str, files), *period])
    assert ran.exit_code == 0, ran.output
    found = [json.loads(each) for each in ran.output.splitlines()]
    assert [each["names"][0]["metrics"]["visibility"]["change"]["difference"] for each in found] == [
        headline(measured(world(seed))).difference for seed in (1, 2)
    ]
    assert found[0]["compare"] == {"from": "2026-03-30", "to": "2026-04-06", "days": 7}
    for wrong, field in ((["--to", "2026-04-06"], "--to"), (["--from", "soon"], "--from")):
        refused = CliRunner().invoke(app, ["insights", str(files[0]), *period, *wrong])
        assert refused.exit_code != 0
        assert field in refused.output
