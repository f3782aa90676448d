"""Dialects of one API: when a server objects to a field that has another spelling, send it the other way.

`openai` and `openai-compat` are mixed up in the wild. What a server taught is remembered per provider.
"""

from __future__ import annotations

from dataclasses import replace

from providers.catalogue.quirks import Quirks
from providers.errors import ProviderError, Rejected
from providers.request import Endpoint, WireFormat


def other_way(error: ProviderError, endpoint: Endpoint) -> tuple[Quirks, str] | None:
    """The quirks to try next and a sentence about it; None when the error is about something else."""
    quirks = endpoint.quirks
    if not isinstance(error, Rejected) or error.status not in (400, 422):
        return None
    is_chat = endpoint.format is WireFormat.OPENAI_CHAT
    said = f"{error.parameter} {error.summary} {error.detail}".lower()
    if "stream_options" in said and not quirks.no_stream_options:
        return replace(quirks, no_stream_options=True), "Sent again without stream_options."
    if is_chat and ("max_completion_tokens" in said or "max_tokens" in said):
        # Either name in the complaint means that the one we sent is wrong: servers quote both.
        renamed = not quirks.max_completion_tokens
        name = "max_completion_tokens" if renamed else "max_tokens"
        if error.parameter == name:
            return None
        return replace(quirks, max_completion_tokens=renamed), f"Sent again with {name}."
    if "encrypted" in said and not quirks.no_encrypted_reasoning:
        return replace(quirks, no_encrypted_reasoning=True), "Sent again without encrypted reasoning."
    if "developer" in said and quirks.developer_role:
        return replace(quirks, developer_role=False), "Sent again with the role system."
    return None
