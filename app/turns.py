"""The turns that are running: they belong to the app, so a reply goes on when its conversation is not shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import Worker

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.turn import Turn
    from providers.events import Event

GROUP = "turns"


@dataclass(eq=False)
class Run:
    """One turn on its way.

    Attributes:
        started_at: of the runner's clock, in seconds.
        retry_at: when the request is sent again, on the same clock; None while none is waited for.
        has_begun: its worker runs.
        is_stopped: somebody stopped it; it goes on until what arrived is saved.
    """

    chat: Chat
    turn: Turn
    started_at: float
    retry_at: float | None = None
    worker: Worker[None] | None = None
    has_begun: bool = False
    is_stopped: bool = False


class TurnRunner:
    """Runs turns in workers of the app and says what happens.

    Attributes:
        on_event: called for every event, after the turn has folded it in.
        on_end: called once per turn, whatever its end was; its reply is complete by then.
        listeners: called after that, whatever became of the turn: the ledger has grown.
        clock: seconds, never jumping back.
    """

    def __init__(self, app: App[None], clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._runs: list[Run] = []
        self._crashed: dict[Worker[Any], Run] = {}
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self.clock = clock
        self.on_event: Callable[[Run, Event], None] | None = None
        self.on_end: Callable[[Run], None] | None = None
        self.listeners: list[Callable[[], None]] = []

    @property
    def running(self) -> tuple[Run, ...]:
        return tuple(self._runs)

    def start(self, chat: Chat, turn: Turn) -> Run:
        """Begin a turn in a worker of its own."""
        run = Run(chat, turn, self.clock())
        self._runs.append(run)
        self._is_idle.clear()
        run.worker = self._app.run_worker(
            self._drive(run), name="turn", group=GROUP, exit_on_error=False, description="a turn"
        )
        return run

    def crashed(self, worker: Worker[Any]) -> Run | None:
        """The turn that this worker was running when a bug ended it; None for other workers."""
        return self._crashed.pop(worker, None)

    def of(self, chat: Chat) -> Run | None:
        """The running turn of a conversation."""
        return next((run for run in self._runs if run.chat is chat), None)

    def chat_with_id(self, conversation_id: str) -> Chat | None:
        """The conversation of that id, if one of its turns is running."""
        return next((run.chat for run in self._runs if run.chat.id == conversation_id), None)

    def stop(self, chat: Chat) -> bool:
        """Stop the turn of a conversation and keep what arrived. Returns whether one was running."""
        run = self.of(chat)
        if run is None or run.worker is None:
            return False
        # Once: a second time would stop the saving. And a worker that is cancelled before it runs never says that it
        # has ended.
        if run.has_begun and not run.is_stopped:
            run.worker.cancel()
        run.is_stopped = True
        return True

    async def stop_all(self) -> None:
        """Stop everything and wait until what arrived is saved."""
        for run in self.running:
            self.stop(run.chat)
        await self._is_idle.wait()

    async def _drive(self, run: Run) -> None:
        from providers.events import Retrying

        has_crashed = run.has_begun = True
        try:
            if run.is_stopped:
                raise asyncio.CancelledError
            async with aclosing(run.turn.run()) as events:
                async for event in events:
                    run.retry_at = self.clock() + event.wait_s if isinstance(event, Retrying) else None
                    if self.on_event is not None:
                        self.on_event(run, event)
            has_crashed = False
        except asyncio.CancelledError:
            has_crashed = False
            if run.turn.reply.is_running:
                run.turn.reply.cancel(0)
            raise
        finally:
            self._runs.remove(run)
            if not self._runs:
                self._is_idle.set()
            if has_crashed and run.worker is not None:
                self._crashed[run.worker] = run
            elif self.on_end is not None:
                self.on_end(run)
            for listen in tuple(self.listeners):
                listen()
