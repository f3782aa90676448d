"""From a configured provider to the server behind it: preset, environment and key put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.config.expand import BrokenReference, UnsetVariable, expand, variables
from app.config.settings import ProviderSettings
from providers.catalogue.hosts import correct_base_url, host_of, hosts_of, is_local, owns
from providers.catalogue.records import Preset
from providers.credentials import Key, find_key
from providers.errors import BadConfig
from providers.formats.urls import base_url_problem, complete_typed
from providers.request import AuthScheme, Endpoint, WireFormat

_CONFIG_PLACE = "api_key in config.toml"
_AUTH = {
    "bearer": AuthScheme.BEARER,
    "none": AuthScheme.NONE,
}


@dataclass(frozen=True, slots=True)
class Route:
    """Everything a request to one provider needs.

    Attributes:
        key: None when no place has one.
        correction: a sentence, when the configured base URL is known to be wrong and another one is called.
    """

    endpoint: Endpoint
    preset: Preset
    key: Key | None
    correction: str = ""


def route(settings: ProviderSettings, preset: Preset, environ: Mapping[str, str]) -> Route:
    """Put a provider together.

    Raises:
        BadConfig: an unset variable, a base URL that is missing or wrong, a format the preset does not speak,
            a way to sign in that is not there, or a key that may not go where it would.
    """
    wire_format = _wire_format(settings, preset)
    base_url = _base_url(settings, preset, wire_format, environ)
    correction = correct_base_url(preset, base_url, wire_format.value)
    auth = _auth(settings, preset)
    endpoint = Endpoint(
        provider=settings.name,
        format=wire_format,
        base_url=correction.base_url if correction else base_url,
        auth=auth,
        preset=preset.id,
        headers={
            **preset.headers,
            **{name: _expanded(value, settings, environ) for name, value in settings.extra_headers.items()},
        },
        secret_headers=(
            *settings.secret_headers,
            *(name for name, value in settings.extra_headers.items() if variables(value)),
        ),
        extra_body=settings.extra_body,
        quirks=preset.quirks,
        timeout_s=settings.timeout,
        stream_timeout_s=settings.stream_timeout,
        retries=settings.retries,
        retry_wait_max_s=settings.retry_wait_max,
        key_places=_key_places(settings, preset),
        needs_key=_needs_key(settings, preset, auth),
    )
    key = _key(settings, preset, endpoint, environ)
    return Route(endpoint, preset, key, correction.sentence if correction else "")


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
    if settings.auth in ("", "api_key"):
        return AuthScheme(preset.auth)
    if settings.auth not in _AUTH:
        raise BadConfig(
            f"{settings.name} is to sign in with OAuth, and Parley cannot do that.",
            f'Write auth = "api_key", or auth = "bearer" and a token as api_key, under [providers.{settings.name}].',
            provider=settings.name,
        )
    return _AUTH[settings.auth]


def _base_url(settings: ProviderSettings, preset: Preset, wire_format: WireFormat, environ: Mapping[str, str]) -> str:
    if settings.base_url:
        base_url = _expanded(settings.base_url, settings, environ).strip()
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


def _key(settings: ProviderSettings, preset: Preset, endpoint: Endpoint, environ: Mapping[str, str]) -> Key | None:
    if endpoint.auth is AuthScheme.NONE:
        return None
    configured = _expanded(settings.api_key, settings, environ) if settings.api_key else None
    key = find_key(
        provider=settings.name,
        configured=configured,
        configured_place=", ".join(f"${name}" for name in variables(settings.api_key)) or _CONFIG_PLACE,
        key_env=preset.key_env,
        environ=environ,
        foreign_host=_foreign_host(preset, endpoint.base_url),
        owner=preset.name,
    )
    if key is not None and not settings.api_key and _is_open_way(preset, endpoint.base_url):
        raise BadConfig(
            f"{key.place} would go to {host_of(endpoint.base_url)} without encryption.",
            f"Write https:// instead of http:// in the base_url of [providers.{settings.name}].",
            provider=settings.name,
        )
    return key


def _key_places(settings: ProviderSettings, preset: Preset) -> tuple[str, ...]:
    if settings.api_key:
        return tuple(f"${name}" for name in variables(settings.api_key)) or (_CONFIG_PLACE,)
    return tuple(f"${name}" for name in preset.key_env)


def _expanded(text: str, settings: ProviderSettings, environ: Mapping[str, str]) -> str:
    try:
        return expand(text, environ)
    except UnsetVariable as error:
        raise BadConfig(
            f"${error.name} is not set, and [providers.{settings.name}] needs it.",
            f"Set {error.name} in the environment, or write ${{{error.name}:-default}}.",
            provider=settings.name,
        ) from error
    except BrokenReference as error:
        raise BadConfig(
            f"A value under [providers.{settings.name}] has a $ that starts no variable.",
            "Write $$ for a dollar sign.",
            provider=settings.name,
        ) from error


def _foreign_host(preset: Preset, base_url: str) -> str:
    """The host, if keys from the preset's own variables do not belong there.

    Presets that run anywhere (vLLM, Azure's resources, a proxy) have no host that could be foreign.
    """
    host = host_of(base_url)
    has_vendor_host = bool(hosts_of(preset)) and not preset.quirks.key_optional
    return host if has_vendor_host and not owns(preset, host) else ""


def _is_open_way(preset: Preset, base_url: str) -> bool:
    """Whether anybody on the way to a vendor could read the key. Servers of one's own often speak plain http."""
    host = host_of(base_url)
    return urlsplit(base_url).scheme == "http" and not is_local(host) and owns(preset, host)
