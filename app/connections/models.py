"""What is known about the models of each provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.connections.roster import Roster
from app.connections.views import ModelChoice
from providers.reference import ModelRef

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo


class Models:
    """Answers from the roster's lamps and the catalogue; asks no server."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def choices(self) -> tuple[ModelChoice, ...]:
        """Every known model of every enabled provider."""
        return tuple(
            choice for entry in self._roster.entries() if entry.enabled for choice in self._choices(entry.name)
        )

    def _choices(self, name: str) -> Iterator[ModelChoice]:
        entry, state = self._roster.shown(name), self._roster.connection(name).state
        is_local = self._roster.runs_here(entry)
        written = {info.id for info in entry.models}
        for info in self.of(name):
            yield ModelChoice(ModelRef(name, info.id), info, entry.display, state, is_local, info.id in written)

    def of(self, name: str) -> tuple[ModelInfo, ...]:
        """What the server listed, else what the preset knows; the user's own rows and choice on top of either."""
        entry = self._roster.shown(name)
        preset = self._roster.known_preset(entry)
        models = self._roster.connection(name).models
        if not models:
            models = entry.models if preset is None else self._roster.catalogue.models(preset, (), entry.models)
        if entry.model and preset is not None and all(info.id != entry.model for info in models):
            models = (self._roster.catalogue.model(preset, entry.model), *models)
        return models

    def describe(self, ref: ModelRef) -> tuple[ModelInfo | None, str]:
        """What is known about a model, and how its provider is called on the screen.

        A model that no list names gets what holds for all models of its preset; None when there is no preset.
        """
        if ref.provider not in self._roster:
            return None, ref.provider
        entry = self._roster.shown(ref.provider)
        for info in self.of(ref.provider):
            if info.id == ref.model:
                return info, entry.display
        preset = self._roster.known_preset(entry)
        return (self._roster.catalogue.model(preset, ref.model) if preset else None), entry.display

    def default(self, name: str) -> str:
        """The model id that turns to this provider go to; "" when that is for the user to say."""
        entry = self._roster.shown(name)
        if entry.model:
            return entry.model
        preset = self._roster.known_preset(entry)
        if preset is None:
            return ""
        connection = self._roster.connection(name)
        listed = connection.models if connection.is_listed else ()
        usual = preset.default_model
        if usual and (not listed or any(info.id == usual for info in listed)):
            return usual
        if entry.models:
            return entry.models[0].id
        is_plain = preset.default_is_first_listed or len(listed) == 1
        return listed[0].id if listed and is_plain else ""
