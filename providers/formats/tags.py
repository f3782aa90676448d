"""Reasoning that arrives inside the content, as `<think>…</think>` at its very start."""

from __future__ import annotations

from collections.abc import Sequence

THINK = "think"
THOUGHT = "thought"


class ReasoningTags:
    """Splits content deltas into reasoning and text, wherever the tags are cut.

    Only tags at the very start of the content count, blanks before them aside: later on, a model that writes
    about such tags means them as text. Blanks around the reasoning belong to the tags and are dropped.

    Args:
        names: of the tags to look for.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._openings = [f"<{name}>" for name in names]
        self._closing = ""
        self._pending = ""
        self._is_over = not names
        self._is_fresh = False

    @property
    def is_over(self) -> bool:
        """Whether all that follows is text as it stands."""
        return self._is_over and not self._is_fresh

    def split(self, content: str) -> tuple[str, str]:
        """The reasoning, then the text, in one delta of content. Either may be empty."""
        if self.is_over:
            return "", content
        self._pending += content
        reasoning = ""
        if not self._is_over:
            if not self._closing and not self._opened():
                return "", self._given_up()
            reasoning = self._reasoning()
        return reasoning, self._text() if self._is_over else ""

    def rest(self) -> tuple[str, str]:
        """What is held back when the content is over: reasoning (its tag was never closed), then text."""
        rest, self._pending = self._pending, ""
        if self._is_over:
            return "", "" if self._is_fresh else rest
        return (rest, "") if self._closing else ("", rest)

    def _opened(self) -> bool:
        start = self._pending.lstrip()
        for opening in self._openings:
            if start.startswith(opening):
                self._closing = f"</{opening[1:]}"
                self._pending = start[len(opening) :].lstrip()
                self._is_fresh = True
                return True
        return False

    def _given_up(self) -> str:
        """Text that turned out to be no tag; "" while it may still become one."""
        start = self._pending.lstrip()
        if any(opening.startswith(start) for opening in self._openings):
            return ""
        self._is_over = True
        rest, self._pending = self._pending, ""
        return rest

    def _reasoning(self) -> str:
        if self._is_fresh:
            self._pending = self._pending.lstrip()
            self._is_fresh = not self._pending
        inside, closing, after = self._pending.partition(self._closing)
        if closing:
            self._pending = after
            self._is_over = self._is_fresh = True
            return inside.rstrip()
        # Blanks are held back with the beginnings of the tag: whether they belong to it shows later.
        held = len(inside) - len(inside[: _tag_start(inside, self._closing)].rstrip())
        self._pending = inside[len(inside) - held :]
        return inside[: len(inside) - held]

    def _text(self) -> str:
        """The text after the closing tag, without the blanks that separate the two."""
        text = self._pending.lstrip()
        self._pending = ""
        self._is_fresh = not text
        return text


def _tag_start(text: str, tag: str) -> int:
    """Where a tag may begin that is cut off by the end of the text; the length of the text if nowhere."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:length]):
            return len(text) - length
    return len(text)
