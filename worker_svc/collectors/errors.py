"""What can go wrong with a call, sorted: what it was, whether another try may help, and after how long."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from worker_svc.collectors.exchange import Exchange, inner, objects, words
from worker_svc.collectors.masking import without_keys


class ErrorKind(StrEnum):
    """What went wrong, as it is stored."""

    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    INVALID_REQUEST = "invalid_request"
    NO_ANSWER = "no_answer"
    NO_OVERVIEW = "no_overview"
    """The page of results came, and showed no answer of the engine: a finding, not a failure."""
    ENGINE_ERROR = "engine_error"
    UNREADABLE = "unreadable"
    TIMEOUT = "timeout"
    BUDGET = "budget"
    """Not made: it would have gone beyond a budget."""


RETRYABLE = frozenset({ErrorKind.RATE_LIMITED, ErrorKind.ENGINE_ERROR})
"""The engine refused before it did any work, so that another call is not a second bill."""
GATEWAY_TIMEOUTS = frozenset({504, 524})
"""A gateway has handed the call on and waits no longer: the engine may still answer and charge (RFC 9110, 15.6.5, and
Cloudflare's own). Cloudflare's 522 says that the engine took no connection, or nothing of the call."""
EXHAUSTED = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""OpenAI's codes for a 429 that waiting does not end."""
SPENT = re.compile(
    r"run out of (?:searches|credits)|(?:insufficient|not enough|out of|no remaining) (?:credits?|balance|funds|quota)"
    r"|credit balance is too low|credits? (?:are|have been|has been) (?:depleted|exhausted|used up)"
    r"|used all (?:available|your) credits"
    r"|(?:monthly )?spending limit",
    re.IGNORECASE,
)
"""How SerpApi, Anthropic, xAI, OpenRouter and Google say in words that an account's plan or money is spent."""
CODES = {
    ErrorKind.RATE_LIMITED: (
        "rate_limit_exceeded", "rate_limit_error", "requests", "tokens", "insufficient_quota", "RESOURCE_EXHAUSTED",
    ),
    ErrorKind.UNAUTHORIZED: (
        "invalid_api_key", "authentication_error", "permission_error", "billing_error", "UNAUTHENTICATED",
        "PERMISSION_DENIED", "API_KEY_INVALID",
    ),
    ErrorKind.INVALID_REQUEST: (
        "invalid_request_error", "model_not_found", "not_found_error", "request_too_large", "INVALID_ARGUMENT",
        "NOT_FOUND", "FAILED_PRECONDITION",
    ),
    ErrorKind.ENGINE_ERROR: (
        "server_error", "api_error", "overloaded_error", "timeout_error", "INTERNAL", "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
    ),
}  # fmt: skip
"""Error types and codes of bodies whose HTTP status was not kept, of OpenAI, Anthropic and Google."""
KINDS = {code: kind for kind, codes in CODES.items() for code in codes}
KEY_REFUSED = re.compile(r"\b(?:incorrect|invalid) api key|\bapi key not valid", re.IGNORECASE)
"""Google and xAI say this with a status of 400."""
MAX_MESSAGE = 500


class EngineError(Exception):
    """A call that gave no answer."""

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
        is_fate_unknown: bool = False,
        cost_micro_usd: int | None = 0,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = without_keys(message)[:MAX_MESSAGE]
        self.retryable = kind in RETRYABLE if retryable is None else retryable
        self.retry_after_seconds = retry_after_seconds
        self.cost_micro_usd = cost_micro_usd
        """What the engine charged although it gave no answer; None when that is not known."""
        self.is_fate_unknown = is_fate_unknown
        """The engine may have answered and charged for it: asking again may pay twice."""


class NoOverview(EngineError):
    """A page of results on which the engine showed no answer of its own.

    The call did what it was for, and was paid for: asked again, the page would most likely say the same.
    """

    def __init__(self, message: str, *, cost_micro_usd: int | None) -> None:
        super().__init__(ErrorKind.NO_OVERVIEW, message, retryable=False, cost_micro_usd=cost_micro_usd)


def load(exchange: Exchange) -> dict[str, object]:
    """The body as a JSON object. Raises EngineError: of the HTTP status when that is an error, else unreadable."""
    if exchange.status is not None and exchange.status >= 400:
        raise from_status(exchange)
    if exchange.is_cut:
        raise EngineError(ErrorKind.UNREADABLE, "The connection broke before the end of the answer.")
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise EngineError(ErrorKind.UNREADABLE, f"The answer is not JSON: {exchange.body[:80]!r}") from None
    if not isinstance(body, dict):
        raise EngineError(ErrorKind.UNREADABLE, "The answer is not a JSON object.")
    return body


def from_status(exchange: Exchange) -> EngineError:
    """The error that an HTTP status of 400 and above stands for."""
    error = _error_of(exchange.body)
    message = _message_of(error) or f"HTTP {exchange.status}"
    kind = _kind_of(exchange.status or 0, message)
    delay = retry_after(exchange.headers)
    return EngineError(
        kind,
        message,
        retryable=kind in RETRYABLE and not _is_exhausted(error),
        retry_after_seconds=_retry_info(error) if delay is None else delay,
        is_fate_unknown=kind is ErrorKind.TIMEOUT,
    )


def from_body(error: Mapping[str, object], default: ErrorKind = ErrorKind.ENGINE_ERROR) -> EngineError:
    """The error that a body tells of by itself, such as {"type": "rate_limit_error", "message": ...}."""
    status = error.get("code")
    message = _message_of(error) or "The engine reported an error."
    if isinstance(status, int) and status >= 400:  # Google and OpenRouter repeat the HTTP status here
        kind = _kind_of(status, message)
    else:
        default = ErrorKind.RATE_LIMITED if SPENT.search(message) else default
        kind = next((KINDS[code] for code in _codes_of(error) if code in KINDS), default)
    return EngineError(
        kind,
        message,
        retryable=kind in RETRYABLE and not _is_exhausted(error),
        retry_after_seconds=_retry_info(error),
        is_fate_unknown=kind is ErrorKind.TIMEOUT,
    )


def raise_if_reported(body: Mapping[str, object]) -> None:
    """Raises the error that a body tells of although its status is 200."""
    error = body.get("error")
    if isinstance(error, str) and error.strip():  # Ollama
        error = {"message": error.strip()}
    elif "error" in (body.get("object"), body.get("type")) and not isinstance(error, dict):  # vLLM, Mistral
        error = dict(body)
    if isinstance(error, dict):
        raise from_body(error)


def _kind_of(status: int, message: str) -> ErrorKind:
    if status == 429:
        return ErrorKind.RATE_LIMITED
    if status in GATEWAY_TIMEOUTS:
        return ErrorKind.TIMEOUT
    if status in (401, 402, 403) or (status == 400 and (KEY_REFUSED.search(message) or SPENT.search(message))):
        return ErrorKind.UNAUTHORIZED  # of an account without money, too, no call will do better
    return ErrorKind.ENGINE_ERROR if status >= 500 or status == 408 else ErrorKind.INVALID_REQUEST


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


def _error_of(body: str) -> Mapping[str, object]:
    """The error within a body of whichever engine, as an object with at least a message."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {"message": " ".join(body.split())}
    if isinstance(parsed, list) and parsed:  # Google's, when asked for a stream
        parsed = parsed[0]
    if not isinstance(parsed, dict):
        return {}
    error = parsed.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str) and error:  # SerpApi, xAI
        return {"message": error}
    return parsed  # Mistral: {"object": "error", "message": ..., "type": ..., "code": ...}


def _message_of(error: Mapping[str, object]) -> str:
    """What the error says; and what the provider behind it said, where one is named (OpenRouter)."""
    said = error.get("message") or error.get("detail")
    message = said if isinstance(said, str) else json.dumps(said) if said else ", ".join(_codes_of(error))
    raw = inner(error, "metadata").get("raw")
    return f"{message}: {raw}" if isinstance(raw, str) and raw else message


def _codes_of(error: Mapping[str, object]) -> list[str]:
    reasons = [words(detail, "reason") for detail in objects(error.get("details"))]
    return [code for code in (*reasons, *(words(error, name) for name in ("code", "type", "status"))) if code]


def _is_exhausted(error: Mapping[str, object]) -> bool:
    """Whether a quota is used up that no pause within a run brings back."""
    if SPENT.search(_message_of(error)):
        return True
    quotas = [words(v, "quotaId") for d in objects(error.get("details")) for v in objects(d.get("violations"))]
    return bool(EXHAUSTED.intersection(_codes_of(error))) or any("PerDay" in quota for quota in quotas)


def _retry_info(error: Mapping[str, object]) -> float | None:
    """The pause in Google's google.rpc.RetryInfo, such as "34.4s"."""
    for detail in objects(error.get("details")):
        if found := re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", words(detail, "retryDelay")):
            return float(found[1])
    return None
