"""Request headers: what a wire format needs, what the user added, and the key."""

from __future__ import annotations

import re
from collections.abc import Mapping

from providers.credentials import clean_key, is_sendable
from providers.errors import BadConfig
from providers.key_hints import holds_secret, without_scheme
from providers.request import AuthScheme, Endpoint, WireFormat

ANTHROPIC_VERSION = "2023-06-01"

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id", "x-ms-request-id")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


def request_headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of a request for a streamed reply, without the key.

    Raises: BadConfig, when an extra header cannot be sent.
    """
    is_ollama = endpoint.format is WireFormat.OLLAMA_CHAT
    own = {
        "content-type": "application/json",
        "accept": "application/x-ndjson" if is_ollama else "text/event-stream",
    }
    return merge(own | _format_headers(endpoint), endpoint.headers)


def plain_headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of a request that is answered by one JSON document (listing, counting), without the key."""
    return merge({"accept": "application/json"} | _format_headers(endpoint), endpoint.headers)


def merge(own: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Both sets; where they share a name, in any spelling, the extra header wins.

    Raises: BadConfig, when an extra header has an illegal name or value; the value is not shown.
    """
    merged = {name.lower(): (name, value) for name, value in own.items()}
    for name, value in extra.items():
        value = value.strip()
        if not _NAME.fullmatch(name):
            raise BadConfig(f"'{name}' cannot be the name of a header.", hint="Correct it in extra_headers.")
        if not _VALUE.fullmatch(value):
            raise BadConfig(
                f"The value of the header {name} contains characters that cannot be sent.",
                hint="Headers take printable ASCII on one line; correct it in extra_headers.",
            )
        merged[name.lower()] = (name, value)
    return dict(merged.values())


def auth_headers(scheme: AuthScheme, key: str) -> dict[str, str]:
    """The header that carries the key; none for an empty key: `Authorization: Bearer ` is not legal.

    Raises: BadConfig, when the key cannot be sent in a header. The message does not contain it.
    """
    key = clean_key(key)
    if not key or scheme is AuthScheme.NONE:
        return {}
    if not is_sendable(key):
        raise BadConfig(
            "The key contains a blank or a character that cannot be sent in a header.",
            hint="Copy the key again, without quotes or surrounding text.",
        )
    match scheme:
        case AuthScheme.BEARER:
            return {"authorization": f"Bearer {key}"}
        case AuthScheme.X_API_KEY:
            return {"x-api-key": key}
        case AuthScheme.API_KEY:
            return {"api-key": key}


def is_secret_header(endpoint: Endpoint, name: str, value: str) -> bool:
    """Whether the value of an extra header is a secret: the user said so, its name does, or it looks like one."""
    return name.lower() in {secret.lower() for secret in endpoint.secret_headers} or holds_secret(name, value)


def secrets_in(endpoint: Endpoint) -> list[str]:
    """The secrets in its extra headers, without the word for the scheme."""
    values = [value for name, value in endpoint.headers.items() if is_secret_header(endpoint, name, value)]
    return [secret for value in values if (secret := without_scheme(value))]


def request_id(headers: Mapping[str, str]) -> str:
    """What the server calls this request, for support; "" when it gave no name.

    Args:
        headers: of the response, in any spelling.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    return next((lowered[name] for name in _REQUEST_ID_HEADERS if lowered.get(name)), "")


def _format_headers(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.format is WireFormat.ANTHROPIC_MESSAGES:
        return {"anthropic-version": ANTHROPIC_VERSION}
    return {}
