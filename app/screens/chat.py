"""The main screen: wires sidebar, conversation, composer and status line to the session."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.dom import DOMNode
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.getters import query_one
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from app.commands import Command, Place, command
from app.keymap import Keymap, bindings
from app.screens import asking, frame
from app.screens.drafts import Drafts
from app.screens.folding import Folding
from app.screens.surroundings import Surroundings
from app.turns import Run, TurnRunner
from app.widgets.composer import Composer
from app.widgets.conversation_pane import ConversationPane
from app.widgets.provider_list import ProviderList
from app.widgets.quote_line import QuoteLine
from app.widgets.sidebar import Sidebar
from app.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from app.screens.presenter import Presenter
    from app.screens.provider_actions import ProviderActions
    from app.screens.sending import Sending
    from app.screens.switching import Switching
    from app.session.chat import Chat
    from app.session.session import Session
    from app.widgets.transcript import Transcript
    from providers.events import Event
    from providers.reference import ModelRef

_TICKS_PER_SECOND = 4
_LOW_LINES = 12
"""Below this the conversation needs every line."""


class ChatScreen(Screen[None]):
    """Shows one conversation; its turns go on in the app when another is shown."""

    BINDINGS = bindings(Place.CHAT)

    sidebar = query_one(Sidebar)
    pane = query_one(ConversationPane)
    composer = query_one(Composer)
    quote_line = query_one(QuoteLine)
    status_bar = query_one(StatusBar)

    def __init__(self, session: Session, runs: TurnRunner, keymap: Keymap) -> None:
        super().__init__()
        self._session = session
        self._runs = runs
        self._keymap = keymap
        self.is_open = False
        self._sends_on_open = ""
        self._folding = Folding()
        self._around = Surroundings(self, session, runs, keymap)
        self._ticks: Timer | None = None
        self.chat: Chat = session.new_chat()

    # ── the frame ─────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        with Container(id="body"):
            with Vertical(id="main"):
                yield ConversationPane()
                yield Composer()
                yield QuoteLine()
            keys = (self._keymap.label(command(each)) for each in ("provider.add", "provider.keep"))
            yield Sidebar(*keys, is_rail=self._folding.is_rail(self.app.size.width))
        yield StatusBar()

    def on_mount(self) -> None:
        self._runs.on_event = self._take_event
        self._runs.on_end = self._end_run
        self._session.connections.on_changed = self._around.provider_changed
        self._drafts = Drafts(self.composer)
        self._ticks = self.set_interval(1 / _TICKS_PER_SECOND, self._tick, pause=True)
        self.composer.editor.focus()
        self.refresh_all()

    @on(Resize)
    def _make_room(self, event: Resize) -> None:
        self._folding.fit(self, self.sidebar, event.size.width)
        self.set_class(event.size.height < _LOW_LINES, "-low")

    def opened(self, chat: Chat | None) -> None:
        """The session is open: show what it found, and the conversation to continue."""
        self.is_open = True
        self.transcript.clear()
        if chat is not None:
            self._present(chat)
        self.refresh_all()
        if self._sends_on_open:
            waiting, self._sends_on_open = self._sends_on_open, ""
            self.send(waiting)

    def show_chat(self, chat: Chat) -> None:
        """Show a conversation with its draft, and with the reply that is arriving in it."""
        self._drafts.leave(self.chat)
        self._present(chat)
        self._drafts.enter(chat)

    def _present(self, chat: Chat) -> None:
        self.chat = chat
        self._presenter.show(chat, self._runs.of(chat))
        self.pane.is_empty = not chat.entries
        self.pace()
        self._around.refresh_figures()
        self._around.refresh_quote()
        self.composer.editor.focus()

    @property
    def transcript(self) -> Transcript:
        return self.pane.transcript

    @cached_property
    def providers(self) -> ProviderActions:
        from app.screens.provider_actions import ProviderActions

        return ProviderActions(self.app, self._session.connections, self._keymap, self._provider_added)

    @cached_property
    def _presenter(self) -> Presenter:
        """Made at the first use: the first frame has nothing to present."""
        from app.screens.presenter import Presenter

        keys = (self._keymap.label(command(each)) for each in ("chat.stop", "chat.previous_message"))
        return Presenter(self.transcript, *keys)

    # ── what is shown besides the conversation ────────────────────────────────

    @property
    def model(self) -> ModelRef | None:
        """The model that writes the next reply."""
        return self._session.default_model(self.chat)

    @on(ConversationPane.CursorMoved)
    @on(ProviderList.OptionHighlighted)
    @on(DescendantFocus)
    @on(DescendantBlur)
    def _refresh_status(self) -> None:
        self._around.refresh_status()

    def refresh_all(self) -> None:
        """The configuration has changed: names, models and the default may be others."""
        self._around.refresh_all()

    # ── asking ────────────────────────────────────────────────────────────────

    @cached_property
    def sending(self) -> Sending:
        """Made at the first use, as the presenter is."""
        from app.screens.sending import Sending

        return Sending(self, self._session, self._runs, self._drafts, self._presenter, self._around, self._keymap)

    def send(self, text: str) -> None:
        """Ask the current model; without one the text goes back into the composer."""
        if self.is_open:
            self.sending.send(text)
        else:
            self._sends_on_open = text

    def _end_run(self, run: Run) -> None:
        self.sending.end(run)

    def _take_event(self, run: Run, event: Event) -> None:
        self.sending.take(run, event)

    def show_crash(self, run: Run) -> None:
        """A bug of ours ended a turn: say so in its place."""
        self.sending.show_crash(run)

    def pace(self) -> None:
        """Tick only while a reply is arriving on this screen, or on another one where the budgets follow it."""
        if self._ticks is not None:
            is_followed = self._runs.of(self.chat) or (self._runs.running and self._session.budgets.is_limited)
            (self._ticks.resume if is_followed else self._ticks.pause)()

    def _tick(self) -> None:
        self.sending.tick()

    # ── messages from the widgets ─────────────────────────────────────────────

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        self.send(event.text)

    @on(TextArea.Changed)
    def _draft_changed(self) -> None:
        self._around.draft_changed()

    @on(Composer.NothingToSend)
    async def _nothing_to_send(self) -> None:
        """Where nobody can answer, Enter begins to change that; the welcome says so."""
        if self.is_open and self.pane.is_empty and self.model is None:
            await self.action_run(frame.way_in(self._session.connections))

    @on(Composer.CommandChosen)
    async def _slash_chosen(self, event: Composer.CommandChosen) -> None:
        await self.run_command(event.command)

    @on(Composer.CommandRefused)
    def _slash_refused(self, event: Composer.CommandRefused) -> None:
        self.app.notify(event.reason, severity="warning", markup=False)

    @on(Composer.NewestWanted)
    def action_newest(self) -> None:
        self.pane.action_newest()

    @on(Composer.PageWanted)
    def _page(self, event: Composer.PageWanted) -> None:
        (self.transcript.action_page_up if event.pages < 0 else self.transcript.action_page_down)()

    @on(ConversationPane.Typed)
    def _typed(self, event: ConversationPane.Typed) -> None:
        self.composer.editor.focus()
        self.composer.type(event.text)

    @on(ConversationPane.Wanted)
    def _message_wanted(self, event: ConversationPane.Wanted) -> None:
        prompt = asking.prompt_at(self.chat, self.transcript.selected)
        if prompt is None:
            self.app.notify("There is nothing to ask again yet.", markup=False)
        elif event.what == "edit":
            self.composer.take(prompt)
            self.composer.editor.focus()
        else:
            self.send(prompt)

    def on_transcript_card_key(self, event: Transcript.CardKey) -> None:
        reply = asking.reply_of_card(self.chat, event.key)
        if reply is not None and self._runs.of(self.chat) is None:
            self.sending.recovery.act(self.chat, reply, event.action)

    def on_transcript_details_wanted(self, event: Transcript.DetailsWanted) -> None:
        reply = asking.reply_at(self.chat, event.key)
        if reply is not None:
            self._presenter.toggle_details(self.chat, reply)

    @on(ProviderList.Wanted)
    def _provider_wanted(self, event: ProviderList.Wanted) -> None:
        self.providers.do(event.what, event.name)

    # ── commands ──────────────────────────────────────────────────────────────

    async def action_run(self, command_id: str) -> None:
        """Run the command of that id."""
        await self.run_command(command(command_id))

    async def run_command(self, chosen: Command) -> None:
        """Run a command of the table, from the palette or a slash word."""
        nodes: dict[Place, DOMNode] = {
            Place.APP: self.app,
            Place.CHAT: self,
            Place.COMPOSER: self.composer,
            Place.MESSAGES: self.pane,
            Place.PROVIDERS: self.sidebar.providers,
        }
        if chosen.place is Place.PROVIDERS:
            self.sidebar.providers.focus()
        await self.app.run_action(chosen.action, default_namespace=nodes[chosen.place])

    def action_stop(self) -> None:
        """Esc takes the innermost: the menu, the cursor on a message, the running reply."""
        if self.composer.close_menu():
            return
        if self.transcript.selected is not None and self.transcript.has_focus:
            self.transcript.selected = None
            self.composer.editor.focus()
            return
        if self._runs.stop(self.chat):
            return
        if self.composer.editor.has_focus:
            self.composer.decline()
        self.composer.editor.focus()

    def action_new_conversation(self) -> None:
        if self.chat.id is None and not self.chat.entries:
            return
        chat = self._session.new_chat()
        chat.model = self.chat.model
        self.show_chat(chat)

    @cached_property
    def _switching(self) -> Switching:
        from app.screens.switching import Switching

        return Switching(self, self._session)

    def action_pick_model(self) -> None:
        self.pick_model()

    def pick_model(self, then: asking.Then | None = None) -> None:
        """Let the user choose another model. Args: then: done when that has happened."""
        self._switching.pick(then)

    def use_model(self, ref: ModelRef) -> None:
        """The next turn goes to this model; a running reply is not touched."""
        self.chat.model = ref
        self.refresh_all()

    def action_next_model(self) -> None:
        self._switching.step(1)

    def action_previous_model(self) -> None:
        self._switching.step(-1)

    def action_conversations(self) -> None:
        running = [run.chat.id for run in self._runs.running]
        asking.pick_conversation(self.app, self._session, self.chat.id, running, self.open_conversation)

    def open_conversation(self, conversation_id: str, message_id: str | None = None) -> None:
        """Show a stored conversation, or the running one of that id. Args: message_id: to go to; None is the end."""

        def show(chat: Chat) -> None:
            self.show_chat(chat)
            if message_id is not None:
                self.call_after_refresh(self.pane.go_to, message_id)

        running = self._runs.chat_with_id(conversation_id)
        if running is not None:
            show(running)
        else:
            asking.open_chat(self.app, self._session, conversation_id, show)

    def action_prompt_history(self) -> None:
        asking.pick_prompt(self.app, self._session, self.composer.take)

    def action_external_editor(self) -> None:
        text = asking.edit_outside(self.app, self.composer.text)
        if text is not None:
            self.composer.write(text)
            self.composer.editor.focus()

    def action_providers(self) -> None:
        self.sidebar.providers.focus()

    def action_add_provider(self) -> None:
        self.providers.add()

    def _provider_added(self, model: ModelRef | None) -> None:
        """It can be used at once: here it is, while nothing was said and the present model cannot answer anyway."""
        now = self.model
        can_answer = now is not None and self._session.connections.roster.connection(now.provider).is_usable
        if model is not None and not self.chat.entries and not can_answer:
            self.chat.model = model
        self.refresh_all()

    def action_toggle_sidebar(self) -> None:
        self._folding.toggle(self, self.sidebar)

    def action_previous_message(self) -> None:
        self.pane.action_previous_message()

    def action_next_message(self) -> None:
        self.pane.action_next_message()

    def selected_text(self) -> str:
        """What Ctrl+C copies; "" for nothing."""
        return self.composer.editor.selected_text
