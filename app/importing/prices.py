"""What the two cached prices in files of Crush and Catwalk mean.

Their names say "cached input" and "cached output"; Catwalk writes the price of a cache write and of a cache read
into them, and mixes the two up in hundreds of rows. So the names are not asked, only the values, row by row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

_DEAREST_WRITE = 2
"""Times the input price: Anthropic's entries that live an hour. Everything above is no price of a cache write."""

_NAMED_AT_MOST = 3


class Decision(StrEnum):
    """What was made of a row; the text goes into a sentence after "1 model"."""

    READ_AND_WRITE = "two cached prices: the lower was taken for cache reads, the higher for cache writes"
    READ = "one cached price, not above the input price: it was taken for cache reads"
    WRITE = "one cached price, above the input price: it was taken for cache writes"
    NO_WRITE = "a cached price of more than twice the input price, which was left out"
    NO_READ = "cached prices above the input price, of which none can be that of a cache read: they were left out"
    NO_INPUT = "cached prices without an input price, which say nothing: they were left out"


@dataclass(frozen=True, slots=True)
class CachedPrices:
    """USD per million tokens; None: not known."""

    read: Decimal | None = None
    write: Decimal | None = None


@dataclass(slots=True)
class CachedPriceReader:
    """Decides row by row, and can say afterwards what was decided."""

    _decided: dict[Decision, list[str]] = field(default_factory=lambda: defaultdict(list))

    def read(self, model: str, input_price: Decimal | None, *values: Decimal | None) -> CachedPrices:
        """Args: values: the two cached prices, in any order. 0 beside a price for input means "not said"."""
        given = sorted({value for value in values if value})
        if not given:
            return CachedPrices()
        if not input_price:
            return self._decide(Decision.NO_INPUT, model)
        low, high = given[0], given[-1]
        if high > _DEAREST_WRITE * input_price:
            kept = CachedPrices(read=low) if low <= input_price else CachedPrices()
            return self._decide(Decision.NO_WRITE, model, kept)
        if low == high:
            if low <= input_price:
                return self._decide(Decision.READ, model, CachedPrices(read=low))
            return self._decide(Decision.WRITE, model, CachedPrices(write=high))
        if low > input_price:
            return self._decide(Decision.NO_READ, model)
        return self._decide(Decision.READ_AND_WRITE, model, CachedPrices(low, high))

    def sentences(self) -> Iterator[str]:
        """One for each kind of decision, naming the models where they are few."""
        for decision, models in self._decided.items():
            count = "1 model has" if len(models) == 1 else f"{len(models)} models have"
            named = f" ({', '.join(models)})" if len(models) <= _NAMED_AT_MOST else ""
            yield f"{count} {decision}{named}"

    def _decide(self, decision: Decision, model: str, prices: CachedPrices = CachedPrices()) -> CachedPrices:
        self._decided[decision].append(model)
        return prices
