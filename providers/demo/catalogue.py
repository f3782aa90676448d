"""The table of the demo's models: what the server serves, and what the catalogue would say about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from providers.catalogue.records import ModelInfo
from providers.demo.models import chaos, eliza, novel, snail, thinker, toolsmith, tour
from providers.demo.script import DemoModel

MODELS: Mapping[str, DemoModel] = MappingProxyType(
    {module.MODEL.id: module.MODEL for module in (tour, eliza, thinker, toolsmith, novel, snail, chaos)}
)


def demo_models() -> tuple[ModelInfo, ...]:
    """The models as the catalogue would describe them, with prices; the first one is to begin with."""
    return tuple(model.info for model in MODELS.values())
