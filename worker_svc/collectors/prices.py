"""What a call costs, where the engine does not say so itself.

Dollars for a million tokens, or for one search. The prices are list prices; a file named by ANSWERBEAT_PRICES adds
models and puts others right, such as what you have agreed upon: {"gpt-5": {"input": 1.0, "output": 8.0}}.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AS_OF = "2026-11-24"
"""When the prices were looked up."""
SOURCES = {
    "openai": "OpenAI's model pages and pricing page",
    "anthropic": "platform.claude.com, the models' pages; 4.x as quoted in April 2026",
    "google": "Gemini API pricing as quoted in July 2026",
    "xai": "docs.x.ai, Pricing",
    "mistral": "list prices of June 2026 as quoted by developer.puter.com",
    "deepseek": "DeepSeek's pricing page as quoted in May 2026",
    "serpapi": "SerpApi's plans",
}
MAX_COST_USD = 1_000
"""No call costs so much; a larger number is no cost."""


@dataclass(frozen=True)
class TokenPrice:
    """US dollars for a million tokens, which is millionths of a dollar for one."""

    input: float
    output: float


MODELS = {
    "gpt-6-astra": TokenPrice(10.00, 50.00),
    "gpt-6.2-astra": TokenPrice(8.00, 40.00),
    "gpt-6.1-sol": TokenPrice(2.00, 10.00),
    "gpt-6-sol": TokenPrice(2.00, 10.00),
    "gpt-6-luna": TokenPrice(0.10, 0.50),
    "gpt-5-mini": TokenPrice(0.25, 2.00),
    "gpt-5": TokenPrice(1.25, 10.00),
    "claude-fable-5-1": TokenPrice(10.00, 50.00),
    "claude-opus-5-5": TokenPrice(4.00, 20.00),
    "claude-opus-5": TokenPrice(5.00, 25.00),
    "claude-sonnet-5-5": TokenPrice(2.00, 10.00),
    "claude-sonnet-5": TokenPrice(2.00, 10.00),
    # Up to 100,000 tokens of prompt.
    "claude-haiku-5-5": TokenPrice(0.10, 0.50),
    "claude-opus-4-7": TokenPrice(5.00, 25.00),
    "claude-opus-4-6": TokenPrice(5.00, 25.00),
    "claude-sonnet-4-6": TokenPrice(3.00, 15.00),
    "claude-sonnet-4-5": TokenPrice(3.00, 15.00),
    "claude-sonnet-4": TokenPrice(3.00, 15.00),
    "claude-haiku-4-5": TokenPrice(1.00, 5.00),
    "gemini-3.5-flash": TokenPrice(1.50, 9.00),
    "gemini-3.1-pro-preview": TokenPrice(2.00, 12.00),
    "gemini-3.1-flash-lite": TokenPrice(0.25, 1.50),
    "gemini-3-flash-preview": TokenPrice(0.50, 3.00),
    "gemini-2.5-pro": TokenPrice(1.25, 10.00),
    "gemini-2.5-flash": TokenPrice(0.30, 2.50),
    "gemini-2.5-flash-lite": TokenPrice(0.10, 0.40),
    "grok-4.3": TokenPrice(1.25, 2.50),
    "grok-4-1-fast-reasoning": TokenPrice(0.20, 0.50),
    "grok-4-1-fast-non-reasoning": TokenPrice(0.20, 0.50),
    "grok-4-fast-reasoning": TokenPrice(0.20, 0.50),
    "mistral-medium-latest": TokenPrice(1.50, 7.50),
    "mistral-large-latest": TokenPrice(0.50, 1.50),
    "mistral-small-latest": TokenPrice(0.10, 0.30),
    "deepseek-v4-flash": TokenPrice(0.14, 0.28),
    "deepseek-v4-pro": TokenPrice(0.435, 0.87),
    "deepseek-chat": TokenPrice(0.14, 0.28),
}
OPENAI_WEB_SEARCH_MICRO_USD = 10_000
"""$10 for a thousand searches."""
ANTHROPIC_WEB_SEARCH_MICRO_USD = 10_000
"""$10 for a thousand searches."""
GEMINI_QUERY_MICRO_USD = 14_000
"""$14 for a thousand queries of a Gemini 3 model; a month's free allowance is not counted."""
GEMINI_2_PROMPT_MICRO_USD = 35_000
"""$35 for a thousand grounded prompts of a Gemini 2 model, however many queries each makes."""
XAI_TOOL_MICRO_USD = 5_000
"""$5 for a thousand calls of the web or X search."""
MISTRAL_WEB_SEARCH_MICRO_USD = 30_000
"""$30 for a thousand searches."""
SERPAPI_SEARCH_MICRO_USD = 15_000
"""$75 for 5,000 searches, the Developer plan."""


class PricesError(ValueError):
    """A price file that can't be used; says where and why."""


def override(path: Path) -> None:
    """Takes prices from a file. Raises PricesError."""
    try:
        given = json.loads(path.read_text())
        MODELS.update({name: _price(name, price) for name, price in given.items()})
    except (OSError, ValueError, AttributeError) as error:
        raise PricesError(f'{path}: {error}; it should be like {{"gpt-5": {{"input": 1.0, "output": 8.0}}}}') from None


def _price(name: str, given: object) -> TokenPrice:
    found = [given.get(part) if isinstance(given, Mapping) else None for part in ("input", "output")]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) and 0 <= n < MAX_COST_USD for n in found):
        raise PricesError(f"{name} needs the numbers input and output, from 0 up to {MAX_COST_USD}")
    return TokenPrice(*map(float, found))  # type: ignore[arg-type]  # they are numbers by now


def token_cost(model: str, input_tokens: int | None, output_tokens: int | None, share: float = 1.0) -> int | None:
    """Millionths of a dollar. None for a model without a known price, or a call without counts.

    A dated snapshot, such as gpt-5-2025-08-07 or claude-haiku-4-5-20251001, costs what its model does. Cached tokens
    are counted at the full price, so that a cost is never told too low. `share` is what of the list price is paid.
    """
    named = [name for name in MODELS if model == name or model.startswith(f"{name}-20")]
    if not named or input_tokens is None or output_tokens is None:
        return None
    price = MODELS[named[0]]
    return round((input_tokens * price.input + output_tokens * price.output) * share)


def told_cost(dollars: object) -> int | None:
    """Millionths of a dollar, of what an engine itself says it charged; None for what is no such number."""
    is_number = isinstance(dollars, (int, float)) and not isinstance(dollars, bool)
    return round(dollars * 1_000_000) if is_number and 0 <= dollars < MAX_COST_USD else None  # type: ignore[operator]


def gemini_search_cost(model: str, queries: int) -> int:
    """Millionths of a dollar, for the searches of one answer."""
    if model.startswith("gemini-2"):
        return GEMINI_2_PROMPT_MICRO_USD if queries else 0
    return GEMINI_QUERY_MICRO_USD * queries
