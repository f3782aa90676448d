"""Changes `config.toml` in place: comments, order and spacing survive, and a broken file is left alone.

Every edit goes the same way: take the lock, read, refuse if the file is invalid, change, check the outcome, then put
it in place of the old file in one step.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.config.draft import MISSING, Draft, is_same
from app.config.files import resolved, write_private
from app.config.load import Loaded, load, load_bytes
from app.config.paths import make_private_folder
from app.config.problems import Problem
from app.file_lock import LockTaken, locked
from providers.amounts import decimal_of
from providers.reference import ModelRef

Key = str | Sequence[str]
"""`default_model`, `budget.daily`, or the parts one by one where a name contains dots."""

Change = Callable[[Draft, dict[str, Any]], None]
"""Changes a text, and the tables that it is to say afterwards: each is checked against the other."""

_PROVIDERS = "providers"
_BYTE_ORDER_MARK = "\ufeff"


class EditRefused(Exception):
    """The file was not touched.

    Attributes:
        problems: what is wrong with the file as it is, or would be after the edit; may be empty.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems

    @property
    def in_full(self) -> str:
        """Everything there is to say, as sentences."""
        return " ".join([f"{self}.", *(f"{problem}. {problem.hint}".strip() for problem in self.problems)])


def set_value(path: Path, key: Key, value: Any, environ: Mapping[str, str]) -> Loaded:
    """Set one key, creating the file and the tables around the key where they are missing.

    Args:
        value: anything TOML can hold, and model references; a Decimal is written as a number, a dict as a table.
    Returns: the settings after the edit.
    Raises: EditRefused.
    """
    parts = _parts(key)
    new = _as_toml(value)

    def change(draft: Draft, tables: dict[str, Any]) -> None:
        table = tables
        for depth, part in enumerate(parts[:-1], 1):
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise EditRefused(f"{'.'.join(parts[:depth])} is not a table")
        draft.change(parts, table.get(parts[-1], MISSING), new)
        table[parts[-1]] = new

    return _edit(path, change, environ)


def remove_value(path: Path, key: Key, environ: Mapping[str, str]) -> Loaded:
    """Remove a key or a whole table; nothing happens when it is not there.

    Returns: the settings after the edit.
    Raises: EditRefused.
    """
    parts = _parts(key)

    def change(draft: Draft, tables: dict[str, Any]) -> None:
        table: Any = tables
        for part in parts[:-1]:
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict) and parts[-1] in table:
            draft.remove(parts)
            del table[parts[-1]]

    return _edit(path, change, environ)


def add_provider(path: Path, name: str, table: Mapping[str, Any], environ: Mapping[str, str]) -> Loaded:
    """Add `[providers.NAME]` below the providers that are there.

    Args:
        table: see `app.config.writing.table_of`.
    Returns: the settings after the edit.
    Raises: EditRefused, also when there is one of that name.
    """
    new = _as_toml(table)

    def change(draft: Draft, tables: dict[str, Any]) -> None:
        providers = tables.setdefault(_PROVIDERS, {})
        if name in providers:
            raise EditRefused(f"there is a provider called {name} already")
        draft.change((_PROVIDERS, name), MISSING, new)
        providers[name] = new

    return _edit(path, change, environ)


def replace_provider(
    path: Path,
    name: str,
    table: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    new_name: str = "",
    before: Mapping[str, Any] | None = None,
) -> Loaded:
    """Make a provider's table say something else. Keys whose values stay the same stay as they are written.

    Args:
        table: see `app.config.writing.table_of`.
        new_name: as with `rename_provider`, in the same step; "" leaves the name.
        before: what the table was made from: keys that are the same in both stay as the file has them by now.
    Returns: the settings after the edit.
    Raises: EditRefused, also when there is none of that name, or one of the new name.
    """
    new, known = _as_toml(table), _as_toml(before or {})
    kept = {key for key in known.keys() | new.keys() if before is not None and known.get(key) == new.get(key)}

    def change(draft: Draft, tables: dict[str, Any]) -> None:
        if new_name:
            _rename(draft, tables, name, new_name)
        now = new_name or name
        old = _with_provider(tables, now)[now]
        # Somebody may have written more into it meanwhile, or a default out: nobody asked for that to go.
        others = {key: value for key, value in old.items() if key in kept or (before is not None and key not in known)}
        tables[_PROVIDERS][now] = others | {key: value for key, value in new.items() if key not in kept}
        draft.change((_PROVIDERS, now), old, tables[_PROVIDERS][now])

    return _edit(path, change, environ)


def rename_provider(path: Path, old: str, new: str, environ: Mapping[str, str]) -> Loaded:
    """Give a provider another name where it stands, and in the model references of this file.

    Returns: the settings after the edit.
    Raises: EditRefused, also when there is none of that name, or one of the new name.
    """
    return _edit(path, lambda draft, tables: _rename(draft, tables, old, new), environ)


