"""`answerbeat try`: the rules at a person's fingertips, with no database and no key; `ask` alone takes one.

Each command here prints one JSON object a line on stdout, and anything else on stderr.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from answerbeat.jsons import JsonObject
from answerbeat.settings import stop_start
from launcher.ask import try_ask
from launcher.measure import try_insights
from reading import sentiment
from reading.document import Link
from reading.mentions import Name
from reading.reading import Reading
from scheduler_svc import cron
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.engines import registered

app = typer.Typer(help="Try a rule, or an engine: no database, nothing stored.", no_args_is_help=True)
app.command("ask")(try_ask)
app.command("insights")(try_insights)

POLARITY = {"negative": 2, "neutral": 4, "positive": 6}
"""As NewsMTSC writes them."""
SCORE_LINE = '{"answer": "...", "brand": {"name": "...", "aliases": [], "domains": []}, "competitors": []}'
SENTIMENT_LINE = '{"sentence_normalized": "...", "targets": [{"from": 0, "to": 5}]}'
FileName = Annotated[str, typer.Argument(metavar="FILE", help="A file of JSON lines, or - for standard input.")]


@app.command("cron")
def try_cron(
    expression: Annotated[str, typer.Argument(help='Such as "0 9 * * 1-5".')],
    timezone: Annotated[str, typer.Option(help="IANA name.")] = "UTC",
    after: Annotated[str | None, typer.Option(help="RFC 3339; now when left out.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000)] = 5,
) -> None:
    """Tells when a cron expression fires."""
    try:
        read, zone = cron.parse(expression), cron.load_zone(timezone)
    except cron.CronError as error:
        stop_start(f"{error.field}: {error}")
    fires = cron.fires(read, zone, _moment(after))
    _print(
        expression=expression,
        timezone=timezone,
        description=read.description,
        next_runs=[fire.utc.strftime("%Y-%m-%dT%H:%M:%SZ") for fire in islice(fires, count)],
    )


@app.command("answer")
def try_answer(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="A body or a recording; - for stdin.")],
    collector: Annotated[str, typer.Option(help="Whose format it is, such as chatgpt.")],
) -> None:
    """Reads responses as an engine sent them."""
    kinds = registered()
    if collector not in kinds:
        stop_start(f"--collector: {collector} is not a collector; known are {', '.join(kinds)}")
    for name in files:
        _print(file=name, collector=collector, **_read(kinds[collector], _exchange(_text(name))))


@app.command("score")
def try_score(file: FileName) -> None:
    """Finds names, positions, tone and citations in answers.

    A line: {"answer": "...", "brand": {"name": "...", "aliases": [], "domains": []}, "competitors": [...]}
    """
    _each_line(file, SCORE_LINE, _score)


@app.command("sentiment")
def try_sentiment(file: FileName) -> None:
    """Tells the tone of sentences towards each of their targets.

    A line: {"sentence_normalized": "...", "targets": [{"from": 0, "to": 5}]}
    """
    _each_line(file, SENTIMENT_LINE, _tone)


def _score(line: JsonObject) -> None:
    brand, rivals = line["brand"], line.get("competitors", [])
    names = [
        Name(n["name"], tuple(n.get("aliases", ())), tuple(n.get("domains", ())), is_brand=n is brand)
        for n in (brand, *rivals)
    ]
    links = [
        Link(c, None) if isinstance(c, str) else Link(c["url"], c.get("title")) for c in line.get("api_citations", [])
    ]
    reading = Reading(line["answer"], names, links)
    feelings = reading.feelings()
    _print(
        id=line.get("id"),
        names={
            name: {
                "mentions": place.mentions,
                "position": place.position,
                "sentiment": vars(feelings[name].tone) if name in feelings else None,
            }
            for name, place in reading.places().items()
        },
        citations=[{"url": c.url, "domain": c.domain, "owner": c.owner} for c in reading.citations()],
    )


def _tone(line: JsonObject) -> None:
    for target in line["targets"]:
        judged = sentiment.judge(line["sentence_normalized"], target["from"], target["to"])
        tone = sentiment.tone_of([judged])
        _print(**{"from": target["from"], "to": target["to"], "polarity": POLARITY[tone.label], "score": tone.score})


def _read(kind: type[Collector], exchange: Exchange) -> JsonObject:
    try:
        answer = kind.read(exchange)
    except EngineError as error:
        facts = ("kind", "retryable", "retry_after_seconds", "message")
        told = {name: getattr(error, name) for name in facts}
        return {"ok": False, "error": told, "cost_usd": _dollars(error.cost_micro_usd)}
    return {
        "ok": True,
        "model": answer.model,
        "text": answer.text,
        "citations": [{"url": source.url, "title": source.title} for source in answer.citations],
        "searched": [{"url": source.url, "title": source.title} for source in answer.searched],
        "search_queries": list(answer.search_queries),
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "cost_usd": _dollars(answer.cost_micro_usd),
    }


def _dollars(micro_usd: int | None) -> float | None:
    return None if micro_usd is None else micro_usd / 1_000_000


def _exchange(content: str) -> Exchange:
    """A recording, {"response": {"status", "headers", "body"}}, or a body by itself."""
    try:
        parsed = json.loads(content)
    except ValueError:
        return Exchange(content)
    response = parsed.get("response") if isinstance(parsed, dict) else None
    if not isinstance(response, dict) or "body" not in response:
        return Exchange(content)
    body = response["body"]
    headers = {str(name).lower(): str(value) for name, value in (response.get("headers") or {}).items()}
    return Exchange(body if isinstance(body, str) else json.dumps(body), response.get("status"), headers)


def _each_line(name: str, example: str, work: Callable[[JsonObject], None]) -> None:
    """Works on each object of a file of JSON lines. Stops the program at one that is not as it should be."""
    for number, line in enumerate(_text(name).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            work(json.loads(line))
        except json.JSONDecodeError as error:
            stop_start(f"{name}, line {number}: is not JSON: {error}")
        except (KeyError, TypeError, AttributeError) as error:
            why = f"has no {error}" if isinstance(error, KeyError) else "is not as it should be"
            stop_start(f"{name}, line {number}: {why}; a line is an object like {example}")


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        stop_start(f"{name}: {getattr(error, 'strerror', None) or error}")


def _moment(value: str | None) -> datetime:
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        stop_start(f"--after: {value} is not a time, such as 2026-03-28T00:00:00Z")
    if not cron.FIRST_YEAR <= moment.year <= cron.LAST_YEAR:
        stop_start(f"--after: must lie between the years {cron.FIRST_YEAR} and {cron.LAST_YEAR}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print(**values: object) -> None:
    print(json.dumps(values, ensure_ascii=False))  # noqa: T201 - the command's output
