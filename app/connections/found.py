"""Providers nobody configured, but whose key lies in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.config.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from providers.catalogue.loader import Catalogue

IN_ENVIRONMENT = "found in environment"


def found_in_environment(
    settings: Settings, catalogue: Catalogue, environ: Mapping[str, str]
) -> tuple[ProviderSettings, ...]:
    """One provider for each preset that has a key variable set and no entry in the configuration.

    A preset without a server of its own (Azure's resource) is offered only when the environment names one.
    """
    configured = {entry.type for entry in settings.providers.values()} | set(settings.providers)
    return tuple(
        ProviderSettings(name=preset.id, type=preset.id, label=preset.name, found=IN_ENVIRONMENT)
        for preset in catalogue.all_presets()
        if preset.id not in configured
        and any(environ.get(variable, "").strip() for variable in preset.key_env)
        and (preset.base_url or any(environ.get(name) for name in preset.base_url_env))
    )
