"""The dialogs that the chat screen opens, and what it looks up in a conversation for them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from app.session.entries import Prompt

if TYPE_CHECKING:
    from app.screens.next_turns import NextTurns
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.session import Session
    from providers.reference import ModelRef

Then = Callable[[], None]

_CONVERSATIONS_LISTED = 500


def in_background(app: App[Any], work: Coroutine[Any, Any, None], name: str) -> None:
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


def reply_at(chat: Chat, key: str) -> Reply | None:
    """The reply that an entry of the transcript belongs to: itself, its card, or the answer to a prompt."""
    entry_id = key.split(":")[0]
    for position, entry in enumerate(chat.entries):
        if entry.id == entry_id:
            return next((each for each in chat.entries[position:] if not isinstance(each, Prompt)), None)
    return None


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


def cycle(session: Session) -> tuple[ModelRef, ...]:
    """The models to step through: the favourites as config.toml has them, then the recent ones by name.

    The order of use would change under the feet of somebody who steps, sends, and steps again.
    """
    recent = sorted(set(session.recent_models()) - set(session.connections.settings.favourite_models), key=str)
    usable = set(_enabled(session))
    return tuple(ref for ref in (*session.connections.settings.favourite_models, *recent) if ref.provider in usable)


def stepped(models: Sequence[ModelRef], now: ModelRef | None, step: int) -> ModelRef | None:
    """The model that many places further, around the ends; None when there is no other."""
    if not models or list(models) == [now]:
        return None
    place = models.index(now) if now in models else -1 if step > 0 else 0
    return models[(place + step) % len(models)]


def can_pick_model(session: Session) -> bool:
    """Whether there is anything to pick: a provider without a list takes what is typed."""
    return bool(_enabled(session))


def _enabled(session: Session) -> list[str]:
    from providers.connection import ConnectionState

    return [view.name for view in session.connections.views() if view.connection.state is not ConnectionState.DISABLED]


# ── dialogs ───────────────────────────────────────────────────────────────────


def pick_model(
    app: App[Any],
    session: Session,
    now: ModelRef | None,
    take: Callable[[ModelRef | None], None],
    *,
    wanted_for: str = "",
    turns: NextTurns | None = None,
    **words: str,
) -> None:
    """The model picker.

    Args:
        now: the model in use.
        wanted_for: the provider that needs a model; without one in use, the only provider there is.
        turns: what the next turn would cost; None says nothing of it.
        words: `purpose` and `verb` of the picker, where it is not for the next reply.
    """
    from app.screens.choice_rows import model_offer
    from app.screens.model_picker import ModelPicker

    names = _enabled(session)
    if now is None and len(names) == 1 and not words:
        wanted_for = names[0]

    def refresh() -> None:
        for name in _enabled(session):
            in_background(app, session.connections.check(name), f"lists of {name}")

    async def toggle(ref: ModelRef) -> None:
        from app.config.edit import EditRefused

        try:
            await session.connections.changes.toggle_favourite(ref)
        except EditRefused as refusal:
            app.notify(refusal.in_full, title="config.toml was not changed", severity="warning", markup=False)
        picker.reload()

    picker = ModelPicker(
        lambda: model_offer(session, now),
        session.connections.views,
        refresh=refresh,
        toggle_favourite=lambda ref: in_background(app, toggle(ref), f"favourite {ref}"),
        now=lambda: datetime.now(UTC),
        wanted_for=wanted_for,
        turns=turns,
        **words,
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

    in_background(app, show(), "conversations")


def open_chat(app: App[Any], session: Session, conversation_id: str, take: Callable[[Chat], None]) -> None:
    """Read a conversation and hand it over; one that cannot be read says why."""

    async def read() -> None:
        from app.storage.errors import StoreError

        try:
            take(await session.open_chat(conversation_id))
        except StoreError as error:
            app.notify(f"{error}. {error.hint}".strip(), severity="warning", markup=False)

    in_background(app, read(), "opening")


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

    in_background(app, show(), "history")


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
