"""One provider as TOML that can be given to other people and pasted into their `config.toml`."""

from __future__ import annotations

from dataclasses import replace

from app.config.cautions import has_plain_password, plain_secret_headers
from app.config.expand import is_plain_text, is_reference_only
from app.config.settings import ProviderSettings
from app.config.writing import table_of


def export_toml(name: str, settings: ProviderSettings) -> str:
    """A `[providers.NAME]` table without keys: an `api_key` stays where it only names variables.

    Extra headers that hold credentials are left out, and their names stand in `secret_headers`, so that whoever
    pastes the table is asked for their values. A proxy with a password and a token in the query of the base URL are
    left out too.
    """
    import tomli_w

    return tomli_w.dumps({"providers": {name: table_of(without_secrets(settings))}})


def without_secrets(settings: ProviderSettings) -> ProviderSettings:
    """The same provider without what only its owner may know."""
    plain = plain_secret_headers(settings)
    known = {name.lower() for name in settings.secret_headers}
    return replace(
        settings,
        base_url=_without_tokens(settings.base_url),
        api_key=settings.api_key if is_reference_only(settings.api_key) else "",
        extra_headers={name: value for name, value in settings.extra_headers.items() if name not in plain},
        secret_headers=(*settings.secret_headers, *(name for name in plain if name.lower() not in known)),
        proxy="" if has_plain_password(settings.proxy) else settings.proxy,
    )


def _without_tokens(url: str) -> str:
    from providers.key_hints import names_a_secret

    address, _, query = url.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    kept = "&".join("".join(pair) for pair in pairs if not (names_a_secret(pair[0]) and is_plain_text(pair[2])))
    return f"{address}?{kept}" if kept else address
