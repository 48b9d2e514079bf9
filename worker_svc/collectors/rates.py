"""What an engine's headers say of the rate it allows, before it has to refuse.

Formats: OpenAI's `x-ratelimit-remaining-requests` with `x-ratelimit-reset-requests` ("6m0s"), which xAI, Mistral and
many compatible servers share; Anthropic's `anthropic-ratelimit-requests-remaining` with `-reset` (RFC 3339).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

LEFT = {
    "x-ratelimit-remaining-requests": "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-tokens": "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-requests-remaining": "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-remaining": "anthropic-ratelimit-tokens-reset",
}
"""What is left, and when it is full again."""
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
UNITS = (86_400, 3_600, 60, 1, 0.001)
MAX_SECONDS = 3_600.0
"""Longer resets are of days and months: not for a pause between calls."""


def seconds_until_more(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """How long until the engine takes another request; 0 while it takes one now."""
    resets = [headers.get(reset, "") for left, reset in LEFT.items() if headers.get(left, "").strip() == "0"]
    return max((min(_seconds(reset.strip(), now or datetime.now(UTC)), MAX_SECONDS) for reset in resets), default=0.0)


def _seconds(reset: str, now: datetime) -> float:
    found = DURATION.fullmatch(reset)
    if reset and found:
        return sum(float(number) * unit for number, unit in zip(found.groups(), UNITS, strict=True) if number)
    try:
        moment = datetime.fromisoformat(reset)
    except ValueError:
        return 0.0
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo else 0.0
