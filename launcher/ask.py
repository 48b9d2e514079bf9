"""`answerbeat try ask`: one real question to one engine, with the key in the environment, and all that was read of it.

It needs no database and no server, and stores nothing but the body where it is told to. Before it asks it says what of
whom, and roughly for how much; what it found goes to stdout, and anything else to stderr.
"""

import asyncio
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from answerbeat.errors import InvalidFields
from answerbeat.jsons import JsonObject
from answerbeat.options import read_options
from answerbeat.settings import Settings, load, stop_start
from worker_svc.collectors import prices
from worker_svc.collectors.collector import Answer, Collector, Question, Source
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.masking import without_own_keys
from worker_svc.engines import Engine, Engines

USUAL_TOKENS = (10_000, 1_000)
"""In and out, of a question that is searched for."""
TOKENS = {"input_tokens": "in", "output_tokens": "out"}
COPY = "; a copy from the engine's cache"
NO_ANSWER = 1
"""The exit code when the engine gave none."""


@dataclass(frozen=True)
class Asked:
    """An engine that is ready, and what it is to be asked."""

    engine: Engine
    collector: Collector
    question: Question


def try_ask(
    question: Annotated[str, typer.Argument(help="As a person would ask it.")],
    collector: Annotated[str, typer.Option(help="The engine, such as chatgpt.")],
    locale: Annotated[str | None, typer.Option(help="Language to ask in, as BCP 47, such as pt-BR.")] = None,
    country: Annotated[str | None, typer.Option(help="Country to ask from, as ISO 3166-1, such as DE.")] = None,
    city: Annotated[str | None, typer.Option(help="City to ask from, within the country.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")] = False,
    body: Annotated[Path | None, typer.Option(help="A file to keep what the engine sends in, as it comes.")] = None,
) -> None:
    """Asks an engine one real question, with its key in the environment. That may cost money; nothing is stored."""
    asked = _ready(collector, load(), _question(question, locale=locale, country=country, city=city))
    _check(body)
    typer.echo(_announced(asked), err=True)
    told = asyncio.run(_told(asked, body))
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(_lines(told)))
    raise typer.Exit(0 if told["ok"] else NO_ANSWER)


def _question(text: str, **place: str | None) -> Question:
    """Asked from a place that a job could name as well. Stops the program at any other."""
    try:
        found = read_options({name: value for name, value in place.items() if value is not None}, "")
    except InvalidFields as error:
        stop_start(*(f"--{fault.field.removeprefix('.')}: {fault.message}" for fault in error.violations))
    return Question(text, found.locale, found.country, found.city)


def _ready(name: str, settings: Settings, question: Question) -> Asked:
    """The engine, if it can be asked. Stops the program if not, with what is missing."""
    _take_prices(settings)
    engines = Engines.from_environment(os.environ, settings.call_timeout_seconds).all
    engine = engines.get(name)
    if engine is None:
        stop_start(f"--collector: {name} is not a collector; known are {', '.join(engines)}")
    if engine.collector is None:
        stop_start(f"{name}: {engine.missing}")
    return Asked(engine, engine.collector, question)


def _take_prices(settings: Settings) -> None:
    try:
        if settings.prices:
            prices.override(settings.prices)
    except prices.PricesError as error:
        stop_start(f"ANSWERBEAT_PRICES: {error}")


def _check(body: Path | None) -> None:
    """Stops the program before anything is paid for when the body could not be kept."""
    try:
        if body:
            body.touch()
    except OSError as error:
        stop_start(f"--body: {body}: {error.strerror}")


def _announced(asked: Asked) -> str:
    """What will be asked of whom, and roughly for how much."""
    engine, question = asked.engine, asked.question
    place = {"in": question.locale, "from": question.country, "in the city of": question.city}
    where = "".join(f", {word} {value}" for word, value in place.items() if value)
    return (
        f"Asking {engine.title} ({engine.model}) at {asked.collector.access.base_url}{where}: {question.text}\n"
        f"This is a call that is paid for. {_usual_price(asked)}"
    )


