"""From a failed response, or an error inside a stream, to a `ProviderError` that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from providers.credentials import clean_key
from providers.errors import ProviderError
from providers.failures.body import Complaint, read_body, read_payload
from providers.failures.rules import is_retryable, kind_of, status_inside_stream
from providers.failures.waits import retry_after_s, wait_in_words_s
from providers.failures.words import sentences
from providers.formats.headers import request_id, secrets_in
from providers.formats.urls import display_url
from providers.request import Endpoint

REDACTED = "[key]"
_SHORTEST_SECRET = 4


def _utc_now() -> datetime:
    return datetime.now(UTC)


def from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    endpoint: Endpoint,
    url: str = "",
    model: str = "",
    clock: Callable[[], datetime] = _utc_now,
) -> ProviderError:
    """The error behind a response that is not 2xx.

    Args:
        headers: in any spelling.
        url: the URL called; only what may be shown of it gets into the error.
        model: the model asked for.
        clock: tells the time, aware, for waits given as a date.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    complaint = read_body(body)
    if 300 <= status < 400:
        complaint = replace(complaint, message=_redirection(lowered.get("location", "")))
    wait_s = retry_after_s(lowered, clock())
    error = _error(status, complaint, endpoint, url, model, _wait(complaint, wait_s, clock))
    error.status = status
    error.request_id = request_id(lowered) or complaint.request_id
    match lowered.get("x-should-retry", "").strip().lower():
        case "true":
            error.is_retryable = True
        case "false":
            error.is_retryable = False
    return error


def from_payload(
    payload: object,
    *,
    endpoint: Endpoint,
    model: str = "",
    clock: Callable[[], datetime] = _utc_now,
) -> ProviderError:
    """The error object that came inside a stream or a 200; its `status` is None.

    It becomes the class that the same error would be as a response, by its code or type.
    """
    complaint = read_payload(payload)
    status = status_inside_stream(complaint)
    error = _error(status, complaint, endpoint, "", model, _wait(complaint, None, clock))
    error.request_id = complaint.request_id
    return error


def redact(text: str, secret: str) -> str:
    """The text without the secret, whole or as servers echo it (`sk-ab***yz`)."""
    secret = secret.strip()
    if len(secret) < _SHORTEST_SECRET:
        return text
    start = re.escape(secret[:_SHORTEST_SECRET])
    text = text.replace(secret, REDACTED)
    return re.sub(rf"{start}[\w.-]*(?:\*{{3,}}|\.{{3}}|…)[\w.*-]*", REDACTED, text)


def redacted(error: ProviderError, secret: str, endpoint: Endpoint) -> ProviderError:
    """The same error with the provider's name in it, and out of it the secret and those in extra headers.

    A secret that is the provider's own name is a placeholder for servers that want any key at all.

    Args:
        secret: the key as configured; what is looked for is what was sent of it.
    """
    named = replace(error, provider=error.provider or endpoint.provider)
    for sent in (clean_key(secret), *secrets_in(endpoint)):
        if sent not in (endpoint.provider, endpoint.preset):
            named = _without(named, sent)
    return named


def _without(error: ProviderError, secret: str) -> ProviderError:
    return replace(
        error,
        summary=redact(error.summary, secret),
        hint=redact(error.hint, secret),
        detail=redact(error.detail, secret),
        url=redact(error.url, secret),
        parameter=redact(error.parameter, secret),
    )


def _error(
    status: int | None, complaint: Complaint, endpoint: Endpoint, url: str, model: str, wait_s: float | None
) -> ProviderError:
    kind = kind_of(status, complaint, model)
    shown_url = display_url(url) if url else ""
    summary, hint = sentences(kind, status, complaint, endpoint, shown_url, model, wait_s)
    return kind(
        summary=summary,
        hint=hint,
        detail=complaint.message,
        provider=endpoint.provider,
        url=shown_url,
        retry_after_s=wait_s,
        is_retryable=is_retryable(kind, status, wait_s is not None),
        parameter=complaint.parameter,
    )


def _wait(complaint: Complaint, from_headers: float | None, clock: Callable[[], datetime]) -> float | None:
    """Seconds: the headers first, then the body's fields, then its words."""
    if from_headers is not None:
        return from_headers
    if complaint.wait_s is not None:
        return complaint.wait_s
    if complaint.reset_at is not None:
        return max(0.0, complaint.reset_at - clock().timestamp())
    return wait_in_words_s(complaint.message)


def _redirection(location: str) -> str:
    target = display_url(location).partition("?")[0] if "://" in location else "another place"
    return f"it redirects to {target}"
