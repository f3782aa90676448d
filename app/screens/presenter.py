"""Shows a conversation in the transcript: what is stored, and what arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.screens import cards
from app.transcript.entries import Entry
from providers.events import Notice, ReasoningDelta, Restarted, Retrying, TextDelta

if TYPE_CHECKING:
    from pathlib import Path

    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.turns import Run
    from app.widgets.transcript import Transcript
    from providers.events import Event


class Presenter:
    """Turns replies and their events into transcript entries."""

    def __init__(self, transcript: Transcript, stop_key: str, card_key: str) -> None:
        """
        Args:
            stop_key: the key that stops a reply, as it is shown.
            card_key: the key that leads from the composer to the card of a failed reply, as it is shown.
        """
        self._transcript = transcript
        self._stop_key = stop_key
        self._card_key = card_key
        self._retrying: Retrying | None = None
        self._detailed: set[str] = set()
        """The replies whose details are shown."""
        self._has_reasoning_label = False

    def show(self, chat: Chat, run: Run | None) -> None:
        """Show a whole conversation, with the reply that is still arriving in it."""
        from app.session.reply import Reply

        running = run.turn.reply if run else None
        entries: list[Entry] = []
        for entry in chat.entries:
            if not isinstance(entry, Reply):
                entries.append(cards.prompt_entry(entry))
            elif entry is not running:
                entries += cards.stored_entries(entry, self._card_key)
        self._transcript.load(entries)
        self._detailed.clear()
        if running is not None:
            self._resume(running)
        self._transcript.scroll_to_newest()

    def begin(self, run: Run) -> None:
        """Show a new prompt and the place of the reply to it."""
        self._retrying, self._has_reasoning_label = None, False
        self._transcript.add(cards.prompt_entry(run.turn.prompt))
        self._transcript.begin_reply(run.turn.reply.id, cards.heading(run.turn.reply))
        self._transcript.scroll_to_newest()

    def take(self, run: Run, event: Event) -> None:
        """Show one event of the running reply."""
        reply = run.turn.reply
        if self._retrying is not None and not isinstance(event, Retrying):
            self._transcript.remove(cards.card_key(reply))
            self._retrying = None
        match event:
            case TextDelta(text):
                if self._has_reasoning_label and reply.reasoning_ms is not None:
                    self._transcript.set_reasoning_label(reply.id, cards.reasoning_label(reply))
                    self._has_reasoning_label = False
                self._transcript.append_text(reply.id, text)
            case ReasoningDelta(text):
                self._transcript.append_reasoning(reply.id, text)
                if not self._has_reasoning_label:
                    self._transcript.set_reasoning_label(reply.id, cards.reasoning_label(reply))
                    self._has_reasoning_label = True
            case Restarted():
                self._transcript.restart_reply(reply.id)
                self._has_reasoning_label = False
            case Retrying():
                self._transcript.restart_reply(reply.id)
                self._retrying = event
            case Notice():
                self._tell(reply)
            case _:
                pass  # the figures in the heading follow at the next tick

    def tick(self, run: Run, now: float) -> None:
        """Bring what changes with time up to date: the heading's figures and the countdown of a retry."""
        reply = run.turn.reply
        elapsed_ms = round((now - run.started_at) * 1000)
        self._transcript.set_heading(reply.id, cards.heading(reply, elapsed_ms))
        if reply.id in self._detailed:
            self._show_details(run.chat, reply)
        if self._retrying is not None and run.retry_at is not None:
            event, wait_s = self._retrying, max(0.0, run.retry_at - now)
            card = cards.retry_card(reply, event.error, event.attempt, wait_s, self._stop_key)
            self._transcript.add(card)

    def end(self, chat: Chat, reply: Reply, *, crash_log: Path | None = None) -> None:
        """Settle a reply that has ended, and say why when that is not plain.

        Args:
            crash_log: where a bug of ours is described that ended it.
        """
        if self._retrying is not None:
            self._transcript.remove(cards.card_key(reply))
            self._retrying = None
        if cards.has_heading(reply):
            if reply.reasoning:
                self._transcript.set_reasoning_label(reply.id, cards.reasoning_label(reply))
            self._transcript.set_heading(reply.id, cards.heading(reply))
            self._transcript.finish_reply(reply.id)
        else:
            self._transcript.remove(reply.id)
        for entry in cards.closing_entries(reply, self._card_key):
            self._transcript.add(entry)
        if crash_log is not None:
            self._transcript.add(cards.crash_card(reply, crash_log))
        if reply.id in self._detailed:
            self._show_details(chat, reply)

    def toggle_details(self, chat: Chat, reply: Reply) -> None:
        """Show or hide where the figures of a reply come from, and the rest of what its card knows."""
        self._detailed ^= {reply.id}
        self._show_details(chat, reply)
        if reply.error is not None and reply.id in self._detailed:
            self._transcript.reveal(cards.card_key(reply))

    def _show_details(self, chat: Chat, reply: Reply) -> None:
        from app.screens.provenance import details, failure_details

        is_shown = reply.id in self._detailed
        if reply.is_running or cards.has_heading(reply):
            self._transcript.set_details(reply.id, details(reply, chat.rows) if is_shown else ())
        if reply.error is not None:
            more = failure_details(reply, reply.error, chat.rows) if is_shown else ()
            self._transcript.add(cards.error_card(reply, reply.error, self._card_key, more))

    def forget(self, prompt_key: str, reply: Reply) -> None:
        """Take an attempt that brought nothing out of sight."""
        closing = [entry.key for entry in cards.closing_entries(reply, self._card_key)]
        for key in (prompt_key, cards.card_key(reply), *closing):
            self._transcript.remove(key)

    def _resume(self, reply: Reply) -> None:
        self._retrying = None
        self._transcript.begin_reply(reply.id, cards.heading(reply))
        if reply.reasoning:
            self._transcript.append_reasoning(reply.id, reply.reasoning)
            self._transcript.set_reasoning_label(reply.id, cards.reasoning_label(reply))
        self._has_reasoning_label = bool(reply.reasoning)
        if reply.text:
            self._transcript.append_text(reply.id, reply.text)
        self._tell(reply)

    def _tell(self, reply: Reply) -> None:
        """Say beside a reply what there is to say about it, before it is complete."""
        for entry in cards.notices_so_far(reply):
            self._transcript.add(entry)
