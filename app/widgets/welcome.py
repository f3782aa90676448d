"""What an empty conversation shows: who would answer, what was found, and the keys to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from app.text import plain
from app.widgets.lamp import lamp, lamp_color
from app.widgets.provider_list import ProviderRow
from app.widgets.status_bar import KeyHint

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Greeting:
    """What there is to greet with.

    Attributes:
        model: who would answer; "" when nobody can.
        introduction: what this session is, when that is not plain; "" otherwise.
        invitation: what to do when somebody can answer; "" for the usual words.
        advice: what to do when nobody can; "" otherwise.
        found: the providers that nobody configured.
        found_hint: what to do with them.
        problems: sentences about the configuration.
        keys: the first keys to know.
    """

    model: str = ""
    introduction: str = ""
    invitation: str = ""
    advice: str = ""
    found: tuple[ProviderRow, ...] = ()
    found_hint: str = ""
    problems: tuple[str, ...] = ()
    keys: tuple[KeyHint, ...] = ()


class Welcome(Widget):
    """Never an empty screen."""

    greeting: reactive[Greeting] = reactive(Greeting(), layout=True)

    def render(self) -> RenderResult:
        greeting = self.greeting
        blocks = [Content.styled("Parley", "bold $text-primary")]
        if greeting.introduction:
            blocks.append(Content(greeting.introduction))
        if greeting.problems:
            blocks.append(_lines(Content.styled("! ", "$text-warning") + plain(each) for each in greeting.problems))
        blocks.append(self._opening(greeting))
        if greeting.found:
            heading = Content.styled(f"Found without any set-up{greeting.found_hint}", "$text-muted")
            blocks.append(_lines([heading, *(_found(row) for row in greeting.found[:_SHOWN])]))
        if greeting.keys:
            blocks.append(_lines(_key(hint, greeting.keys) for hint in greeting.keys))
        return Content("\n\n").join(blocks)

    def _opening(self, greeting: Greeting) -> Content:
        if greeting.invitation:
            return Content(greeting.invitation)
        if greeting.model:
            return Content.assemble(
                "Write a message and press Enter to chat with ", plain(greeting.model).stylize("bold"), "."
            )
        if greeting.advice:
            return plain(greeting.advice)
        return Content.styled("One moment …", "$text-muted")


def _found(row: ProviderRow) -> Content:
    return Content.assemble(
        lamp(row.state),
        " ",
        plain(row.label),
        "  ",
        Content.styled(row.word, lamp_color(row.state)),
        "  ",
        plain(row.found).stylize("$text-muted"),
    )


def _key(hint: KeyHint, all_hints: Sequence[KeyHint]) -> Content:
    width = max(len(each.key) for each in all_hints)
    return Content.assemble(f"{hint.key:<{width}}  ", Content.styled(hint.word, "$text-muted"))


def _lines(lines: Iterable[Content]) -> Content:
    return Content("\n").join(lines)
