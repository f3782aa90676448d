"""What taking over an import would change, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from app.config.expand import expand, references
from app.config.reader import dotted
from app.config.settings import ProviderSettings, Settings
from app.importing.names import Names
from app.importing.values import Imported, ImportedProvider
from providers.catalogue.hosts import host_of, owns
from providers.catalogue.loader import Catalogue
from providers.credentials import Secret
from providers.reference import ModelRef


class Change(StrEnum):
    NEW = "new"
    REPLACES = "replaces"
    """A provider of this name exists, with other settings."""
    IDENTICAL = "identical"
    """It exists already, exactly so: nothing to write but a key."""


@dataclass(frozen=True, slots=True)
class PlannedProvider:
    """What would happen to one provider.

    Attributes:
        settings: to be written under `settings.name`.
        key: for the key store, and so are `secret_headers`; None when there is none.
        differing: with `REPLACES`, the settings that would become others.
        filled: its other keys, beside `api_key` and `base_url`, that take what a variable holds: key and variable.
        unset: variables that it refers to and that are not set here.
        replaced: what is in the key store already and would be replaced: names of headers, "" for the key.
        needs_key: nothing here would give it a key, except one that the key store may hold already.
    """

    settings: ProviderSettings
    change: Change
    key: Secret | None = None
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
    filled: tuple[tuple[str, str], ...] = ()
    replaced: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    needs_key: bool = False
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.settings.name


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Attributes:
    default_model: would be set; None when the file has none, or one is set here already.
    other_default: what the file has where one is set here already; None otherwise. The same for the fallback.
    left_out: what of the file has no place here.
    """

    source: str
    providers: tuple[PlannedProvider, ...]
    default_model: ModelRef | None = None
    other_default: ModelRef | None = None
    fallback_model: ModelRef | None = None
    other_fallback: ModelRef | None = None
    left_out: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether everything in the file is here already."""
        return (
            not self.default_model
            and not self.fallback_model
            and all(
                planned.change is Change.IDENTICAL and not planned.key and not planned.secret_headers
                for planned in self.providers
            )
        )


def plan_import(
    imported: Imported,
    existing: Settings,
    environ: Mapping[str, str],
    catalogue: Catalogue | None = None,
    *,
    keep_both: bool = False,
    is_stored: Callable[[str, str], bool] = lambda provider, header: False,
) -> ImportPlan:
    """Compare what was read with what is configured.

    Args:
        is_stored: whether the key store has something for a provider and a header ("" for the key).
        keep_both: a provider whose name is taken by another one gets a name of its own, instead of replacing it.
    """
    catalogue = catalogue or Catalogue()
    names = Names(*existing.providers, *(provider.name for provider in imported.providers)) if keep_both else None
    planned: list[PlannedProvider] = []
    renamed: dict[str, str] = {}
    for provider in imported.providers:
        step = _planned(provider, existing, environ, catalogue, names)
        carried = (*([""] if step.key else []), *step.secret_headers)
        step = replace(step, replaced=tuple(header for header in carried if is_stored(step.name, header)))
        renamed[provider.name] = step.name
        planned.append(step)
    default = _reference(imported.default_model, renamed)
    fallback = _reference(imported.fallback_model, renamed)
    return ImportPlan(
        source=imported.source,
        providers=tuple(planned),
        default_model=None if existing.default_model else default,
        other_default=default if existing.default_model and existing.default_model != default else None,
        fallback_model=None if existing.fallback_model else fallback,
        other_fallback=fallback if existing.fallback_model and existing.fallback_model != fallback else None,
        left_out=imported.left_out,
    )


def _planned(
    provider: ImportedProvider,
    existing: Settings,
    environ: Mapping[str, str],
    catalogue: Catalogue,
    names: Names | None,
) -> PlannedProvider:
    settings = provider.settings
    notes = list(provider.notes)
    # Two names that differ in case alone are one name: config.toml allows no such pair.
    twin = next((name for name in existing.providers if name.lower() == settings.name.lower()), "")
    differing: tuple[str, ...] = ()
    change = Change.NEW
    if twin:
        settings = replace(settings, name=twin)
        differing = tuple(_differing(settings, existing.providers[twin]))
        change = Change.REPLACES if differing else Change.IDENTICAL
    if names is not None and change is Change.REPLACES:
        free, _ = names.take(settings.name)
        notes.append(f"called {free} here, because {twin} is another provider")
        settings, change, differing = replace(settings, name=free), Change.NEW, ()
    elif twin and twin != provider.name:
        notes.append(f"called {twin} here, as the one you have")
    return PlannedProvider(
        settings=settings,
        change=change,
        key=provider.key,
        secret_headers=provider.secret_headers,
        differing=differing,
        filled=tuple(
            (dotted(each.key), each.name) for each in references(settings) if each.key[0] not in ("api_key", "base_url")
        ),
        unset=tuple(
            dict.fromkeys(
                each.name for each in references(settings) if not each.has_default and not environ.get(each.name)
            )
        ),
        needs_key=_needs_key(provider, environ, catalogue),
        notes=tuple(notes),
        left_out=provider.left_out,
    )


def _differing(new: ProviderSettings, old: ProviderSettings) -> Iterator[str]:
    for each in fields(ProviderSettings):
        if getattr(new, each.name) != getattr(old, each.name):
            yield each.name


def _needs_key(provider: ImportedProvider, environ: Mapping[str, str], catalogue: Catalogue) -> bool:
    settings = provider.settings
    if provider.key or settings.api_key or settings.auth == "none":
        return False
    base_url = _expanded(settings.base_url, environ)
    preset = catalogue.kind_preset(settings.type, base_url) or catalogue.preset(settings.type)
    if preset is None or (preset.quirks.key_optional and not provider.key_elsewhere):
        return False
    is_at_home = not base_url or owns(preset, host_of(base_url))
    return not (is_at_home and any(environ.get(variable, "").strip() for variable in preset.key_env))


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    try:
        return expand(text, environ)
    except ValueError:
        return ""


def _reference(text: str, renamed: Mapping[str, str]) -> ModelRef | None:
    if not text:
        return None
    ref = ModelRef.parse(text)
    return ModelRef(renamed.get(ref.provider, ref.provider), ref.model)
