"""One preset file, TOML, to a `Preset`. Every mistake is one sentence that names the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.catalogue.records import Abilities, LocalServer, ModelInfo, Preset
from providers.catalogue.rows import PRICE_KEYS, RowError, check_keys, did_you_mean, model_from_row, rates_from_row
from providers.costs import Rates
from providers.request import AuthScheme, WireFormat

SOURCE = "catalogue"
"""What prices from these files are called wherever a cost is shown."""

_TEXTS = (
    "id",
    "name",
    "format",
    "base_url",
    "auth",
    "key_url",
    "default_model",
    "listing",
    "sign_in",
    "key_check",
    "start_hint",
    "model_hint",
    "policy_hint",
    "source",
)
_LISTS = ("formats", "key_env", "base_url_env", "hosts", "wrong_base_urls", "aliases")
_TABLES = ("format_base_urls", "headers")
_FLAGS = ("default_is_first_listed", "is_local")
_OTHERS = ("checked", "quirks", "models", "rates", "abilities", "server")
_KEYS = frozenset((*_TEXTS, *_LISTS, *_TABLES, *_FLAGS, *_OTHERS))
_REQUIRED = ("id", "name", "format", "auth", "source", "checked")
_QUIRKS = frozenset(flag.name for flag in fields(Quirks))
_ABILITIES = frozenset(ability.name for ability in fields(Abilities))
_SERVER = ("port", "list_path", "row", "row_fields", "is_own_port")


class CatalogueError(ValueError):
    """A preset file that cannot be used; `str()` is one sentence that names the file."""


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
    values |= {key: _flag(table, key) for key in _FLAGS}
    values["formats"] = values["formats"] or (values["format"],)
    checked = _date(table, "checked")
    _check_vocabulary(values, expected_id)
    preset = Preset(
        **values,
        quirks=_quirks(table.get("quirks", {})),
        models=_models(table.get("models", []), checked),
        abilities=_abilities(table.get("abilities", {})),
        server=_server(table.get("server")),
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
    if values["sign_in"] not in ("", "oauth"):
        raise RowError(f"sign_in '{values['sign_in']}' is not known")
    from providers.catalogue.listing import LISTINGS

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
        if model.rates is not None and not (row.get("source") and row.get("checked")):
            raise RowError(f"model {number} ({model.id}): a price that is not in prices.json needs source and checked")
        if model.id in models:
            raise RowError(f"model {number}: '{model.id}' is there twice")
        models[model.id] = model
    return tuple(models.values())


def _rates(table: Any, checked: date) -> Rates | None:
    if not isinstance(table, Mapping):
        raise RowError("rates must be a table")
    check_keys(table, (*PRICE_KEYS, "is_flat"))
    if _flag(table, "is_flat"):
        return Rates(source=SOURCE, checked=checked, is_flat=True)
    return rates_from_row(table, source=SOURCE, checked=checked)


def _quirks(table: Any) -> Quirks:
    if not isinstance(table, Mapping):
        raise RowError("quirks must be a table")
    check_keys(table, _QUIRKS)
    if not all(isinstance(flag, bool) for flag in table.values()):
        raise RowError("a quirk must be true or false")
    return Quirks(**table) if table else NO_QUIRKS


def _abilities(table: Any) -> Abilities:
    if not isinstance(table, Mapping):
        raise RowError("abilities must be a table")
    check_keys(table, _ABILITIES)
    return Abilities(**{key: _text(table, key) for key in table})


def _server(table: Any) -> LocalServer | None:
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise RowError("server must be a table")
    check_keys(table, _SERVER)
    port, row = table.get("port"), table.get("row", {})
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise RowError("server needs a port")
    if not isinstance(row, dict) or not all(isinstance(value, (str, int)) for value in row.values()):
        raise RowError("row must be a table of texts and numbers")
    server = LocalServer(
        port, _text(table, "list_path"), row, _list_of_texts(table, "row_fields"), _flag(table, "is_own_port")
    )
    if not server.list_path.startswith("/") or not (server.row or server.row_fields):
        raise RowError("server needs a list_path, and row or row_fields to recognise it by")
    return server


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise RowError(f"{key} must be true or false")
    return value


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
