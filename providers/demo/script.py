"""What a demo model is asked, and the steps it answers with.

A model is a function from an `Ask` to steps; it knows nothing about wire formats. The formats know nothing
about models: they turn requests into an `Ask` and steps into bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from providers.catalogue.records import ModelInfo
from providers.demo.problems import Problem


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool offered in the request; `schema` is a JSON Schema object."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation.

    Attributes:
        name: for a tool result, the tool that gave it; "" when the request does not tell.
        calls: for an assistant turn, name and arguments (JSON text) of the tools it called.
    """

    role: Literal["user", "assistant", "tool"]
    text: str
    name: str = ""
    calls: tuple[tuple[str, str], ...] = ()

    @property
    def counted(self) -> str:
        """All the text of the turn that a tokenizer would see."""
        return "\n".join([self.text, *(f"{name} {arguments}" for name, arguments in self.calls)])


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, whatever format it came in.

    Attributes:
        max_tokens: the limit for everything generated; None when the request sets none.
        may_think: False when the request switches reasoning off.
        may_call: False when the request forbids tool calls.
        forced_tool: the tool the request insists on; "" when it leaves the choice.
        caches: whether the prompt cache may be used (Anthropic only caches what is marked).
        attempt: 1 for the first time this conversation is sent, one more after each failure of it.
    """

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    is_stream: bool = False
    max_tokens: int | None = None
    may_think: bool = True
    may_call: bool = True
    forced_tool: str = ""
    caches: bool = True
    attempt: int = 1

    @property
    def prompt(self) -> str:
        """What the user said last."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def prompts(self) -> tuple[str, ...]:
        """Everything the user said, oldest first."""
        return tuple(turn.text for turn in self.turns if turn.role == "user")

    @property
    def tool_results(self) -> tuple[Turn, ...]:
        """The results this request answers with: the tool turns at its end."""
        results: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.role != "tool":
                break
            results.insert(0, turn)
        return tuple(results)

    @property
    def segments(self) -> tuple[str, ...]:
        """The request as text: tools and system first, then turn by turn. A cache prefix ends between two."""
        offered = [f"{tool.name} {tool.description} {dict(tool.schema)}" for tool in self.tools]
        return ("\n".join([*offered, self.system]), *(turn.counted for turn in self.turns))


class Stop(StrEnum):
    """Why a reply ended; each format has its own word for it."""

    END = "end"
    LENGTH = "length"
    FILTER = "filter"
    REFUSAL = "refusal"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Think:
    text: str


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """A refusal in the format's own field for it; the reply ends after it."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, before the pace is applied."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """Ends the reply for a reason other than that all is said."""

    stop: Stop


@dataclass(frozen=True, slots=True)
class Fail:
    """An error: as an HTTP status when nothing has been said, inside the stream afterwards."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that belongs to no wire format; only as the first step."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Corrupt:
    """A frame whose payload is not JSON; in an answer that is not streamed, the whole body."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mangled:
    """Text in which every U+FFFD goes out as two bytes that are not UTF-8."""

    text: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends here: cut off, or, when `is_clean`, closed in order but without the final event."""

    is_clean: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """Silence until the client goes away or the server stops."""


Content = Think | Say | Refuse | Call
Step = Content | Pause | End | Fail | Raw | Corrupt | Mangled | Drop | Stall


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A model of the demo.

    Attributes:
        info: what the catalogue says about it, prices included.
        description: one sentence for the model lists that carry one.
        behave: answers a request with steps; lazily, so that a long reply is written while it is sent.
        tokens_per_second: how fast it speaks at pace 1.
        first_token_s: the silence before it begins, at pace 1.
    """

    info: ModelInfo
    description: str
    behave: Callable[[Ask], Iterator[Step]]
    tokens_per_second: float = 90
    first_token_s: float = 0.35
    capabilities: tuple[str, ...] = field(default=("completion",))

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def context_window(self) -> int:
        """Tokens; every demo model has one."""
        return self.info.context_window or 8192
