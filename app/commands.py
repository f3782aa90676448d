"""The one table of what can be done: bindings, palette, slash commands, status line and help come from it.

An action is implemented once, as `action_NAME` on the node of its place; nothing else binds a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a command's keys work; the value is the heading in the help."""

    APP = "Everywhere"
    CHAT = "Conversation"
    COMPOSER = "While typing"
    MESSAGES = "On a message"
    PROVIDERS = "In the sidebar"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    Attributes:
        id: stable name for the `keys` setting ("chat.new").
        place: the node that has the action, and where its keys work.
        action: `action_…` on that node.
        keys: default keys, comma-separated, the one that is shown first; "" for none.
        verb: the command as palette, help and footer call it.
        tooltip: one sentence for help.
        slash: the word after `/`; "" when there is none.
        hint: its one or two words in the status line; "" when it is not shown there.
        has_priority: works in dialogs and before the focused widget sees the key.
        in_palette: False for what only makes sense as a key.
    """

    id: str
    place: Place
    action: str
    keys: str
    verb: str
    tooltip: str
    slash: str = ""
    hint: str = ""
    has_priority: bool = False
    in_palette: bool = True


# fmt: off
_APP = (
    Command("app.commands", Place.APP, "commands", "ctrl+p", "Command palette",
            "Find any command by name.", hint="commands", in_palette=False),
    Command("app.help", Place.APP, "help", "f1", "Help",
            "All keys and slash commands.", slash="help", hint="help"),
    Command("app.stats", Place.APP, "stats", "f3", "Statistics",
            "What was used and what it cost, over time and down to single requests.", slash="stats", hint="stats"),
    Command("app.tour", Place.APP, "tour", "", "Take the tour",
            "The demo: a server on this machine, no key needed. Your conversations stay.", slash="tour"),
    Command("app.doctor", Place.APP, "doctor", "", "Doctor",
            "What is well, what is not, and what to do about it.", slash="doctor"),
    Command("app.theme", Place.APP, "theme", "", "Change theme",
            "Dark, light, or your terminal's own colours.", slash="theme"),
    Command("app.interrupt", Place.APP, "interrupt", "ctrl+c", "Copy, clear, or quit",
            "Copies the selection; without one clears the draft; with no draft asks once more, then quits.",
            has_priority=True, in_palette=False),
    Command("app.quit", Place.APP, "quit", "ctrl+q", "Quit",
            "Leave Parley; a running reply is stopped and kept.", slash="quit", has_priority=True),
)

_CHAT = (
    Command("chat.stop", Place.CHAT, "stop", "escape", "Stop the reply",
            "Stops the running reply and keeps what has arrived.", slash="stop"),
    Command("chat.new", Place.CHAT, "new_conversation", "ctrl+n", "New conversation",
            "Start afresh; a running reply goes on in its own conversation.", slash="new"),
    Command("chat.model", Place.CHAT, "pick_model", "ctrl+l", "Choose model",
            "The model that writes the next reply.", slash="model", hint="model"),
    Command("chat.next_model", Place.CHAT, "next_model", "f2", "Next recent model",
            "Step through your favourites and the models used lately."),
    Command("chat.previous_model", Place.CHAT, "previous_model", "shift+f2", "Previous recent model",
            "Step back through your favourites and the models used lately."),
    Command("chat.conversations", Place.CHAT, "conversations", "ctrl+s", "Conversations",
            "Open an earlier conversation.", slash="open"),
    Command("chat.history", Place.CHAT, "prompt_history", "ctrl+r", "Prompt history",
            "Find something you have asked before.", slash="history"),
    Command("chat.editor", Place.CHAT, "external_editor", "ctrl+o", "Write in your editor",
            "Opens the draft in $VISUAL or $EDITOR.", slash="editor"),
    Command("chat.sidebar", Place.CHAT, "toggle_sidebar", "ctrl+b,f4", "Fold or unfold the sidebar",
            "Providers and costs, or only their lamps.", slash="sidebar"),
    Command("chat.providers", Place.CHAT, "providers", "", "Go to the providers",
            "Into the sidebar, as Tab does; its keys add, edit and test.", slash="providers"),
    Command("chat.add_provider", Place.CHAT, "add_provider", "", "Add provider",
            "Choose a preset or give any address; it is tried before it is saved.", slash="add"),
    Command("chat.previous_message", Place.CHAT, "previous_message", "alt+up", "Previous message",
            "Move up from message to message."),
    Command("chat.next_message", Place.CHAT, "next_message", "alt+down", "Next message",
            "Move down from message to message."),
    Command("chat.newest", Place.CHAT, "newest", "ctrl+end", "Newest line",
            "Go to the end and follow the reply."),
)

_COMPOSER = (
    Command("composer.send", Place.COMPOSER, "send", "enter", "Send",
            "Send the message.", has_priority=True, in_palette=False),
    Command("composer.newline", Place.COMPOSER, "newline", "ctrl+j,shift+enter,alt+enter", "New line",
            "Break the line; so does Enter after a backslash.",
            has_priority=True, in_palette=False),
    Command("composer.older", Place.COMPOSER, "older", "up", "Earlier prompt",
            "In an empty composer: what you asked last.", has_priority=True, in_palette=False),
    Command("composer.newer", Place.COMPOSER, "newer", "down", "Later prompt",
            "Back towards the draft.", has_priority=True, in_palette=False),
    Command("composer.complete", Place.COMPOSER, "complete", "tab", "Complete",
            "Complete the slash command.", has_priority=True, in_palette=False),
    Command("composer.page_up", Place.COMPOSER, "page_up", "pageup", "Page up",
            "Scroll the conversation, or a draft that is longer than its box.", has_priority=True, in_palette=False),
    Command("composer.page_down", Place.COMPOSER, "page_down", "pagedown", "Page down",
            "Scroll the conversation, or a draft that is longer than its box.", has_priority=True, in_palette=False),
    Command("composer.newest", Place.COMPOSER, "newest", "end", "Newest line",
            "In an empty composer: go to the end and follow the reply.",
            has_priority=True, in_palette=False),
)

_MESSAGES = (
    Command("message.copy", Place.MESSAGES, "copy_message", "y", "Copy message",
            "Copy the message under the cursor, else the newest.", slash="copy", hint="copy"),
    Command("message.copy_code", Place.MESSAGES, "copy_code", "c", "Copy code block",
            "Copy the code block under the cursor.", hint="code"),
    Command("message.fold", Place.MESSAGES, "toggle_fold", "space", "Fold or unfold",
            "Show or hide the reasoning of a reply."),
    Command("message.details", Place.MESSAGES, "toggle_details", "o", "Details of a reply",
            "Tokens, rates, and how the cost of a reply comes about.", slash="details", hint="details"),
    Command("message.regenerate", Place.MESSAGES, "regenerate", "r", "Ask again",
            "Send the same prompt to the current model.", slash="retry", hint="again"),
    Command("message.edit", Place.MESSAGES, "edit_prompt", "e", "Edit and resend",
            "Take the prompt back into the composer.", slash="edit", hint="edit"),
    Command("message.newest", Place.MESSAGES, "newest", "end", "Newest line",
            "Go to the end and follow the reply.", in_palette=False),
    Command("message.write", Place.MESSAGES, "write", "enter,i", "Back to the composer",
            "Any letter that is no command does the same.", in_palette=False),
)

_PROVIDERS = (
    Command("provider.card", Place.PROVIDERS, "card", "enter", "Provider card",
            "State, key, models and the last error of the provider.", slash="provider", hint="card"),
    Command("provider.test", Place.PROVIDERS, "test", "t", "Test provider",
            "Ask the provider now whether it answers.", slash="test"),
    Command("provider.add", Place.PROVIDERS, "add", "a", "Add provider",
            "Choose a preset or give any address; it is tried before it is saved.", in_palette=False),
    Command("provider.edit", Place.PROVIDERS, "edit", "e", "Edit provider",
            "Change its address, key, model, or anything else; it is tried again."),
    Command("provider.remove", Place.PROVIDERS, "remove", "d,delete", "Remove provider",
            "Asks first; its stored key and secret headers go with it, conversations and costs stay.", hint="delete"),
    Command("provider.toggle", Place.PROVIDERS, "toggle_enabled", "space", "Enable or disable provider",
            "A disabled provider is never contacted.", hint="on or off"),
    Command("provider.keep", Place.PROVIDERS, "keep", "k", "Keep provider",
            "Write one that was found into config.toml."),
    Command("provider.allow", Place.PROVIDERS, "allow", "y", "Allow its key",
            "Let its key go where it would go; recorded once."),
    Command("provider.move_key", Place.PROVIDERS, "move_key", "m", "Move its key to the key store",
            "Out of config.toml, where it stands in plain text."),
    Command("provider.curl", Place.PROVIDERS, "copy_curl", "u", "Copy its check as curl",
            "The request that tests it, with the key as a variable."),
)

# fmt: on

COMMANDS = (*_APP, *_CHAT, *_COMPOSER, *_MESSAGES, *_PROVIDERS)


def command(command_id: str) -> Command:
    """The command of that id.

    Raises:
        KeyError: there is none.
    """
    for candidate in COMMANDS:
        if candidate.id == command_id:
            return candidate
    raise KeyError(command_id)


def slash_command(word: str) -> Command | None:
    """The command with that slash word, in whatever case; None when there is none."""
    return next((each for each in COMMANDS if each.slash and each.slash == word.lower()), None)


def slash_commands(prefix: str) -> tuple[Command, ...]:
    """The commands whose slash word begins with `prefix` (no slash in it), those of the conversation first."""
    found = [each for each in COMMANDS if each.slash and each.slash.startswith(prefix)]
    return tuple(sorted(found, key=lambda each: each.place is Place.APP))
