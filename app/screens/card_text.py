"""The text of the provider card: pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from app import format as fmt
from app.connections.consent import ConsentNeeded
from app.screens.trial_text import failure
from app.text import plain
from app.widgets.lamp import lamp, lamp_color

if TYPE_CHECKING:
    from app.connections.views import ProviderView

_NAME_CELLS, _LEAST_VALUE_CELLS = 12, 20
_Fact = tuple[str, Content]
_MODELS_SHOWN = 12
_NONE = "none"
"""What a preset says where an ability is known to be missing."""
_ABILITIES = ("thinking", "caching", "compaction", "batch", "counting")


def card(view: ProviderView, now: datetime, width: int) -> Content:
    """Everything about a provider: what is wrong first, then what is so.

    Args:
        width: in cells; what is longer goes on below its own beginning.
    """
    facts = (line for name, value in _facts(view, now) for line in _lines(name, value, width))
    return Content("\n").join([_state(view, now), *_trouble(view, now, width), Content(), *facts])


def _state(view: ProviderView, now: datetime) -> Content:
    connection = view.connection
    parts = [f"since {fmt.ago(connection.since, now)}" if connection.since else ""]
    if view.found:
        parts.append(view.found)
    return Content.assemble(
        lamp(connection.state),
        " ",
        Content.styled(connection.word, lamp_color(connection.state)),
        Content.styled("".join(f" · {part}" for part in parts if part), "$text-muted"),
    )


def _trouble(view: ProviderView, now: datetime, width: int) -> Iterator[Content]:
    """The last error in full with the way out, and what is wrong with the configuration."""
    error, again = view.connection.error, view.next_try_at
    if error is not None and not isinstance(error, ConsentNeeded):
        yield Content()
        yield from failure(error)
    if again is not None:
        yield Content.styled(f"Parley tries again in {_countdown(again, now)}.", "$text-muted")
    sentences = [f"{consent.question} Nothing is sent until you allow it." for consent in view.consents]
    # What the last check failed on stands above.
    sentences += [each for each in view.warnings if error is None or not each.startswith(error.summary)]
    if sentences:
        yield Content()
    for sentence in sentences:
        for number, line in enumerate(plain(sentence).wrap(max(width - 2, _LEAST_VALUE_CELLS))):
            yield Content.assemble("  " if number else ("! ", "$text-warning"), line)


def _countdown(moment: datetime, now: datetime) -> str:
    seconds = round((moment - now).total_seconds())
    if seconds <= 0:
        return "a moment"
    return f"{seconds} s" if seconds < 60 else fmt.duration(seconds * 1000)


def _facts(view: ProviderView, now: datetime) -> Iterator[_Fact]:
    connection = view.connection
    yield "name", plain(view.name)
    checked = "never"
    if connection.checked_at:
        trip = (
            f", answered in {fmt.duration(connection.round_trip_ms)}"
            if connection.round_trip_ms and connection.error is None
            else ""
        )
        checked = fmt.ago(connection.checked_at, now) + trip
    yield "checked", plain(checked)
    yield "URL", plain(connection.url or view.url or fmt.UNKNOWN)
    yield "speaks", plain(view.format or fmt.UNKNOWN)
    yield "key", plain(_key(view))
    if view.key_hides:
        hidden = f"hides {', '.join(view.key_hides)}"
        yield "", plain(hidden).stylize("$text-muted")
    yield "model", plain(view.default_model or "not chosen: edit says which")
    yield from _abilities(view)
    yield from _models(view, now)


def _key(view: ProviderView) -> str:
    if view.key_source:
        return f"from {view.key_source}"
    if not view.format:
        # It is not configured right, so nobody looked.
        return fmt.UNKNOWN
    return "none" if view.needs_key else "none, and none is needed"


def _abilities(view: ProviderView) -> Iterator[_Fact]:
    if view.abilities is None:
        return
    lacking: list[str] = []
    for name in _ABILITIES:
        phrase = getattr(view.abilities, name)
        if phrase == _NONE:
            lacking.append(name)
        elif phrase:
            yield name, plain(phrase)
    if lacking:
        yield "without", plain(", ".join(lacking)).stylize("$text-muted")


def _models(view: ProviderView, now: datetime) -> Iterator[_Fact]:
    connection = view.connection
    models = connection.models
    if not models:
        yield "models", plain(fmt.UNKNOWN)
        return
    origin = "from the catalogue"
    if connection.is_listed:
        origin = f"listed {fmt.ago(connection.listed_at, now)}" if connection.listed_at else "as the server lists them"
    yield "models", Content.assemble(str(len(models)), Content.styled(f", {origin}", "$text-muted"))
    for model in models[:_MODELS_SHOWN]:
        yield "", plain(model.id)
    if len(models) > _MODELS_SHOWN:
        yield "", Content.styled(f"and {len(models) - _MODELS_SHOWN} more", "$text-muted")


def _lines(name: str, value: Content, width: int) -> Iterator[Content]:
    for number, line in enumerate(value.wrap(max(width - _NAME_CELLS, _LEAST_VALUE_CELLS))):
        yield Content.assemble(Content.styled(("" if number else name).ljust(_NAME_CELLS), "$text-muted"), line)
