"""`answerbeat try insights`: measures answers in files of JSON lines, with no server and no database."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy
import typer

from answerbeat.settings import stop_start
from brand_svc.insights.measurement.panel import COLUMNS, Exclusion, Grid, PanelCell, Period, Place
from brand_svc.insights.measurement.report import Looks, Question, as_json, as_many_before, report

MEASURED = ("scheduled", "manual")
"""What a run is for, of which answers count."""
Line = Mapping[str, object]


def try_insights(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Answers as JSON lines.")],
    brand: Annotated[str, typer.Option(help="The brand's name, as the lines have it.")],
    start: Annotated[str, typer.Option("--from", help="The first day looked at, as YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="The first day not looked at.")],
    compare_from: Annotated[str | None, typer.Option(help="As many days before when left out.")] = None,
    compare_to: Annotated[str | None, typer.Option()] = None,
    looks: Annotated[Looks, typer.Option(help="Once, or daily as of a rolling window.")] = Looks.ONCE,
) -> None:
    """Tells levels, changes and verdicts of answers in files: one JSON object a file, in their order."""
    now = _period("--from", start, "--to", end)
    before = as_many_before(now)
    if compare_from or compare_to:
        before = _period("--compare-from", compare_from or "", "--compare-to", compare_to or "")
    if before.end > now.start:
        stop_start("--compare-to: the period compared with must end before the other begins")
    for file in files:
        typer.echo(json.dumps(as_json(report(*_grids(file, brand, now, before, looks)))))


def _period(first: str, start: str, second: str, end: str) -> Period:
    found = Period(_day(first, start), _day(second, end))
    if found.days < 1:
        stop_start(f"{second}: must be after {first}")
    return found


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop_start(f"{option}: must be a day such as 2026-03-08")


def _grids(file: Path, brand: str, now: Period, before: Period, looks: Looks) -> tuple[Grid, Grid, Question]:
    lines = _lines(file)
    left_out = [line for line in lines if line.get("purpose", "scheduled") not in MEASURED]
    counted = [line for line in lines if line.get("purpose", "scheduled") in MEASURED]
    names = sorted({name for line in counted for name in _names_of(line)}, key=lambda name: (name != brand, name))
    if brand not in names:
        names.insert(0, brand)
    told = []
    if left_out:
        told.append(Exclusion("test runs", "answers of a test run: not part of the measurement", 0, len(left_out)))
    grids = [
        grid_of([line for line in counted if bool(line.get("branded")) is which], names) for which in (False, True)
    ]
    return grids[0], grids[1], Question(brand, names, now, before, looks, told)


def _lines(file: Path) -> list[Line]:
    found = []
    try:
        for number, text in enumerate(file.read_text().splitlines(), start=1):
            if text.strip():
                found.append(_line(file, number, text))
    except OSError as error:
        stop_start(f"{file}: {error.strerror}")
    return found


def _line(file: Path, number: int, text: str) -> Line:
    try:
        line = json.loads(text)
        date.fromisoformat(line["day"])
        str(line["question"] + line["collector"])
    except (ValueError, KeyError, TypeError) as error:
        stop_start(
            f"{file}: line {number}: {type(error).__name__}: {error}; a line has a question, a collector and a day"
        )
    return dict(line)


def _names_of(line: Line) -> Mapping[str, Mapping[str, float | None]]:
    names = line.get("names")
    return names if isinstance(names, dict) else {}


def grid_of(lines: Iterable[Line], names: Iterable[str]) -> Grid:
    """The sums of lines by cell and day."""
    lines = list(lines)
    days = [date.fromisoformat(str(line["day"])).toordinal() for line in lines]
    first, width = (min(days), max(days) - min(days) + 1) if days else (0, 0)
    cells: dict[PanelCell, int] = {}
    asked: dict[Place, numpy.ndarray] = {}
    sums: dict[tuple[str, str], dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
    for line, day in zip(lines, days, strict=True):
        where = Place(str(line["question"]), str(line["collector"]), str(line.get("country") or ""))
        told = asked.setdefault(where, numpy.zeros((2, width)))
        told[:, day - first] += (1, line.get("result", "answer") != "failed")
        if line.get("result", "answer") == "answer":
            row = cells.setdefault(PanelCell(where, str(line.get("model") or "")), len(cells))
            _add(sums, (row, day - first), _names_of(line))

    def matrix(key: tuple[str, str]) -> numpy.ndarray:
        found = numpy.zeros((len(cells), width))
        for place, value in sums[key].items():
            found[place] = value
        return found

    return Grid(
        cells=list(cells),
        first=first,
        answers=matrix(("", "answers")),
        asked=asked,
        whole={what: matrix(("", what)) for what in ("all_mentions", "all_citations")},
        names={name: {what: matrix((name, what)) for what in COLUMNS} for name in names},
    )


def _add(
    sums: dict[tuple[str, str], dict[tuple[int, int], float]],
    at: tuple[int, int],
    names: Mapping[str, Mapping[str, float | None]],
) -> None:
    sums["", "answers"][at] += 1
    for name, told in names.items():
        mentions, position = told.get("mentions") or 0, told.get("position")
        tone, citations = told.get("tone"), told.get("citations") or 0
        sums["", "all_mentions"][at] += mentions
        sums["", "all_citations"][at] += citations
        facts = {
            "named": mentions > 0,
            "firsts": position == 1,
            "mentions": mentions,
            "citations": citations,
            "cited": citations > 0,
            "position_sum": position or 0,
            "placed": position is not None,
            "tone_sum": tone or 0,
            "toned": tone is not None,
        }
        for what, value in facts.items():
            sums[name, what][at] += value
