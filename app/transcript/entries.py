"""What a transcript shows, as values: the screen hands these in, the transcript lays them out.

`key` names an entry; it is unique in one transcript and chosen by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CardKind = Literal["error", "warning", "retry"]


@dataclass(frozen=True, slots=True)
class PromptEntry:
    """What the user wrote."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplyHeading:
    """The line above a reply.

    Attributes:
        model: shown always.
        provider: the provider's name; "" shows none.
        figures: what it took, most important first (cost, tokens, time, speed). Drawn at the right end in reverse;
            where room is short the last ones are dropped, the first never.
        places: the least cells of each figure, so that nothing moves when a figure becomes shorter.
        is_running: whether the reply still arrives.
    """

    model: str
    provider: str = ""
    figures: tuple[str, ...] = ()
    is_running: bool = False
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """One line below the heading of a reply: a name, and beside it a text or cells.

    Attributes:
        text: wrapped beside the name.
        cells: figures and signs, aligned right in columns with those of the other details.
    """

    name: str
    text: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyEntry:
    """A reply as it was stored.

    Attributes:
        text: Markdown.
        reasoning: Markdown; "" when there was none.
        reasoning_label: what stands beside the fold ("thought for 3 s · 412 tokens").
    """

    key: str
    heading: ReplyHeading
    text: str
    reasoning: str = ""
    reasoning_label: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Something that stands in the place of a reply and asks for a decision.

    Attributes:
        title: one sentence that a tired person understands.
        body: the server's own words; "" for none.
        hint: what to do; "" for none.
        keys: pairs of key and what it does, in the order shown.
        lead: what stands before the keys: how they are reached; "" for nothing.
        details: what else is known, below everything else.
    """

    key: str
    title: str
    body: str = ""
    hint: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    kind: CardKind = "error"
    lead: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeEntry:
    """One dim line between messages ("switched to gpt-5.4")."""

    key: str
    text: str


Entry = PromptEntry | ReplyEntry | Card | NoticeEntry
