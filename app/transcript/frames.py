"""Everything that is not Markdown: headings of messages, plain text, folds, cards and notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.aligned import aligned
from app.text import one_line, printable
from app.transcript.blocks import Block, Layout, estimated_lines
from app.transcript.cells import expand_tabs, shorten, width_of
from app.transcript.entries import Card, Detail, ReplyHeading
from app.transcript.ink import BLANK, BOLD, CardChoice, DetailsToggle, FoldToggle, Ink, Line, Span
from app.transcript.wrap import wrap

_BETWEEN_FIGURES = "   "
"""No dots: a figure that is shorter than its place would stand away from them."""
_BESIDE_NAMES = 2
_CARD_INKS = {"error": Ink.ERROR, "warning": Ink.WARNING, "retry": Ink.WARNING}


class PromptHeading(Block):
    """The blank line above a prompt, and whose it is."""

    __slots__ = ()

    def render(self, layout: Layout) -> list[Line]:
        return [BLANK, Line((Span("you", Ink.YOU | BOLD),), 3)]

    def estimate(self, layout: Layout) -> int:
        return 2


class ReplyHeadingBlock(Block):
    """The blank line above a reply, then model and provider, with the figures at the right end."""

    __slots__ = ("heading",)

    def __init__(self, heading: ReplyHeading) -> None:
        super().__init__()
        self.heading = heading

    def estimate(self, layout: Layout) -> int:
        return 2

    def render(self, layout: Layout) -> list[Line]:
        width = layout.readable
        model = one_line(self.heading.model)
        provider = one_line(self.heading.provider)
        tail = f" · {provider}" if provider else ""
        places = (*self.heading.places, *(0 for _ in self.heading.figures))
        figures = [
            _right(one_line(figure), place)
            for figure, place in zip(self.heading.figures, places, strict=False)
            if figure
        ]
        while len(figures) > 1 and _needed(model + tail, figures) > width:
            figures.pop()
        if _needed(model + tail, figures) > width:
            tail = ""
        right = _BETWEEN_FIGURES.join(reversed(figures))
        room = width - (width_of(right) + 2 if right else 0)
        model = shorten(model, max(4, room))
        blanks = max(2, width - width_of(model + tail) - width_of(right)) if right else 0
        spans = (
            Span(model, Ink.MODEL | BOLD),
            Span(tail, Ink.DIM),
            Span(" " * blanks),
            Span(right, Ink.DIM, DetailsToggle()),
        )
        kept = tuple(span for span in spans if span.text)
        return [BLANK, Line(kept, sum(width_of(span.text) for span in kept))]


def _right(text: str, width: int) -> str:
    return " " * (width - width_of(text)) + text


def _needed(left: str, figures: Sequence[str]) -> int:
    right = _BETWEEN_FIGURES.join(figures)
    return width_of(left) + (width_of(right) + 2 if right else 0)


class PlainBlock(Block):
    """Text that is not Markdown: every line as it was written, wrapped at words."""

    __slots__ = ("_look", "_text")

    def __init__(self, text: str, look: int = Ink.TEXT) -> None:
        super().__init__()
        self._text = text
        self._look = look

    def render(self, layout: Layout) -> list[Line]:
        lines: list[Line] = []
        start = 0
        for line in self._text.split("\n"):
            lines.extend(wrap([Span(expand_tabs(line), self._look)], layout.readable, start))
            start += len(line) + 1
        return lines

    def estimate(self, layout: Layout) -> int:
        return estimated_lines(self._text, layout.readable)


def plain_blocks(lines: Sequence[str], look: int = Ink.TEXT, size: int = 50) -> Iterator[PlainBlock]:
    """Lines in blocks small enough to be drawn one by one."""
    for at in range(0, len(lines), size):
        yield PlainBlock("\n".join(lines[at : at + size]), look)


class FoldBlock(Block):
    """The line that opens and closes a fold."""

    __slots__ = ("_is_open", "_label")

    def __init__(self, label: str, *, is_open: bool) -> None:
        super().__init__()
        self._label = label
        self._is_open = is_open

    def render(self, layout: Layout) -> list[Line]:
        target = FoldToggle()
        label = shorten(one_line(self._label), max(1, layout.readable - 2))
        mark = "▾ " if self._is_open else "▸ "
        return [Line((Span(mark, Ink.MARKER, target), Span(label, Ink.DIM, target)), width_of(label) + 2)]

    def estimate(self, layout: Layout) -> int:
        return 1


class DetailsBlock(Block):
    """Names with what stands beside them, and a blank line below."""

    __slots__ = ("_details",)

    def __init__(self, details: Sequence[Detail]) -> None:
        super().__init__()
        self._details = tuple(details)

    def render(self, layout: Layout) -> list[Line]:
        indent = max(width_of(detail.name) for detail in self._details) + _BESIDE_NAMES
        room = max(1, layout.readable - indent)
        figures = iter(aligned([detail.cells for detail in self._details if detail.cells], room))
        lines: list[Line] = []
        for detail in self._details:
            text = next(figures) if detail.cells else detail.text
            name = detail.name
            for line in wrap([Span(text)], room):
                lead = Span(name + " " * (indent - width_of(name)), Ink.DIM)
                lines.append(Line((lead, *line.spans), indent + line.width))
                name = ""
        return [*lines, BLANK]

    def estimate(self, layout: Layout) -> int:
        return len(self._details) + 1


class GapBlock(Block):
    """One blank line."""

    __slots__ = ()

    def render(self, layout: Layout) -> list[Line]:
        return [BLANK]

    def estimate(self, layout: Layout) -> int:
        return 1


class WaitingBlock(Block):
    """Where the first words of a reply will stand."""

    __slots__ = ()

    def render(self, layout: Layout) -> list[Line]:
        return [Line((Span("…", Ink.DIM),), 1)]

    def estimate(self, layout: Layout) -> int:
        return 1


class NoticeBlock(Block):
    """A dim sentence between messages, with a blank line above."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = one_line(text)

    def render(self, layout: Layout) -> list[Line]:
        return [BLANK, *wrap([Span("· ", Ink.RULE), Span(self._text, Ink.DIM)], layout.readable)]

    def estimate(self, layout: Layout) -> int:
        return 1 + estimated_lines(self._text, layout.readable)


