"""How the lines of the model picker look: words that are whole, matches that stand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never

from textual.content import Content

from app import format as fmt
from app import model_facts as facts
from app.screens.model_columns import ABILITIES, GAP, INDENT, TURN, WINDOW, Columns, Layout, cells, id_beside, note
from app.screens.model_entries import (
    FAVOURITES,
    Entry,
    ModelLine,
    Offer,
    ProviderHeading,
    Section,
    Sentence,
    TypedModel,
    TypingInvitation,
)
from app.screens.model_search import shown_id, shown_name
from app.text import one_line
from app.widgets import fuzzy
from app.widgets.fitting import fitted
from app.widgets.lamp import lamp, lamp_color
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from app.connections.views import ModelChoice, ProviderView
    from app.screens.next_turns import NextTurns

_CURRENT, _FAVOURITE = "✓", "★"
_MATCHED = "bold $text-primary"
_DIM, _PRESSING = "$text-muted", "$text-warning"


class ModelLines:
    """Draws what is offered.

    Args:
        today: retirements are near or far from here.
        turns: what the next turn would cost; None leaves the column out.
    """

    def __init__(self, offer: Offer, today: date, turns: NextTurns | None = None) -> None:
        self._offer = offer
        self._today = today
        self._favourites = frozenset(offer.favourites)
        self._turns = turns
        self._columns = Columns(offer.all_choices, today, has_turns=turns is not None)

    def headings(self, room: int) -> Content:
        """What stands above the columns."""
        layout = self._columns.fit(room)
        text = " " * (INDENT + layout.name)
        if layout.turn:
            text += " " * GAP + "next turn".rjust(TURN)
        if layout.price:
            text += " " * GAP + self._columns.in_price_column("in", "out")
        if layout.window:
            text += " " * GAP + "window".rjust(WINDOW)
        return Content.styled(text, _DIM)

    def legend(self, room: int) -> Content:
        """What the marks mean, as far as there is room for it."""
        text = ""
        for mark, word in (*facts.LEGEND, (_FAVOURITE, "favourite"), (_CURRENT, "in use")):
            longer = f"{text}   {mark} {word}".strip()
            if cells(longer) > room:
                break
            text = longer
        return Content.styled(text, _DIM)

    def line(self, entry: Entry, room: int, words: Sequence[str], now: datetime, turn: int) -> Content:
        """One line, no wider than `room`.

        Args:
            words: what was typed; their letters stand out.
            turn: of the lamps that are connecting.
        """
        match entry:
            case Section(title):
                mark = _FAVOURITE if title == FAVOURITES else " "
                return Content.styled(f"{mark} {title}", "$text-primary")
            case ProviderHeading(view, models):
                return self._heading(view, models, room, now, turn)
            case TypingInvitation(view):
                return self._heading(view, (), room, now, turn)
            case ModelLine():
                return self._model(entry, self._columns.fit(room), words)
            case TypedModel(ref):
                verb = "use "
                label = fitted(one_line(str(ref)), room - INDENT - len(verb))
                return Content.assemble(" " * INDENT, Content.styled(verb, _DIM), label)
            case Sentence(text):
                return Content.styled(text, _DIM)
            case _:
                assert_never(entry)

    def detail(self, entry: Entry | None, room: int, now: datetime) -> Content:
        """Everything about the row under the cursor: its name and reference, then the facts."""
        match entry:
            case ModelLine(choice):
                title = _title(shown_name(choice), one_line(str(choice.ref)))
                lines = (*_flowing(self._next_turn(choice), room), *_flowing(self._facts(choice, now), room))
                return Content("\n").join([title, *lines])
            case TypedModel(ref, label):
                sentence = f"In no list of {one_line(label)}: the id is sent as it is typed."
                return Content.assemble(_title(one_line(str(ref)), ""), "\n", Content.styled(sentence, _DIM))
            case TypingInvitation(view):
                sentence = f"{one_line(view.label)} has not said which models it has. Press Enter, then type the id."
                return Content.styled(sentence, _DIM)
            case _:
                return Content()

    # ── lines ─────────────────────────────────────────────────────────────────

    def _heading(
        self, view: ProviderView, models: Sequence[ModelChoice], room: int, now: datetime, turn: int
    ) -> Content:
        """A lamp, the provider's name, its state where it is not simply connected, and the age of its list."""
        state = view.connection.state
        word = "" if state is ConnectionState.CONNECTED else one_line(view.connection.word)
        label, name = one_line(view.label), one_line(view.name)
        about = facts.list_age(view, models, now)
        if models:
            about = f"{len(models)} model{'s' if len(models) > 1 else ''}, {about}"
        if label.lower() != name.lower():
            about = f"{name}, {about}"
        label = fitted(label, room - 2)
        line = Content.assemble(lamp(state, turn), " ", Content.styled(label, "$text-primary"))
        for text, color in ((word, lamp_color(state)), (about, _DIM)):
            if text and line.cell_length + GAP + cells(text) <= room:
                line = Content.assemble(line, " " * GAP, Content.styled(text, color))
        return line

    def _model(self, line: ModelLine, layout: Layout, words: Sequence[str]) -> Content:
        choice = line.choice
        is_current, is_favourite = choice.ref == self._offer.now, choice.ref in self._favourites
        marks = (_CURRENT if is_current else " ") + (_FAVOURITE if is_favourite else " ")
        name = _name(line, layout, words)
        turn = Content(" " * (layout.name - name.cell_length))
        if layout.turn and self._turns is not None:
            figure = self._turns.figure(choice.ref, choice.info)
            turn = Content.assemble(turn, " " * (GAP + TURN - figure.cell_length), figure)
        figures = ""
        if layout.price:
            figures += " " * GAP + self._columns.prices(choice.info.rates)
        if layout.window:
            figures += " " * GAP + fmt.tokens(choice.info.context_window).rjust(WINDOW)
        if layout.abilities:
            letters = "".join(each.mark if each.is_there else " " for each in facts.abilities(choice.info))
            figures += " " * GAP + letters.ljust(ABILITIES)
        text = Content.assemble(
            Content.styled(marks.ljust(INDENT), "$text-primary"), name, turn, Content.styled(figures, _DIM)
        )
        if not layout.note:
            return text
        if line.section and not layout.has_ids:  # beside the name there is no room to say whose model it is
            beside, color = fitted(one_line(choice.provider_label), layout.note), _DIM
        else:
            beside, color = note(choice, self._today, layout.note), self._note_color(choice)
        return Content.assemble(text, " " * GAP, Content.styled(beside, color))

    def _note_color(self, choice: ModelChoice) -> str:
        return _PRESSING if facts.standing(choice.info.note, self._today).is_pressing else _DIM

    def _next_turn(self, choice: ModelChoice) -> tuple[Content, ...]:
        now, ref = self._offer.now, choice.ref
        name = choice.provider_label if now is None or now.provider != ref.provider else shown_name(choice)
        return () if self._turns is None else self._turns.parts(ref, choice.info, name)

    def _facts(self, choice: ModelChoice, now: datetime) -> Iterable[Content]:
        """What is known about a model, the most important first."""
        info, standing = choice.info, facts.standing(choice.info.note, self._today)
        view = next((each for each in self._offer.providers if each.name == choice.ref.provider), None)
        own = [each for each in self._offer.choices if view and each.ref.provider == view.name]
        texts = (
            facts.price_sentence(info.rates, self._today),
            f"window {fmt.tokens(info.context_window)}" if info.context_window else "window unknown",
            f"at most {fmt.tokens(info.max_output_tokens)} out" if info.max_output_tokens else "",
            facts.ability_sentence(info),
            "" if standing.is_pressing else standing.words,
            facts.place(choice),
            facts.list_age(view, own, now) if view and choice in own else "in no list",
        )
        if standing.is_pressing:
            yield Content.styled(one_line(standing.words), _PRESSING)
        for text in filter(None, texts):
            yield Content.styled(one_line(text), _DIM)


