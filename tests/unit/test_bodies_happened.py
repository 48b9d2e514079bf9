"""What a body may hold beside what the recordings hold: what happened where there is no whole answer."""

from typing import Any

import pytest

from tests.unit.bodies import PAGE, A, chat, error_of, overview, read
from worker_svc.collectors import prices
from worker_svc.collectors.bing_copilot import BingCopilot
from worker_svc.collectors.chatgpt import ChatGpt
from worker_svc.collectors.claude import Claude
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.google_ai_mode import GoogleAiMode
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.grok import Grok
from worker_svc.collectors.mistral import Mistral
from worker_svc.collectors.openai_compatible import OpenAiCompatible
from worker_svc.collectors.perplexity import Perplexity


@pytest.mark.parametrize("content", ["<think>a", "<think>\na", "<think>a</think>", "  ", "", None, []])
def test_an_answer_of_thoughts_alone_is_none_and_costs_what_it_did(content: Any) -> None:
    error = error_of(OpenAiCompatible, {**chat(content), "usage": {"cost": 0.25}})
    assert (error.kind, error.retryable, error.cost_micro_usd) == ("no_answer", False, 250_000)


def test_what_was_billed_without_a_text_is_told_with_its_cost() -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 1_000_000}
    counts = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
    gemini = {"promptTokenCount": 1_000_000, "candidatesTokenCount": 1_000_000}
    for kind, body in (
        (ChatGpt, {"status": "incomplete", "model": "gpt-5", "output": [], "usage": usage}),
        (Grok, {"status": "completed", "model": "grok-4.3", "output": [], "usage": usage}),
        (Claude, {"model": "claude-sonnet-5-5", "content": [], "stop_reason": "refusal", "usage": usage}),
        (
            Gemini,
            {
                "modelVersion": "gemini-3.5-flash",
                "candidates": [{"finishReason": "MAX_TOKENS"}],
                "usageMetadata": gemini,
            },
        ),
        (Mistral, {"outputs": [{"type": "message.output", "model": "mistral-medium-latest"}], "usage": counts}),
        (Perplexity, {"status": "completed", "output": [], "usage": {"cost": {"total_cost": 0.5}}}),
    ):
        error = error_of(kind, body)
        assert (error.kind, error.cost_micro_usd > 100_000) == ("no_answer", True), kind.name
    for page in (GoogleAiMode, BingCopilot):
        assert error_of(page, PAGE).cost_micro_usd == prices.SERPAPI_SEARCH_MICRO_USD


@pytest.mark.parametrize(
    ("choice", "kind", "message"),
    [
        ({"error": {"code": 502, "message": "Provider broke."}}, "engine_error", "Provider broke."),
        ({"error": {"code": 429, "message": "Slow down."}}, "engine_error", "Slow down."),
        ({"finish_reason": "error"}, "engine_error", "The engine reported an error."),
        ({"finish_reason": "error", "error": {"message": "Timed out."}}, "engine_error", "Timed out."),
    ],
)
@pytest.mark.parametrize("reader", [OpenAiCompatible, Mistral])
def test_an_error_within_a_choice_is_one_and_half_a_text_is_none(
    reader: type[Collector], choice: dict[str, Any], kind: str, message: str
) -> None:
    half = {"choices": [{"message": {"content": "Half of"}, **choice}]}
    error = error_of(reader, half)
    assert (error.kind, error.message, error.retryable) == (kind, message, False)
    nothing = error_of(reader, {"choices": [choice]})
    assert (nothing.kind, nothing.retryable) == (kind, True)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "model 'x' not found"},
        {"object": "error", "message": "model 'x' not found", "code": 404},
        {"type": "error", "error": {"type": "not_found_error", "message": "model 'x' not found"}},
    ],
)
@pytest.mark.parametrize("kind", [ChatGpt, Claude, Gemini, Grok, Mistral, OpenAiCompatible, Perplexity])
def test_a_body_may_tell_its_error_in_several_shapes(kind: type[Collector], body: dict[str, Any]) -> None:
    assert error_of(kind, body).message == "model 'x' not found"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "Your account has run out of searches.", "rate_limited"),
        (200, "Your account has run out of searches.", "rate_limited"),
        (429, "Your prepayment credits are depleted.", "rate_limited"),
        (400, "Your credit balance is too low to access the Anthropic API.", "unauthorized"),
        (402, "Insufficient credits.", "unauthorized"),
        (403, "Your team has used all available credits or reached its monthly spending limit.", "unauthorized"),
    ],
)
@pytest.mark.parametrize("reader", [GoogleAiOverviews, GoogleAiMode, OpenAiCompatible, Claude])
def test_a_spent_plan_is_not_asked_again(reader: type[Collector], status: int, message: str, kind: str) -> None:
    error = error_of(
        reader, {"error": {"message": message} if reader in (Claude, OpenAiCompatible) else message}, status
    )
    assert (error.kind, error.retryable, error.message) == (kind, False, message)


def test_a_search_that_failed_is_an_error_and_only_the_one_before_it_was_paid_for() -> None:
    body = {"search_metadata": {"status": "Error"}, "error": "We couldn't get valid results."}
    for kind in (GoogleAiOverviews, GoogleAiMode, BingCopilot):
        error = error_of(kind, body)
        assert (error.kind, error.message, error.retryable, error.cost_micro_usd) == (
            "engine_error",
            body["error"],
            True,
            0,
        )
    second = error_of(GoogleAiOverviews, body, calls=2)
    assert (second.retryable, second.cost_micro_usd) == (False, prices.SERPAPI_SEARCH_MICRO_USD)
    waiting = error_of(GoogleAiMode, {"search_metadata": {"status": "Processing"}})
    assert (waiting.kind, waiting.message) == ("engine_error", "The search is processing.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Can't generate an AI overview right now. Try again later.",
        "Can’t generate an AI Overview right now.",
        "It looks like there's no response available for this search. Try asking something else.",
        "Google AI didn't get a response. Try again.",
        "Something went wrong and an AI response wasn't generated.",
    ],
)
def test_an_excuse_is_no_answer_and_an_answer_that_quotes_it_is_one(sentence: str) -> None:
    block = {"type": "paragraph", "snippet": sentence}
    for kind, body in ((GoogleAiOverviews, overview(block)), (GoogleAiMode, {**PAGE, "text_blocks": [block]})):
        error = error_of(kind, body)
        assert (error.kind, error.message, error.retryable) == ("no_answer", sentence, False)
        assert error.cost_micro_usd == prices.SERPAPI_SEARCH_MICRO_USD
    quoting = {"type": "paragraph", "snippet": sentence, "reference_indexes": [0]}
    references = [{"link": A, "title": "A", "index": 0}]
    assert read(GoogleAiOverviews, overview(quoting, references=references)).text == sentence
    long = {"type": "paragraph", "snippet": f"{'Words of an answer. ' * 20}{sentence}"}
    assert read(GoogleAiMode, {**PAGE, "text_blocks": [long]}).text == long["snippet"]
