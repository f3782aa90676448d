"""Keys and what they do, as they stand under a dialog."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content


def key_line(keys: Iterable[tuple[str, str]]) -> Content:
    """One line: the key bright, its word dim."""
    return Content("   ").join(Content.assemble(key, " ", Content.styled(word, "$text-muted")) for key, word in keys)
