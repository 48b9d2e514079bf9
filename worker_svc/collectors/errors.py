"""What can go wrong with a call, sorted: what it was, whether another try may help, and after how long."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from worker_svc.collectors.exchange import Exchange

RATE_LIMITED = "rate_limited"
UNAUTHORIZED = "unauthorized"
INVALID_REQUEST = "invalid_request"
NO_ANSWER = "no_answer"
ENGINE_ERROR = "engine_error"
UNREADABLE = "unreadable"
TIMEOUT = "timeout"

RETRYABLE = frozenset({RATE_LIMITED, ENGINE_ERROR})
"""The engine refused before it did any work, so that another call is not a second bill."""
EXHAUSTED = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""OpenAI's codes for a 429 that waiting does not end."""
CODES = {
    "rate_limit_exceeded": RATE_LIMITED,
    "rate_limit_error": RATE_LIMITED,
    "requests": RATE_LIMITED,
    "tokens": RATE_LIMITED,
    "insufficient_quota": RATE_LIMITED,
    "invalid_api_key": UNAUTHORIZED,
    "authentication_error": UNAUTHORIZED,
    "permission_error": UNAUTHORIZED,
    "invalid_request_error": INVALID_REQUEST,
    "model_not_found": INVALID_REQUEST,
    "server_error": ENGINE_ERROR,
    "api_error": ENGINE_ERROR,
    "overloaded_error": ENGINE_ERROR,
}
"""Error types and codes of bodies whose HTTP status was not kept."""
MAX_MESSAGE = 500
SECRETS = re.compile(
    r"((?:api[_-]?key|token|authorization|bearer)[\"'=:\s]+)[\w.\-*]{6,}|\b(?:sk|pplx|key)-[\w\-*]{6,}", re.IGNORECASE
)


class EngineError(Exception):
    """A call that gave no answer."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
        is_fate_unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = without_secrets(message)[:MAX_MESSAGE]
        self.retryable = kind in RETRYABLE if retryable is None else retryable
        self.retry_after_seconds = retry_after_seconds
        self.is_fate_unknown = is_fate_unknown
        """The engine may have answered and charged for it: asking again may pay twice."""


def without_secrets(text: str) -> str:
    """The text with what looks like a key left out: engines quote keys in their errors."""
    return SECRETS.sub(lambda m: f"{m[1] or ''}[key]", text)


def load(exchange: Exchange) -> dict[str, Any]:
    """The body as a JSON object. Raises EngineError: of the HTTP status when that is an error, else unreadable."""
    if exchange.status is not None and exchange.status >= 400:
        raise from_status(exchange)
    if exchange.is_cut:
        raise EngineError(UNREADABLE, "The connection broke before the end of the answer.")
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise EngineError(UNREADABLE, f"The answer is not JSON: {exchange.body[:80]!r}") from None
    if not isinstance(body, dict):
        raise EngineError(UNREADABLE, "The answer is not a JSON object.")
    return body


def from_status(exchange: Exchange) -> EngineError:
    """The error that an HTTP status of 400 and above stands for."""
    status = exchange.status or 0
    code, message = _told(exchange.body)
    text = message or f"HTTP {status}"
    if status == 429:
        return EngineError(
            RATE_LIMITED, text, retryable=code not in EXHAUSTED, retry_after_seconds=retry_after(exchange.headers)
        )
    if status in (401, 403):
        return EngineError(UNAUTHORIZED, text)
    if status >= 500 or status == 408:
        return EngineError(ENGINE_ERROR, text, retry_after_seconds=retry_after(exchange.headers))
    return EngineError(INVALID_REQUEST, text)


def from_body(error: Mapping[str, Any], default: str = ENGINE_ERROR) -> EngineError:
    """The error that a body tells of by itself, such as {"type": "rate_limit_error", "message": ...}."""
    codes = [str(error.get(name) or "") for name in ("code", "type")]
    kind = next((CODES[code] for code in codes if code in CODES), default)
    message = str(error.get("message") or ", ".join(filter(None, codes)) or "The engine reported an error.")
    return EngineError(kind, message, retryable=kind in RETRYABLE and not EXHAUSTED.intersection(codes))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds to wait, from Retry-After (RFC 9110, 10.2.3) or retry-after-ms."""
    if (value := headers.get("retry-after-ms")) and value.strip().isdecimal():
        return int(value) / 1000
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # A date without a zone, or with -0000, is in UTC (RFC 9110, 5.6.7).
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _told(body: str) -> tuple[str, str]:
    """The code and the message of an error body, of whichever engine."""
    try:
        error = json.loads(body).get("error", "")
    except (ValueError, AttributeError, RecursionError):
        return "", " ".join(body.split())[:MAX_MESSAGE]
    if isinstance(error, dict):
        return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
    return "", str(error)
