"""What each recorded body was charged, worked out from the body alone, beside what the collectors read.

Prices are the engines' own, in dollars a million tokens; fees a search as their pages list them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.truth import Recording, recordings
from worker_svc.collectors import prices
from worker_svc.collectors.errors import EngineError
from worker_svc.engines import registered

prices.load()
ALL = recordings()
SERPAPI = ("bing_copilot", "google_ai_mode", "google_aio")
A_MILLION: dict[str, tuple[float, float]] = {
    "claude-fable-5": (10, 50),
    "claude-haiku-4-5-20251001": (1, 5),
    "claude-opus-4-6": (5, 25),
    "claude-sonnet-4-20250514": (3, 15),
    "claude-sonnet-4-5-20250929": (3, 15),
    "claude-sonnet-4-6": (3, 15),
    "claude-sonnet-5": (2, 10),
    "deepseek-chat": (0.27, 1.1),
    "deepseek-v4-flash": (0.14, 0.28),
    "gemini-2.5-flash": (0.3, 2.5),
    "gemini-2.5-pro": (1.25, 10),
    "gemini-3-flash-preview": (0.5, 3),
    "gemini-3.5-flash": (1.5, 9),
    "gpt-4.1-2025-04-14": (2, 8),
    "gpt-4.1-mini": (0.4, 1.6),
    "gpt-4o-search-preview-2025-03-11": (2.5, 10),
    "gpt-5-2025-08-07": (1.25, 10),
    "gpt-5-mini-2025-08-07": (0.25, 2),
    "gpt-5.2-2025-12-11": (1.75, 14),
    "gpt-5.3-codex": (1.75, 14),
    "grok-4-fast-non-reasoning": (0.2, 0.5),
    "grok-4-fast-reasoning": (0.2, 0.5),
    "magistral-medium-latest": (2, 5),
    "mistral-medium-latest": (1.5, 7.5),
    "mistral-small-latest": (0.15, 0.6),
}
EARLIER = {"mistral_chat": (0.1, 0.3)}
"""A body from before its model's price was raised."""
LONG = {"claude-sonnet-4-5-20250929": (200_000, 6, 22.5)}
"""Beyond so many tokens of input, all of a call's tokens cost more."""


def stated(usage: Mapping[str, Any]) -> int | None:
    """What the engine says it charged, in millionths of a dollar."""
    if "cost_in_usd_ticks" in usage:
        return round(usage["cost_in_usd_ticks"] / 10_000)
    cost = usage.get("cost")
    dollars = cost["total_cost"] if isinstance(cost, dict) else cost
    return None if dollars is None else round(dollars * 1_000_000)


def tokens(usage: Mapping[str, Any]) -> tuple[int, int] | None:
    """In and out, whatever the engine calls them; what is not told is the rest of the total."""
    told_in = [usage.get(n) for n in ("input_tokens", "prompt_tokens", "promptTokenCount")]
    on_top = ("connector_tokens", "toolUsePromptTokenCount", "cache_creation_input_tokens", "cache_read_input_tokens")
    told_out = [usage.get(n) for n in ("output_tokens", "completion_tokens", "candidatesTokenCount")]
    ins, outs = (next((n for n in told if n is not None), None) for told in (told_in, told_out))
    total = usage.get("total_tokens", usage.get("totalTokenCount"))
    if ins is None:
        return None
    ins += sum(usage.get(name) or 0 for name in on_top)
    return ins, total - ins if outs is None else outs + (usage.get("thoughtsTokenCount") or 0)


def fees(recording: Recording, usage: Mapping[str, Any]) -> int:
    """Of its searches, in millionths of a dollar."""
    body = recording.json
    match recording.collector:
        case "chatgpt":
            actions = [item["action"] for item in body["output"] if item["type"] == "web_search_call"]
            return 10_000 * sum(action["type"] == "search" for action in actions)
        case "claude":
            return 10_000 * (usage.get("server_tool_use") or {}).get("web_search_requests", 0)
        case "gemini":
            queries = len(
                {q for q in body["candidates"][0].get("groundingMetadata", {}).get("webSearchQueries", []) if q}
            )
            return 35_000 * bool(queries) if body["modelVersion"].startswith("gemini-2") else 14_000 * queries
        case "grok":
            return 5_000 * int(usage["num_server_side_tools_used"])
        case "mistral":
            return 30_000 * (usage.get("connectors") or {}).get("web_search", 0)
    return 0


def charge(recording: Recording) -> int | None:
    """None when nobody knows."""
    body = recording.json
    if recording.status >= 400:
        return 0
    if recording.collector in SERPAPI:
        return 15_000
    usage = body.get("usage") or body.get("usageMetadata") or {}
    if (told := stated(usage)) is not None:
        return told
    model = (
        body.get("modelVersion")
        or body.get("model")
        or next((output["model"] for output in body.get("outputs", []) if output.get("model")), "")
    )
    used = tokens(usage)
    if used is None or model not in A_MILLION:
        return None
    price = EARLIER.get(recording.name, A_MILLION[model])
    if model in LONG and used[0] > LONG[model][0]:
        price = LONG[model][1:]
    return round(used[0] * price[0] + used[1] * price[1]) + fees(recording, usage)


