"""Making text fit into cells without cutting a word in the middle."""

from __future__ import annotations

import re

from textual.content import Content

_JOINT = re.compile(r"[/:_-]+")


def fitted(label: str, width: int) -> str:
    """The label, or as many whole words of it as fit.

    Of a phrase the beginning stays ("Explain WAL …"); of an id its end, which tells more: `claude-sonnet-4-6`
    in 11 cells is `…sonnet-4-6`. Only a single word that is longer than the room is cut.
    """
    if Content(label).cell_length <= width:
        return label
    return (_first_words(label, width) if " " in label else _last_segments(label, width)) or _cut(label, width)


def _first_words(phrase: str, width: int) -> str:
    end = min(len(phrase), width + 1)  # every character takes a cell, but for a few that take none
    while (end := phrase.rfind(" ", 0, end)) > 0:
        candidate = phrase[:end].rstrip() + " …"
        if Content(candidate).cell_length <= width:
            return candidate
    return ""


def _last_segments(name: str, width: int) -> str:
    for joint in _JOINT.finditer(name, max(0, len(name) - width - 1)):
        candidate = "…" + name[joint.end() :]
        if len(candidate) > 2 and Content(candidate).cell_length <= width:
            return candidate
    return ""


def _cut(label: str, width: int) -> str:
    return Content(label).truncate(max(width, 1), ellipsis=True).plain


def spread(left: Content, right: Content, width: int) -> Content:
    """Two pieces of one line, at its two ends. They keep at least one space between them."""
    gap = max(1, width - left.cell_length - right.cell_length)
    return Content.assemble(left, " " * gap, right)