def _name(line: ModelLine, layout: Layout, words: Sequence[str]) -> Content:
    """A model's name; beside it the id or, away from the provider's own place, the provider."""
    name, model_id, room = shown_name(line.choice), shown_id(line.choice), layout.name
    if line.section:
        beside = one_line(line.choice.provider_label) if layout.has_ids or not layout.note else ""
    else:
        beside = id_beside(name, model_id)
    is_id_meant = any(fuzzy.match(word, name) is None and fuzzy.match(word, model_id) for word in words)
    if is_id_meant and cells(name) + GAP + cells(model_id) > room:
        name, beside = model_id, ""  # what was meant has to be seen
    elif not layout.has_ids and not line.section and not is_id_meant:
        beside = ""
    whose = GAP + cells(beside) if line.section and beside else 0
    if cells(name) + whose > room and ": " in name:
        name = name.partition(": ")[2]  # the vendor before the name; the id has it, too
    shown = _highlighted(fitted(name, room), name, words)
    if beside and shown.cell_length + GAP + cells(beside) <= room:
        side = _highlighted(beside, beside, words, Content.styled(beside, _DIM))
        shown = Content.assemble(shown, " " * GAP, side)
    return shown


def _title(name: str, beside: str) -> Content:
    return Content.assemble(Content.styled(name, "bold"), " " * GAP, Content.styled(beside, _DIM))


def _highlighted(shown: str, whole: str, words: Sequence[str], content: Content | None = None) -> Content:
    """A text in which the letters that were typed stand out; not in one that was shortened."""
    content = Content(shown) if content is None else content
    if shown != whole:
        return content
    for word in words:
        found = fuzzy.match(word, whole)
        for offset in found.offsets if found else ():
            content = content.stylize(_MATCHED, offset, offset + 1)
    return content


def _flowing(parts: Iterable[Content], room: int) -> list[Content]:
    """Parts with dots between them, in lines that break between two parts."""
    lines: list[Content] = []
    for part in parts:
        longer = Content.assemble(lines[-1], Content.styled(" · ", _DIM), part) if lines else part
        if lines and longer.cell_length <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
