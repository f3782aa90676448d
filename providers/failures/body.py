"""What a server says when it fails: every shape of an error body read into one record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from providers.failures.waits import duration_s

_LONGEST_MESSAGE = 400
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error body, whatever its shape.

    Attributes:
        message: the server's own words on one line; "" when it had none.
        codes: every machine-readable word in it (`type`, `code`, `status`, `reason`), lower case.
        status: an HTTP status given in the body; None when there is none.
        parameter: the request field it objects to.
        request_id: given in the body.
        wait_s: how long the body says to wait, in seconds.
        reset_at: when the body says the limit ends, in seconds since the epoch.
        reasons: what was found objectionable, for moderation and content filters.
        is_json: whether the server answered in JSON at all; HTML and plain text come from something else.
    """

    message: str = ""
    codes: frozenset[str] = frozenset()
    status: int | None = None
    parameter: str = ""
    request_id: str = ""
    wait_s: float | None = None
    reset_at: float | None = None
    reasons: tuple[str, ...] = ()
    is_json: bool = False


def read_body(body: bytes) -> Complaint:
    """Read the body of a response that is not 2xx. Anything at all may stand there."""
    text = body.decode("utf-8", errors="replace").removeprefix("\ufeff").strip()
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return Complaint(message=one_line(_from_html(text) if text.startswith("<") else text))
    return read_payload(payload)


def read_payload(payload: object) -> Complaint:
    """Read an error that is JSON already: a body, or what came inside a stream."""
    if isinstance(payload, list):  # Gemini wraps its error in an array.
        payload = payload[0] if payload else {}
    if not isinstance(payload, dict):
        return Complaint(message=one_line(payload) if isinstance(payload, str) else "", is_json=True)
    complaint = _read_object(payload)
    request_id = complaint.request_id or _word(payload.get("request_id"))
    return replace(complaint, request_id=request_id, is_json=True)


def one_line(text: str, limit: int = _LONGEST_MESSAGE) -> str:
    """Foreign text on one line, control characters left out, shortened to `limit` characters."""
    line = " ".join("".join(ch if ch.isprintable() else " " for ch in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _read_object(payload: Mapping[str, Any]) -> Complaint:
    error = payload.get("error")
    if isinstance(error, dict):
        return _read_error(error)
    if isinstance(error, str) and error:
        return Complaint(message=one_line(error), codes=_codes(payload.get("code"), error))
    if isinstance(base := payload.get("base_resp"), dict):
        code = base.get("status_code")
        return Complaint(one_line(_word(base.get("status_msg"))), _codes(f"minimax-{code}"))
    if "detail" in payload:
        return _read_detail(payload["detail"])
    if isinstance(errors := payload.get("errors"), list) and errors and isinstance(errors[0], dict):
        return _read_error(errors[0])
    return _read_error(payload)


def _read_error(error: Mapping[str, Any]) -> Complaint:
    """The common shape: message, type, code, param, and what single providers add to it."""
    message = error.get("message")
    if isinstance(message, dict):  # Old Mistral puts a whole FastAPI error there.
        return _read_object(message)
    inner = _object(error.get("innererror"))
    complaint = Complaint(
        message=one_line(_word(message) or _word(error.get("msg")) or _word(error.get("detail"))),
        codes=_codes(error.get("type"), error.get("code"), error.get("status"), inner.get("code")),
        status=_status(error.get("status_code")) or _status(error.get("code")),
        parameter=_word(error.get("param")),
        request_id=_word(error.get("request_id")),
        wait_s=_number(error.get("resets_in_seconds")),
        reset_at=_number(error.get("resets_at")),
        reasons=_filtered(inner.get("content_filter_result")),
    )
    complaint = _with_google_details(complaint, error.get("details"))
    return _with_metadata(complaint, _object(error.get("metadata")))


def _read_detail(detail: object) -> Complaint:
    """FastAPI: a sentence, or a list of what is wrong with which field."""
    if isinstance(detail, dict):
        return _read_error(detail)
    if not isinstance(detail, list):
        return Complaint(message=one_line(_word(detail)))
    faults = [fault for fault in detail if isinstance(fault, dict)]
    places = [[str(step) for step in fault["loc"]] for fault in faults if isinstance(fault.get("loc"), list)]
    fields = [".".join(place[1:] if place[:1] == ["body"] else place) for place in places]
    said = [_word(fault.get("msg")) for fault in faults]
    named = [f"{field}: {text}" if field else text for field, text in zip(fields, said, strict=False)]
    return Complaint(
        message=one_line("; ".join(named or said)),
        codes=_codes(*(fault.get("type") for fault in faults)),
        parameter=fields[0] if fields else "",
    )


def _with_google_details(complaint: Complaint, details: object) -> Complaint:
    """`details` as Google's APIs write them: reasons, quotas, how long to wait."""
    wait_s, codes = complaint.wait_s, set(complaint.codes)
    for detail in details if isinstance(details, list) else ():
        entry = _object(detail)
        codes |= _codes(entry.get("reason"))
        wait_s = duration_s(_word(entry.get("retryDelay"))) if "retryDelay" in entry else wait_s
        violations = entry.get("violations")
        for violation in violations if isinstance(violations, list) else ():
            codes |= _codes(_object(violation).get("quotaId"))
    return replace(complaint, wait_s=wait_s, codes=frozenset(codes))


def _with_metadata(complaint: Complaint, metadata: Mapping[str, Any]) -> Complaint:
    """OpenRouter's `metadata`: what the provider behind it said is the useful part."""
    if reasons := metadata.get("reasons"):
        named = reasons if isinstance(reasons, list) else [reasons]
        complaint = replace(complaint, reasons=tuple(one_line(str(reason)) for reason in named))
    reset_ms = _number(_lowered(_object(metadata.get("headers"))).get("x-ratelimit-reset"))
    if reset_ms is not None:
        complaint = replace(complaint, reset_at=reset_ms / 1000)
    raw = metadata.get("raw")
    if not raw:
        return complaint
    upstream = read_body(raw.encode("utf-8", errors="replace")) if isinstance(raw, str) else read_payload(raw)
    if not upstream.message:
        return complaint
    name = _word(metadata.get("provider_name"))
    return replace(
        complaint,
        message=one_line(f"{name}: {upstream.message}" if name else upstream.message),
        codes=complaint.codes | upstream.codes,
        parameter=complaint.parameter or upstream.parameter,
        wait_s=complaint.wait_s if upstream.wait_s is None else upstream.wait_s,
    )


def _filtered(results: object) -> tuple[str, ...]:
    """The categories in which Azure's content filter found something."""
    found = _object(results).items()
    return tuple(
        name.replace("_", " ")
        for name, result in found
        if isinstance(result, dict) and (result.get("filtered") or result.get("detected"))
    )


def _codes(*values: object) -> frozenset[str]:
    words = (str(value) for value in values if isinstance(value, (str, int)) and not isinstance(value, bool))
    return frozenset(word.strip().lower() for word in words if word.strip())


def _status(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    is_status = isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599
    return value if is_status and isinstance(value, int) else None


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and 0 <= number < 1e15 else None


def _from_html(text: str) -> str:
    title = _TITLE.search(text)
    return unescape(title[1] if title else _TAG.sub(" ", text[:4000]))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _lowered(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in headers.items()}
