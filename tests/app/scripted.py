"""A session that follows a script: the members the app uses, without store, client or network."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from app.config.edit import EditRefused
from app.config.paths import Locations
from app.config.problems import Problem
from app.config.settings import Settings
from app.config.watch import Watcher
from app.connections.connections import Connections
from app.connections.views import ModelChoice, ProviderView
from app.session.chat import Chat
from app.session.counting import Counting
from app.session.entries import Prompt
from app.session.reply import Reply
from app.session.runtime import Runtime
from app.session.spending import Spending
from app.session.spent import spent
from app.session.views import Spent
from app.storage.records import Conversation, LedgerRow, ModelTotal
from providers.catalogue.records import ModelInfo
from providers.connection import Connection, ConnectionState
from providers.costs import Rates
from providers.errors import ProviderError
from providers.events import Event, Finished, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SONNET = ModelInfo(
    "claude-sonnet-4-6",
    "Claude Sonnet 4.6",
    rates=Rates(Decimal(3), Decimal(15), source="catalogue"),
    context_window=200_000,
    can_reason=True,
    supports_vision=True,
    supports_function_calling=True,
    note="recommended",
)
SONNET_REF = ModelRef("claude", SONNET.id)
GPT = ModelInfo(
    "gpt-5.4", "GPT-5.4", rates=Rates(Decimal("1.25"), Decimal(10), source="catalogue"), context_window=400_000
)
LLAMA = ModelInfo("llama3.1", rates=None, context_window=131_072)


class Gate:
    """A step of a script that waits until the test opens it."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def open(self) -> None:
        self.event.set()


Step = Event | Gate | Exception
ANSWER: tuple[Step, ...] = (
    TextDelta("Hello "),
    TextDelta("there."),
    UsageReport(Usage(input_tokens=1200, output_tokens=400)),
    Finished(StopReason.STOP),
)


class ScriptedTurn:
    def __init__(self, session: ScriptedSession, chat: ScriptedChat, prompt: Prompt, reply: Reply) -> None:
        self._session = session
        self._chat = chat
        self.prompt = prompt
        self.reply = reply

    async def run(self) -> AsyncIterator[Event]:
        if self._chat.conversation is None:
            self._chat.conversation = Conversation(self.prompt.id, self.prompt.text, NOW, NOW, self.reply.ref)
            self._session.chats[self.prompt.id] = self._chat
        steps = self._session.scripts.pop(0) if self._session.scripts else ANSWER
        elapsed = 0
        try:
            for step in steps:
                elapsed += 400
                if isinstance(step, Gate):
                    await step.event.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    self.reply.fold(step, elapsed)
                    yield step
        except ProviderError as error:
            self.reply.fail(error, elapsed)
        except (asyncio.CancelledError, GeneratorExit):
            self.reply.cancel(elapsed)
            raise
        self._chat.rows.append(_row_of(self.reply))


def _row_of(reply: Reply) -> LedgerRow:
    return LedgerRow(
        reply.id,
        NOW,
        reply.ref.provider,
        reply.ref.model,
        "openai-chat",
        reply.stop or StopReason.INCOMPLETE,
        reply.usage,
        reply.cost,
        rates=reply.rates,
        first_token_ms=reply.first_token_ms,
        total_ms=reply.total_ms,
        message_id=reply.id,
        error=reply.error.summary if reply.error else "",
    )


class ScriptedChat:
    def __init__(self, session: ScriptedSession) -> None:
        self._session = session
        self._runtime = session.runtime
        self._tally = None
        self.system = ""
        self.rows: list[LedgerRow] = []
        self.entries: list[Prompt | Reply] = []
        self.model: ModelRef | None = None
        self.conversation: Conversation | None = None

    @property
    def id(self) -> str | None:
        return self.conversation.id if self.conversation else None

    @property
    def title(self) -> str:
        return self.conversation.title if self.conversation else ""

    def ask(self, text: str, ref: ModelRef, *, permission: None = None) -> ScriptedTurn:
        info, label = self._session.describe(ref)
        prompt = Prompt(self._session.next_id(), text)
        reply = Reply(
            self._session.next_id(),
            ref,
            prompt=text,
            provider_label=label,
            model_label=info.label if info else ref.model,
            rates=info.rates if info else None,
        )
        self.entries += (prompt, reply)
        self.model = ref
        return ScriptedTurn(self._session, self, prompt, reply)

    running, quote, next_turn = Chat.running, Chat.quote, Chat.next_turn

    def spent(self) -> Spent:
        return spent(self.rows, self.entries)

    def totals(self) -> tuple[ModelTotal, ...]:
        return self.spent().totals


