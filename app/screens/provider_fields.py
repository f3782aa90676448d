"""The fields of the form for a provider, and what stands in them as something that can be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.connections.drafts import DraftRefused, Typed
from app.connections.moving import plain_headers
from app.widgets.form import ChoiceField, Field, LinesField, PairField, TextField

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from app.connections.offers import Offer

_KINDS = (
    ("", "find out"),
    ("openai-compat", "openai-compat: what imitates OpenAI"),
    ("openai", "openai: a gateway to OpenAI"),
    ("openai-responses", "openai-responses"),
    ("anthropic", "anthropic"),
    ("ollama", "ollama"),
)
_SIGN_IN = (
    ("", "as usual"),
    ("api_key", "api_key: a key is needed"),
    ("bearer", "bearer: the key as Authorization: Bearer"),
    ("none", "none: send no key"),
)
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,3})?", re.ASCII)
_YES_NO = (("yes", "at the start"), ("no", "only when it is used"))
_SECRET_HEADERS = ("secret_header", "secret_header_2")
_KEY_TIP = "Hidden, and kept in keychain or vault. $VAR stays a variable."
_TOKEN_TIP = "No OAuth here, but an access token does. $VAR stays a variable."


@dataclass(frozen=True, slots=True)
class Start:
    """What the form begins with.

    Attributes:
        entry: what is known already.
        editing: the name of the provider that is changed; "" for a new one.
        offer: the preset; None for any address.
        key_words: what is said about the key while none is typed.
        key_url: where keys are made; "" when nobody knows.
        default_model: what is asked when no model is given; "" when nobody knows.
        models: the ids that are known before anybody is asked.
        stored_headers: secret headers whose values are stored.
    """

    entry: ProviderSettings
    editing: str = ""
    offer: Offer | None = None
    key_words: str = ""
    key_url: str = ""
    default_model: str = ""
    models: tuple[str, ...] = ()
    stored_headers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        if self.editing:
            return f"Edit {self.entry.display}"
        return f"Add {self.offer.preset.name}" if self.offer else "Add a provider at any address"

    @property
    def wants_key(self) -> bool:
        """Whether a key is usually typed: there is none yet, and one is needed."""
        return not self.key_words and (self.offer is None or self.offer.needs_key)

    @property
    def first_field(self) -> str:
        """Where there is most likely something to type."""
        if self.editing:
            return "name"
        if self.offer is None or not (self.offer.preset.base_url or self.entry.base_url):
            return "base_url"
        return "key" if self.offer.needs_key else "base_url"


def main_fields(start: Start) -> Iterator[Field]:
    """What most people fill in."""
    entry, preset = start.entry, start.offer.preset if start.offer else None
    is_token = start.offer is not None and start.offer.needs_token
    yield TextField(
        "name", "name", entry.name, placeholder="from the address", tip="Yours to choose: models are called name/model."
    )
    yield TextField(
        "base_url",
        "address",
        entry.base_url,
        placeholder=(preset.base_url if preset else "") or "https://…",
        tip="Any spelling, with or without /v1; a whole endpoint too. "
        + ("Empty: the usual one." if preset and preset.base_url else "Parley finds out what is spoken there."),
    )
    made_at = f"\nKeys are made at {start.key_url}" if start.key_url else ""
    yield TextField(
        "key",
        "token" if is_token else "key",
        placeholder=start.key_words,
        tip=_TOKEN_TIP if is_token else _KEY_TIP + made_at,
        is_hidden=True,
    )
    yield TextField("model", "model", entry.model, placeholder=start.default_model, tip=model_tip(len(start.models)))


def model_tip(known: int) -> str:
    """Args: known: how many models can be chosen from."""
    if not known:
        return "The one that answers by default. Empty: choose after the server has listed what it has."
    return f"The one that answers by default. → completes what you type, Ctrl+L lists all {known}."


def more_fields(start: Start) -> Iterator[Field]:
    """What some people need."""
    entry, preset = start.entry, start.offer.preset if start.offer else None
    yield TextField("label", "label", entry.label, placeholder="the name", tip="Shown instead of the name.")
    if preset is None:
        yield ChoiceField("type", "speaks", _KINDS, entry.type, tip="← → steps. Parley finds out by itself.")
    elif len(preset.formats) > 1:
        formats = [("", f"{preset.format}, as usual"), *((each, each) for each in preset.formats)]
        yield ChoiceField("format", "speaks", formats, entry.format, tip="← → steps. The wire format.")
    sign_in = "bearer" if start.offer is not None and start.offer.needs_token and not entry.auth else entry.auth
    ways = _SIGN_IN if sign_in in dict(_SIGN_IN) else (*_SIGN_IN, (sign_in, sign_in))
    yield ChoiceField("auth", "sign in", ways, sign_in, tip="← → steps. How the key travels.")
    apart = "Instead of an address, where it is given apart."
    yield TextField("host", "host", tip=f"{apart} A host name or an IP address.")
    yield ChoiceField("protocol", "protocol", (("", "as it fits"), ("http", "http"), ("https", "https")), tip=apart)
    yield TextField("port", "port", tip=apart)
    yield TextField("base_path", "base path", tip=f"{apart} For example /v1.")
    shown, hidden = _headers(entry)
    tip = "Name: value, one on a line. What looks like a secret is kept with the keys."
    if hidden:
        tip += f"\nNot shown, but kept: {', '.join(hidden)}."
    yield LinesField("headers", "headers", "\n".join(_written(shown)), tip=tip)
    stored = f" Stored: {', '.join(start.stored_headers)}." if start.stored_headers else ""
    for name in _SECRET_HEADERS:
        tip = f"The value is hidden and kept with the keys.{stored}"
        yield PairField(name, "secret header" if name == _SECRET_HEADERS[0] else "", tip=tip)
    yield TextField(
        "proxy", "proxy", entry.proxy, placeholder="as the environment says", tip="A URL, or none for a direct way."
    )
    yield TextField(
        "ca_file", "CA file", entry.ca_file, placeholder="the usual ones", tip="Certificates to trust, PEM."
    )
    yield TextField("timeout", "timeout", f"{entry.timeout:g}", tip="Seconds for connecting, listing and checking.")
    yield ChoiceField("auto_connect", "connect", _YES_NO, "yes" if entry.auto_connect else "no", tip="← → steps.")


def typed(values: Mapping[str, str], start: Start) -> Typed:
    """What stands in the fields. Raises: DraftRefused, for what is no number."""
    entry, get = start.entry, values.get
    is_apart = bool(get("host", "").strip())
    return Typed(
        name=_given(get("name")),
        type=get("type", entry.type),
        base_url=None if is_apart else get("base_url", ""),
        host=get("host") if is_apart else None,
        protocol=get("protocol"),
        port=get("port"),
        base_path=get("base_path"),
        label=get("label"),
        format=get("format"),
        auth=get("auth"),
        model=get("model"),
        proxy=get("proxy"),
        ca_file=get("ca_file"),
        key=_given(get("key")),
        headers=[*_lines(get("headers", "")), *_written(_headers(entry)[1])],
        secret_headers=[line for name in _SECRET_HEADERS for line in _lines(get(name, ""))],
        more=_more(values, entry),
    )


def _headers(entry: ProviderSettings) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The extra headers that may be shown, and those whose values are nobody's business."""
    hidden = plain_headers(entry)
    return {name: value for name, value in entry.extra_headers.items() if name not in hidden}, hidden


def _written(headers: Mapping[str, str]) -> Sequence[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _given(text: str | None) -> str | None:
    return text if text is not None and text.strip() else None


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _more(values: Mapping[str, str], entry: ProviderSettings) -> Mapping[str, Any]:
    more: dict[str, Any] = {"auto_connect": values.get("auto_connect", "yes") == "yes"}
    text = values.get("timeout", "").strip()
    if text and text != f"{entry.timeout:g}":
        if not _SECONDS.fullmatch(text) or not float(text):
            raise DraftRefused("timeout", f"{text} is no number of seconds.", "Write 60, for example.")
        more["timeout"] = float(text)
    return more
