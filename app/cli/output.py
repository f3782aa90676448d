"""What commands print: text, JSON, tables, and errors as one line plus a hint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from app.cli.context import CliContext
from app.text import one_line

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\xad\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_GAP = "  "


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


@dataclass(frozen=True, slots=True)
class Column:
    """Attributes:
    is_number: aligned right.
    """

    title: str
    is_number: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """An aligned table; cells may hold anything and take one line each. Empty columns are left out."""
    from rich.cells import cell_len

    lines = [[one_line(cell) for cell in row] for row in rows]
    kept = [index for index in range(len(columns)) if any(line[index] for line in lines)]
    lines.insert(0, [column.title for column in columns])
    widths = {index: max(cell_len(line[index]) for line in lines) for index in kept}
    text = ""
    for line in lines:
        cells = []
        for index in kept:
            blanks = " " * (widths[index] - cell_len(line[index]))
            cells.append(blanks + line[index] if columns[index].is_number else line[index] + blanks)
        text += _GAP.join(cells).rstrip() + "\n"
    return text


def markdown_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table in which cells are literal."""
    rule = ["---:" if column.is_number else "---" for column in columns]
    lines = [[column.title for column in columns], rule, *([markdown_literal(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def markdown_literal(text: str) -> str:
    """One line of text in which nothing is Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", one_line(text))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
