"""Reads presets from `data/`, one TOML file each, and only those that are asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from providers.catalogue.hosts import host_of, owns
from providers.catalogue.listing import LISTINGS
from providers.catalogue.merge import merge_models
from providers.catalogue.prices import PriceTable
from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.catalogue.records import ModelInfo, Preset
from providers.catalogue.rows import PRICE_KEYS, RowError, check_keys, did_you_mean, model_from_row, rates_from_row
from providers.costs import Rates
from providers.request import AuthScheme, WireFormat

SOURCE = "catalogue"
"""What prices from these files are called wherever a cost is shown."""

KINDS: Mapping[str, WireFormat] = {
    "openai": WireFormat.OPENAI_CHAT,
    "openai-compat": WireFormat.OPENAI_CHAT,
    "openai-responses": WireFormat.OPENAI_RESPONSES,
    "anthropic": WireFormat.ANTHROPIC_MESSAGES,
    "ollama": WireFormat.OLLAMA_CHAT,
}
"""The bare kinds: what a `type` may be beside a preset's id when there is a base URL."""

_TEXTS = (
    "id",
    "name",
    "format",
    "base_url",
    "auth",
    "key_url",
    "default_model",
    "listing",
    "start_hint",
    "source",
)
_LISTS = ("formats", "key_env", "base_url_env", "hosts", "wrong_base_urls")
_TABLES = ("format_base_urls", "headers")
_KEYS = frozenset((*_TEXTS, *_LISTS, *_TABLES, "checked", "default_is_first_listed", "quirks", "models", "rates"))
_REQUIRED = ("id", "name", "format", "auth", "source", "checked")
_QUIRKS = frozenset(flag.name for flag in fields(Quirks))


class CatalogueError(ValueError):
    """A preset file that cannot be used; `str()` is one sentence that names the file."""


class Catalogue:
    """The presets in a folder. Each is parsed when it is first asked for, and kept by this object.

    Args:
        folder: holds one `<preset>.toml` each, and `prices.json`; by default those that ship with Parley.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # The package's own file finds it in a checkout and in an installed wheel alike, without the 10 ms
        # that importing importlib.resources takes.
        self._folder = folder or Path(__file__).with_name("data")
        self._presets: dict[str, Preset] = {}
        self._ids: tuple[str, ...] | None = None
        self._prices = PriceTable(self._folder / "prices.json", SOURCE)

    def preset_ids(self) -> tuple[str, ...]:
        """Every preset id, in alphabetical order."""
        if self._ids is None:
            self._ids = tuple(sorted(path.stem for path in self._folder.glob("*.toml")))
        return self._ids

    def preset(self, preset_id: str) -> Preset | None:
        """One preset; None when there is no such id. Raises: CatalogueError."""
        if preset_id not in self._presets:
            if preset_id not in self.preset_ids():
                return None
            path = self._folder / f"{preset_id}.toml"
            self._presets[preset_id] = parse_preset(path.read_text("utf-8"), path.name)
        return self._presets[preset_id]

    def all_presets(self) -> tuple[Preset, ...]:
        """Every preset, by id. Parses all files: for lists, not for the way to the first frame."""
        return tuple(preset for preset_id in self.preset_ids() if (preset := self.preset(preset_id)))

    def hint_for(self, type_name: str) -> str:
        """A clause to append to "there is no type …": the nearest preset or kind, or nothing."""
        return did_you_mean(type_name, {*self.preset_ids(), *KINDS})

    def owner_of(self, base_url: str) -> Preset | None:
        """The preset that the host of a base URL belongs to; None for anybody else's."""
        host = host_of(base_url)
        if not host:
            return None
        for preset_id in self.preset_ids():
            preset = self._presets.get(preset_id) or self._preset_that_names(preset_id, host)
            if preset is not None and owns(preset, host):
                return preset
        return None

    def kind_preset(self, kind: str, base_url: str) -> Preset | None:
        """A bare kind at an address, as the preset that describes it best; None when there is no such kind.

        At a host that belongs to a preset, that preset's models, quirks and keys apply, and its
        `wrong_base_urls` still say how to correct the address. Elsewhere `openai`, `anthropic` and `ollama`
        mean a gateway in front of the real thing, and keep its rules and models; `openai-compat` and
        `openai-responses` mean a server about which nothing is known.
        """
        wire_format = KINDS.get(kind)
        if wire_format is None:
            return None
        owner = self.owner_of(base_url)
        if owner is not None:
            return _spoken_as(owner, wire_format, base_url)
        known = self.preset(kind)
        if known is not None:
            return replace(known, base_url=base_url, format_base_urls={}, wrong_base_urls=(), headers={})
        return Preset(
            id=kind,
            name="OpenAI-compatible" if kind == "openai-compat" else "Open Responses",
            format=wire_format,
            formats=(wire_format,),
            base_url=base_url,
            listing="openai",
            quirks=Quirks(key_optional=True),
        )

    def models(
        self, preset: Preset, listed: Sequence[ModelInfo] = (), configured: Sequence[ModelInfo] = ()
    ) -> tuple[ModelInfo, ...]:
        """The models of a provider: what the person wrote, the server listed and the catalogue knows, merged.

        Args:
            listed: by the server; a preset without a dependable list keeps its own models beside them.
        """
        named = {model.id for model in preset.models}
        others = [model.id for model in (*configured, *listed) if model.id not in named]
        priced = self._prices.models(preset.id, dict.fromkeys(others)) if others else ()
        return merge_models(
            (*preset.models, *priced), listed, configured, preset.rates, keep_unlisted=not preset.listing
        )

    def model(self, preset: Preset, model_id: str) -> ModelInfo:
        """What is known about any model, named by the preset or not."""
        known = next((model for model in preset.models if model.id == model_id), None)
        return known or next(iter(self._prices.models(preset.id, (model_id,))), ModelInfo(model_id, rates=preset.rates))

    def _preset_that_names(self, preset_id: str, host: str) -> Preset | None:
        """A preset, unless its file cannot mention the host: searching is faster than parsing."""
        text = (self._folder / f"{preset_id}.toml").read_text("utf-8")
        domain = ".".join(host.partition(":")[0].rsplit(".", 2)[-2:])
        return self.preset(preset_id) if domain in text else None


