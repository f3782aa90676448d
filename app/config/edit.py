"""Changes `config.toml` in place: comments, order and spacing survive, and a broken file is left alone.

Every edit goes the same way: read, refuse if the file is invalid, change, check the outcome, then put it in
place of the old file in one step.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.config.load import Loaded, load, load_text
from app.config.paths import make_private_folder
from app.config.problems import Problem

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Key = str | Sequence[str]
"""`default_model`, `budget.daily`, or the parts one by one where a name contains dots."""


class EditRefused(Exception):
    """The file was not touched.

    Attributes:
        problems: what is wrong with the file as it is, or would be after the edit; may be empty.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def set_value(path: Path, key: Key, value: Any, environ: Mapping[str, str]) -> Loaded:
    """Set one key, creating the file and the tables around the key where they are missing.

    Args:
        value: anything TOML can hold; a Decimal is written as a number, a dict as a table.
    Returns: the settings after the edit.
    Raises: EditRefused.
    """
    parts = _parts(key)

    def change(document: TOMLDocument) -> None:
        table: Any = document
        for part in parts[:-1]:
            if part not in table:
                table[part] = _new_table({}, is_super=part == "providers")
            table = table[part]
        table[parts[-1]] = _toml_item(value, is_outermost=True)

    def expected(before: dict[str, Any]) -> None:
        table = before
        for part in parts[:-1]:
            table = table.setdefault(part, {})
        table[parts[-1]] = value

    return _edit(path, change, expected, environ)


def remove_value(path: Path, key: Key, environ: Mapping[str, str]) -> Loaded:
    """Remove a key or a whole table; nothing happens when it is not there.

    Returns: the settings after the edit.
    Raises: EditRefused.
    """
    parts = _parts(key)

    def change(table: Any) -> None:
        for part in parts[:-1]:
            table = table.get(part, {})
        table.pop(parts[-1], None)

    return _edit(path, change, change, environ)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it. A symbolic link stays one.

    Raises: OSError.
    """
    target = path.resolve()
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _edit(
    path: Path,
    change: Callable[[TOMLDocument], None],
    expected: Callable[[dict[str, Any]], None],
    environ: Mapping[str, str],
) -> Loaded:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = load(path, environ)
    if before.problems:
        raise EditRefused(f"{path} has mistakes, so it was not changed", before.problems)
    text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    wanted = tomllib.loads(text, parse_float=Decimal)
    expected(wanted)
    try:
        document = tomlkit.parse(text)
        change(document)
    except TOMLKitError as error:
        raise EditRefused(f"{path} could not be edited: {error}") from error
    edited = tomlkit.dumps(document)
    after = load_text(edited, environ)
    if after.problems:
        raise EditRefused("this change would make the configuration invalid", after.problems)
    if tomllib.loads(edited, parse_float=Decimal) != _as_read(wanted):
        raise EditRefused(f"{path} is written in a way that this edit would damage; change it by hand")
    try:
        write_private(path, edited)
    except OSError as error:
        raise EditRefused(f"{path} cannot be written: {error.strerror or error}") from error
    return after


def _parts(key: Key) -> tuple[str, ...]:
    return tuple(key.split(".")) if isinstance(key, str) else tuple(key)


def _toml_item(value: Any, *, is_outermost: bool = False) -> Any:
    import tomlkit

    if isinstance(value, Decimal):
        return tomlkit.value(f"{value:f}")
    if not isinstance(value, Mapping):
        return tomlkit.item(value)
    if is_outermost:
        return _new_table(value)
    inline = tomlkit.inline_table()
    inline.update({key: _toml_item(inner) for key, inner in value.items()})
    return inline


def _new_table(content: Mapping[str, Any], *, is_super: bool = False) -> Any:
    """A table with an empty line in front of its header; `is_super`: without a header of its own."""
    import tomlkit

    table = tomlkit.table(is_super_table=is_super)
    table.trivia.indent = "\n"
    for key, inner in content.items():
        table[key] = _toml_item(inner)
    return table


def _as_read(value: Any) -> Any:
    """The value that reading the file gives back for a value written to it."""
    match value:
        case Mapping():
            return {key: _as_read(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_as_read(inner) for inner in value]
        case float():
            return Decimal(repr(value))
        case _:
            return value