def remove_provider(path: Path, name: str, environ: Mapping[str, str]) -> Loaded:
    """Remove a provider with its models and headers, wherever they stand in the file, and what refers to its models.

    Returns: the settings after the edit.
    Raises: EditRefused, also when there is none of that name.
    """

    def change(draft: Draft, tables: dict[str, Any]) -> None:
        providers = _with_provider(tables, name)
        draft.remove((_PROVIDERS, name))
        del providers[name]
        for key in ("default_model", "fallback_model"):
            if str(tables.get(key, "")).startswith(f"{name}/"):
                draft.remove((key,))
                del tables[key]
        favourites = tables.get("favourite_models", [])
        kept = [ref for ref in favourites if not str(ref).startswith(f"{name}/")]
        if kept != favourites:
            draft.change(("favourite_models",), favourites, kept)
            tables["favourite_models"] = kept

    return _edit(path, change, environ)


def _rename(draft: Draft, tables: dict[str, Any], old: str, new: str) -> None:
    providers = _with_provider(tables, old)
    if new in providers and new != old:
        raise EditRefused(f"there is a provider called {new} already")
    draft.rename((_PROVIDERS, old), new)
    tables[_PROVIDERS] = {new if name == old else name: table for name, table in providers.items()}
    for key in ("default_model", "fallback_model", "favourite_models"):
        if key in tables:
            renamed = _renamed(tables[key], old, new)
            draft.change((key,), tables[key], renamed)
            tables[key] = renamed


def _edit(path: Path, change: Change, environ: Mapping[str, str]) -> Loaded:
    try:
        target = resolved(path)
        make_private_folder(target.parent)
        with locked(lock_of(target)):
            return _edit_alone(path, change, environ)
    except LockTaken as error:
        raise EditRefused(f"{path} is being changed by another program; try again") from error
    except OSError as error:
        raise EditRefused(f"{path} cannot be changed: {error.strerror or error}") from error


def lock_of(path: Path) -> Path:
    """The lock file of a configuration file, beside it."""
    return path.with_name(f".{path.name}.lock")


def _edit_alone(path: Path, change: Change, environ: Mapping[str, str]) -> Loaded:
    """The edit itself, while no other Parley edits. Raises: EditRefused, OSError."""
    content = path.read_bytes() if path.is_file() else b""
    before = load_bytes(content, environ) if content else load(path, environ)
    if before.problems:
        raise EditRefused(f"{path} has mistakes, so it was not changed", before.problems)
    text = content.decode("utf-8")
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    draft = Draft(text.removeprefix(mark))
    wanted = _tables(draft.text)
    change(draft, wanted)
    edited = mark + draft.text
    if edited == text:
        return before
    try:
        content_after = edited.encode()
    except UnicodeEncodeError as error:
        raise EditRefused("this change holds something that is no text") from error
    after = load_bytes(content_after, environ)
    if after.problems:
        raise EditRefused("this change would make the configuration invalid", after.problems)
    if not is_same(_pruned(_tables(draft.text)), _pruned(wanted)):
        raise EditRefused(f"{path} is written in a way that this edit would damage; change it by hand")
    if path.exists() and not os.access(path, os.W_OK):
        raise EditRefused(f"{path} is read-only")
    if (path.read_bytes() if path.exists() else b"") != content:
        raise EditRefused(f"{path} was changed by another program meanwhile; try again")
    write_private(path, edited)
    return after


def _tables(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=decimal_of)


def _with_provider(tables: dict[str, Any], name: str) -> dict[str, Any]:
    """The providers' tables. Raises: EditRefused, when this one is not among them."""
    providers: dict[str, Any] = tables.get(_PROVIDERS, {})
    if name not in providers:
        raise EditRefused(f"there is no [providers.{name}] in config.toml")
    return providers


def _renamed(value: str | list[str], old: str, new: str) -> str | list[str]:
    """A model reference or several, with another provider in those that name the old one."""
    if isinstance(value, list):
        return [str(_renamed(each, old, new)) for each in value]
    ref = ModelRef.parse(value)
    return str(ModelRef(new, ref.model)) if ref.provider == old else value


def _parts(key: Key) -> tuple[str, ...]:
    return tuple(key.split(".")) if isinstance(key, str) else tuple(key)


def _as_toml(value: Any) -> Any:
    """The value that reading the file gives back for a value written to it."""
    match value:
        case Mapping():
            return {key: _as_toml(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_as_toml(inner) for inner in value]
        case ModelRef():
            return str(value)
        case float():
            return Decimal(repr(value))
        case _:
            return value


def _pruned(value: Any) -> Any:
    """Tables without the empty ones in them, which say nothing; in `extra_body` they do."""
    if not isinstance(value, dict):
        return [_pruned(item) for item in value] if isinstance(value, list) else value
    kept = {key: inner if key == "extra_body" else _pruned(inner) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner not in ({}, [])}
