"""A provider as somebody types it, made into one that can be tried and saved."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.config.cautions import has_plain_password
from app.config.expand import variables
from app.config.settings import ProviderSettings
from app.connections.names import free_name, name_problem
from providers.credentials import Secret, clean_key
from providers.formats.urls import base_url_problem, complete_typed, display_url, split_userinfo
from providers.key_hints import holds_secret

if TYPE_CHECKING:
    from providers.catalogue.loader import Catalogue
    from providers.catalogue.records import Preset

_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*(?::-[^}]*)?\})", re.ASCII)
_WRITTEN = re.compile(r'(?:base_url|proxy) = "([^"]*)"')
"""What config.toml would say, in a hint: where somebody types, only the value counts."""
_PLAIN_FIELDS = ("label", "format", "auth", "model", "proxy", "ca_file")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, field by field. None leaves a field as it is, "" empties it.

    Attributes:
        type: a preset by any of its names, or a bare kind; "" finds out what is there.
        base_url: in any spelling; or given apart: `host`, `protocol`, `port`, `base_path`.
        key: a key, or `$VAR`.
        headers: `Name: value`, one each; those that look like credentials become secret ones.
        secret_headers: `Name: value`; their values go where keys go.
        more: other fields of `ProviderSettings`, as they are.
    """

    name: str | None = None
    type: str | None = None
    base_url: str | None = field(default=None, repr=False)
    host: str | None = field(default=None, repr=False)
    protocol: str | None = None
    port: str | None = None
    base_path: str | None = None
    label: str | None = None
    format: str | None = None
    auth: str | None = None
    model: str | None = None
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    key: str | None = field(default=None, repr=False)
    headers: Sequence[str] | None = field(default=None, repr=False)
    secret_headers: Sequence[str] | None = field(default=None, repr=False)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A provider before it is saved.

    Attributes:
        settings: as they would be written; `type` is "" while nobody knows what is there.
        key: to be stored; None leaves the key as it is.
        secret_headers: values to be stored, by name of the header.
        replaces: the name of the provider that is edited; "" for a new one.
        notes: what was completed, moved or corrected, one sentence each.
        before: the provider that is edited, as it was known; None for a new one.
    """

    settings: ProviderSettings
    key: Secret | None = None
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    replaces: str = ""
    notes: tuple[str, ...] = ()
    before: ProviderSettings | None = None


class DraftRefused(Exception):
    """Something that was typed cannot be.

    Attributes:
        field: the name of the field of `Typed`.
        hint: what to do about it.
    """

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field = name
        self.hint = hint


def drafted(
    typed: Typed,
    catalogue: Catalogue,
    others: Mapping[str, ProviderSettings],
    editing: ProviderSettings | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Draft:
    """Make a draft of what was typed.

    Args:
        others: the providers there are, the edited one among them.
        editing: the one that is changed.
        environ: may name the server of a preset that has none of its own.
    Raises: DraftRefused.
    """
    return _Drafting(typed, catalogue, others, editing, environ or {}).draft()


class _Drafting:
    """One pass over the fields."""

    def __init__(
        self,
        typed: Typed,
        catalogue: Catalogue,
        others: Mapping[str, ProviderSettings],
        editing: ProviderSettings | None,
        environ: Mapping[str, str],
    ) -> None:
        self._environ = environ
        self._typed = typed
        self._catalogue = catalogue
        self._others = [name for name in others if editing is None or name != editing.name]
        self._editing = editing
        self._settings = editing or ProviderSettings("", "")
        self._key: Secret | None = None
        self._secrets: dict[str, Secret] = {}
        self._notes: list[str] = []

    def draft(self) -> Draft:
        plain = {name: value.strip() for name in _PLAIN_FIELDS if (value := getattr(self._typed, name)) is not None}
        self._settings = replace(self._settings, **plain, **self._typed.more, found="")
        self._take_type()
        self._take_url()
        self._take_proxy()
        self._take_key()
        self._take_headers()
        self._take_name()
        replaced = self._editing.name if self._editing is not None else ""
        return Draft(self._settings, self._key, self._secrets, replaced, tuple(self._notes), self._editing)

    def _take_type(self) -> None:
        if self._typed.type is None:
            return
        from providers.catalogue.loader import KINDS

        typed = self._typed.type.strip()
        kind = typed if typed in KINDS else self._catalogue.find(typed) if typed else ""
        if kind is None:
            raise DraftRefused(
                "type",
                f"There is no preset {typed}{self._catalogue.hint_for(typed)}",
                "`parley providers presets` lists them.",
            )
        if kind != typed:
            self._notes.append(f"{typed} is the preset {kind}.")
        self._settings = replace(self._settings, type=kind)

    def _take_url(self) -> None:
        typed = self._url_as_typed()
        if typed is not None:
            self._settings = replace(self._settings, base_url=self._completed(typed) if typed else "")
        settings = self._settings
        if not settings.type and settings.base_url:
            owner = self._catalogue.owner_of(settings.base_url)
            if owner is not None:
                self._notes.append(f"{display_url(settings.base_url)} is {owner.name}.")
                settings = replace(settings, type=owner.id)
        preset = self._catalogue.preset(settings.type) if settings.type else None
        if preset is not None and _is_same_place(settings.base_url, preset.base_url):
            settings = replace(settings, base_url="")
        elif not settings.base_url and settings.type and preset is None:
            raise DraftRefused(
                "base_url", f"{settings.type} is no preset, so it needs a base URL.", "Give its address."
            )
        elif preset is not None and not settings.base_url and not self._has_server(preset):
            raise DraftRefused("base_url", f"{preset.name} has no address of its own.", "Give yours.")
        elif not settings.base_url and not settings.type:
            raise DraftRefused("base_url", "There is neither a preset nor an address.", "Give one of the two.")
        self._settings = settings

    def _has_server(self, preset: Preset) -> bool:
        return bool(preset.base_url) or any(self._environ.get(name) for name in preset.base_url_env)

    def _url_as_typed(self) -> str | None:
        typed = self._typed
        if typed.host is None:
            return typed.base_url.strip() if typed.base_url is not None else None
        if not typed.host.strip():
            raise DraftRefused("host", "The host is missing.", "Write a host name or an IP address.")
        scheme = f"{typed.protocol.strip().lower().removesuffix('://')}://" if typed.protocol else ""
        host = typed.host.strip()
        if host.count(":") > 1 and not host.startswith("["):
            host = f"[{host}]"
        port = f":{typed.port.strip()}" if typed.port and typed.port.strip() else ""
        path = (typed.base_path or "").strip()
        return f"{scheme}{host}{port}{'/' if path and not path.startswith('/') else ''}{path}"

    def _completed(self, typed: str) -> str:
        if variables(typed):
            if has_plain_password(typed):
                raise DraftRefused(
                    "base_url",
                    "The address holds a password beside a variable.",
                    "Leave the password out of it: a header such as Authorization is kept with the keys.",
                )
            return typed
        url, user, password = split_userinfo(complete_typed(typed))
        problem = base_url_problem(url)
        if problem is not None:
            message, _, hint = problem.partition("; ")
            hint = _WRITTEN.sub(r"\1", hint)
            message = f"The address {message.removeprefix('base_url ')}."
            raise DraftRefused("base_url", message, f"{hint[:1].upper()}{hint[1:]}.")
        if url != typed and "://" not in typed:
            self._notes.append(f"Completed to {display_url(url)}.")
        if user or password:
            code = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._secrets["Authorization"] = Secret(f"Basic {code}")
            self._notes.append("User and password were taken out of the URL; they are kept where keys are kept.")
        return url

    def _take_proxy(self) -> None:
        from app.config.proxies import NO_PROXY, proxy_problem

        text = (self._typed.proxy or "").strip()
        if not text or variables(text):
            return
        if "://" not in text and text.lower() != NO_PROXY:
            text = f"http://{text}"
        if problem := proxy_problem(text):
            raise DraftRefused("proxy", f"The proxy {problem[0]}.", _WRITTEN.sub(r"\1", problem[1]))
        self._settings = replace(self._settings, proxy=text)

    def _take_key(self) -> None:
        if self._typed.key is None:
            return
        if not self._typed.key:
            self._settings = replace(self._settings, api_key="")
            return
        text = clean_key(self._typed.key)
        if _VARIABLE.fullmatch(text):
            self._settings = replace(self._settings, api_key=text)
            return
        if not text:
            return
        if not text.isascii() or not text.isprintable() or " " in text:
            raise DraftRefused(
                "key",
                "The key contains a blank or a character that cannot be sent.",
                "Copy it again, without quotes or surrounding text.",
            )
        self._key = Secret(text)
        # What is stored goes first; a reference beside it would only confuse.
        self._settings = replace(self._settings, api_key="")

    def _take_headers(self) -> None:
        from app.config.check import is_header_name

        plain = dict(self._settings.extra_headers)
        for is_secret, lines in ((False, self._typed.headers), (True, self._typed.secret_headers)):
            if lines is None:
                continue
            if not is_secret:
                plain = {}
            for line in lines:
                name, colon, value = (part.strip() for part in line.partition(":"))
                if not colon or not name or not value:
                    raise DraftRefused("headers", f"{name or 'A header'} has no value.", "Write Name: value.")
                if not is_header_name(name):
                    raise DraftRefused("headers", f"{name} cannot be the name of a header.", "Write Name: value.")
                if is_secret or (holds_secret(name, value) and not variables(value)):
                    self._secrets[name] = Secret(value)
                    if not is_secret:
                        self._notes.append(f"{name} looks like a secret; it is kept where keys are kept.")
                else:
                    plain[name] = value
        names = dict.fromkeys((*self._settings.secret_headers, *self._secrets))
        self._settings = replace(self._settings, extra_headers=plain, secret_headers=tuple(names))

    def _take_name(self) -> None:
        typed = self._typed.name
        if typed is None and self._editing is not None:
            return
        if typed is None or (not typed.strip() and self._editing is None):
            name = free_name(self._settings.type or _host_word(self._settings.base_url), self._others)
        else:
            name = typed.strip()
        problem = name_problem(name, self._others)
        if problem:
            raise DraftRefused("name", problem, "Choose another name.")
        self._settings = replace(self._settings, name=name)


def _is_same_place(url: str, other: str) -> bool:
    return bool(url) and url.rstrip("/").removesuffix("/v1") == other.rstrip("/").removesuffix("/v1")


def _host_word(url: str) -> str:
    """The word of a host that names it best: `example` for `https://llm.example.com:8000/v1`."""
    from providers.catalogue.hosts import host_of

    host = host_of(url).partition(":")[0]
    parts = [part for part in host.split(".") if part not in ("api", "www")]
    return parts[-2] if len(parts) > 1 and not host.replace(".", "").isdigit() else host
