"""Plays a model's steps: at their tempo, piece by piece, into a wire format."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

from providers.demo.counting import Spent, count, tokens
from providers.demo.formats.base import Rendering, dump
from providers.demo.http import Answer, Dropped
from providers.demo.problems import Problem, RequestProblem
from providers.demo.script import (
    Ask,
    Call,
    Content,
    Corrupt,
    DemoModel,
    Drop,
    End,
    Fail,
    Mangled,
    Pause,
    Raw,
    Refuse,
    Say,
    Stall,
    Step,
    Stop,
    Think,
    Turn,
)

_BREATHER = 32
"""Pieces after which other connections get their turn, when nothing else makes the loop wait."""
_LARGEST_PIECE = 3
"""Tokens in one delta, at most."""
_BROKEN = b"\xff\xfe"
"""Two bytes that occur nowhere in UTF-8."""

Settle = Callable[[Turn | None], None]
"""Called once, at the end of a reply, with what was said; with None when it failed."""


class _Tempo:
    """Holds a reply back so that it arrives as fast as its model speaks."""

    def __init__(self, pace: float, tokens_per_second: float) -> None:
        self._pace = pace
        self._seconds_per_token = pace / tokens_per_second
        self._due: float | None = None
        self._pieces = 0

    async def pause(self, seconds: float) -> None:
        self._due = None
        await asyncio.sleep(seconds * self._pace)

    async def spoken(self, token_count: int) -> None:
        now = asyncio.get_running_loop().time()
        self._due = (now if self._due is None else self._due) + token_count * self._seconds_per_token
        self._pieces += 1
        if self._due > now:
            await asyncio.sleep(self._due - now)
        elif self._pieces % _BREATHER == 0:
            await asyncio.sleep(0)


class Performance:
    """One reply. Either `stream` or `whole` is used, once.

    Raises, when it is made: RequestProblem, when the first step is a failure.
    """

    def __init__(
        self,
        ask: Ask,
        model: DemoModel,
        rendering: Rendering,
        spent: Spent,
        *,
        pace: float,
        rng: random.Random,
        settle: Settle,
    ) -> None:
        script = model.behave(ask) if ask.turns else iter(())
        first = next(script, None)
        if isinstance(first, Fail):
            settle(None)
            raise RequestProblem(first.problem)
        self.raw: Answer | None = None
        """The answer outside every format that the model gives instead of a reply."""
        if isinstance(first, Raw):
            settle(None)
            self.raw = Answer(first.status, first.body, first.content_type)
        self._script: Iterator[Step] = itertools.chain(() if first is None else (first,), script)
        self._ask = ask
        self._rendering = rendering
        self._spent = spent
        self._first_token_s = model.first_token_s
        self._tempo = _Tempo(pace, model.tokens_per_second)
        self._rng = rng
        self._settle = settle
        self._stop = Stop.END
        self._said: list[str] = []
        self._calls: list[tuple[str, str]] = []
        self._corrupted: bytes | None = None
        self._drop: Drop | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        """Yields the body frame by frame.

        Raises: Dropped, when the connection is to be cut.
        """
        yield self._rendering.begin(self._spent)
        await self._tempo.pause(self._first_token_s)
        try:
            async for frame in self._frames():
                yield frame
        except RequestProblem as failure:
            self._settle(None)
            yield self._rendering.fail(failure.problem)
            return
        if self._drop is not None:
            self._settle(None)
            if not self._drop.is_clean:
                raise Dropped
            return
        self._settle(self._turn())
        yield self._rendering.finish(self._stop, self._spent)

    async def whole(self) -> Answer:
        """Raises: RequestProblem, when the model fails, however late."""
        await self._tempo.pause(self._first_token_s)
        try:
            async for _ in self._frames():
                pass
        except RequestProblem:
            self._settle(None)
            raise
        if self._corrupted is not None:
            return Answer(200, self._corrupted)
        body = dump(self._rendering.whole(self._stop, self._spent))
        self._settle(self._turn() if self._drop is None else None)
        if self._drop is None:
            return Answer(200, body.replace("\ufffd".encode(), _BROKEN))
        return Answer(200, body[: len(body) // 2]) if self._drop.is_clean else Answer(200, body, is_cut=True)

    async def _frames(self) -> AsyncIterator[bytes]:
        for step in self._script:
            match step:
                case Think() | Say() | Mangled() | Call() | Refuse():
                    async for frame in self._content(step):
                        yield frame
                    if self._stop in (Stop.LENGTH, Stop.REFUSAL):
                        return
                case Pause(seconds):
                    await self._tempo.pause(seconds)
                case End(stop):
                    self._stop = stop
                    return
                case Fail(problem):
                    raise RequestProblem(problem)
                case Corrupt(payload):
                    self._corrupted = payload
                    yield self._rendering.corrupt(payload)
                case Drop():
                    self._drop = step
                    return
                case Stall():
                    await asyncio.Event().wait()
                case Raw():
                    raise AssertionError("Raw can only be the first step of a script")

    async def _content(self, step: Content | Mangled) -> AsyncIterator[bytes]:
        match step:
            case Call(name, arguments):
                call = (name, json.dumps(arguments, ensure_ascii=False))
                self._calls.append(call)
                self._spend(count(" ".join(call)))
                self._stop = Stop.CALLS
                yield self._rendering.push(step)
            case Refuse(text):
                self._spend(count(text))
                self._stop = Stop.REFUSAL
                yield self._rendering.push(step)
            case Think(text):
                async for piece, size in self._spoken(text):
                    self._spent = replace(self._spent, thought=self._spent.thought + size)
                    yield self._rendering.push(Think(piece))
            case Say(text) | Mangled(text):
                async for piece, _ in self._spoken(text):
                    self._said.append(piece)
                    frame = self._rendering.push(Say(piece))
                    yield frame.replace("\ufffd".encode(), _BROKEN) if isinstance(step, Mangled) else frame

    async def _spoken(self, text: str) -> AsyncIterator[tuple[str, int]]:
        """The pieces of a text and their sizes in tokens, until the limit of the request is reached."""
        left = tokens(text)
        position = 0
        while position < len(left):
            room = self._room()
            if room == 0:
                self._stop = Stop.LENGTH
                return
            size = min(self._rng.randint(1, _LARGEST_PIECE), len(left) - position, room)
            self._spend(size)
            yield "".join(left[position : position + size]), size
            position += size
            await self._tempo.spoken(size)

    def _turn(self) -> Turn:
        return Turn("assistant", "".join(self._said), calls=tuple(self._calls))

    def _room(self) -> int:
        limit = self._ask.max_tokens
        return _LARGEST_PIECE if limit is None else max(0, limit - self._spent.generated)

    def _spend(self, size: int) -> None:
        self._spent = replace(self._spent, generated=self._spent.generated + size)


def retry_after(problem: Problem, pace: float) -> dict[str, str]:
    """The header that asks the client to wait; empty when it need not."""
    return {} if problem.retry_after_s is None else {"retry-after": f"{problem.retry_after_s * pace:g}"}
