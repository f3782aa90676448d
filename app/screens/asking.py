"""The dialogs that the chat screen opens, and what it looks up in a conversation for them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from app.session.entries import Prompt

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.session import Session
    from providers.reference import ModelRef

Then = Callable[[], None]

_CONVERSATIONS_LISTED = 500


def _in_background(app: App[Any], work: Coroutine[Any, Any, None], name: str) -> None:
    """Run in a worker of the app, where a bug becomes a message and a line in the log."""
    app.run_worker(work, name=name, group=name, exclusive=True, exit_on_error=False, description=name)


# ── looking things up ─────────────────────────────────────────────────────────


def last_reply(chat: Chat) -> Reply | None:
    """The newest reply of a conversation, running or not."""
    return next((entry for entry in reversed(chat.entries) if not isinstance(entry, Prompt)), None)


def reply_of_card(chat: Chat, key: str) -> Reply | None:
    """The reply whose card has this transcript key."""
    from app.screens.cards import card_key
    from app.session.reply import Reply

    return next((each for each in chat.entries if isinstance(each, Reply) and card_key(each) == key), None)


def prompt_at(chat: Chat, key: str | None) -> str | None:
    """The prompt at or before the entry under the cursor, else the newest one; None when there is none."""
    from app.session.reply import Reply

    found = None
    for entry in chat.entries:
        found = entry.prompt or found if isinstance(entry, Reply) else entry.text
        if key is not None and key.split(":")[0] == entry.id:
            break
    return found


def withdraw(chat: Chat, reply: Reply) -> Prompt | None:
    """Take an attempt that brought nothing off a conversation. Returns its prompt; None when it stays."""
    from app.session.entries import Prompt

    place = chat.entries.index(reply)
    prompt = chat.entries[place - 1] if place else None
    if reply.has_content or not isinstance(prompt, Prompt):
        return None
    del chat.entries[place - 1 : place + 1]
    return prompt


def stepped(recent: Sequence[ModelRef], now: ModelRef | None, step: int) -> ModelRef | None:
    """The recent model that many places further, around the ends; None when there is no other."""
    listed = sorted(recent, key=str)
    if not listed or listed == [now]:
        return None
    place = listed.index(now) if now in listed else -1 if step > 0 else 0
    return listed[(place + step) % len(listed)]


# ── dialogs ───────────────────────────────────────────────────────────────────


def pick_model(
    app: App[Any],
    session: Session,
    now: ModelRef | None,
    take: Callable[[ModelRef | None], None],
) -> None:
    """The model picker."""
    from app.screens.choice_rows import MODEL_HEADINGS, model_rows
    from app.screens.picker import Picker

    picker = Picker(
        "Choose the model for the next reply",
        model_rows(session.choices(), session.providers(), now),
        headings=MODEL_HEADINGS,
        verb="switch",
        empty="No provider offers a model yet.",
    )
    app.push_screen(picker, take)


def pick_conversation(
    app: App[Any],
    session: Session,
    current: str | None,
    running: Sequence[str | None],
    take: Callable[[str], None],
) -> None:
    """The list of conversations."""
    from app.screens.choice_rows import conversation_rows
    from app.screens.picker import Picker

    async def show() -> None:
        conversations = await session.recent_chats(_CONVERSATIONS_LISTED)
        listed = conversation_rows(conversations, datetime.now(UTC), current, running)
        picker = Picker("Open a conversation", listed, verb="open", empty="Nothing was said yet.")
        app.push_screen(picker, lambda chosen: take(chosen) if chosen else None)

    _in_background(app, show(), "conversations")


def open_chat(app: App[Any], session: Session, conversation_id: str, take: Callable[[Chat], None]) -> None:
    """Read a conversation and hand it over."""

    async def read() -> None:
        take(await session.open_chat(conversation_id))

    _in_background(app, read(), "opening")


def pick_prompt(app: App[Any], session: Session, take: Callable[[str], None]) -> None:
    """Everything that was asked before."""
    from app.screens.picker import Picker, PickerRow

    async def show() -> None:
        prompts = await session.prompt_history()
        picker = Picker(
            "Find something you asked before",
            [PickerRow(prompt, prompt) for prompt in prompts],
            verb="take it into the composer",
            empty="Nothing was asked yet.",
        )
        app.push_screen(picker, lambda chosen: take(chosen) if chosen else None)

    _in_background(app, show(), "history")


def show_provider(app: App[Any], session: Session, name: str) -> None:
    """The provider card."""
    from app.screens.provider_card import ProviderCard

    card = ProviderCard(
        lambda: session.provider(name),
        lambda wish: do_with_provider(app, session, name, wish),
        lambda: datetime.now(UTC),
    )
    app.push_screen(card)


def do_with_provider(app: App[Any], session: Session, name: str, wish: str) -> None:
    """Test a provider, or enable or disable it."""
    from providers.connection import ConnectionState

    async def test() -> None:
        await session.check(name)

    async def toggle() -> None:
        is_off = session.provider(name).connection.state is ConnectionState.DISABLED
        if problem := await session.set_enabled(name, is_off):
            app.notify(problem, title="config.toml was not changed", severity="warning", markup=False)
        if is_off:
            await session.check(name)

    _in_background(app, test() if wish == "test" else toggle(), f"provider {name}")


def edit_outside(app: App[Any], draft: str) -> str | None:
    """The draft as it comes back from the user's editor; None when nothing could be opened."""
    from app.editor import EditorFailed, edit

    try:
        with app.suspend():
            return edit(draft)
    except SuspendNotSupported:
        app.notify("An editor cannot be opened in this terminal.", severity="warning", markup=False)
    except EditorFailed as failure:
        app.notify(str(failure), severity="warning", markup=False)
    return None
