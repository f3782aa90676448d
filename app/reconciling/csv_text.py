"""A CSV file as programs and spreadsheets write it, to rows by column name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.reconciling.bills import BillError

MOST_BYTES = 200 * 1024 * 1024
_SEPARATORS = (",", ";", "\t", "|")
_MOST_FIELD = 1024 * 1024
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_COMMA_DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """Attributes:
    line: where it ends in the file, from 1.
    """

    line: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        """ "" for a column that is missing or empty."""
        return self.values.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class CsvText:
    """A file whose first row names its columns; names are in lower case."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_csv(data: bytes) -> CsvText:
    """Whatever the encoding, the separator and the line ends are.

    Raises:
        BillError: it is no table.
    """
    # Lines end where CSV says, not at every character that Unicode calls a line end.
    lines = list(io.StringIO(_decoded(data), newline=""))
    head = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda each: _fields(head, each))
    try:
        records = list(_records(lines, separator))
    except csv.Error as error:
        raise BillError(f"The file is no CSV: {error}", "Export it again, as CSV.") from error
    if not records:
        raise BillError("The file is empty", "Export it again, for a time in which something was used.")
    columns = tuple(name.strip().lower() for name in records[0][1])
    rows = tuple(CsvRow(line, dict(zip(columns, fields, strict=False))) for line, fields in records[1:])
    return CsvText(columns, rows)


def amount(text: str) -> Decimal | None:
    """An amount of money as it is written anywhere: `0.0123`, `1.2e-5`, `$1,234.50`, `1.234,50`; else None."""
    text = text.strip().removeprefix("$").removesuffix("$").replace("\N{NO-BREAK SPACE}", "").strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA_DECIMAL.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and -40 < value.adjusted() < 20 else None


def _decoded(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if data.startswith(mark):
            try:
                return data.decode(encoding).replace("\0", "")
            except UnicodeDecodeError:
                continue
    return data.decode("cp1252", "replace").replace("\0", "")  # an older spreadsheet


def _fields(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator)))
    except csv.Error:
        return 0


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them, each with the number of its last line."""
    before = csv.field_size_limit(_MOST_FIELD)
    try:
        reader = csv.reader(lines, delimiter=separator)
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, fields
    finally:
        csv.field_size_limit(before)