class CardBlock(Block):
    """What went wrong, in whose words, what to do, and the keys that do it."""

    __slots__ = ("card",)

    def __init__(self, card: Card) -> None:
        super().__init__()
        self.card = card

    def estimate(self, layout: Layout) -> int:
        return 4 + estimated_lines(self.card.body, layout.readable) + len(self.card.details)

    def render(self, layout: Layout) -> list[Line]:
        card, width = self.card, layout.readable
        lines = [BLANK, *wrap([Span(printable(card.title), _CARD_INKS[card.kind] | BOLD)], width)]
        if card.body.strip():
            lines.extend(PlainBlock(printable(card.body).strip("\n"), Ink.DIM).render(layout))
        if card.hint:
            lines.extend(wrap([Span(printable(card.hint))], width))
        if card.keys:
            lines.append(BLANK)
            lines.extend(_choices(card.lead, card.keys, width))
        if card.details:
            lines.extend((BLANK, *DetailsBlock(card.details).render(layout)[:-1]))
        return lines


def _choices(lead: str, keys: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Keys with what they do, as many on a line as fit; a choice is never broken."""
    lines: list[Line] = []
    lead = shorten(one_line(lead), width)
    spans: list[Span] = [Span(lead, Ink.DIM)] if lead else []
    column = width_of(lead)
    gap = " "
    for letter, verb in keys:
        target = CardChoice(letter)
        verb = shorten(one_line(verb), max(1, width - width_of(letter) - 1))
        cells = width_of(letter) + 1 + width_of(verb)
        if spans and column + len(gap) + cells > width:
            lines.append(Line(tuple(spans), column))
            spans, column = [], 0
        if spans:
            spans.append(Span(gap))
            column += len(gap)
        gap = "   "
        spans.extend((Span(letter, Ink.KEY | BOLD, target), Span(f" {verb}", Ink.DIM, target)))
        column += cells
    lines.append(Line(tuple(spans), column))
    return lines
