"""One open conversation.

An empty one stands on the first frame: what only a turn needs is imported by the first turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.runtime import Runtime
from app.session.views import ContextUse

if TYPE_CHECKING:
    from app.session.reply import Reply
    from app.session.turn import Turn
    from app.storage.records import Conversation, LedgerRow, ModelTotal
    from providers.messages import Message
    from providers.reference import ModelRef
    from providers.request import ToolSpec

_TITLE_LENGTH = 60


class Chat:
    """A conversation with everything said in it so far.

    Attributes:
        entries: prompts and replies in the order of the branch shown; a failed attempt stays visible here
            though it is no longer part of what is sent.
        model: what the next turn goes to; None until somebody chose.
        rows: the ledger rows of this conversation.
    """

    def __init__(
        self,
        runtime: Runtime,
        conversation: Conversation | None = None,
        entries: Sequence[Prompt | Reply] = (),
        rows: Sequence[LedgerRow] = (),
        *,
        model: ModelRef | None = None,
        system: str = "",
        is_saved: bool = True,
    ) -> None:
        self._runtime = runtime
        self.conversation = conversation
        self.entries: list[Prompt | Reply] = list(entries)
        self.rows: list[LedgerRow] = list(rows)
        self.model = model or (conversation.model if conversation else None)
        self.system = system or (conversation.system if conversation else "")
        self.is_saved = is_saved
        self._estimates: dict[str, int] = {}

    @property
    def id(self) -> str | None:
        """None until the first prompt is sent, and for good when nothing is saved."""
        return self.conversation.id if self.conversation else None

    @property
    def title(self) -> str:
        return self.conversation.title if self.conversation else ""

    @property
    def running(self) -> Reply | None:
        """The reply that is arriving, if one is."""
        last = self.entries[-1] if self.entries else None
        return None if last is None or isinstance(last, Prompt) or not last.is_running else last

    def ask(
        self,
        text: str,
        ref: ModelRef,
        *,
        max_output_tokens: int | None = None,
        tools: tuple[ToolSpec, ...] = (),
    ) -> Turn:
        """Begin a turn: both entries appear at once; nothing is sent until `Turn.run` is iterated."""
        from app.session.reply import Reply
        from app.session.turn import Turn

        prompt = Prompt(self._runtime.new_id(), text)
        info, label = self._runtime.connections.models.describe(ref)
        reply = Reply(
            self._runtime.new_id(),
            ref,
            prompt=text,
            provider_label=label,
            model_label=info.label if info else ref.model,
            rates=info.rates if info else None,
        )
        self.entries += (prompt, reply)
        self.model = ref
        return Turn(self._runtime, self, prompt, reply, max_output_tokens=max_output_tokens, tools=tools)

    def messages(self) -> tuple[Message, ...]:
        """What the next request sends before the new prompt."""
        from app.session.history import history

        return history(self.entries)

    def context(self) -> ContextUse:
        """How full the window of the current model is."""
        tokens = self._tokens_in_use()
        if tokens is None or self.model is None:
            return ContextUse(None, None)
        info, _ = self._runtime.connections.models.describe(self.model)
        return ContextUse(tokens, info.context_window if info else None)

    def totals(self) -> tuple[ModelTotal, ...]:
        """Tokens and money per model used in this conversation, in the order of first use."""
        if not self.rows:
            return ()
        from app.storage.totals import totals_by_model

        return totals_by_model(self.rows)

    def title_for(self, text: str) -> str:
        """A title from the first words of a prompt."""
        line = " ".join(text.split())
        if len(line) <= _TITLE_LENGTH:
            return line or "Empty prompt"
        return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + " …"

    def _tokens_in_use(self) -> int | None:
        """What the newest reported counts say, and our own count of what came after them."""
        estimated = 0
        for entry in reversed(self.entries):
            if isinstance(entry, Prompt):
                estimated += self._estimate(entry.id, entry.text)
            elif entry.usage.input_tokens is not None:
                return (
                    estimated + entry.usage.input_tokens + (entry.usage.output_tokens or entry.output_tokens_estimate)
                )
            elif entry.is_running:
                estimated += entry.output_tokens_estimate
            else:
                estimated += self._estimate(entry.id, entry.text)
        return estimated or None

    def _estimate(self, entry_id: str, text: str) -> int:
        """Tokens of a finished entry, counted once."""
        from providers.tokens import estimate_tokens

        if entry_id not in self._estimates:
            self._estimates[entry_id] = estimate_tokens(text)
        return self._estimates[entry_id]
