"""One piece of work at a time that a form waits for, with a lamp that turns meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.content import Content

from app.widgets.lamp import lamp
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.worker import Worker

_TURN_SECONDS = 0.25


class UnderWay:
    """The work of one screen."""

    def __init__(self, screen: Screen[Any], say: Callable[[Content], None], changed: Callable[[], None]) -> None:
        """
        Args:
            screen: mounted.
            say: shows how it stands.
            changed: called when something begins or ends.
        """
        self._screen = screen
        self._say = say
        self._changed = changed
        self._worker: Worker[None] | None = None
        self._doing = ""
        self._turn = 0
        self._turning = screen.set_interval(_TURN_SECONDS, self._spin, pause=True)
        self.can_be_stopped = False
        """Something is under way, and nothing is lost by stopping it."""

    @property
    def is_busy(self) -> bool:
        return self._worker is not None

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]], doing: str, *, can_be_stopped: bool) -> None:
        """Begin; nothing else is under way.

        Args:
            doing: one word, which is all that anybody who lists workers sees.
        """

        async def do() -> None:
            mine = self._worker
            try:
                await work()
            finally:
                if self._worker is mine:
                    self._rest()

        self._doing, self.can_be_stopped = doing, can_be_stopped
        # In the app, where a bug becomes a message and a line in the log.
        self._worker = self._screen.app.run_worker(
            do(), name=doing, group="form", exit_on_error=False, description=doing
        )
        self._spin()
        if self._screen.app.animation_level != "none":
            self._turning.resume()
        self._changed()

    def stop(self) -> bool:
        """Stop what may be stopped. Returns: whether it was."""
        if self._worker is None or not self.can_be_stopped:
            return False
        self._worker.cancel()
        # A worker that is cancelled before it runs never says that it has ended.
        self._rest()
        return True

    def _rest(self) -> None:
        self._worker, self._doing, self.can_be_stopped = None, "", False
        self._turning.pause()
        if self._screen.is_attached:
            self._changed()

    def _spin(self) -> None:
        if self._doing:
            self._turn += 1
            way_out = "  Esc stops." if self.can_be_stopped else ""
            self._say(Content.assemble(lamp(ConnectionState.CONNECTING, self._turn), f" {self._doing} …{way_out}"))
