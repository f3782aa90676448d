"""What models cost, from one dated snapshot: `data/prices.json`.

It holds every price that `genai-prices` states for the presets, and nothing else does: a preset prices a model itself
only where that package does not know it. JSON is read twenty times faster than TOML, and only when a price is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from providers.catalogue.records import ModelInfo
from providers.catalogue.rows import model_from_row


class PriceTable:
    """One snapshot. Read when it is first asked, and kept by this object.

    Args:
        read: the JSON: `{"source": PACKAGE, "checked": DAY, "lists": {PRESET: [PAGE, …]}, "rows": [ROW, …],
            "ids": {PRESET: {MODEL: index of its row}}}`. A row has the price keys of a preset's `[[models]]`, and
            `context_window` where no preset says it. All rows were read on the day, from the package, which took
            those of a preset from the pages in `lists`.
        source: what its prices are called wherever a cost is shown.
    """

    def __init__(self, read: Callable[[], bytes], source: str) -> None:
        self._read = read
        self._source = source
        self._known: Mapping[str, Any] | None = None
        self._models: dict[int, ModelInfo] = {}
        """By the number of their row; many ids share one."""

    @property
    def checked(self) -> date:
        """The day on which the prices were read."""
        return date.fromisoformat(self._snapshot["checked"])

    def pages(self, preset_id: str) -> tuple[str, ...]:
        """Where the prices of a preset were published; empty without a price list."""
        return tuple(self._snapshot["lists"].get(preset_id, ()))

    def models(self, preset_id: str, model_ids: Iterable[str]) -> tuple[ModelInfo, ...]:
        """What the snapshot knows of these models: prices, and the context window. Ids are compared without case."""
        rows = self._snapshot["ids"].get(preset_id, {})
        return tuple(
            replace(self._model(row), id=model_id)
            for model_id in model_ids
            if (row := rows.get(model_id.lower())) is not None
        )

    def _model(self, number: int) -> ModelInfo:
        if number not in self._models:
            row = {**self._snapshot["rows"][number], "id": "?"}
            self._models[number] = model_from_row(row, source=self._source, checked=self.checked)
        return self._models[number]

    @property
    def _snapshot(self) -> Mapping[str, Any]:
        if self._known is None:
            self._known = json.loads(self._read())
        return self._known
