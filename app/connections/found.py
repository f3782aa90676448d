"""Providers nobody configured, but for which there is a key, or whose server runs on this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from app.config.expand import readable
from app.config.settings import ProviderSettings, Settings
from app.connections.names import free_name

if TYPE_CHECKING:
    from app.keys.store import KeyStore
    from providers.catalogue.loader import Catalogue
    from providers.discovery import Discovered

IN_ENVIRONMENT = "found in environment"
IN_KEY_STORE = "found in the key store"
ON_THIS_MACHINE = "found on this machine"


def found_with_key(
    settings: Settings, catalogue: Catalogue, environ: Mapping[str, str], store: KeyStore
) -> tuple[ProviderSettings, ...]:
    """One provider for each preset that has a key, in a variable or in the key store, and no entry in config.toml.

    A preset without a server of its own (Azure's resource) is offered only when the environment names one.
    """
    types = {readable(entry, environ).type for entry in settings.providers.values()}
    configured = types | set(settings.providers)
    found: list[ProviderSettings] = []
    for preset in catalogue.all_presets():
        has_server = preset.base_url or any(environ.get(name) for name in preset.base_url_env)
        if preset.id in configured or not has_server:
            continue
        if store.stored(preset.id):
            why = IN_KEY_STORE
        elif any(environ.get(variable, "").strip() for variable in preset.key_env):
            why = IN_ENVIRONMENT
        else:
            continue
        found.append(ProviderSettings(name=preset.id, type=preset.id, label=preset.name, found=why))
    return tuple(found)


def found_on_this_machine(
    servers: Iterable[Discovered], known_urls: Collection[str], catalogue: Catalogue, taken: Iterable[str]
) -> tuple[ProviderSettings, ...]:
    """One provider for each server that answered on a usual port and that nobody configured.

    Args:
        known_urls: where the providers there are already go, as `host_of` writes it.
        taken: names in use.
    """
    from providers.catalogue.hosts import host_of

    names, found = list(taken), list[ProviderSettings]()
    for server in servers:
        preset = catalogue.preset(server.preset_id)
        if preset is None or host_of(server.base_url) in known_urls:
            continue
        name = free_name(preset.id, names)
        names.append(name)
        base_url = "" if host_of(server.base_url) == host_of(preset.base_url) else server.base_url
        found.append(
            ProviderSettings(name=name, type=preset.id, label=preset.name, base_url=base_url, found=ON_THIS_MACHINE)
        )
    return tuple(found)
