"""What a reply is made of while it arrives: one set of events for all wire formats.

A stream is: any number of deltas, reports and notices, then exactly one `Finished`, or an error raised as a
`ProviderError`. Text deltas carry only the delta; nobody hands out the whole text again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.errors import ProviderError
from providers.usage import Usage


class StopReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningSeal:
    """What must travel back with the reasoning that came just before (signature, encrypted content)."""

    opaque: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call. Deltas of one call share `index`; the first one carries `id` and `name`.

    Attributes:
        index: 0, 1, 2 … in the order in which the calls were opened, whatever the server numbered them.
        id: the whole id, on the first delta of the call; "" afterwards.
        name: the whole name, on the first delta; "" afterwards. Mapped back from the wire's alphabet.
        arguments: a piece of JSON text, to be appended.
        opaque: provider data that must travel back with the call.
    """

    index: int
    id: str
    name: str
    arguments: str
    opaque: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsageReport:
    """All that is known so far; replaces earlier reports, never adds to them."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Started:
    """The server accepted the request.

    Attributes:
        model: the model that answers, as the server names it; "" when it does not say.
        request_id: for support requests; "" when the server gave none.
    """

    model: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The server threw its answer away and starts over: everything received so far is void."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """Nothing has been shown yet and the request will be sent again.

    Attributes:
        attempt: the number of the attempt to come; 2 for the first retry.
        wait_s: seconds until then.
        error: why.
    """

    attempt: int
    wait_s: float
    error: ProviderError


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence the user should see beside the reply ("sent again without stream_options")."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The one terminal event.

    Attributes:
        raw_reason: the provider's own word; "" when it gave none.
    """

    reason: StopReason
    raw_reason: str = ""


Event = (
    TextDelta
    | ReasoningDelta
    | ReasoningSeal
    | ToolCallDelta
    | UsageReport
    | Started
    | Restarted
    | Retrying
    | Notice
    | Finished
)
