"""Keeps the line under the composer up to date, and never in the way of typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.screens.quote_text import quote_versions

if TYPE_CHECKING:
    from textual.timer import Timer

    from app.screens.chat import ChatScreen
    from app.session.chat import Chat
    from app.session.quote import Quote
    from app.widgets.quote_line import QuoteLine
    from providers.reference import ModelRef

_REST_SECONDS = 0.2
"""Typing rests when no letter came for so long; until then the draft is not even looked at."""
_AFTER_EXPIRY_SECONDS = 1.0


class Quoting:
    """Of one chat screen. At most one quote is on its way; one that is out of date when it comes is dropped.

    While a reply arrives the line stands still: it was quoted when the turn began.
    """

    def __init__(self, screen: ChatScreen, line: QuoteLine) -> None:
        self._screen = screen
        self._line = line
        self._shown: tuple[Chat, ModelRef | None] | None = None
        """What the line speaks of."""
        self._rest: Timer | None = None
        self._expiry: Timer | None = None
        self._is_due = False
        self._is_working = False

    def typed(self) -> None:
        """The draft has changed: quote it when typing rests."""
        if self._screen.chat.running is not None:
            return
        self._stop_resting()
        self._rest = self._screen.set_timer(_REST_SECONDS, self.refresh)

    def refresh(self) -> None:
        """Quote the conversation on view, with its draft and its model, now."""
        self._stop_resting()
        self._is_due = True
        if self._shown != self._subject:
            self._show(None)
        if not self._is_working:
            self._is_working = True
            self._screen.app.run_worker(
                self._work(), name="quote", group="quote", exit_on_error=False, description="quote"
            )

    async def _work(self) -> None:
        try:
            while self._is_due:
                self._is_due = False
                subject = chat, model = self._subject
                quote = await chat.quote(self._screen.composer.text, model) if model else None
                if not self._is_due and self._rest is None and subject == self._subject:
                    self._show(quote)
        finally:
            self._is_working = False

    def _show(self, quote: Quote | None) -> None:
        self._shown = self._subject
        self._line.show(quote_versions(quote) if quote else ())
        if self._expiry is not None:
            self._expiry.stop()
            self._expiry = None
        if quote is not None and quote.cached_for_s is not None:
            self._expiry = self._screen.set_timer(quote.cached_for_s + _AFTER_EXPIRY_SECONDS, self.refresh)

    def _stop_resting(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None

    @property
    def _subject(self) -> tuple[Chat, ModelRef | None]:
        return self._screen.chat, self._screen.model