def _spoken_as(owner: Preset, wire_format: WireFormat, base_url: str) -> Preset:
    """A preset at one of its own hosts, in a wire format that the person chose."""
    is_openai = wire_format in (WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES)
    return replace(
        owner,
        format=wire_format,
        formats=tuple(dict.fromkeys((wire_format, *owner.formats))),
        base_url=owner.base_url_for(wire_format) or base_url,
        # Whoever imitates OpenAI takes the key as OpenAI does.
        auth=AuthScheme.BEARER if is_openai and owner.auth == AuthScheme.X_API_KEY else owner.auth,
    )


def parse_preset(text: str, file_name: str) -> Preset:
    """Read one preset file. Raises: CatalogueError, with one sentence."""
    try:
        return _preset(tomllib.loads(text), file_name.removesuffix(".toml"))
    except (tomllib.TOMLDecodeError, RowError) as error:
        raise CatalogueError(f"{file_name}: {error}.") from error


def _preset(table: Mapping[str, Any], expected_id: str) -> Preset:
    check_keys(table, _KEYS)
    for key in _REQUIRED:
        if not table.get(key):
            raise RowError(f"{key} is missing")
    values: dict[str, Any] = {key: _text(table, key) for key in _TEXTS}
    values |= {key: _list_of_texts(table, key) for key in _LISTS}
    values |= {key: _table_of_texts(table, key) for key in _TABLES}
    values["formats"] = values["formats"] or (values["format"],)
    checked = _date(table, "checked")
    _check_vocabulary(values, expected_id)
    preset = Preset(
        **values,
        quirks=_quirks(table.get("quirks", {})),
        models=_models(table.get("models", []), checked),
        default_is_first_listed=table.get("default_is_first_listed") is True,
        rates=_rates(table.get("rates", {}), checked),
        checked=checked,
    )
    if preset.models and preset.default_model and preset.default_model not in {m.id for m in preset.models}:
        raise RowError(f"default_model '{preset.default_model}' is not one of the models")
    return preset


def _check_vocabulary(values: Mapping[str, Any], expected_id: str) -> None:
    if values["id"] != expected_id:
        raise RowError(f"the id is '{values['id']}', but the file is called {expected_id}.toml")
    formats = [wire_format.value for wire_format in WireFormat]
    for name in (values["format"], *values["formats"], *values["format_base_urls"]):
        if name not in formats:
            raise RowError(f"'{name}' is not a wire format{did_you_mean(name, formats)}")
    if values["format"] not in values["formats"]:
        raise RowError("formats must contain format")
    if values["auth"] not in [scheme.value for scheme in AuthScheme]:
        raise RowError(f"auth '{values['auth']}' is not known")
    if values["listing"] and values["listing"] not in LISTINGS:
        raise RowError(f"listing '{values['listing']}' is not known{did_you_mean(values['listing'], LISTINGS)}")


def _models(rows: Any, checked: date) -> tuple[ModelInfo, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise RowError("models must be tables, each under [[models]]")
    models: dict[str, ModelInfo] = {}
    for number, row in enumerate(rows, 1):
        try:
            model = model_from_row(row, source=SOURCE, checked=checked)
        except RowError as error:
            raise RowError(f"model {number} ({row.get('id', 'without an id')}): {error}") from error
        if model.id in models:
            raise RowError(f"model {number}: '{model.id}' is there twice")
        models[model.id] = model
    return tuple(models.values())


def _rates(table: Any, checked: date) -> Rates | None:
    if not isinstance(table, Mapping):
        raise RowError("rates must be a table")
    check_keys(table, PRICE_KEYS)
    return rates_from_row(table, source=SOURCE, checked=checked)


def _quirks(table: Any) -> Quirks:
    if not isinstance(table, Mapping):
        raise RowError("quirks must be a table")
    check_keys(table, _QUIRKS)
    if not all(isinstance(flag, bool) for flag in table.values()):
        raise RowError("a quirk must be true or false")
    return Quirks(**table) if table else NO_QUIRKS


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise RowError(f"{key} must be a text in quotes")
    return value


def _list_of_texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RowError(f"{key} must be a list of texts")
    return tuple(value)


def _table_of_texts(table: Mapping[str, Any], key: str) -> dict[str, str]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise RowError(f"{key} must be a table of texts")
    return value


def _date(table: Mapping[str, Any], key: str) -> date:
    value = table.get(key)
    if not isinstance(value, date):
        raise RowError(f"{key} must be a date such as 2026-11-20")
    return value