def view(
    name: str,
    state: ConnectionState,
    word: str,
    models: Iterable[ModelInfo] = (),
    error: ProviderError | None = None,
) -> ProviderView:
    """A provider as the session would describe it."""
    connection = Connection(state, word, error, models=tuple(models), is_listed=True, since=NOW)
    return ProviderView(
        name,
        name,
        connection,
        format="openai-chat",
        url=f"https://{name}.example/v1",
        key_source="environment",
    )


def default_views() -> list[ProviderView]:
    refused = ProviderError("Nothing answers at localhost:11434.", "Start the server with `ollama serve`.")
    return [
        view("claude", ConnectionState.CONNECTED, "connected", [SONNET]),
        view("openai", ConnectionState.CONNECTED, "connected", [GPT]),
        view("groq", ConnectionState.DISCONNECTED, "waiting"),
        view("deepseek", ConnectionState.DISCONNECTED, "no key"),
        view("work", ConnectionState.DISABLED, "disabled"),
        view("local", ConnectionState.ERROR, "refused", [LLAMA], refused),
    ]


class ScriptedConnections:
    """The providers of a scripted session."""

    def __init__(self, session: ScriptedSession) -> None:
        self._session = session
        self.problems = session.problems
        self.is_demo = session.is_demo
        self.on_edited: Callable[[], None] | None = None

    @property
    def settings(self) -> Settings:
        return self._session.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._session.settings = settings

    configured = settings

    @property
    def changes(self) -> ScriptedConnections:
        return self

    @property
    def on_changed(self) -> Callable[[str], None] | None:
        return self._session.on_provider_changed

    @on_changed.setter
    def on_changed(self, listener: Callable[[str], None] | None) -> None:
        self._session.on_provider_changed = listener

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._session.views)

    def views(self) -> tuple[ProviderView, ...]:
        return tuple(self._session.views)

    def view(self, name: str) -> ProviderView | None:
        return next((each for each in self._session.views if each.name == name), None)

    def ask_again(self) -> None:
        pass

    async def check(self, name: str) -> None:
        self._session.checked.append(name)

    async def keep(self, name: str) -> None:
        view = self.view(name)
        if view is not None and view.connection.state is not ConnectionState.DISABLED:
            await self.check(name)
        await asyncio.Event().wait()

    async def discover(self) -> tuple[str, ...]:
        return ()

    @property
    def roster(self) -> ScriptedConnections:
        return self

    def route(self, name: str) -> None:
        raise ProviderError("Nothing is called here.")

    def reloader(self) -> ScriptedReloader:
        return ScriptedReloader()

    def key_watcher(self) -> Watcher:
        return Watcher(self._session.locations.key_record)

    def choices(self) -> tuple[ModelChoice, ...]:
        return self._session.choices()

    def no_model_hint(self) -> str:
        return "Set an API key in the environment, or try `parley --demo`."

    async def set_enabled(self, name: str, is_enabled: bool) -> None:
        state = ConnectionState.DISCONNECTED if is_enabled else ConnectionState.DISABLED
        self._session.move_lamp(name, state, state.value)

    @property
    def models(self) -> ScriptedSession:
        return self._session

    async def toggle_favourite(self, ref: ModelRef) -> None:
        before = self._session.settings.favourite_models
        after = tuple(each for each in before if each != ref) if ref in before else (*before, ref)
        self._session.settings = replace(self._session.settings, favourite_models=after)
        if self._session.refusal:
            raise EditRefused(self._session.refusal)

    async def remember(self, key: tuple[str, ...], value: str) -> None:
        self._session.remembered[".".join(key)] = value


