"""What stands around the conversation: the status line and the welcome, composed from session and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands import COMMANDS, Command, Place, command
from app.keymap import Keymap
from app.screens import asking, rows
from app.widgets.status_bar import KeyHint, Status
from app.widgets.welcome import Greeting

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.session import Session

_WELCOME_KEYS = ("chat.model", "composer.newline", "app.commands", "chat.conversations", "app.help")


def status(session: Session, chat: Chat, running: Reply | None, keymap: Keymap) -> Status:
    """The status line for the conversation on view."""
    model = session.default_model(chat)
    view = next((each for each in session.providers() if model and each.name == model.provider), None)
    shown = [each for each in COMMANDS if each.hint]
    if running is not None:
        shown.insert(0, command("chat.stop"))
    return Status(
        model=str(model) if model else "",
        state=view.connection.state if view else None,
        word=view.connection.word if view else "",
        figures=rows.status_figures(chat, running or asking.last_reply(chat)),
        hints=tuple(_hint(each, keymap) for each in shown),
    )


def greeting(session: Session, chat: Chat, keymap: Keymap, *, is_open: bool) -> Greeting:
    """The welcome of an empty conversation.

    Args:
        is_open: before the session is open nobody can say that there is no model.
    """
    model = session.default_model(chat)
    return Greeting(
        model=str(model) if model else "",
        advice=session.no_model_hint() if is_open and model is None else "",
        found=tuple(rows.found_row(view) for view in session.providers() if view.found),
        problems=(*rows.problem_sentences(session.problems), *keymap.problems),
        keys=tuple(KeyHint(keymap.label(each), each.tooltip, "") for each in map(command, _WELCOME_KEYS)),
    )


def _hint(shown: Command, keymap: Keymap) -> KeyHint:
    namespace = "app" if shown.place is Place.APP else "screen"
    word = shown.hint or shown.verb.split()[0].lower()
    return KeyHint(keymap.label(shown), word, f"{namespace}.{shown.action}")
