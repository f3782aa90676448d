"""What is half written, one draft per conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.widgets.composer import Composer


class Drafts:
    """Puts a draft aside when its conversation is left, and back when it is shown again."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._kept: dict[str | None, str] = {}
        """By the id of the conversation; under None that of the conversation that has not begun."""

    def leave(self, chat: Chat) -> None:
        """Keep what stands in the composer for this conversation."""
        if chat.id is None and chat.entries:
            # Nobody can come back to a conversation that could not be saved; the prompt history keeps the text.
            self._composer.put_away()
        else:
            self._kept[chat.id] = self._composer.text

    def enter(self, chat: Chat) -> None:
        """Show the draft of this conversation; a new one starts empty."""
        self._composer.write(self._kept.pop(chat.id, ""))

    def give_back(self, chat: Chat, prompt: str) -> None:
        """Keep the prompt of a turn that failed while its conversation was not shown, unless it has a draft."""
        self._kept[chat.id] = self._kept.get(chat.id) or prompt
