"""What a failure is called in a sentence, and what to do about it.

The sentences contain the server's own words where it has any, but never a key: hints name the places where it
is looked for.
"""

from __future__ import annotations

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
    TimedOut,
    TooLong,
)
from providers.failures.body import Complaint
from providers.formats.urls import display_url
from providers.request import AuthScheme, Endpoint

_POLICY_HINT = "Check the privacy settings of your account there, or choose another model."
_LENGTH_HINT = "Shorten the conversation or the attachments, or choose a model with a larger context."


def sentences(
    kind: type[ProviderError],
    status: int | None,
    complaint: Complaint,
    endpoint: Endpoint,
    url: str,
    model: str,
    wait_s: float | None,
) -> tuple[str, str]:
    """The summary and the hint.

    Args:
        status: of the response; None inside a stream.
        url: the URL called, as it may be shown; "" inside a stream.
        wait_s: how long the server asks to wait, in seconds.
    """
    name, said = endpoint.provider, _said(complaint)
    if kind is BadCredential:
        if not endpoint.key_places:
            return f"{name} wants a key.", _no_key_hint(endpoint)
        return f"{name} does not accept the key.", _key_hint(endpoint)
    if kind is OutOfCredit:
        return f"{name} says that the credit or quota is used up{said}", _credit_hint(wait_s)
    if kind is DataPolicy:
        return (
            f"{name} has no server for {model} that your privacy settings allow.",
            endpoint.policy_hint or _POLICY_HINT,
        )
    if kind is NotAllowed:
        blocked = f" ({', '.join(complaint.reasons)})" if complaint.reasons else ""
        return f"{name} does not allow this request{blocked}{said}", _permission_hint(complaint)
    if kind is ModelNotFound:
        return f"{name} has no model {model or 'of that name'}{said}", _model_hint(endpoint, model)
    if kind is PathNotFound:
        base_url = display_url(endpoint.base_url)
        return (
            f"There is no API at {url or 'this address'}{said}",
            f"Check the base URL of {name}, {base_url}, and that {endpoint.format.value} is spoken there.",
        )
    if kind is TooLong:
        return f"The request is too long for {model or 'this model'}{said}", _LENGTH_HINT
    if kind is RateLimited:
        return f"{name} limits how often it can be asked{said}", _wait_hint(wait_s)
    if kind is Overloaded:
        return f"{name} is overloaded{said}", _wait_hint(wait_s)
    if kind is TimedOut:
        return f"{name} gave up waiting{said}", "Send it again."
    if kind is Rejected:
        return f"{name} refused the request{said}", _parameter_hint(complaint)
    number = f" (HTTP {status})" if status is not None else ""
    return (
        f"{name} has trouble of its own{number}{said}",
        "Send it again in a moment, or choose another model.",
    )


def _said(complaint: Complaint) -> str:
    """The server's own words as the end of a sentence."""
    words = complaint.message.rstrip(" .")
    return f": {words}." if words else "."


def _key_hint(endpoint: Endpoint) -> str:
    where = " or ".join(endpoint.key_places)
    if endpoint.quirks.azure or endpoint.auth is AuthScheme.API_KEY:
        return f"Check {where}; the key must belong to the resource {display_url(endpoint.base_url)}."
    made = f" Keys are made at {endpoint.key_url}." if endpoint.key_url else ""
    return f"Check {where}: it may be missing, mistyped, expired, or of another provider.{made}"


def _no_key_hint(endpoint: Endpoint) -> str:
    name, made = endpoint.provider, f" Keys are made at {endpoint.key_url}." if endpoint.key_url else ""
    return f"Store one with `parley keys set {name}`, or write api_key under [providers.{name}] in config.toml.{made}"


def _credit_hint(wait_s: float | None) -> str:
    until = f" The limit ends in {_duration(wait_s)}." if wait_s else ""
    return f"Add credit or raise the limit at the provider, or choose another model.{until}"


def _permission_hint(complaint: Complaint) -> str:
    if complaint.reasons or "content_filter" in complaint.codes:
        return "The provider's content filter stopped it; say it differently."
    return "Check what this account, key and region may use at the provider, or choose another model."


def _model_hint(endpoint: Endpoint, model: str) -> str:
    if endpoint.model_hint and model:
        return endpoint.model_hint.replace("{model}", model)
    if endpoint.quirks.azure:
        return "On Azure the model is the name of your deployment; check it in the portal."
    return f"Choose another model; `parley models --provider {endpoint.provider} --refresh` lists them."


def _wait_hint(wait_s: float | None) -> str:
    return f"Wait {_duration(wait_s)} and send it again." if wait_s else "Wait a moment and send it again."


def _parameter_hint(complaint: Complaint) -> str:
    return f"It objects to the setting {complaint.parameter}." if complaint.parameter else ""


def _duration(seconds: float) -> str:
    """For a sentence: `27 s`, `6 min`, `3 h`, `2 days`; never shorter than the wait itself."""
    whole = max(1, -int(-seconds // 1))
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if whole >= 2 * size:
            return f"{-(-whole // size)} {unit}"
    return f"{whole} s"
