"""What a call costs: what the engine itself says it charged, else by price lists.

Tokens cost what the package genai-prices lists, as it was installed: nothing is fetched. OVERRIDES goes before it, for
what it lacks or has wrong, and so does a file named by ANSWERBEAT_PRICES, such as for what you have agreed upon:
{"gpt-5": {"input": 1.0, "output": 8.0}}, in dollars a million tokens. Searches and other fees a call are listed here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PROVIDERS = {
    "gpt-": "openai",
    "claude-": "anthropic",
    "gemini-": "google",
    "grok-": "x-ai",
    "mistral-": "mistral",
    "magistral-": "mistral",
    "ministral-": "mistral",
    "deepseek-": "deepseek",
}
"""Whose list price a model has, by how its name begins: the same model with another host costs something else."""
MAX_COST_USD = 1_000
"""No call costs so much; a larger number is no cost."""
XAI_TICKS_A_MICRO_USD = 10_000
"""10^10 ticks are a dollar: docs.x.ai, Cost Tracking, 2026-11-25."""


@dataclass(frozen=True)
class TokenPrice:
    """US dollars for a million tokens, which is millionths of a dollar for one."""

    input: float
    output: float


OVERRIDES = {
    # OpenAI's model pages, 2026-11-24; not listed yet.
    "gpt-6.2-astra": TokenPrice(8.00, 40.00),
    # Quoted by developer.puter.com, June 2026; the list has the alias at what the Mistral Large of 2024 cost.
    "mistral-large-latest": TokenPrice(0.50, 1.50),
}
OPENAI_WEB_SEARCH_MICRO_USD = 10_000
"""$10 for a thousand searches: OpenAI's pricing page, 2026-11-24."""
ANTHROPIC_WEB_SEARCH_MICRO_USD = 10_000
"""$10 for a thousand searches: platform.claude.com, 2026-11-24."""
GEMINI_QUERY_MICRO_USD = 14_000
"""$14 for a thousand queries of a Gemini 3 model, each once and empty ones left out: ai.google.dev, "Grounding with
Google Search", as quoted in its forum, 2026-11-25. A month's free allowance is not counted."""
GEMINI_2_PROMPT_MICRO_USD = 35_000
"""$35 for a thousand grounded prompts of a Gemini 2 model, however many queries each makes. As quoted in July 2026."""
XAI_TOOL_MICRO_USD = 5_000
"""$5 for a thousand calls of the web or X search: docs.x.ai, Pricing, 2026-11-24."""
MISTRAL_WEB_SEARCH_MICRO_USD = 30_000
"""$30 for a thousand searches: quoted by developer.puter.com, June 2026."""
SERPAPI_SEARCH_MICRO_USD = 15_000
"""$75 for 5,000 searches, the Developer plan: SerpApi's plans, 2026-11-24."""


class PricesError(ValueError):
    """A price file that can't be used; says where and why."""


def override(path: Path) -> None:
    """Takes prices from a file. Raises PricesError."""
    try:
        given = json.loads(path.read_text())
        OVERRIDES.update({name: _price(name, price) for name, price in given.items()})
    except (OSError, ValueError, AttributeError) as error:
        raise PricesError(f'{path}: {error}; it should be like {{"gpt-5": {{"input": 1.0, "output": 8.0}}}}') from None


def _price(name: str, given: object) -> TokenPrice:
    found = [given.get(part) if isinstance(given, Mapping) else None for part in ("input", "output")]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) and 0 <= n < MAX_COST_USD for n in found):
        raise PricesError(f"{name} needs the numbers input and output, from 0 up to {MAX_COST_USD}")
    return TokenPrice(*map(float, found))  # type: ignore[arg-type]  # they are numbers by now


def token_cost(
    model: str,
    input_tokens: int | None,
    output_tokens: int | None,
    share: float = 1.0,
    at: datetime | None = None,
) -> int | None:
    """Millionths of a dollar. None for a model without a known price, or a call without counts.

    A dated snapshot, such as gpt-5-2025-08-07 or claude-haiku-4-5-20251001, costs what its model does. Cached tokens
    are counted at the full price, so that a cost is never told too low. `share` is what of the list price is paid.
    `at` is when the call was made, which makes a difference where hours have prices of their own; now when left out.
    """
    if input_tokens is None or output_tokens is None:
        return None
    for name, price in OVERRIDES.items():
        if model == name or model.startswith(f"{name}-20"):
            return round((input_tokens * price.input + output_tokens * price.output) * share)
    listed = _listed_cost(model, input_tokens, output_tokens, at)
    return None if listed is None else round(listed * 1_000_000 * share)


def load() -> None:
    """Reads the list, which takes a second and 20 MB: in a thread, by who asks an engine first."""
    _listed_cost("gpt-5", 0, 0)


def _listed_cost(model: str, input_tokens: int, output_tokens: int, at: datetime | None = None) -> float | None:
    """US dollars, by what the list has for the time of the call."""
    provider = next((owner for begin, owner in PROVIDERS.items() if model.startswith(begin)), None)
    # A model at home, such as mistral-small:24b, or another host's, such as deepseek-ai/DeepSeek-R1.
    if provider is None or ":" in model or "/" in model:
        return None
    from genai_prices import Usage, calc_price

    try:
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        return float(calc_price(usage, model, provider_id=provider, genai_request_timestamp=at).total_price)
    except LookupError:
        return None


def stated_cost(usage: Mapping[str, object]) -> int | None:
    """Millionths of a dollar, of what an engine's usage report says it charged; None where it does not say.

    `cost_in_usd_ticks` is xAI's, a `cost` in dollars OpenRouter's, and one with a `total_cost` Perplexity's.
    """
    cost = usage.get("cost")
    told = _micro_usd(usage.get("cost_in_usd_ticks"), 1 / XAI_TICKS_A_MICRO_USD)
    return told_cost(cost.get("total_cost") if isinstance(cost, Mapping) else cost) if told is None else told


def told_cost(dollars: object) -> int | None:
    """Millionths of a dollar, of what an engine itself says it charged; None for what is no such number."""
    return _micro_usd(dollars, 1_000_000)


def _micro_usd(told: object, worth: float) -> int | None:
    """Millionths of a dollar, of a number that is worth so many each; None for what is no cost."""
    if not isinstance(told, (int, float)) or isinstance(told, bool) or not 0 <= told * worth < MAX_COST_USD * 1_000_000:
        return None
    return round(told * worth)


def gemini_search_cost(model: str, queries: int) -> int:
    """Millionths of a dollar, for the searches of one answer."""
    if model.startswith("gemini-2"):
        return GEMINI_2_PROMPT_MICRO_USD if queries else 0
    return GEMINI_QUERY_MICRO_USD * queries
