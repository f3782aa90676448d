"""What is said about a model, in the same words in the picker and on the command line. Headless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from app import price_age
from app.format import UNKNOWN, ago, price_word, rate, tokens

if TYPE_CHECKING:
    from app.connections.views import ModelChoice, ProviderView
    from providers.catalogue.records import ModelInfo
    from providers.costs import Rates

_RETIREMENT = re.compile(r"\bretires on (\d{4}-\d{2}-\d{2})\b")
_SOON = timedelta(days=90)


LEGEND = (("R", "reasoning"), ("V", "vision"), ("T", "tools"), ("F", "files"))
"""The marks of the abilities, in the order in which they are always shown."""


class Ability(NamedTuple):
    """Something that a model can do besides answering with text."""

    mark: str
    word: str
    is_there: bool | None
    """None when nobody said."""


class Standing(NamedTuple):
    """A preset's own word for a model."""

    words: str
    is_pressing: bool
    """The model is gone, or will be soon."""


def abilities(info: ModelInfo) -> tuple[Ability, ...]:
    """All of them, in the order of the legend."""
    said = (info.can_reason, info.supports_vision, info.supports_function_calling, info.supports_attachments)
    return tuple(Ability(mark, word, is_there) for (mark, word), is_there in zip(LEGEND, said, strict=True))


def ability_words(info: ModelInfo) -> tuple[str, ...]:
    """What the model is known to do."""
    return tuple(each.word for each in abilities(info) if each.is_there)


def ability_sentence(info: ModelInfo) -> str:
    """The same for people, who should know when nothing is known."""
    if words := ability_words(info):
        return ", ".join(words)
    return "text only" if any(each.is_there is False for each in abilities(info)) else "abilities unknown"


def retires_on(note: str) -> date | None:
    """The day that a note names as the model's last; None when it names none."""
    found = _RETIREMENT.search(note)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def standing(note: str, today: date) -> Standing:
    """A note as it reads today: a retirement that is near or past comes first."""
    day = retires_on(note)
    if day is None or day - today > _SOON:
        return Standing(note, is_pressing=False)
    rest = ", ".join(part for part in note.split(", ") if not _RETIREMENT.fullmatch(part))
    words = f"retires on {day}" if day >= today else f"retired on {day}"
    return Standing(f"{words}, {rest}" if rest else words, is_pressing=True)


def place(choice: ModelChoice) -> str:
    """Where a model runs and what it takes there: `local · 8.0B · Q4_K_M · 4.7 GB`."""
    return " · ".join(filter(None, ("local" if choice.is_local else "", choice.info.detail)))


def list_age(view: ProviderView, models: Sequence[ModelChoice], now: datetime) -> str:
    """Where a provider's list of models comes from, and how old it is.

    Args:
        models: those of this provider.
    """
    if not models:
        return "no list: type a model" if view.connection.listed_at is None else "its list is empty: type a model"
    if view.connection.listed_at is not None:
        return f"listed {ago(view.connection.listed_at, now)}"
    if view.connection.is_listed:
        return "listed by the server"
    return "from config.toml" if all(each.is_configured for each in models) else "from the catalogue"


def list_source(view: ProviderView, choice: ModelChoice) -> str:
    """Who names a model: `server`, `config` or `catalogue`."""
    if view.connection.listed_at is not None or view.connection.is_listed:
        return "server"
    return "config" if choice.is_configured else "catalogue"


def price_sentence(rates: Rates | None, today: date) -> str:
    """What a model costs, with everything that is known about the figures."""
    origin = f" ({said})" if (said := price_age.origin(rates, today)) else ""
    word = price_word(rates)
    if rates is None or word == UNKNOWN:
        return "price unknown"
    if word:
        return word + origin
    figures = [f"${rate(rates.input)} in", f"${rate(rates.output)} out"]
    if rates.cached_input is not None:
        figures.append(f"${rate(rates.cached_input)} cached")
    if rates.cache_write is not None:
        figures.append(f"${rate(rates.cache_write)} cache write")
    if rates.cache_write_1h is not None:
        figures.append(f"${rate(rates.cache_write_1h)} for an hour")
    per = "per 1M"
    if rates.tiers:
        per += f", other prices above {tokens(min(tier.above_input for tier in rates.tiers))} tokens"
    return f"{', '.join(figures)} {per}{origin}"
