"""What is asked: a request before any wire format has seen it, and the server it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from providers.catalogue.quirks import NO_QUIRKS, Quirks

if TYPE_CHECKING:
    from providers.messages import Message


class WireFormat(StrEnum):
    OPENAI_CHAT = "openai-chat"
    OPENAI_RESPONSES = "openai-responses"
    ANTHROPIC_MESSAGES = "anthropic-messages"
    OLLAMA_CHAT = "ollama-chat"


class AuthScheme(StrEnum):
    """How the key travels."""

    BEARER = "bearer"
    """`Authorization: Bearer KEY`"""
    X_API_KEY = "x-api-key"
    """`x-api-key: KEY` (Anthropic)"""
    API_KEY = "api-key"
    """`api-key: KEY` (Azure)"""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool the model may call.

    Attributes:
        name: any name; formats map it to the wire's alphabet and back.
        parameters: a JSON Schema object.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One configured provider, as a server to talk to. Shows no secret.

    Attributes:
        provider: the user's name for it.
        preset: the id of the preset behind it; "" for a custom endpoint.
        base_url: as configured, already with scheme; `formats.urls` makes the URL to call.
        headers: extra headers as the user wrote them, secrets included; they win over the format's own.
        secret_headers: extra headers whose values are secrets though their names may not tell; any spelling.
        extra_body: merged into every request body.
        timeout_s: seconds for connecting, listing, checking.
        stream_timeout_s: seconds of silence allowed before the first event of a reply and inside it.
        retries: how often a request is sent again, before the first content only.
        retry_wait_max_s: a longer wait asked for by the server is not waited for.
        key_places: where its key is looked for, in words ("$ANTHROPIC_API_KEY"), for hints.
        needs_key: whether a request without a key is pointless.
        proxy: the URL of an HTTP proxy; "" leaves it to HTTP(S)_PROXY and NO_PROXY, "none" goes directly.
        ca_file: PEM certificates to trust instead of the usual ones; "" for those.
        start_hint: how its server is started, where that is the person's own; a sentence for errors, as the others:
        model_hint: where a model comes from that it has not got; `{model}` stands for the id.
        policy_hint: what to do when a privacy setting stands in the way.
        key_url: where its keys are made.
    """

    provider: str
    format: WireFormat
    base_url: str
    auth: AuthScheme = AuthScheme.BEARER
    preset: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_headers: tuple[str, ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    quirks: Quirks = NO_QUIRKS
    timeout_s: float = 60
    stream_timeout_s: float = 300
    retries: int = 2
    retry_wait_max_s: float = 30
    key_places: tuple[str, ...] = ()
    needs_key: bool = True
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    start_hint: str = ""
    model_hint: str = ""
    policy_hint: str = ""
    key_url: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One turn to be answered.

    Attributes:
        model: the id as the server knows it.
        messages: the whole history, the newest user message last.
        max_output_tokens: None leaves it to the server (Anthropic, which needs one, gets a default).
        model_max_output_tokens: the most the model can generate, where known.
    """

    model: str
    messages: tuple[Message, ...]
    system: str = ""
    max_output_tokens: int | None = None
    model_max_output_tokens: int | None = None
    tools: tuple[ToolSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request as it goes on the wire, but for the key.

    Attributes:
        url: complete, query included.
        headers: without the key, which the http client adds; the user's own may hold other secrets.
        body: JSON-able; None for a GET.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
