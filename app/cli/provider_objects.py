"""Providers and presets as the objects that `--json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.connections.views import ProviderView
    from providers.catalogue.records import Preset
    from providers.errors import ProviderError


def provider_object(view: ProviderView) -> dict[str, Any]:
    """`state` and `word` are null while nobody has been asked."""
    connection, error = view.connection, view.connection.error
    is_unasked = connection.state == "connecting"
    return {
        "name": view.name,
        "label": view.label,
        "type": view.type,
        "format": view.format or None,
        "base_url": view.url or None,
        "model": view.default_model or None,
        "enabled": connection.state != "disabled",
        "found": view.found or None,
        "key": view.key_source or None,
        "key_hides": list(view.key_hides),
        "needs_key": view.needs_key,
        "warnings": [*view.warnings, *(consent.question for consent in view.consents)],
        "abilities": asdict(view.abilities) if view.abilities else None,
        "state": None if is_unasked else connection.state.value,
        "word": None if is_unasked else connection.word,
        "checked_at": connection.checked_at.isoformat() if connection.checked_at else None,
        "round_trip_ms": connection.round_trip_ms,
        "url": connection.url or (error.url if error else "") or None,
        "models": len(connection.models) if connection.models else None,
        "listed_at": connection.listed_at.isoformat() if connection.listed_at else None,
        "error": error_object(error),
    }


def error_object(error: ProviderError | None) -> dict[str, Any] | None:
    return {"category": error.category, "message": error.summary, "hint": error.hint} if error else None


def preset_object(preset: Preset) -> dict[str, Any]:
    return {
        "id": preset.id,
        "name": preset.name,
        "formats": list(preset.formats),
        "base_url": preset.base_url or None,
        "key_env": list(preset.key_env),
        "key_url": preset.key_url or None,
        "needs_key": preset.auth != "none" and not preset.quirks.key_optional,
        "default_model": preset.default_model or None,
        "aliases": list(preset.aliases),
        "abilities": asdict(preset.abilities),
    }
