"""Three sources about models become one list: the person, the server, the catalogue, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from providers.catalogue.records import ModelInfo
from providers.costs import Rates

_UNSAID = (None, "")
_FIELDS = tuple(field.name for field in fields(ModelInfo) if field.name not in ("id", "rates"))


def merge_models(
    catalogue: Sequence[ModelInfo],
    listed: Sequence[ModelInfo],
    configured: Sequence[ModelInfo],
    default_rates: Rates | None = None,
    *,
    keep_unlisted: bool = False,
) -> tuple[ModelInfo, ...]:
    """Merge what the catalogue, the server and the person say.

    A server that names its models decides which there are, and the catalogue only tells more about them;
    without a list, the catalogue's own models stand in. A model that the person wrote down is always there.

    Args:
        default_rates: the preset's `rates`, for models that nobody prices.
        keep_unlisted: the list may be incomplete, so models of the catalogue stay although it lacks them.
    Returns:
        The person's models first, then those of the catalogue in its order, then the rest as the server
        listed them; each id once.
    """
    mine, theirs, known = ({m.id: m for m in models} for models in (configured, listed, catalogue))
    available = [m for m in known if keep_unlisted or not theirs or m in theirs]
    order = dict.fromkeys((*mine, *available, *theirs))
    return tuple(
        merge_model(model_id, mine.get(model_id), theirs.get(model_id), known.get(model_id), default_rates)
        for model_id in order
    )


def merge_model(
    model_id: str,
    configured: ModelInfo | None,
    listed: ModelInfo | None,
    known: ModelInfo | None,
    default_rates: Rates | None = None,
) -> ModelInfo:
    """One model from up to three sources, field by field: the first that says something wins."""
    sources = [source for source in (configured, listed, known) if source is not None]
    values: dict[str, Any] = {}
    for name in _FIELDS:
        said = [value for source in sources if (value := getattr(source, name)) not in _UNSAID]
        if said:
            values[name] = said[0]
    return ModelInfo(model_id, rates=_rates(configured, listed, known) or default_rates, **values)


def _rates(configured: ModelInfo | None, listed: ModelInfo | None, known: ModelInfo | None) -> Rates | None:
    """All rates come from one source: a price of one and a tier of another would be nobody's price list."""
    if configured is not None and configured.rates is not None:
        return configured.rates
    ours = known.rates if known is not None else None
    if listed is None or listed.rates is None:
        return ours
    return _completed(listed.rates, ours)


def _completed(listed: Rates, ours: Rates | None) -> Rates:
    """Lists leave out cache prices and long-context tiers. Ours hold where the base prices are equal."""
    if ours is None or listed.input is None or (listed.input, listed.output) != (ours.input, ours.output):
        return listed
    gaps = ("cached_input", "cached_output", "cache_write", "cache_write_1h")
    filled: dict[str, Any] = {name: getattr(ours, name) for name in gaps if getattr(listed, name) is None}
    return replace(listed, **filled, tiers=listed.tiers or ours.tiers)
