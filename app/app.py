"""The full-screen app: owns the session, the running turns and what works everywhere."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.actions import SkipAction
from textual.app import App
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.worker import Worker, WorkerState

from app.commands import COMMANDS, Command, Place
from app.keymap import Keymap, bindings
from app.screens.chat import ChatScreen
from app.screens.rows import problem_sentences
from app.styles import sheet
from app.text import plain, printable
from app.themes import DEFAULT_THEME, THEMES
from app.turns import TurnRunner
from app.upkeep import Upkeep

if TYPE_CHECKING:
    from app.config.reload import Reloaded
    from app.screens.table_screen import Destination
    from app.session.chat import Chat
    from app.session.session import Session
    from providers.reference import ModelRef

_QUIT_AGAIN_SECONDS = 3.0
_PROBLEMS_SHOWN = 3
_REGIONS = ("frame", "sidebar", "composer", "status", "welcome")
_CRASHED = """Parley stopped because of a mistake of its own. What was said is saved.
The log says more: {log}
To report it: `parley doctor --report` prints what may be pasted in public."""
_log = logging.getLogger("parley.app")


def _theme_name(wanted: str) -> str:
    return wanted if wanted in {theme.name for theme in THEMES} else DEFAULT_THEME


class ParleyApp(App[None]):
    """Parley on the whole screen.

    Attributes:
        wants_tour: it was left for the demo.
    """

    TITLE = "Parley"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar = [sheet(region) for region in _REGIONS]
    BINDINGS = bindings(Place.APP)

    def __init__(
        self,
        session: Session,
        *,
        continue_last: bool = False,
        conversation: str | None = None,
        model: ModelRef | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            continue_last: begin with the newest conversation.
            conversation: the id of the conversation to begin with; beats `continue_last`.
            model: for the next reply, whatever the conversation used.
            environ: of the process.
            clock: seconds, never jumping back.
        """
        self._themes = BUILTIN_THEMES | {theme.name: theme for theme in THEMES}
        # Known before the style sheets are read, which a change of theme would have read again.
        self.set_reactive(ParleyApp.theme, _theme_name(session.connections.settings.theme))
        super().__init__()
        self._session = session
        self._continue_last = continue_last
        self._conversation = conversation
        self._model = model
        self._environ = environ
        self._clock = clock
        self._asked_to_quit_at: float | None = None
        self.wants_tour = False
        self.runs = TurnRunner(self, clock)
        self._upkeep = Upkeep(self, session.connections, self._config_changed)
        self._keys = Keymap(session.connections.settings.keys, enter_sends=session.connections.settings.enter_sends)

    # ── life ──────────────────────────────────────────────────────────────────

    def get_default_screen(self) -> Screen[None]:
        self._chat_screen = ChatScreen(self._session, self.runs, self._keys)
        return self._chat_screen

    def on_mount(self) -> None:
        self.set_keymap(self._keys.overrides)
        self.call_after_refresh(self._open_in_background)

    def _open_in_background(self) -> None:
        self.run_worker(self._open(), name="open", group="open", exit_on_error=False, description="open")

    async def _open(self) -> None:
        """What the first frame did not wait for: the store, the client, and a check of each provider."""
        from app.doctor.private import secrets_of
        from app.log import attach
        from app.storage.errors import StoreError
        from app.transcript.reply import warm_up

        attach(self._session.log_file, secrets_of(self._session.connections.settings, self._environ))
        # What is loaded by now stays: looking through it again and again would stall the stream of a reply.
        gc.freeze()
        gc.enable()
        await self._session.open(needs_store=False)
        self._session.use_token_ranks(lambda sentence: self._warn("OpenAI's token ranks", sentence))
        try:
            chat = await self._first_chat()
        except StoreError as error:
            chat = None
            self._warn("That conversation cannot be opened", f"{error}. {error.hint}")
        for sentence in self._session.notices:
            self._warn("Parley", sentence)
        if self._model is not None:
            chat = chat or self._session.new_chat()
            chat.model = self._model
        self._chat_screen.opened(chat)
        self.run_worker(asyncio.to_thread(warm_up), name="warm up", exit_on_error=False)
        self._upkeep.start()
        history = await self._session.prompt_history()
        self._chat_screen.composer.set_history(history[::-1])

    def notify(self, message: str, *, title: str = "", **options: Any) -> None:
        """Every toast passes the door for foreign text: titles and sentences of servers stand in them."""
        super().notify(printable(message), title=printable(title), **options)

    def _warn(self, title: str, sentences: str) -> None:
        self.notify(sentences.strip(), title=title, severity="warning", timeout=30, markup=False)

    def _config_changed(self, reloaded: Reloaded) -> None:
        """Somebody edited config.toml: say what that means, or what is wrong with it."""
        if reloaded.problems:
            sentences = " ".join(problem_sentences(reloaded.problems[:_PROBLEMS_SHOWN]))
            self._warn("config.toml is not valid; what ran goes on", sentences)
        elif reloaded.summary:
            self.notify(reloaded.summary, title="config.toml was read again", markup=False)
        settings = self._session.connections.settings
        if not reloaded.problems and settings.theme and settings.theme != self.theme:
            self.theme = _theme_name(settings.theme)
        self._keys.change(settings.keys, enter_sends=settings.enter_sends)
        self.set_keymap(self._keys.overrides)
        self._chat_screen.refresh_all()

    async def _first_chat(self) -> Chat | None:
        if self._conversation is not None:
            return await self._session.open_chat(self._conversation)
        return await self._session.latest_chat() if self._continue_last else None

    async def action_quit(self) -> None:
        """Stop what runs, save it, and leave."""
        await self.runs.stop_all()
        await self._session.close()
        self.exit()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual asks for this some hundred times a frame, and would join two dictionaries each time."""
        return self._themes

    # ── failures of our own ───────────────────────────────────────────────────

    def _handle_exception(self, error: Exception) -> None:
        _log.critical("Parley crashed", exc_info=error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Say it in words: Textual would print a traceback with local variables, and those may hold a key."""
        self.bell()
        self.panic(plain(_CRASHED.format(log=self._session.log_file)))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A bug in a worker ends in the log and in a sentence, never in silence."""
        if event.state is not WorkerState.ERROR:
            return
        worker: Worker[Any] = event.worker
        _log.error("worker %s failed", worker.name, exc_info=worker.error)
        run = self.runs.crashed(worker)
        if run is not None:
            self._chat_screen.show_crash(run)
        else:
            self.notify(
                "Something went wrong inside Parley. To report it: `parley doctor --report`. "
                f"The log says more: {self._session.log_file}",
                severity="error",
                markup=False,
            )

    # ── what works everywhere ─────────────────────────────────────────────────

    def action_help(self) -> None:
        from app.screens.help import HelpScreen

        self.push_screen(HelpScreen(self._keys))

    def action_stats(self) -> None:
        from app.screens.stats import StatsScreen

        if not self._chat_screen.is_open:
            self.notify("Parley is still opening.", markup=False)
            return
        self.push_screen(StatsScreen(self._session, self.runs), self._leave_stats)

    def _leave_stats(self, wanted: Destination | None) -> None:
        if wanted is not None:
            self._chat_screen.open_conversation(*wanted)

    async def action_tour(self) -> None:
        """Leave for the demo; whoever runs this app opens it."""
        if self._session.connections.is_demo:
            self.notify("This is the tour: choose chat/tour with Ctrl+L, and say anything.", markup=False)
            return
        self.wants_tour = True
        await self.action_quit()

    def action_doctor(self) -> None:
        from app.cli import VERSION
        from app.screens.doctor import DoctorScreen

        if not self._chat_screen.is_open:
            self.notify("Parley is still opening.", markup=False)
            return
        self.push_screen(
            DoctorScreen(self._session.connections, self._session.locations, self._environ, version=VERSION)
        )

    def action_theme(self) -> None:
        from app.screens.picker import Picker, PickerRow

        rows = [PickerRow(theme.name, theme.name, is_current=theme.name == self.theme) for theme in THEMES]
        self.push_screen(Picker("Choose a theme", rows, verb="use"), self._use_theme)

    def _use_theme(self, name: str | None) -> None:
        if name is not None:
            self.theme = name
            self._remember("theme", name)

    def _remember(self, key: str, value: str) -> None:
        """Write a setting into config.toml, beside what the person wrote there."""

        async def write() -> None:
            from app.config.edit import EditRefused

            try:
                await self._session.connections.changes.remember((key,), value)
            except EditRefused as refusal:
                self._warn("config.toml was not changed", refusal.in_full)

        self.run_worker(write(), name="remember", group="remember", exit_on_error=False)

    def action_commands(self) -> None:
        from app.screens.picker import Picker, PickerRow

        rows = [
            PickerRow(
                each,
                each.verb,
                cells=(self._keys.label(each), f"/{each.slash}" if each.slash else ""),
                group=each.place.value,
                also=each.tooltip,
            )
            for each in COMMANDS
            if each.in_palette
        ]
        self.push_screen(Picker("Find a command", rows, verb="run"), self._run_command)

    async def _run_command(self, chosen: Command | None) -> None:
        if chosen is not None:
            await self._chat_screen.run_command(chosen)

    async def action_interrupt(self) -> None:
        """Ctrl+C: copy a selection, else clear the draft, else ask once more and quit."""
        if self.screen is not self._chat_screen:
            raise SkipAction
        composer = self._chat_screen.composer
        if selected := self._chat_screen.selected_text():
            self.copy_to_clipboard(selected)
            self.notify("Sent to the clipboard: the selection.", markup=False)
        elif composer.text:
            composer.put_away()
            self._asked_to_quit_at = None
        elif self.runs.running:
            self.notify("A reply is running: Esc stops it, Ctrl+Q quits.", markup=False)
        elif self._asked_to_quit_at is not None and self._clock() - self._asked_to_quit_at < _QUIT_AGAIN_SECONDS:
            await self.action_quit()
        else:
            self._asked_to_quit_at = self._clock()
            self.notify("Press Ctrl+C once more to quit.", timeout=_QUIT_AGAIN_SECONDS, markup=False)
