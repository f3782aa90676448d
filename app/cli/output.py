"""What commands print: text, JSON, tables, and errors as one line plus a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from app.cli.context import CliContext
from app.text import one_line

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\xad\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_GAP = "  "
_LEAST_WIDTH = 10


def write(context: CliContext, text: str) -> None:
    """Print text as it is. Characters that the terminal's encoding lacks become "?"."""
    _write(context.stdout, text)


def write_json(context: CliContext, value: Any, *, indent: int | None = 2) -> None:
    """Print JSON. What could command a terminal stands in it as an escape.

    Args:
        indent: None prints it on one line.
    """
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    write(context, _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def fail(context: CliContext, message: str, hint: str = "", *, code: int = 1) -> int:
    """Say what went wrong and what to do, on stderr. Returns: the exit code, for `return fail(…)`."""
    _write(context.stderr, f"parley: {one_line(message)}\n")
    if hint:
        _write(context.stderr, f"  {one_line(hint)}\n")
    return code


def note(context: CliContext, sentence: str) -> None:
    """Say something beside the output, on stderr."""
    _write(context.stderr, f"{one_line(sentence)}\n")


def width_of(context: CliContext) -> int | None:
    """The columns of the terminal that output goes to; None where it goes to no terminal: nothing is cut there."""
    if not context.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


@dataclass(frozen=True, slots=True)
class Column:
    """Attributes:
    is_number: aligned right.
    may_go: left out where there is no room for it.
    may_shrink: cut off, with an ellipsis, where there is still no room.
    """

    title: str
    is_number: bool = False
    may_go: bool = False
    may_shrink: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """An aligned table; cells may hold anything and take one line each. Empty columns are left out.

    Args:
        width: of the terminal, for columns that may give way; None for no limit.
    """
    from rich.cells import cell_len

    lines = [[one_line(cell) for cell in row] for row in rows]
    kept = [index for index in range(len(columns)) if any(line[index] for line in lines)]
    lines.insert(0, [column.title for column in columns])
    widths = {index: max(cell_len(line[index]) for line in lines) for index in kept}
    if width is not None:
        _fit(widths, columns, width)
    text = ""
    for line in lines:
        cells = []
        for index, room in widths.items():
            cell = _cut(line[index], room)
            blanks = " " * (room - cell_len(cell))
            cells.append(blanks + cell if columns[index].is_number else cell + blanks)
        text += _GAP.join(cells).rstrip() + "\n"
    return text


def _fit(widths: dict[int, int], columns: Sequence[Column], width: int) -> None:
    """Make room, as far as the columns allow it: the last ones go first, then the widest shrink."""

    def excess() -> int:
        return sum(widths.values()) + len(_GAP) * (len(widths) - 1) - width

    for index in [index for index in reversed(widths) if columns[index].may_go]:
        if excess() > 0:
            del widths[index]
    while excess() > 0:
        shrinking = [index for index in widths if columns[index].may_shrink and widths[index] > _LEAST_WIDTH]
        if not shrinking:
            return
        widths[max(shrinking, key=widths.__getitem__)] -= 1


def _cut(text: str, room: int) -> str:
    """The text, or as much of it as there is room for, with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


def facts(rows: Sequence[tuple[str, str]], width: int | None = None) -> str:
    """Names and what is to be said of them, one below the other; a long text goes on below its beginning.

    Args:
        width: of the terminal; None for no limit.
    """
    from textwrap import wrap

    room = max((len(name) for name, _ in rows), default=0) + len(_GAP)
    text = ""
    for name, said in rows:
        line = one_line(said)
        pieces = [line] if width is None else wrap(line, max(width - room, _LEAST_WIDTH), break_on_hyphens=False)
        for number, piece in enumerate(pieces or [""]):
            text += f"{'' if number else name:<{room}}{piece}".rstrip() + "\n"
    return text


def markdown_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table in which cells are literal."""
    rule = ["---:" if column.is_number else "---" for column in columns]
    lines = [[column.title for column in columns], rule, *([markdown_literal(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def markdown_literal(text: str) -> str:
    """One line of text in which nothing is Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", one_line(text))


def csv_text(names: Sequence[str], objects: Iterable[Mapping[str, Any]]) -> str:
    """Objects as comma-separated lines below a header. None is empty, and no text runs as a formula somewhere."""
    import csv
    import io

    text = io.StringIO()
    lines = csv.DictWriter(text, names, lineterminator="\n")
    lines.writeheader()
    for each in objects:
        lines.writerow({name: _csv_cell(value) for name, value in each.items()})
    return text.getvalue()


def _csv_cell(value: object) -> object:
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value  # Exact numbers come as text; a minus is part of them.
    line = one_line(value)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
