"""Inline Markdown that has only half arrived: shown as what it is about to be, so that nothing flickers."""

from __future__ import annotations

import re

_HALF_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*$")
_HALF_MARK = re.compile(r"[*`~]+$")
_MARK = re.compile(r"\\.|`+|\*{1,3}|~~")
_LONGEST = 4_000
"""Characters of a paragraph that are looked through in every frame."""


def completed(source: str) -> str:
    """Close the emphasis, code and links that are still open at the end of a paragraph.

    A mark opens when text follows it at once. Only what the next deltas will bring is guessed: what the
    paragraph is in the end is read from its source alone.
    """
    if len(source) > _LONGEST:
        return source
    source = _HALF_LINK.sub(r"\1", source)
    text = _HALF_MARK.sub("", source)
    opened = _open_marks(text)
    if not opened:
        return source
    return text.rstrip() + "".join(reversed(opened))


def _open_marks(text: str) -> list[str]:
    opened: list[str] = []
    for match in _MARK.finditer(text):
        mark = match.group()
        if mark.startswith("\\"):
            continue
        if opened and opened[-1].startswith("`"):
            if mark == opened[-1]:
                opened.pop()
        elif mark in opened:
            del opened[opened.index(mark) :]
        elif text[match.end() : match.end() + 1].strip():
            opened.append(mark)
    return opened
