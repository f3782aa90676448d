"""A reply that arrives: what has come and is not shown yet."""

from __future__ import annotations

from app.transcript.pace import Pace


class Stream:
    """Deltas of one reply. Taking them in costs nothing; the transcript asks for them when it draws."""

    def __init__(self) -> None:
        self._text = Pace()
        self._reasoning: list[str] = []

    @property
    def is_waiting(self) -> bool:
        return bool(self._text) or bool(self._reasoning)

    def add_text(self, delta: str, now: float) -> None:
        self._text.add(delta, now)

    def add_reasoning(self, delta: str) -> None:
        self._reasoning.append(delta)

    def take_text(self, now: float | None) -> str:
        """Args: now: None takes everything."""
        return self._text.take_all() if now is None else self._text.take(now)

    def take_reasoning(self) -> str:
        reasoning = "".join(self._reasoning)
        self._reasoning.clear()
        return reasoning

    def clear(self) -> None:
        self._text.clear()
        self._reasoning.clear()
