"""Takes a parsed TOML table apart key by key, and remembers everything that is wrong with it.

The keys that somebody asks for are the known ones: what is left when `finish` is called is unknown. So the
code that reads a table is its schema, and the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from app.config.layout import KeyPath
from app.config.lines import line_of
from app.config.literals import toml_key
from app.config.problems import Problem, nearest
from providers.amounts import amount

T = TypeVar("T")

_DAY_SECONDS = 86_400


@dataclass(slots=True)
class Complaints:
    """Collects problems of one text; looks for lines only when there is something to say."""

    text: str
    problems: list[Problem] = field(default_factory=list)
    _paths: list[KeyPath] = field(default_factory=list)

    def below(self, path: KeyPath) -> bool:
        """Whether anything is wrong with a table or something in it."""
        return any(each[: len(path)] == path for each in self._paths)

    def about_budgets(self) -> bool:
        """Whether anything is wrong with what may be spent, by all providers or by one."""
        return any("budget" in (*path[:1], *path[2:3]) for path in self._paths)

    def add(self, path: KeyPath, message: str, hint: str = "") -> None:
        self._paths.append(path)
        self.problems.append(Problem(line_of(self.text, path), dotted(path), message, hint))


def dotted(path: KeyPath) -> str:
    """A path as TOML writes it: `providers."my.proxy".models[0].id`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        text += f".{toml_key(part)}" if text else toml_key(part)
    return text


class TableReader:
    """One table. Every reading method gives the default when the key is absent or its value is wrong."""

    def __init__(self, table: Mapping[str, Any], path: KeyPath, complaints: Complaints) -> None:
        self.path = path
        self._table = table
        self._complaints = complaints
        self._asked: set[str] = set()

    @property
    def is_good(self) -> bool:
        """Whether nothing that was read so far is wrong, in this table and in those inside it."""
        return not self._complaints.below(self.path)

    def complain(self, key: str | KeyPath, message: str, hint: str = "") -> None:
        """Say what is wrong with a key, or something inside it; "" is the table itself."""
        path = key if isinstance(key, tuple) else (key,) if key else ()
        self._complaints.add((*self.path, *path), message, hint)

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def text(self, key: str, default: str = "") -> str:
        value = self._take(key, default)
        if isinstance(value, str):
            return value
        return self._wrong(key, "a string", default)

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        """One of a few words."""
        value = self.text(key, default)
        return value if value == default or self.check_choice(key, value, choices) else default

    def check_choice(self, key: str, value: str, choices: Iterable[str]) -> bool:
        """Whether a value that was read is one of a few words, or empty; complains when it is not."""
        known = tuple(choices)
        if not value or value in known:
            return True
        meant = nearest(value, known)
        hint = f"Did you mean {meant}?" if meant else ""
        self.complain(key, f"must be one of {', '.join(known)}", hint)
        return False

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        return value if isinstance(value, bool) else self._wrong(key, "true or false", default)

    def optional_flag(self, key: str) -> bool | None:
        """A flag that may be left open: None when absent."""
        self._asked.add(key)
        return self.flag(key, False) if key in self._table else None

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """A whole number, not below `least`."""
        value = self._take(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        return self._wrong(key, f"a whole number, {least} or more", default)

    def optional_whole(self, key: str, *, least: int = 0) -> int | None:
        """A whole number that may be left open: None when absent."""
        self._asked.add(key)
        return self.whole(key, least, least=least) if key in self._table else None

    def seconds(self, key: str, default: float, *, may_be_zero: bool = False) -> float:
        self._asked.add(key)
        if key not in self._table:
            return default
        value = _decimal(self._table[key])
        if value is not None and (value > 0 or (may_be_zero and value == 0)) and value <= _DAY_SECONDS:
            return float(value)
        least = "0 or more" if may_be_zero else "above 0"
        return self._wrong(key, f"a number of seconds, {least}, a day at most", default)

    def money(self, key: str) -> Decimal | None:
        """USD, as a number or a string, exactly as written; None when absent."""
        self._asked.add(key)
        if key not in self._table:
            return None
        written = self._table[key]
        value = amount(written)
        if value is not None and value >= 0:
            return value
        hint = "Write the number alone: no $, no comma, no unit." if isinstance(written, str) else ""
        self.complain(key, 'must be an amount of USD that is not negative, such as 3 or "0.25"', hint)
        return None

    def table(self, key: str) -> TableReader:
        """A table inside this one; an empty one when absent."""
        self._asked.add(key)
        value = self._table[key] if key in self._table and self._is_table(key) else {}
        return TableReader(value, (*self.path, key), self._complaints)

    def named_tables(self) -> dict[str, TableReader]:
        """The tables in a table whose keys are names that people choose; anything else there is wrong."""
        return {name: self.table(name) for name in self._table if self._is_table(name)}

    def tables(self, key: str) -> list[TableReader]:
        """An array of tables; empty when absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            value = self._wrong(key, f"an array of tables: [[{dotted((*self.path, key))}]]", [])
        path = (*self.path, key)
        return [TableReader(item, (*path, index), self._complaints) for index, item in enumerate(value)]

    def strings(self, key: str) -> tuple[str, ...]:
        """An array of strings; empty when absent."""
        value = self._take(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        return self._wrong(key, "an array of strings", ())

    def string_table(self, key: str) -> dict[str, str]:
        """A table whose values are all strings; the values that are not are left out."""
        inner = self.table(key)
        return {name: inner.text(name) for name in inner._table}

    def free_table(self, key: str) -> dict[str, Any]:
        """A table with any content that JSON can carry."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            return self._wrong(key, "a table", {})
        try:
            return {name: _json_value(inner) for name, inner in value.items()}
        except TypeError:
            return self._wrong(key, "a table without dates, times, inf and nan, which JSON does not have", {})

    def finish(self) -> None:
        """Complain about every key that nobody asked for."""
        for key in self._table:
            if key not in self._asked:
                meant = nearest(key, self._asked)
                hint = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(sorted(self._asked))}."
                self.complain(key, "is not a key that Parley knows", hint)

    def _is_table(self, key: str) -> bool:
        if isinstance(self._take(key, None), dict):
            return True
        self.complain(key, f"must be a table: [{dotted((*self.path, key))}]")
        return False

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._table.get(key, default)

    def _wrong(self, key: str, expected: str, default: T) -> T:
        self.complain(key, f"must be {expected}")
        return default


def _decimal(value: object) -> Decimal | None:
    """A number that is not written as a text; None for anything else."""
    return None if isinstance(value, str) else amount(value)


def _json_value(value: Any) -> Any:
    """A TOML value as JSON has it. Raises: TypeError, for what JSON does not have."""
    match value:
        case dict():
            return {key: _json_value(inner) for key, inner in value.items()}
        case list():
            return [_json_value(inner) for inner in value]
        case Decimal() if value.is_finite():
            return float(value)
        case str() | bool() | int():
            return value
        case _:
            raise TypeError(type(value).__name__)