def _usual_price(asked: Asked) -> str:
    if asked.engine.is_emulated:
        return "The emulator charges nothing, whatever it says."
    if asked.collector.variable == "SERPAPI":
        price = _dollars(prices.SERPAPI_SEARCH_MICRO_USD / 1_000_000)
        return f"A search costs about {price}, and an answer takes one or two."
    cost = prices.token_cost(asked.engine.model, *USUAL_TOKENS)
    if cost is None:
        return "What it costs is not known before."
    return f"Its tokens cost about {_dollars(cost / 1_000_000)}; searches come on top."


async def _told(asked: Asked, body: Path | None) -> JsonObject:
    """Asks, and tells whatever came of it."""
    collector, started = asked.collector, time.monotonic()
    told: JsonObject = {"collector": collector.name}
    try:
        await asyncio.to_thread(collector.load)
        exchange = await collector.ask(asked.question)
        told["latency_ms"] = round((time.monotonic() - started) * 1_000)
        _keep(exchange, body)
        return {"ok": True, **told, **_found(collector.read(exchange))}
    except EngineError as error:
        return {"ok": False, **told, **_failed(error)}
    finally:
        await collector.close()


def _keep(exchange: Exchange, body: Path | None) -> None:
    if body:
        body.write_text(without_own_keys(exchange.body))


def _found(answer: Answer) -> JsonObject:
    return {
        "model": answer.model,
        "finish_reason": answer.finish_reason,
        "text": answer.text,
        "citations": _sources(answer.citations),
        "searched": _sources(answer.searched),
        "search_queries": list(answer.search_queries),
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "cost_usd": _usd(answer.cost_micro_usd),
        "is_copy": answer.is_copy,
    }


def _failed(error: EngineError) -> JsonObject:
    facts = ("kind", "message", "retryable", "retry_after_seconds", "is_fate_unknown")
    return {"error": {name: getattr(error, name) for name in facts}, "cost_usd": _usd(error.cost_micro_usd)}


def _sources(sources: tuple[Source, ...]) -> list[JsonObject]:
    return [{"url": source.url, "title": source.title} for source in sources]


def _usd(micro_usd: int | None) -> float | None:
    return None if micro_usd is None else micro_usd / 1_000_000


def _dollars(usd: float | None) -> str:
    return "unknown" if usd is None else f"${usd:,.4f}"


def _lines(told: JsonObject) -> list[str]:
    """For a person to read."""
    if not told["ok"]:
        error = told["error"]
        why = f"No answer ({error['kind']}): {error['message']}"
        return [why, _advice(error), f"Cost: {_dollars(told['cost_usd'])}"]
    tokens = [f"{told[name] if told[name] is not None else '?'} {word}" for name, word in TOKENS.items()]
    return [
        f"Model: {told['model']}, finished with {told['finish_reason'] or 'no reason'} in {told['latency_ms']} ms",
        f"Cost: {_dollars(told['cost_usd'])}, tokens: {', '.join(tokens)}{COPY if told['is_copy'] else ''}",
        *_listed("Searched for", told["search_queries"]),
        *_listed("Cited", _pages(told["citations"])),
        *_listed("Found, but not cited", _pages(told["searched"])),
        "",
        told["text"],
    ]


def _listed(title: str, items: list[str]) -> list[str]:
    return [f"{title}: {'' if items else 'nothing'}".rstrip(), *(f"  {i}. {item}" for i, item in enumerate(items, 1))]


def _pages(sources: list[JsonObject]) -> list[str]:
    return [f"{each['url']}  {each['title'] or ''}".strip() for each in sources]


def _advice(error: JsonObject) -> str:
    if error["is_fate_unknown"]:
        return "The engine may have answered all the same: asking again may pay twice."
    if not error["retryable"]:
        return "Asking again would not help."
    seconds = error["retry_after_seconds"]
    return "Asking again may help." if seconds is None else f"Asking again may help in {seconds:g} s."
