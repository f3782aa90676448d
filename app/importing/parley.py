"""Parley's own TOML: a config.toml of another machine, or what `parley providers export` printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.config.expand import expand, variables
from app.config.load import load_text
from app.config.settings import ProviderSettings
from app.importing.keys import Read, read_headers, read_key, shell
from app.importing.tables import shown
from app.importing.values import NO_KEY, Imported, ImportedProvider
from providers.catalogue.loader import Catalogue

_SOURCE = "Parley"
_TAKEN_OVER = frozenset(("providers", "default_model", "fallback_model"))


def is_parley(content: object) -> bool:
    providers = content.get("providers") if isinstance(content, Mapping) else None
    return isinstance(providers, Mapping) and any(isinstance(inner, Mapping) for inner in providers.values())


def read_parley(text: str, content: object, catalogue: Catalogue) -> Imported:
    """Everything in it that belongs to providers. A provider with a mistake in it is left out, and the mistake said."""
    loaded = load_text(text, {}, catalogue)
    providers = {name: _provider(entry) for name, entry in loaded.settings.providers.items()}
    keys = content if isinstance(content, Mapping) else {}
    beside = [shown(key) for key in keys if key not in _TAKEN_OVER]
    mistakes = [str(problem) for problem in loaded.problems if problem.key.partition(".")[0] in _TAKEN_OVER]
    default, fallback = loaded.settings.default_model, loaded.settings.fallback_model
    return Imported(
        _SOURCE,
        tuple(providers.values()),
        str(default) if default and default.provider in providers else "",
        str(fallback) if fallback and fallback.provider in providers else "",
        (*mistakes, *beside),
    )


def _provider(entry: ProviderSettings) -> ImportedProvider:
    notes: list[str] = []
    key = read_key(entry.api_key, _own, notes) if entry.api_key else NO_KEY
    shown_headers, secret_headers = read_headers(entry.extra_headers, _own, notes)
    absent = [name for name in entry.secret_headers if name not in secret_headers]
    if absent:
        notes.append(f"the values of its secret headers ({', '.join(absent)}) are not in the file")
    return ImportedProvider(
        settings=replace(
            entry,
            api_key=key.reference,
            extra_headers=shown_headers,
            secret_headers=tuple(dict.fromkeys((*entry.secret_headers, *secret_headers))),
        ),
        key=key.secret,
        secret_headers=secret_headers,
        notes=tuple(notes),
    )


def _own(value: str) -> Read:
    """`$VAR` and `$$`, as everywhere in config.toml."""
    return shell(value) if variables(value) else Read(value, expand(value, {}))