class ScriptedBudgets:
    """Nothing is limited."""

    is_limited = False

    def concern(self, chat: ScriptedChat, ref: ModelRef) -> bool:
        return False


class ScriptedReloader:
    """A config.toml that nobody touches."""

    def poll(self) -> None:
        return None

    def acknowledge(self, settings: Settings) -> None:
        pass


@dataclass
class ScriptedSession:
    """Attributes:
    scripts: what the next turns do, in order; then every turn gives `ANSWER`.
    opening: held back until the test opens it, when it is a Gate.
    refusal: why config.toml cannot be changed.
    """

    settings: Settings = field(default_factory=Settings)
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    views: list[ProviderView] = field(default_factory=default_views)
    scripts: list[Iterable[Step]] = field(default_factory=list)
    default: ModelRef | None = SONNET_REF
    recent: list[ModelRef] = field(default_factory=list)
    history: tuple[str, ...] = ()
    opening: Gate | None = None
    on_provider_changed: Callable[[str], None] | None = None
    chats: dict[str, ScriptedChat] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    remembered: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    locations: Locations = field(default_factory=lambda: Locations.under(Path(tempfile.mkdtemp())))
    is_closed: bool = False
    is_demo: bool = False
    _ids: int = 0

    @property
    def budgets(self) -> ScriptedBudgets:
        return ScriptedBudgets()

    @property
    def log_file(self) -> Path:
        return self.locations.log_file

    def next_id(self) -> str:
        self._ids += 1
        return f"m{self._ids:04}"

    async def open(self, *, needs_store: bool = True) -> None:
        if self.opening is not None:
            await self.opening.event.wait()

    def use_token_ranks(self, say: Callable[[str], None]) -> None:
        pass

    async def close(self) -> None:
        self.is_closed = True

    @cached_property
    def connections(self) -> ScriptedConnections:
        return ScriptedConnections(self)

    @cached_property
    def runtime(self) -> Runtime:
        connections = cast(Connections, self.connections)
        counting = Counting(connections, self.locations)
        return Runtime(connections, time.monotonic, lambda: NOW, self.next_id, counting)

    def move_lamp(self, name: str, state: ConnectionState, word: str) -> None:
        """Change a provider's state as a check would."""
        for index, each in enumerate(self.views):
            if each.name == name:
                self.views[index] = replace(each, connection=replace(each.connection, state=state, word=word))
        if self.on_provider_changed is not None:
            self.on_provider_changed(name)

    def describe(self, ref: ModelRef) -> tuple[ModelInfo | None, str]:
        for choice in self.choices():
            if choice.ref == ref:
                return choice.info, choice.provider_label
        return None, ref.provider

    def choices(self) -> tuple[ModelChoice, ...]:
        return tuple(
            ModelChoice(ModelRef(each.name, info.id), info, each.label, each.connection.state)
            for each in self.views
            for info in each.connection.models
        )

    def default_model(self, chat: ScriptedChat | None = None) -> ModelRef | None:
        return (chat.model if chat else None) or self.default

    def new_chat(self) -> ScriptedChat:
        return ScriptedChat(self)

    async def open_chat(self, conversation_id: str) -> ScriptedChat:
        return self.chats[conversation_id]

    async def latest_chat(self) -> ScriptedChat | None:
        return next(reversed(self.chats.values()), None)

    async def recent_chats(self, limit: int) -> tuple[Conversation, ...]:
        return tuple(chat.conversation for chat in self.chats.values() if chat.conversation)[:limit]

    def note_use(self, ref: ModelRef) -> None:
        self.recent = [ref, *(other for other in self.recent if other != ref)]

    def recent_models(self) -> tuple[ModelRef, ...]:
        return tuple(self.recent)

    async def prompt_history(self) -> tuple[str, ...]:
        return self.history

    @property
    def spending(self) -> Spending:
        """Without a store: nothing is kept."""
        runtime = SimpleNamespace(store=None, connections=SimpleNamespace(environ={}), now=lambda: NOW)
        return Spending(cast(Runtime, runtime))
