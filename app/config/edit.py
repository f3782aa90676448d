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


_PROVIDERS = "providers"


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
        depth = 0
        while depth < len(parts) - 1 and parts[depth] in table:
            table = table[parts[depth]]
            depth += 1
        content = value
        for part in reversed(parts[depth + 1 :]):
            content = {part: content}
        table[parts[depth]] = _toml_item(content, parts[: depth + 1])

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
        # With an empty line at its end, a table that is added is set apart from the last one.
        body = text.rstrip("\n")
        document = tomlkit.parse(f"{body}\n\n" if body else "")
        change(document)
    except TOMLKitError as error:
        raise EditRefused(f"{path} could not be edited: {error}") from error
    edited = tomlkit.dumps(document).rstrip("\n") + (text[len(body) :] or "\n")
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


def _toml_item(value: Any, path: tuple[str, ...]) -> Any:
    """A value as it is to be written at a path: `[budget]` and `[providers.NAME]` get headers, other tables
    stand in one line.
    """
    import tomlkit

    if not isinstance(value, Mapping):
        return tomlkit.item(_with_toml_numbers(value))
    content = {key: _toml_item(inner, (*path, key)) for key, inner in value.items()}
    if path == (_PROVIDERS,):
        table = tomlkit.table(is_super_table=True)
        table.update(content)
    elif len(path) == 1 or (len(path) == 2 and path[0] == _PROVIDERS):
        table = tomlkit.table()
        table.update(content)
        table.add(tomlkit.nl())
    else:
        inline = tomlkit.inline_table()
        inline.update(content)
        return inline
    return table


def _with_toml_numbers(value: Any) -> Any:
    """The same value with each Decimal as the number it is, digit by digit."""
    import tomlkit

    match value:
        case Decimal():
            return tomlkit.value(f"{value:f}")
        case Mapping():
            return {key: _with_toml_numbers(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_with_toml_numbers(inner) for inner in value]
        case _:
            return value


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
