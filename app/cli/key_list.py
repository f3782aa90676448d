"""`parley keys list`: every provider, every stored key, and what should be done about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.cli.key_desk import KeyDesk
from app.cli.output import Column, note, table, write, write_json
from app.keys.ladder import Header, Ladder

_COLUMNS = (Column("name"), Column("header"), Column("comes from"), Column("hides"), Column("note"))


@dataclass(frozen=True, slots=True)
class Row:
    """One key or secret header.

    Attributes:
        place: where the one in use is; "" when there is none.
        given_for: the host a stored key was given for.
    """

    name: str
    header: str = ""
    kind: str = ""
    place: str = ""
    hides: tuple[str, ...] = ()
    given_for: str = ""
    note: str = ""
    is_plain_text: bool = False


async def print_keys(desk: KeyDesk, *, as_json: bool) -> int:
    """Print the list, and on stderr what is to be known beside it."""
    context = desk.context
    # First of all: it takes up keys in the vault that the record does not know.
    places = await desk.store.status()
    rows = list(_rows(desk))
    if as_json:
        write_json(context, [_object(row) for row in rows])
        return 0
    if rows:
        write(context, table(_COLUMNS, [_cells(row) for row in rows]))
    for entry in desk.entries.values():
        for sentence in desk.advice(entry):
            note(context, sentence)
    for place in (places.vault, places.keychain):
        note(context, f"{place}.")
    if not places.for_new:
        note(context, f"There is no safe place for new keys. {places.hint}")
    for sentence in places.notices:
        note(context, sentence)
    return 0


def _rows(desk: KeyDesk) -> Iterator[Row]:
    for entry in desk.entries.values():
        ladder = desk.ladder(entry)
        yield _key_row(entry.name, ladder, entry.found)
        yield from (_header_row(entry.name, header) for header in ladder.headers)
    for key in desk.store.all_stored():
        if key.provider not in desk.entries:
            yield Row(key.provider, key.header, "stored", key.place, given_for=key.host, note="no such provider yet")


def _key_row(name: str, ladder: Ladder, found: str) -> Row:
    rung = ladder.in_use
    hides = tuple(hidden.place for hidden in ladder.hidden)
    if rung is None:
        return Row(name, hides=hides, note=_no_key(ladder))
    words = [found, rung.problem, "in plain text" if rung.is_plain_text else ""]
    return Row(
        name,
        kind=rung.kind,
        place=rung.place,
        hides=hides,
        given_for=rung.host,
        note=", ".join(filter(None, words)),
        is_plain_text=rung.is_plain_text,
    )


def _no_key(ladder: Ladder) -> str:
    if not ladder.is_sent:
        return "none is sent"
    if not ladder.is_needed:
        return "none needed"
    return f"no key; looked for {' or '.join(ladder.looked_for)}" if ladder.looked_for else "no key"


def _header_row(name: str, header: Header) -> Row:
    words = ["in plain text"] if header.is_plain_text else []
    if not header.is_named:
        words.append("not in secret_headers")
    elif not header.place:
        words.append("no value")
    kind = "config" if header.is_plain_text else "stored"
    return Row(
        name,
        header.name,
        kind=kind if header.place else "",
        place=header.place,
        given_for=header.host,
        note=", ".join(words),
        is_plain_text=header.is_plain_text,
    )


def _cells(row: Row) -> list[str]:
    return [row.name, row.header, row.place or "—", ", ".join(row.hides), row.note]


def _object(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "header": row.header or None,
        "kind": row.kind or None,
        "place": row.place or None,
        "hides": list(row.hides),
        "given_for": row.given_for or None,
        "plain_text": row.is_plain_text,
        "note": row.note or None,
    }
