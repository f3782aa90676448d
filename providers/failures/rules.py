"""What kind of failure it is: an empty account or a busy server, a wrong model or a wrong URL.

Servers disagree about statuses, so the words they use come first, then the status.
"""

from __future__ import annotations

import re

from providers.errors import (
    BadCredential,
    DataPolicy,
    ModelNotFound,
    NotAllowed,
    OutOfCredit,
    Overloaded,
    PathNotFound,
    ProviderError,
    RateLimited,
    Rejected,
    ServerTrouble,
    TimedOut,
    TooLong,
)
from providers.failures.body import Complaint

_STATUS_OF_CODE = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "api_error": 500,
    "server_error": 500,
    "internal_server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    # MiniMax numbers its errors, inside a 200.
    "minimax-1001": 504,
    "minimax-1002": 429,
    "minimax-1004": 401,
    "minimax-1008": 402,
    "minimax-1026": 403,
    "minimax-1027": 403,
    "minimax-1039": 429,
    "minimax-2013": 400,
    "minimax-2049": 401,
}

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_error", "usage_limit_reached", "billing_not_active", "1113"})
_AUTH_CODES = frozenset({"invalid_api_key", "api_key_invalid", "authentication_error"})
_MODEL_CODES = frozenset({"model_not_found", "deploymentnotfound", "model_decommissioned", "1211"})
_BLOCKED_CODES = frozenset({"content_filter", "content_policy_violation"})
_LENGTH_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error", "context_window_exceeded"})

_TOO_LONG = re.compile(
    r"maximum context length|prompt is too long|exceed(?:s|ed)? (?:the )?context (?:limit|window|size|length)"
    r"|input token count.{0,40}exceeds|too large for model with|context_length_exceeded"
    r"|context_window_exceeded|exceed_context_size_error|request too large"
    r"|exceeds the (?:model's )?(?:maximum )?context"
)
_NO_CREDIT = re.compile(
    r"insufficient (?:balance|credits?|funds)|credit balance is too low|used all available credits"
    r"|requires more credits|out of credits|never purchased credits|insufficient_quota"
)
_BAD_KEY = re.compile(
    r"incorrect api key|api key not valid|invalid api[ _-]?key|api[ _-]key (?:is )?invalid"
    r"|(?:no|missing) api[ _-]key|unregistered callers"
)
_NO_SCOPE = re.compile(r"insufficient permissions|missing scopes?")
_MODEL_WORDS = r"not found|not exist|unknown|invalid model|not a valid model|decommissioned"
_MODEL_GONE = re.compile(
    rf"(?:model|deployment)\b.{{0,120}}(?:{_MODEL_WORDS})|(?:unknown|invalid) model\b(?! output| parameter)"
    r"|no endpoints found for|not a valid model"
)
_BAD_URL = re.compile(r"(?:unknown|invalid) (?:request )?url")
_BLOCKED = re.compile(r"\bmoderation\b|\bflagged\b|content (?:policy|filter|management)|sensitive content")
_OVERLOADED = re.compile(r"overloaded|over capacity|at capacity|server busy|queue is full")

_RETRYABLE_STATUSES = frozenset({408, 409, 425, 429, 498, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_NEVER_AGAIN = (OutOfCredit, TooLong, NotAllowed, ModelNotFound, BadCredential)


def status_inside_stream(complaint: Complaint) -> int | None:
    """The HTTP status that an error inside a 200 would have had; None when nothing tells."""
    if complaint.status is not None:
        return complaint.status
    known = sorted(complaint.codes & _STATUS_OF_CODE.keys())
    # The most severe word wins: servers put a general type beside a telling code.
    return max((_STATUS_OF_CODE[code] for code in known), default=None)


def kind_of(status: int | None, complaint: Complaint, model: str) -> type[ProviderError]:
    """The class of the error.

    Args:
        status: of the response, or what it would have been; None when nobody knows.
        model: the model asked for; a message that names it is about it.
    """
    said = complaint.message.lower()
    if status is not None and 300 <= status < 400:
        return PathNotFound
    by_words = _kind_by_words(status, complaint, said)
    if by_words is not None:
        return by_words
    if status in (None, 400, 404, 410, 422) and _is_about_model(status, complaint, said, model):
        return ModelNotFound
    return _kind_by_status(status, said)


def is_retryable(kind: type[ProviderError], status: int | None, has_wait: bool) -> bool:
    """Whether the same request may succeed if it is sent again."""
    if kind is OutOfCredit:
        return status == 402 and has_wait  # OpenRouter, while a top-up is under way.
    if issubclass(kind, _NEVER_AGAIN):
        return False
    return status in _RETRYABLE_STATUSES or (status is None and issubclass(kind, (Overloaded, RateLimited)))


def _kind_by_words(status: int | None, complaint: Complaint, said: str) -> type[ProviderError] | None:
    codes = complaint.codes
    if "data policy" in said:
        return DataPolicy
    if codes & _LENGTH_CODES or _TOO_LONG.search(said) or status == 413:
        return TooLong
    if status == 402 or codes & _QUOTA_CODES or _NO_CREDIT.search(said) or _is_daily_quota(codes):
        return OutOfCredit
    if status == 401 and _NO_SCOPE.search(said):
        return NotAllowed
    if status == 401 or codes & _AUTH_CODES or (status in (None, 400, 403) and _BAD_KEY.search(said)):
        return BadCredential
    if "content_filter" in codes or complaint.reasons or (status in (None, 400, 403) and _BLOCKED.search(said)):
        return NotAllowed
    if (status or 0) >= 429 and (_OVERLOADED.search(said) or any("overloaded" in code for code in codes)):
        return Overloaded
    return None


def _kind_by_status(status: int | None, said: str) -> type[ProviderError]:
    match status:
        case 403:
            return NotAllowed
        case 404 if "support tool use" in said or "support image input" in said:
            return Rejected
        case 404 | 405 | 410:
            return PathNotFound
        case 408:
            return TimedOut
        case 429:
            return RateLimited
        case 498 | 503 | 529:
            return Overloaded
        case None | 409 | 425 | 499:
            return ServerTrouble
    return Rejected if status is not None and status < 500 else ServerTrouble


def _is_daily_quota(codes: frozenset[str]) -> bool:
    """Gemini calls every limit a quota; only those per day are not worth waiting for."""
    return any("perday" in code for code in codes)


def _is_about_model(status: int | None, complaint: Complaint, said: str, model: str) -> bool:
    if complaint.codes & _MODEL_CODES:
        return True
    if not complaint.is_json or complaint.parameter not in ("", "model"):
        return False
    if _BAD_URL.search(said):
        return False
    if status in (404, 410) and model and re.search(rf"(?<![\w-]){re.escape(model.lower())}(?![\w-])", said):
        return True
    if status in (404, 410) and "not_found_error" in complaint.codes and "model" in said:
        return True
    return _MODEL_GONE.search(said) is not None
