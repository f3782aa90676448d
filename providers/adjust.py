"""Dialects of one API: when a server objects to a field that has another spelling, send it the other way.

`openai` and `openai-compat` are mixed up in the wild. What a server taught is remembered per provider.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from providers.catalogue.quirks import Quirks
from providers.errors import ProviderError, Rejected
from providers.request import Endpoint, WireFormat

_LIMITS = ("max_tokens", "max_completion_tokens")
_UNKNOWN = re.compile(r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|\bextra\b")
_OUT_OF_RANGE = re.compile(
    r"too (large|big|high|small|low)|\brange\b|\bat (most|least)\b|\bm(axi|ini)mum\b|"
    r"(less|greater|more|lower|higher) than|exceed|\bbetween\b|[<>≤≥]"
)


class Lesson(NamedTuple):
    """What an error taught.

    Attributes:
        subject: the field it is about; one request tries each once.
        quirks: those to try next.
        sentence: says what is done about it.
    """

    subject: str
    quirks: Quirks
    sentence: str


def other_way(error: ProviderError, endpoint: Endpoint) -> Lesson | None:
    """What to try instead; None when the error is about something else."""
    quirks = endpoint.quirks
    if not isinstance(error, Rejected) or error.status not in (400, 422):
        return None
    said = f"{error.parameter} {error.summary} {error.detail}".lower()
    if "stream_options" in said and not quirks.no_stream_options:
        return Lesson("stream_options", replace(quirks, no_stream_options=True), "Sent again without stream_options.")
    if endpoint.format is WireFormat.OPENAI_CHAT and any(name in said for name in _LIMITS):
        is_new = quirks.max_completion_tokens
        other = _LIMITS[0] if is_new else _LIMITS[1]
        # A server that merely dislikes the number may ignore the other name, and the limit with it.
        refuses_name = (_UNKNOWN.search(said) or other in said) and not _OUT_OF_RANGE.search(said)
        if not refuses_name or error.parameter == other:
            return None
        return Lesson("max_tokens", replace(quirks, max_completion_tokens=not is_new), f"Sent again with {other}.")
    if "encrypted" in said and not quirks.no_encrypted_reasoning:
        return Lesson(
            "encrypted", replace(quirks, no_encrypted_reasoning=True), "Sent again without encrypted reasoning."
        )
    if "developer" in said and quirks.developer_role:
        return Lesson("developer", replace(quirks, developer_role=False), "Sent again with the role system.")
    return None
