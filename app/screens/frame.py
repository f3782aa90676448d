"""What stands around the conversation: the status line and the welcome, composed from session and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands import Command, command
from app.keymap import Keymap
from app.screens import asking, rows
from app.widgets.status_bar import KeyHint, Status
from app.widgets.welcome import Greeting

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.session import Session

_HINTS = ("chat.model", "app.commands", "app.help", "app.stats")
"""Where room is short the last ones go first."""

_MESSAGE_HINTS = ("message.copy", "message.copy_code", "message.regenerate", "message.edit")
_DEMO = "This is the demo: nothing leaves this machine, no key is needed."
_TOUR_MODEL, _TOUR = "chat/tour", "Say anything to take the tour: write it and press Enter."
_WELCOME_KEYS = ("chat.model", "composer.newline", "app.commands", "chat.conversations", "app.help")


def status(session: Session, chat: Chat, hints: tuple[KeyHint, ...]) -> Status:
    """The status line for the conversation on view."""
    model = session.default_model(chat)
    view = next((each for each in session.providers() if model and each.name == model.provider), None)
    return Status(
        model=str(model) if model else "",
        state=view.connection.state if view else None,
        word=view.connection.word if view else "",
        figures=rows.status_figures(chat, asking.last_reply(chat)),
        hints=hints,
    )


def hints(chat: Chat, keymap: Keymap, selected: str | None, *, is_running: bool) -> tuple[KeyHint, ...]:
    """The keys that matter now, the most important first.

    Args:
        selected: the transcript key of the message under the cursor.
        is_running: a reply is arriving in the conversation on view.
    """
    on_message = _hints_on(chat, selected, keymap) if selected is not None else []
    words = ("chat.stop", *_HINTS) if is_running else _HINTS
    return (*on_message, *(_hint(command(each), keymap) for each in words))


def greeting(session: Session, chat: Chat, keymap: Keymap, *, is_open: bool) -> Greeting:
    """The welcome of an empty conversation.

    Args:
        is_open: before the session is open nobody can say that there is no model.
    """
    model = session.default_model(chat)
    return Greeting(
        model=str(model) if model else "",
        introduction=_DEMO if session.is_demo else "",
        invitation=_TOUR if session.is_demo and str(model) == _TOUR_MODEL else "",
        advice=session.no_model_hint() if is_open and model is None else "",
        found=tuple(rows.found_row(view) for view in session.providers() if view.found),
        problems=(*rows.problem_sentences(session.problems), *keymap.problems),
        keys=tuple(KeyHint(keymap.label(each), each.tooltip, "") for each in map(command, _WELCOME_KEYS)),
    )


def _hint(shown: Command, keymap: Keymap) -> KeyHint:
    word = shown.hint or shown.verb.split()[0].lower()
    return KeyHint(keymap.label(shown), word, f"screen.run('{shown.id}')")


def _hints_on(chat: Chat, selected: str, keymap: Keymap) -> list[KeyHint]:
    """What can be done with the message, or the card, under the cursor."""
    from app.screens.cards import ERROR_KEYS

    if asking.reply_of_card(chat, selected) is not None:
        return [KeyHint(key, verb, "") for key, verb in ERROR_KEYS]
    return [_hint(command(each), keymap) for each in _MESSAGE_HINTS]
