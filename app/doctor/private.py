"""Gathers what may not be seen in public: keys, hosts, names and folders of whoever runs this Parley."""

from __future__ import annotations

import getpass
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.config.expand import expand
from app.doctor.redaction import Private, passwords_in, secrets_in_environment
from app.doctor.written import keys_in, providers_in, urls_in
from providers.catalogue.hosts import hosts_of, is_local
from providers.errors import ProviderError

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings, Settings
    from app.connections.connections import Connections
    from providers.catalogue.loader import Catalogue

_ACCOUNT = ("USER", "LOGNAME", "USERNAME")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_KINDS = ("chat", "responses", "messages", "openai-compat", "openai-responses", "compat")
"""Words of Parley's own: a provider of that name tells nothing, and the report would be hard to read without them."""


def private_of(connections: Connections, environ: Mapping[str, str], home: Path, config_text: str) -> Private:
    """Everything that is known to be private here.

    Args:
        home: the user's own folder.
        config_text: of config.toml: what stands in it is private even where it is not valid.
    """
    catalogue = connections.roster.catalogue
    public = frozenset(_public_hosts(catalogue))
    known_words = {word.lower() for word in (*_words_of(catalogue), *_KINDS)}
    hosts: list[str] = [platform.node()]
    names: list[tuple[str, ...]] = []
    models: list[str] = []
    for entry in connections.roster.entries():
        host = _host(_base_url(connections, entry))
        hosts += [host, _host(_expanded(entry.proxy, environ))]
        # The demo's providers are everybody's.
        if host and host not in public and not connections.is_demo:
            names.append(tuple(word for word in (entry.name, entry.label) if word and word.lower() not in known_words))
            models += [entry.model, *(model.id for model in entry.models)]
    urls = [_expanded(url, environ) for url in urls_in(config_text)]
    hosts += [_host(url) for url in urls]
    unread = [name for name in providers_in(config_text) if name not in connections.roster]
    names += [(name,) for name in unread if name.lower() not in known_words]
    hosts += [_host(value) for name, value in environ.items() if name.upper() in _PROXIES]
    hosts += _exceptions(environ)
    hosts += [key.host.partition(":")[0] for key in connections.keys.all_stored()]
    return Private(
        secrets=(
            *secrets_of(connections.settings, environ),
            *(_expanded(key, environ) for key in keys_in(config_text)),
            *(password for url in urls for password in passwords_in(url)),
        ),
        home=str(home),
        users=_users(environ, home),
        hosts=tuple(dict.fromkeys(host for host in hosts if host and host not in public and not is_local(host))),
        names=tuple(filter(None, names)),
        models=tuple(dict.fromkeys(filter(None, models))),
        public_hosts=public,
    )


def secrets_of(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What is secret in the environment; keys, header values and passwords in config.toml, variables filled in."""
    values = list(secrets_in_environment(environ))
    for entry in settings.providers.values():
        for written in (entry.api_key, *entry.extra_headers.values()):
            values += [written, _expanded(written, environ)]
        for url in (entry.base_url, entry.proxy):
            values += passwords_in(_expanded(url, environ))
    return tuple(dict.fromkeys(value for value in values if value and not value.startswith("$")))


def _base_url(connections: Connections, entry: ProviderSettings) -> str:
    try:
        return connections.roster.route_of(entry).endpoint.base_url
    except ProviderError:
        return entry.base_url


def _host(url: str) -> str:
    """The name or address in a URL, without its port; "" when there is none."""
    try:
        return urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    except ValueError:
        return ""


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    try:
        return expand(text, environ)
    except ValueError:
        return text


def _exceptions(environ: Mapping[str, str]) -> Iterator[str]:
    for name in ("no_proxy", "NO_PROXY"):
        for entry in environ.get(name, "").replace(",", " ").split():
            yield entry if "/" in entry else _host(entry.strip("*."))


def _public_hosts(catalogue: Catalogue) -> Iterator[str]:
    for preset in catalogue.all_presets():
        yield from (host for host in hosts_of(preset) if host and not host.startswith("*"))
        if preset.key_url:
            yield _host(preset.key_url)


def _words_of(catalogue: Catalogue) -> Iterable[str]:
    for preset in catalogue.all_presets():
        yield from (preset.id, preset.name, *preset.aliases)


def _users(environ: Mapping[str, str], home: Path) -> tuple[str, ...]:
    names = [environ[name] for name in _ACCOUNT if environ.get(name)]
    # In a container an account may have no name.
    with suppress(OSError, KeyError, ImportError):
        names.append(getpass.getuser())
    return tuple(dict.fromkeys(filter(None, (*names, home.name))))


def home_in(environ: Mapping[str, str]) -> Path:
    """The user's own folder; the root where the environment names none and the system knows none."""
    for name in ("HOME", "USERPROFILE"):
        if environ.get(name):
            return Path(environ[name])
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")
