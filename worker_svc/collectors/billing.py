"""What a response says was used and charged: its tokens and its cost.

A bill is read apart from the answer, because a response without an answer may have been charged as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from worker_svc.collectors import prices
from worker_svc.collectors.exchange import Exchange, count


@dataclass(frozen=True)
class Bill:
    """What a call used, and what it cost."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = None
    """In millionths of a US dollar; None when the price is not known."""


@dataclass(frozen=True)
class Counts:
    """How a usage report names its counts. The first of each side is always reported; the others come on top."""

    input: Sequence[str]
    output: Sequence[str]
    total: str


RESPONSES = Counts(("input_tokens",), ("output_tokens",), "total_tokens")
"""OpenAI's Responses format."""
CHAT = Counts(("prompt_tokens",), ("completion_tokens",), "total_tokens")
"""OpenAI's chat completions."""


def billed(
    exchange: Exchange,
    body: Mapping[str, object],
    model: str,
    usage: Mapping[str, object],
    counts: Counts,
    *,
    fees_micro_usd: int = 0,
) -> Bill:
    """The engine's own charge where its usage report states one; else tokens at their price, and fees on top."""
    tokens_in, tokens_out = tokens(usage, counts)
    told = prices.stated_cost(usage)
    if told is not None:
        return Bill(tokens_in, tokens_out, told)
    at = written_at(body) or exchange.at
    cost = prices.token_cost(model, tokens_in, tokens_out, exchange.token_share, at)
    return Bill(tokens_in, tokens_out, None if cost is None else cost + fees_micro_usd)


def tokens(usage: Mapping[str, object], counts: Counts) -> tuple[int | None, int | None]:
    """Tokens in and out. A side that is not reported is what the other leaves of the total."""
    told_in, told_out, total = _sum(usage, counts.input), _sum(usage, counts.output), count(usage, counts.total)
    has_in, has_out = (count(usage, names[0]) is not None for names in (counts.input, counts.output))
    if has_in and not has_out:
        told_out = _rest(total, told_in, told_out)
    elif has_out and not has_in:
        told_in = _rest(total, told_out, told_in)
    return told_in, told_out


def written_at(body: Mapping[str, object]) -> datetime | None:
    """When a response was made, as its body tells in seconds since 1970."""
    seconds = count(body, "created") or count(body, "created_at")
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _sum(usage: Mapping[str, object], names: Sequence[str]) -> int | None:
    told = [number for name in names if (number := count(usage, name)) is not None]
    return sum(told) if told else None


def _rest(total: int | None, other: int | None, told: int | None) -> int | None:
    """What the other side leaves of the total; without a total, what was told after all."""
    return told if total is None or other is None else max(total - other, told or 0)
