"""What a call costs, where the engine does not say so itself.

Dollars for a million tokens, or for one search. The prices are the vendors' published ones.
"""

from dataclasses import dataclass

AS_OF = "2026-11-24"
"""When the prices were looked up: OpenAI's model pages (GPT-6 family) and pricing page, SerpApi's plans."""


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
}
OPENAI_WEB_SEARCH_MICRO_USD = 10_000
"""$10 for a thousand searches."""
SERPAPI_SEARCH_MICRO_USD = 15_000
"""$75 for 5,000 searches, the Developer plan."""


def token_cost(model: str, input_tokens: int | None, output_tokens: int | None) -> int | None:
    """Millionths of a dollar. None for a model without a known price, or a call without counts.

    A dated snapshot, such as gpt-5-2025-08-07, costs what its model does. Cached tokens are counted at
    the full price, so that a cost is never told too low.
    """
    named = [name for name in MODELS if model == name or model.startswith(f"{name}-20")]
    if not named or input_tokens is None or output_tokens is None:
        return None
    price = MODELS[named[0]]
    return round(input_tokens * price.input + output_tokens * price.output)
