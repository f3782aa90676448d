"""Prices of models that the presets do not name, from one dated snapshot: `data/prices.json`.

A server that lists its models seldom prices them. The snapshot does, for the ids that `genai-prices` states exactly;
it is JSON because that is read twenty times faster than TOML, and it is read only when a model needs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from providers.catalogue.records import ModelInfo
from providers.catalogue.rows import model_from_row


class PriceTable:
    """The snapshot in a file. Read when it is first asked, and kept by this object.

    Args:
        path: holds `{"checked": DAY, "rows": [ROW, …], "ids": {PRESET: {MODEL: index of its row}}}`; a row has
            the price keys of a preset's `[[models]]`.
        source: what its prices are called wherever a cost is shown.
    """

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._snapshot: dict[str, Any] | None = None

    def models(self, preset_id: str, model_ids: Iterable[str]) -> tuple[ModelInfo, ...]:
        """What the snapshot knows of these models: prices, and the context window. Ids are compared without case."""
        snapshot = self._read()
        index = snapshot["ids"].get(preset_id, {})
        checked = date.fromisoformat(snapshot["checked"])
        return tuple(
            model_from_row({**snapshot["rows"][row], "id": model_id}, source=self._source, checked=checked)
            for model_id in model_ids
            if (row := index.get(model_id.lower())) is not None
        )

    def _read(self) -> dict[str, Any]:
        if self._snapshot is None:
            self._snapshot = json.loads(self._path.read_bytes())
        return self._snapshot
