"""Finding words in what was said. No character that a person types is syntax for SQLite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from app.storage.encoding import storable
from app.storage.records import Conversation

Found = dict[str, tuple[str | None, str]]
"""Conversation id to message id and excerpt, as in `SearchHit`."""

_SPECIAL_IN_LIKE = re.compile(r"[\\%_]")
_EXCERPT_WORDS = 16
_EXCERPT_BEFORE, _EXCERPT_AFTER = 20, 60


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A conversation that holds the words looked for.

    Attributes:
        message_id: the newest message that holds them; None when only the title does.
        excerpt: text around the first word found; "" when only the title holds it.
    """

    conversation: Conversation
    message_id: str | None
    excerpt: str


def words(text: str) -> list[str]:
    """What is looked for: everything between blanks."""
    return storable(text).replace("\0", " ").split()


def fts_query(text: str) -> str:
    """All words, each as the beginning of a word: `"par"* "fish"*`; "" when there are none."""
    return " ".join('"' + word.replace('"', '""') + '"*' for word in words(text))


def find_titles(connection: sqlite3.Connection, text: str, limit: int) -> Found:
    """Conversations whose title holds all the words, anywhere in it."""
    condition, patterns = _like("title", text)
    sql = f"SELECT id FROM conversations WHERE {condition} ORDER BY updated_at DESC LIMIT ?"
    return {row[0]: (None, "") for row in connection.execute(sql, (*patterns, limit))}


def find_words(connection: sqlite3.Connection, text: str, limit: int) -> Found:
    """Conversations with a message that holds all the words, the newest such message of each.

    Where no word begins like that, they are looked for inside words too.
    """
    query = fts_query(text)
    newest = _newest_per_conversation(connection, "message_words MATCH ?", [query], limit)
    if not newest:
        condition, patterns = _like("text", text)
        newest = _newest_per_conversation(connection, condition, patterns, limit)
        return {id_: (message, _excerpt(connection, number, text)) for id_, message, number in newest}
    return {id_: (message, _snippet(connection, number, query)) for id_, message, number in newest}


def _like(column: str, text: str) -> tuple[str, list[str]]:
    """A condition with one pattern per word, and the patterns."""
    patterns = ["%" + _SPECIAL_IN_LIKE.sub(r"\\\g<0>", word) + "%" for word in words(text)]
    return " AND ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns)), patterns


def _newest_per_conversation(
    connection: sqlite3.Connection, condition: str, values: Sequence[str], limit: int
) -> list[tuple[str, str, int]]:
    # SQLite takes the other columns from the row that has the maximum.
    sql = f"""
        SELECT conversation_id, messages.id, max(number)
        FROM message_words JOIN messages ON messages.number = message_words.rowid
        WHERE {condition} GROUP BY conversation_id ORDER BY 3 DESC LIMIT ?
    """
    return connection.execute(sql, (*values, limit)).fetchall()


def _snippet(connection: sqlite3.Connection, number: int, query: str) -> str:
    # Only for rows that are shown: a snippet costs far more than finding the row.
    sql = f"""
        SELECT snippet(message_words, 0, '', '', '…', {_EXCERPT_WORDS})
        FROM message_words WHERE message_words MATCH ? AND rowid = ?
    """
    snippet: str = connection.execute(sql, (query, number)).fetchone()[0]
    return snippet


def _excerpt(connection: sqlite3.Connection, number: int, text: str) -> str:
    sql = "SELECT text FROM message_words WHERE rowid = ?"
    whole: str = connection.execute(sql, (number,)).fetchone()[0]
    at = max(0, whole.lower().find(words(text)[0].lower()))
    start, end = max(0, at - _EXCERPT_BEFORE), at + _EXCERPT_AFTER
    return ("…" if start else "") + whole[start:end] + ("…" if end < len(whole) else "")