def read(recording: Recording) -> int | None:
    """What the collector reads, be there an answer or none."""
    try:
        return registered()[recording.collector].read(recording.exchange).cost_micro_usd
    except EngineError as error:
        return error.cost_micro_usd


@pytest.mark.parametrize("recording", ALL, ids=[f"{each.collector}/{each.name}" for each in ALL])
def test_each_body_costs_what_it_says(recording: Recording) -> None:
    assert read(recording) == charge(recording)


def test_the_bodies_are_charged_in_every_way() -> None:
    usages = [each.json.get("usage") or {} for each in ALL if each.status < 400]
    assert any("cost_in_usd_ticks" in usage for usage in usages)
    assert {type(usage["cost"]) for usage in usages if "cost" in usage} == {float, dict}
    without_answer = [each for each in ALL if is_error(each)]
    assert {0, None, 15_000} < {charge(each) for each in without_answer}
    assert None in {charge(each) for each in ALL if not is_error(each)}


def is_error(recording: Recording) -> bool:
    try:
        registered()[recording.collector].read(recording.exchange)
    except EngineError:
        return True
    return False


CHAT = '{"model": "%s", "choices": [{"message": {"content": "%s"}, "finish_reason": "stop"}], "usage": %s}'


@pytest.mark.parametrize(
    ("usage", "tokens_in", "tokens_out", "cost"),
    [
        ('{"prompt_tokens": 10, "completion_tokens": 5}', 10, 5, 62),
        ('{"prompt_tokens": 10, "total_tokens": 15}', 10, 5, 62),
        ('{"completion_tokens": 5, "total_tokens": 15}', 10, 5, 62),
        ('{"prompt_tokens": 10, "total_tokens": 7}', 10, 0, 12),
        ('{"prompt_tokens": 10}', 10, None, None),
        ("{}", None, None, None),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": 0}', 10, 5, 0),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": {"total_cost": 0}}', 10, 5, 0),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost_in_usd_ticks": 0}', 10, 5, 0),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost_in_usd_ticks": 37756000}', 10, 5, 3776),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": "0.5"}', 10, 5, 62),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": -1}', 10, 5, 62),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": true}', 10, 5, 62),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": NaN}', 10, 5, 62),
        ('{"prompt_tokens": 10, "completion_tokens": 5, "cost": {"total_cost": null}}', 10, 5, 62),
    ],
)
def test_counts_that_are_absent_and_costs_that_are_none(
    usage: str, tokens_in: int | None, tokens_out: int | None, cost: int | None
) -> None:
    exchange = replace(ALL[0].exchange, body=CHAT % ("gpt-5", "Yes.", usage))
    answer = registered()["openai_compatible"].read(exchange)
    assert (answer.input_tokens, answer.output_tokens, answer.cost_micro_usd) == (tokens_in, tokens_out, cost)
    with pytest.raises(EngineError) as caught:
        registered()["openai_compatible"].read(replace(exchange, body=CHAT % ("gpt-5", "", usage)))
    assert (caught.value.kind, caught.value.cost_micro_usd) == ("no_answer", cost)


PEAK, OFF_PEAK = datetime(2026, 11, 24, 2, 0, tzinfo=UTC), datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def test_tokens_cost_what_they_did_when_the_call_was_made() -> None:
    usage = '{"prompt_tokens": 1000000, "completion_tokens": 0}'
    exchange = replace(ALL[0].exchange, body=CHAT % ("deepseek-chat", "Yes.", usage))
    at = {moment: replace(exchange, at=moment) for moment in (PEAK, OFF_PEAK)}
    cost = {moment: registered()["deepseek"].read(each).cost_micro_usd for moment, each in at.items()}
    assert cost == {PEAK: 270_000, OFF_PEAK: 135_000}
    for moment in (PEAK, OFF_PEAK):
        written = exchange.body.replace("{", f'{{"created": {round(moment.timestamp())}, ', 1)
        assert registered()["deepseek"].read(replace(exchange, body=written)).cost_micro_usd == cost[moment]


PAGE = '{"search_metadata": {"status": "%s", "created_at": "2026-11-25 10:00:00 UTC"}, "text_blocks": [%s]}'
BLOCK = '{"type": "paragraph", "snippet": "Yes."}'


@pytest.mark.parametrize(
    ("status", "age", "is_copy"),
    [
        ("Success", timedelta(seconds=-3), False),
        ("Success", timedelta(seconds=30), False),
        ("Success", timedelta(minutes=20), True),
        ("Success", None, False),
        ("Cached", None, True),
    ],
)
def test_a_copy_out_of_a_cache_is_told_and_costs_nothing(status: str, age: timedelta | None, is_copy: bool) -> None:
    at = None if age is None else datetime(2026, 11, 25, 10, 0, tzinfo=UTC) + age
    answer = registered()["google_ai_mode"].read(replace(ALL[0].exchange, body=PAGE % (status, BLOCK), at=at))
    assert (answer.is_copy, answer.cost_micro_usd) == (is_copy, 0 if is_copy else 15_000)
    with pytest.raises(EngineError) as caught:
        registered()["google_ai_mode"].read(replace(ALL[0].exchange, body=PAGE % (status, ""), at=at))
    assert caught.value.cost_micro_usd == (0 if is_copy else 15_000)
