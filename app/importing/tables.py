"""Takes a table of a foreign file apart key by key. What nobody asks for is left out, and can be named.

Foreign files are read with patience: a value of the wrong kind is as if it were not there, and is named too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from app.text import one_line

_LONGEST_NAME = 60
_MOST_TOKENS = 10**9
_MOST_USD = 100_000
_MOST_SECONDS = 86_400
_MOST_DECIMALS = 10
_TRUE = frozenset(("true", "yes", "on"))
_FALSE = frozenset(("false", "no", "off"))


class Table:
    """One table.

    Args:
        content: what the file holds, keys of any kind already made strings.
        path: how to name the table, dotted, with a dot at the end; "" at the top.
    """

    def __init__(self, content: Mapping[str, object], path: str = "") -> None:
        self._content = content
        self._path = path
        self._asked: set[str] = set()
        self._wrong: list[str] = []
        self._inner: list[Table] = []

    def __contains__(self, key: str) -> bool:
        return self._content.get(key) is not None

    def text(self, *keys: str) -> str:
        """The first of these keys that has a text; "" without one. Numbers are texts too."""
        for key in keys:
            value = self._take(key)
            if isinstance(value, str):
                if value.strip():
                    return value.strip()
            elif isinstance(value, int | Decimal) and not isinstance(value, bool):
                return str(value)
            elif value is not None:
                self._leave_out(key)
        return ""

    def flag(self, key: str) -> bool | None:
        """None when absent."""
        value = self._take(key)
        if isinstance(value, bool) or value is None:
            return value
        word = value.strip().lower() if isinstance(value, str) else ""
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        self._leave_out(key)
        return None

    def count(self, *keys: str) -> int | None:
        """Tokens: a whole number above 0 of a sensible size, under the first of these keys that has one.

        0 means that somebody had nothing to say.
        """
        for key in keys:
            number = self._number(key)
            if number is None or number == 0:
                continue
            if number == number.to_integral_value() and 0 < number <= _MOST_TOKENS:
                return int(number)
            self._leave_out(key)
        return None

    def usd(self, key: str) -> Decimal | None:
        """A price per million tokens, 0 included; None when absent, or when it cannot be one."""
        number = self._number(key)
        if number is None:
            return None
        if 0 <= number <= _MOST_USD:
            return without_noise(number)
        self._leave_out(key)
        return None

    def seconds(self, key: str) -> float | None:
        number = self._number(key)
        if number is None or 0 < number <= _MOST_SECONDS:
            return None if number is None else float(number)
        self._leave_out(key)
        return None

    def table(self, key: str) -> Table:
        """A table inside this one; an empty one when absent."""
        value = self._take(key)
        if isinstance(value, Mapping):
            return self._below(value, f"{self._path}{shown(key)}.")
        if value is not None:
            self._leave_out(key)
        return Table({})

    def entries(self, key: str, *, apart: bool = False) -> list[tuple[str, Table]]:
        """The tables in a table whose keys are names; what else is in it is left out.

        Args:
            apart: each names what it leaves out by itself, from its own top; otherwise they are named as one:
                `models[].key`.
        """
        value = self._take(key)
        if not isinstance(value, Mapping):
            if value is not None:
                self._leave_out(key)
            return []
        path = f"{self._path}{shown(key)}"
        found: list[tuple[str, Table]] = []
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                found.append((name, Table(inner) if apart else self._below(inner, f"{path}[].")))
            elif inner is not None:
                self._wrong.append(f"{path}.{shown(name)}")
        return found

    def tables(self, key: str, *, apart: bool = False) -> list[Table]:
        """An array of tables; what else is in it is left out. Args: apart: as in `entries`."""
        return [item for item in self.items(key, apart=apart) if isinstance(item, Table)]

    def items(self, key: str, *, apart: bool = False) -> list[Table | str]:
        """An array of tables and texts, as in a list of models. Args: apart: as in `entries`."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._leave_out(key)
            return []
        path = f"{self._path}{shown(key)}[]"
        items: list[Table | str] = []
        for item in value:
            if isinstance(item, Mapping):
                items.append(Table(item) if apart else self._below(item, f"{path}."))
            elif isinstance(item, str) and item.strip():
                items.append(item.strip())
            else:
                self._wrong.append(path)
        return items

    def texts(self, key: str) -> list[str]:
        return [item for item in self.items(key) if isinstance(item, str)]

    def string_table(self, key: str) -> dict[str, str]:
        """A table whose values are texts; the others are left out."""
        inner = self.table(key)
        return {name: text for name in inner.names if (text := inner.text(name))}

    @property
    def names(self) -> tuple[str, ...]:
        """Every key, whether anybody asked for it or not."""
        return tuple(self._content)

    def raw(self, key: str) -> object:
        """A value of any kind; None when absent."""
        return self._take(key)

    def skip(self, *keys: str) -> None:
        """These are understood, and carry nothing to keep (dates, versions, identifiers of its own)."""
        self._asked.update(keys)

    def leave_out(self, key: str) -> None:
        """Name a key that was asked for, but cannot be kept."""
        self._leave_out(key)

    def left_out(self) -> tuple[str, ...]:
        """The names of all keys, here and in the tables taken from here, that led nowhere."""
        return tuple(dict.fromkeys(self._names_left_out()))

    def _names_left_out(self) -> Iterator[str]:
        yield from self._wrong
        for key, value in self._content.items():
            if key not in self._asked and value is not None:
                yield self._path + shown(key)
        for inner in self._inner:
            yield from inner._names_left_out()

    def _below(self, content: Mapping[str, object], path: str) -> Table:
        inner = Table(content, path)
        self._inner.append(inner)
        return inner

    def _take(self, key: str) -> object:
        self._asked.add(key)
        return self._content.get(key)

    def _leave_out(self, key: str) -> None:
        self._wrong.append(self._path + shown(key))

    def _number(self, key: str) -> Decimal | None:
        value = self._take(key)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite():
            return Decimal(value)
        if value is not None:
            self._leave_out(key)
        return None


def without_noise(price: Decimal) -> Decimal:
    """A price as it was meant, where a program wrote a binary fraction out (0.39999999999999997)."""
    exponent = price.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -_MOST_DECIMALS:
        return price
    rounded = round(price, _MOST_DECIMALS).normalize()
    return Decimal(f"{rounded:f}")


def shown(name: str) -> str:
    """A name from a file that may be shown: one line, and not too long."""
    name = one_line(name) or "(empty)"
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
