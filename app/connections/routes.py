"""From a configured provider to the server behind it: preset, environment and key put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.expand import CannotExpand, UnsetVariable, expanded, variables
from app.config.paths import beside
from app.config.reader import dotted
from app.config.settings import ProviderSettings
from app.connections.consent import TYPED, Carried, Consent, Destination, KeyVariableUnset, consents
from app.keys.ladder import CONFIG_PLACE, HEADERS_PLACE, OwnerOf
from providers.catalogue.hosts import correct_base_url
from providers.catalogue.records import Preset
from providers.credentials import Key, find_key
from providers.errors import BadConfig
from providers.formats.urls import base_url_problem, complete_typed
from providers.key_hints import looks_like_credential
from providers.proxies import proxy_for
from providers.request import AuthScheme, Endpoint, WireFormat

if TYPE_CHECKING:
    from app.keys.store import KeyStore, StoredKey

_AUTH = {
    "bearer": AuthScheme.BEARER,
    "none": AuthScheme.NONE,
}


@dataclass(frozen=True, slots=True)
class Route:
    """Everything a request to one provider needs.

    Attributes:
        key: from config.toml or the environment; None when neither has one, or a stored one goes before it.
        stored: a key in the key store; it is read when a request needs it.
        stored_headers: secret headers whose values lie in the key store, too.
        consents: what the user has to allow before anything is sent.
        correction: a sentence, when the configured base URL is known to be wrong and another one is called.
    """

    endpoint: Endpoint
    preset: Preset
    key: Key | None
    stored: StoredKey | None = None
    stored_headers: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    correction: str = ""

    @property
    def has_key(self) -> bool:
        return self.key is not None or self.stored is not None

    @property
    def lacks_key(self) -> bool:
        """Whether a request would be pointless: it needs a key, and there is none."""
        return self.endpoint.needs_key and not self.has_key

    @property
    def key_place(self) -> str:
        """Where the key in use comes from, in words; "" when there is none."""
        return self.stored.place if self.stored else self.key.place if self.key else ""


def route(
    written: ProviderSettings, preset: Preset, environ: Mapping[str, str], store: KeyStore, config_folder: Path
) -> Route:
    """Put a provider together, without `consents`. Nothing is read from the key store but what is recorded there.

    Args:
        written: as in config.toml, `$VAR` and all.
        config_folder: where a relative `ca_file` starts.
    Raises:
        BadConfig: an unset variable, a base URL that is missing or wrong, a format the preset does not speak,
            a way to sign in that is not there.
    """
    needs_none = written.auth == "none" or (not written.auth and preset.auth == AuthScheme.NONE)
    stored = None if needs_none else store.stored(written.name)
    # A stored key goes before the one in config.toml, which may then name a variable that is not set.
    settings = filled_in(replace(written, api_key="") if stored else written, environ)
    wire_format = _wire_format(settings, preset)
    base_url = _base_url(settings, preset, wire_format, environ)
    correction = correct_base_url(preset, base_url, wire_format.value)
    auth = _auth(settings, preset)
    key = None if stored else _key(written, settings, preset, auth, environ)
    endpoint = Endpoint(
        provider=settings.name,
        format=wire_format,
        base_url=correction.base_url if correction else base_url,
        auth=auth,
        preset=preset.id,
        headers={**preset.headers, **settings.extra_headers},
        secret_headers=(
            *settings.secret_headers,
            *(name for name, value in written.extra_headers.items() if variables(value)),
        ),
        extra_body=settings.extra_body,
        quirks=preset.quirks,
        timeout_s=settings.timeout,
        stream_timeout_s=settings.stream_timeout,
        retries=settings.retries,
        retry_wait_max_s=settings.retry_wait_max,
        key_places=_key_places(written, preset, stored, key),
        needs_key=_needs_key(settings, preset, auth),
        proxy=settings.proxy,
        ca_file=beside(config_folder, settings.ca_file),
        start_hint=preset.start_hint,
        model_hint=preset.model_hint,
        policy_hint=preset.policy_hint,
        key_url=preset.key_url,
    )
    headers = [each for header in settings.secret_headers if (each := store.stored(settings.name, header))]
    return Route(
        endpoint,
        preset,
        key,
        stored,
        tuple(header.header for header in headers),
        correction=correction.sentence if correction else "",
    )


def consents_for(
    way: Route, store: KeyStore, environ: Mapping[str, str], owner_of: OwnerOf, typed: Collection[str] = ()
) -> tuple[Consent, ...]:
    """What the user has yet to allow before a request takes that route.

    Args:
        typed: secret headers whose values were typed just now.
    """
    endpoint = way.endpoint
    proxy = proxy_for(endpoint.base_url, endpoint.proxy, environ)
    carried = Carried(
        way.key,
        way.stored,
        [key for header in way.stored_headers if (key := store.stored(endpoint.provider, header))],
        {
            name: TYPED if name in typed else HEADERS_PLACE
            for name, value in endpoint.headers.items()
            if name in typed or looks_like_credential(name, value)
        },
    )
    needed = consents(Destination(way.preset, endpoint.base_url, proxy.host if proxy else ""), carried, owner_of)
    return tuple(each for each in needed if not store.allows(endpoint.provider, each.place, each.host))


async def unlocked(way: Route, store: KeyStore, *, may_ask: bool = True) -> Route:
    """The route with what lies in the key store filled in: now a request can be sent.

    Raises: KeyStoreError, when the store is locked, hangs or has lost it.
    """
    name = way.endpoint.provider
    if way.stored is not None:
        way = replace(way, key=Key(await store.read(name, may_ask=may_ask), way.stored.place), stored=None)
    if way.stored_headers:
        values = {header: (await store.read(name, header, may_ask=may_ask)).reveal() for header in way.stored_headers}
        way = replace(way, endpoint=replace(way.endpoint, headers={**way.endpoint.headers, **values}))
    return way


def _wire_format(settings: ProviderSettings, preset: Preset) -> WireFormat:
    wanted = settings.format or preset.format
    spoken = preset.formats or (preset.format,)
    if wanted not in spoken:
        raise BadConfig(
            f"{preset.name} does not speak {wanted}.",
            f"Set format to one of {', '.join(spoken)} under [providers.{settings.name}].",
            provider=settings.name,
        )
    return WireFormat(wanted)


def _auth(settings: ProviderSettings, preset: Preset) -> AuthScheme:
    needs_oauth = settings.auth == "oauth" or (preset.sign_in == "oauth" and settings.auth != "bearer")
    if needs_oauth:
        raise BadConfig(
            f"{settings.name} is to sign in with OAuth, and Parley cannot do that.",
            f'Write auth = "api_key", or auth = "bearer" and a token as api_key, under [providers.{settings.name}].',
            provider=settings.name,
        )
    return _AUTH.get(settings.auth) or AuthScheme(preset.auth)


def _base_url(settings: ProviderSettings, preset: Preset, wire_format: WireFormat, environ: Mapping[str, str]) -> str:
    if settings.base_url:
        base_url = settings.base_url.strip()
    elif named := next((environ[name] for name in preset.base_url_env if environ.get(name)), ""):
        base_url = complete_typed(named)
    else:
        base_url = preset.base_url_for(wire_format)
    if not base_url:
        raise BadConfig(
            f"{settings.name} has no base URL.",
            f'Write base_url = "https://…" under [providers.{settings.name}].',
            provider=settings.name,
        )
    problem = base_url_problem(base_url)
    if problem is not None:
        raise BadConfig(problem, "Correct it in config.toml.", provider=settings.name)
    return base_url


def _needs_key(settings: ProviderSettings, preset: Preset, auth: AuthScheme) -> bool:
    """Where a preset works with and without a key, `auth` written out says that this server wants one."""
    if auth is AuthScheme.NONE:
        return False
    return bool(settings.auth) or not preset.quirks.key_optional


def _key(
    written: ProviderSettings,
    settings: ProviderSettings,
    preset: Preset,
    auth: AuthScheme,
    environ: Mapping[str, str],
) -> Key | None:
    if auth is AuthScheme.NONE:
        return None
    return find_key(
        configured=settings.api_key or None,
        configured_place=place_of(written.api_key),
        key_env=preset.key_env,
        environ=environ,
    )


def place_of(api_key: str) -> str:
    """What to call the place of a configured key, as it is written: its variables, or the file."""
    return ", ".join(f"${name}" for name in variables(api_key)) or CONFIG_PLACE


def _key_places(
    written: ProviderSettings, preset: Preset, stored: StoredKey | None, key: Key | None
) -> tuple[str, ...]:
    """Where the key in use comes from, or else where one is looked for."""
    if stored is not None:
        return (f"the key in {stored.place}",)
    if key is not None:
        return (key.place,)
    if written.api_key:
        return tuple(f"${name}" for name in variables(written.api_key)) or (CONFIG_PLACE,)
    return tuple(f"${name}" for name in preset.key_env)


def filled_in(written: ProviderSettings, environ: Mapping[str, str]) -> ProviderSettings:
    """A provider with its variables replaced. Raises: BadConfig, which names the key and the variable."""
    try:
        return expanded(written, environ)
    except CannotExpand as error:
        table = f"[providers.{written.name}]"
        kind = BadConfig
        if isinstance(error, UnsetVariable):
            is_key = error.key == ("api_key",)
            kind = KeyVariableUnset if is_key else BadConfig
            other = f", or store a key with `parley keys set {written.name}`" if is_key else ""
            summary = f"${error.name} is not set, and {dotted(error.key)} under {table} needs it."
            hint = f"Set {error.name} in the environment, or write ${{{error.name}:-default}}{other}."
        else:
            summary = f"{dotted(error.key)} under {table} has a $ that starts no variable."
            hint = "Write $$ for a dollar sign."
        raise kind(summary, hint, provider=written.name) from error
