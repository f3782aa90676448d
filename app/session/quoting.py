"""Quotes for the next turn of one conversation, at any model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from app.session.caching import cache_hope
from app.session.history import AROUND_MESSAGE, estimate_input, sent_entries
from app.session.quote import USUAL_REPLY, Quote, quote
from app.session.reply import Reply
from app.session.switching import Switch
from app.session.usual import usual_output
from providers.costs import NO_WRITE_RULE, WriteFactors
from providers.errors import ProviderError
from providers.formats import wire_format
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.counting import Estimator
    from app.session.entries import Prompt
    from app.session.runtime import Runtime
    from app.session.tally import Tally
    from app.storage.records import LedgerRow
    from providers.catalogue.records import ModelInfo
    from providers.messages import Message
    from providers.request import ToolSpec
    from providers.tokens import Counter
    from providers.usage import Usage

_LEAST_TRUSTED = 0.5
"""A count of which less is left, against our own, is not of everything that is sent."""


class NextTurn:
    """A conversation and its draft as they are at one moment. `count_for` a model before asking for its quote."""

    def __init__(
        self, runtime: Runtime, chat: Chat, draft: str, tally: Tally, tools: tuple[ToolSpec, ...] = ()
    ) -> None:
        self._runtime = runtime
        self._rows: dict[ModelRef, list[LedgerRow]] = {}
        for row in chat.rows:
            self._rows.setdefault(ModelRef(row.provider, row.model), []).append(row)
        self._system = chat.system
        self._draft = draft
        self._tools = tools
        self._tally = tally
        self._entries: Sequence[Prompt | Reply] = tuple(sent_entries(chat.entries))
        self._arriving = {
            entry.id: entry.output_tokens_estimate + AROUND_MESSAGE
            for entry in self._entries
            if isinstance(entry, Reply) and entry.is_running
        }
        """Of the reply that is arriving, as far as it has come."""
        self._drafted: dict[str, int] = {}
        """Tokens of the draft and of the tools that go with it, by counter."""
        self._wholes: dict[str, int] = {}
        """Tokens of everything that is sent, by counter."""
        self._estimators: dict[ModelRef, Estimator] = {}
        self._factors: dict[str, WriteFactors] = {}
        self._reported = {
            entry.ref: place
            for place, entry in enumerate(self._entries)
            if isinstance(entry, Reply) and not entry.is_running and _is_of_one_run(entry.usage)
        }
        """By model, where its newest reply is that came with a count of what was sent."""
        self._calls = sum(len(entry.tool_calls) for entry in self._entries if isinstance(entry, Reply))
        self.typical_output = usual_output(chat.rows) or USUAL_REPLY

    async def count_for(self, refs: Iterable[ModelRef]) -> None:
        """Count what is not counted yet, in a thread."""
        for counter in {self._estimator(ref).counter for ref in refs}:
            if counter.name not in self._wholes:
                complete = (entry for entry in self._entries if entry.id not in self._arriving)
                await asyncio.to_thread(self._count, counter, self._tally.uncounted(complete, counter))

    def is_counted(self, ref: ModelRef) -> bool:
        return self._estimator(ref).counter.name in self._wholes

    def quote(self, ref: ModelRef, info: ModelInfo | None, *, max_output_tokens: int | None = None) -> Quote:
        """What it would cost to send this draft now to this model. Cheap.

        Args:
            info: what is known about the model.
        """
        hope = cache_hope(self._rows.get(ref, ()), self._runtime.now())
        return quote(
            ref,
            info,
            self._write_factors(ref.provider),
            input_tokens=self._input_tokens(ref),
            cached_tokens=hope.tokens,
            is_written=hope.is_written,
            cached_for_s=hope.lasts_s,
            output_limit=max_output_tokens,
            typical_output=self.typical_output,
        )

    def switch(self, now: Quote | None, ref: ModelRef, info: ModelInfo | None) -> Switch:
        """What changes when this model writes the next reply. Args: now: of the model in use."""
        takes_calls = info is None or info.supports_function_calling is not False
        return Switch(now, self.quote(ref, info), lost_calls=0 if takes_calls else self._calls)

    def _estimator(self, ref: ModelRef) -> Estimator:
        """The same one all the time, though a better one may come meanwhile."""
        if ref not in self._estimators:
            self._estimators[ref] = self._runtime.counting.estimator(ref)
        return self._estimators[ref]

    def _count(self, counter: Counter, uncounted: Sequence[tuple[str, Message]]) -> None:
        self._tally.count(uncounted, counter)
        drafted = self._tally.of_draft(self._draft, counter) + estimate_input(counter, "", (), self._tools)
        self._drafted[counter.name] = drafted
        said = sum(self._tokens(entry, counter) for entry in self._entries)
        self._wholes[counter.name] = counter.count(self._system) + said + drafted

    def _tokens(self, entry: Prompt | Reply, counter: Counter) -> int:
        arriving = self._arriving.get(entry.id)
        return self._tally.of(entry, counter) if arriving is None else arriving

    def _input_tokens(self, ref: ModelRef) -> int:
        """What this model has reported is known; only what came after it is guessed."""
        estimator = self._estimator(ref)
        counter, place = estimator.counter, self._reported.get(ref)
        guess = estimator.sent(self._wholes[counter.name])
        if place is None:
            return guess
        known = self._entries[place]
        assert isinstance(known, Reply)
        after = sum(self._tokens(entry, counter) for entry in self._entries[place + 1 :])
        sent_back = _sent_back(known)
        if sent_back is None:
            after += self._tokens(known, counter)
        after = estimator.part(after + self._drafted[counter.name])
        tokens = (known.usage.input_tokens or 0) + (sent_back or 0) + after
        # Local servers that cut a long history off, or leave out what they still had, report less than was sent.
        return tokens if tokens > guess * _LEAST_TRUSTED else guess

    def _write_factors(self, provider: str) -> WriteFactors:
        if provider not in self._factors:
            self._factors[provider] = self._factors_of_format(provider)
        return self._factors[provider]

    def _factors_of_format(self, provider: str) -> WriteFactors:
        try:
            endpoint = self._runtime.connections.roster.route(provider).endpoint
        except ProviderError:
            return NO_WRITE_RULE
        return wire_format(endpoint.format).WRITE_FACTORS


def _is_of_one_run(usage: Usage) -> bool:
    """Whether the input that was reported is the request; several runs are a sum of several."""
    return usage.input_tokens is not None and not usage.runs


def _sent_back(reply: Reply) -> int | None:
    """Tokens of a reply that go back with the next request; None when the server's counts do not tell.

    What a model thought is counted as output, and is not sent again.
    """
    usage = reply.usage
    if usage.output_tokens is None or (usage.reasoning_tokens is None and reply.reasoning):
        return None
    return usage.output_tokens - (usage.reasoning_tokens or 0)
