"""What a person types into a search, made safe for SQLite: no character of it is syntax."""

from __future__ import annotations

import re

from app.storage.encoding import storable

_SPECIAL_IN_LIKE = re.compile(r"[\\%_]")


def words(text: str) -> list[str]:
    """What is looked for: everything between blanks."""
    return storable(text).replace("\0", " ").split()


def fts_query(text: str) -> str:
    """All words, each as the beginning of a word: `"par"* "fish"*`; "" when there are none."""
    return " ".join('"' + word.replace('"', '""') + '"*' for word in words(text))


def like_patterns(text: str) -> list[str]:
    """One LIKE pattern per word, with `\\` as the escape character."""
    return ["%" + _SPECIAL_IN_LIKE.sub(r"\\\g<0>", word) + "%" for word in words(text)]
