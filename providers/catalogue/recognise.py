"""Whose model list it is: servers are known by what only they write into it. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from providers.catalogue.listing import raw_rows
from providers.catalogue.records import LocalServer, Preset
from providers.errors import ProtocolError


def recognise(presets: Iterable[Preset], body: bytes, asked: LocalServer | None = None) -> Preset | None:
    """The preset of the server that sent a model list; None when it could be anybody's.

    Args:
        presets: those that may be meant; only local servers can be recognised.
        asked: where the list was asked for; an empty one there, under a path that nobody else uses, is its own.
    """
    servers = [(preset, preset.server) for preset in presets if preset.server is not None]
    try:
        rows = raw_rows(body)
    except ProtocolError:
        return None
    if not rows and asked is not None:
        paths = [server.list_path for _, server in servers]
        return next((p for p, server in servers if server == asked and paths.count(server.list_path) == 1), None)
    return next((preset for preset, server in servers if any(_is_of(server, row) for row in rows)), None)


def is_list(body: bytes) -> bool:
    """Whether this is a model list of any kind."""
    try:
        raw_rows(body)
    except ProtocolError:
        return False
    return True


def is_anthropic_list(body: bytes) -> bool:
    """Whether a model list is in the shape of Anthropic's API."""
    rows = raw_rows(body) if is_list(body) else ()
    return any(row.get("type") == "model" and "display_name" in row and "object" not in row for row in rows)


def _is_of(server: LocalServer, row: Mapping[str, Any]) -> bool:
    has_values = all(row.get(field) == value for field, value in server.row.items())
    return has_values and all(row.get(field) for field in server.row_fields)
