"""One open conversation.

An empty one stands on the first frame: what only a turn needs is imported by the first turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.runtime import Runtime
from app.session.views import Spent

if TYPE_CHECKING:
    from app.session.budgets.verdict import Permission
    from app.session.quote import Quote
    from app.session.quoting import NextTurn
    from app.session.reply import Reply
    from app.session.tally import Tally
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
        self._tally: Tally | None = None

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
        permission: Permission | None = None,
    ) -> Turn:
        """Begin a turn: both entries appear at once; nothing is sent until `Turn.run` is iterated.

        Args:
            permission: which budgets it may exceed; None for none.
        """
        from app.session.budgets.verdict import NO_PERMISSION
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
            estimator=self._runtime.counting.estimator(ref),
        )
        self.entries += (prompt, reply)
        self.model = ref
        return Turn(
            self._runtime,
            self,
            prompt,
            reply,
            max_output_tokens=max_output_tokens,
            tools=tools,
            permission=permission or NO_PERMISSION,
        )

    async def quote(
        self,
        draft: str,
        ref: ModelRef,
        *,
        max_output_tokens: int | None = None,
        tools: tuple[ToolSpec, ...] = (),
    ) -> Quote:
        """What it would cost to send this draft now to this model. Counts in a thread."""
        await self._runtime.counting.ready(ref, self._runtime.store)
        turn = self.next_turn(draft, tools)
        await turn.count_for([ref])
        info, _ = self._runtime.connections.models.describe(ref)
        return turn.quote(ref, info, max_output_tokens=max_output_tokens)

    def next_turn(self, draft: str, tools: tuple[ToolSpec, ...] = ()) -> NextTurn:
        """This conversation with this draft, to be quoted at any model."""
        from app.session.quoting import NextTurn
        from app.session.tally import Tally

        if self._tally is None:
            self._tally = Tally()
        return NextTurn(self._runtime, self, draft, self._tally, tools)

    def messages(self) -> tuple[Message, ...]:
        """What the next request sends before the new prompt."""
        from app.session.history import history

        return history(self.entries)

    def spent(self) -> Spent:
        """Tokens and money per model used in this conversation, the reply that is arriving included."""
        # An empty conversation stands on the first frame.
        if not self.rows and not self.entries:
            return Spent()
        from app.session.spent import spent

        # Nothing tells the row of a reply that is not saved: such a reply counts by itself only while it runs.
        unsaved = [self.running] if self.running else []
        return spent(self.rows, self.entries if self.is_saved else unsaved)

    def totals(self) -> tuple[ModelTotal, ...]:
        """What was spent, per model in the order of first use."""
        return self.spent().totals

    def title_for(self, text: str) -> str:
        """A title from the first words of a prompt."""
        line = " ".join(text.split())
        if len(line) <= _TITLE_LENGTH:
            return line or "Empty prompt"
        return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + " …"
