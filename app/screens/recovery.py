"""After a failure: the prompt comes back, and its card offers to try again, elsewhere, or to tell more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from app.screens import asking, cards

if TYPE_CHECKING:
    from app.screens.presenter import Presenter
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.widgets.composer import Composer


class LetAnswer(Protocol):
    """Makes way for a request that was held back. Returns: whether it may be sent again."""

    def __call__(self, provider: str, *, is_allowed: bool) -> bool: ...


class Recovery:
    """What the error card of a reply offers."""

    def __init__(
        self,
        presenter: Presenter,
        composer: Composer,
        send: Callable[[str], None],
        pick_model: Callable[[asking.Then], None],
        let_answer: LetAnswer,
    ) -> None:
        """
        Args:
            send: asks the current model.
            pick_model: lets the user choose another one, and then does what it was given.
            let_answer: asked before a request is sent again.
        """
        self._presenter = presenter
        self._composer = composer
        self._send = send
        self._pick_model = pick_model
        self._let_answer = let_answer

    def take_back(self, chat: Chat, reply: Reply) -> None:
        """A turn that was stopped before anything came was never asked: its prompt is the draft again."""
        self._composer.give_back(reply.prompt)
        self._make_room(chat, reply)

    def make_room_for(self, chat: Chat, prompt: str) -> None:
        """The newest attempt brought nothing and the same is asked again: it goes out of sight."""
        reply = asking.last_reply(chat)
        if reply is not None and reply.error is not None and reply.prompt == prompt:
            self._make_room(chat, reply)

    def act(self, chat: Chat, reply: Reply, key: str) -> None:
        """Do what stands under a key of the card."""
        if key in (cards.TRY_AGAIN, cards.ALLOW):
            if self._let_answer(reply.ref.provider, is_allowed=key == cards.ALLOW):
                self._try_again(chat, reply)
        elif key == cards.OTHER_MODEL:
            self._pick_model(lambda: self._try_again(chat, reply))
        elif key == cards.DETAILS and reply.error is not None:
            self._presenter.toggle_details(chat, reply)

    def _try_again(self, chat: Chat, reply: Reply) -> None:
        """Ask once more; an attempt that brought nothing makes room."""
        if self._composer.text == reply.prompt:
            self._composer.write("")
        self._make_room(chat, reply)
        self._composer.editor.focus()
        self._send(reply.prompt)

    def _make_room(self, chat: Chat, reply: Reply) -> None:
        prompt = asking.withdraw(chat, reply)
        if prompt is not None:
            self._presenter.forget(prompt.id, reply)
