"""What stands around the conversation: the status line and the welcome, composed from session and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands import Command, command
from app.keymap import Keymap
from app.screens import asking, rows
from app.widgets.provider_list import ProviderRow
from app.widgets.status_bar import KeyHint, Status
from app.widgets.welcome import Greeting
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.session.chat import Chat
    from app.session.session import Session

_HINTS = ("chat.model", "app.commands", "app.help", "app.stats")
"""Where room is short the last ones go first."""

_MESSAGE_HINTS = ("message.copy", "message.details", "message.regenerate", "message.edit", "message.copy_code")
_DEMO = "This is the demo: nothing leaves this machine, no key is needed."
_TOUR_MODEL, _TOUR = "chat/tour", "Say anything to take the tour: write it and press Enter."
_WAYS_IN = {
    "chat.model": "choose a model",
    "chat.providers": "go to the providers",
    "chat.add_provider": "add a provider",
    "app.tour": "take the tour (no key needed)",
    "app.help": "all keys",
}
"""What leads on where nobody can answer: command and words."""
_ALWAYS = ("chat.add_provider", "app.tour", "app.help")
_ADVICE = {
    "chat.model": "Nobody has said yet which model answers: /model chooses it.",
    "chat.providers": "Every provider is disabled: Space in the sidebar enables the one under the cursor.",
    "chat.add_provider": "No provider yet: /add adds one. Or set a key in the environment (ANTHROPIC_API_KEY, "
    "OPENAI_API_KEY, …) and start Parley again.",
}
_WELCOME_KEYS = ("chat.model", "composer.newline", "app.commands", "chat.conversations", "app.help")


def status(session: Session, chat: Chat, hints: tuple[KeyHint, ...], *, figures: int | None = None) -> Status:
    """The status line for the conversation on view.

    Args:
        figures: at most so many, to leave room to the keys; None for all.
    """
    model = session.default_model(chat)
    view = next((each for each in session.connections.views() if model and each.name == model.provider), None)
    return Status(
        model=str(model) if model else "",
        state=view.connection.state if view else None,
        word=view.connection.word if view else "",
        figures=rows.status_figures(chat, asking.last_reply(chat), model)[:figures],
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


def provider_hints(keymap: Keymap, provider: ProviderRow | None) -> tuple[KeyHint, ...]:
    """The keys of the sidebar. Args: provider: the one under the cursor."""
    commands = ["provider.add"]
    if provider is not None:
        own = "provider.keep" if provider.found else "provider.remove"
        commands += ["provider.edit", "provider.test", "provider.card", own, "provider.toggle"]
    return tuple(_hint(command(each), keymap) for each in commands)


def greeting(session: Session, chat: Chat, keymap: Keymap, *, is_open: bool) -> Greeting:
    """The welcome of an empty conversation.

    Args:
        is_open: before the session is open nobody can say that there is no model.
    """
    connections = session.connections
    model = session.default_model(chat)
    is_lost = is_open and model is None
    return Greeting(
        model=str(model) if model else "",
        introduction=_DEMO if connections.is_demo else "",
        invitation=_TOUR if connections.is_demo and str(model) == _TOUR_MODEL else "",
        advice=advice(connections) if is_lost else "",
        found_hint=f"; Tab leads to them, {keymap.label(command('provider.keep'))} keeps one",
        found=tuple(rows.provider_row(view) for view in connections.views() if view.found),
        problems=(*rows.problem_sentences(connections.problems), *keymap.problems),
        keys=_ways_in(connections) if is_lost else _first_keys(keymap),
    )


def advice(connections: Connections) -> str:
    """What to do where nobody can answer."""
    return _ADVICE[way_in(connections)]


def way_in(connections: Connections) -> str:
    """The command that leads on where nobody can answer yet: what Enter does in the empty composer."""
    states = [view.connection.state for view in connections.views()]
    if not states:
        return "chat.add_provider"
    return "chat.providers" if all(each is ConnectionState.DISABLED for each in states) else "chat.model"


def _ways_in(connections: Connections) -> tuple[KeyHint, ...]:
    """The composer has the focus, and takes no letter for a command."""
    first = way_in(connections)
    others = [each for each in _ALWAYS if each != first]
    return (
        KeyHint("↵", _WAYS_IN[first], ""),
        *(KeyHint(f"/{command(each).slash}", _WAYS_IN[each], "") for each in others),
    )


def _first_keys(keymap: Keymap) -> tuple[KeyHint, ...]:
    return tuple(KeyHint(keymap.label(each), each.tooltip, "") for each in map(command, _WELCOME_KEYS))


def _hint(shown: Command, keymap: Keymap) -> KeyHint:
    word = shown.hint or shown.verb.split()[0].lower()
    return KeyHint(keymap.label(shown), word, f"screen.run('{shown.id}')")


def _hints_on(chat: Chat, selected: str, keymap: Keymap) -> list[KeyHint]:
    """What can be done with the message, or the card, under the cursor."""
    from app.screens.cards import error_keys

    failed = asking.reply_of_card(chat, selected)
    if failed is not None and failed.error is not None:
        return [KeyHint(key, verb, "") for key, verb in error_keys(failed.error)]
    return [_hint(command(each), keymap) for each in _MESSAGE_HINTS]
