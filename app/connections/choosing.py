"""Which model answers, when nobody says so this time."""

from __future__ import annotations

from app.config.settings import Settings
from app.connections.models import Models
from app.connections.roster import Roster
from providers.reference import ModelRef


def choose_model(
    settings: Settings, roster: Roster, models: Models, of_conversation: ModelRef | None
) -> ModelRef | None:
    """The conversation's model if its provider is enabled, else the configured default, else the first enabled
    provider that has one, else one that was found; None when there is nothing to ask.
    """
    for ref in (of_conversation, settings.default_model):
        if ref is not None and roster.is_enabled(ref.provider):
            return ref
    # The roster keeps the order of the file, and found ones stand behind it.
    for name in roster.names:
        if roster.is_enabled(name) and (model := models.default(name)):
            return ModelRef(name, model)
    return None


def no_model_hint(roster: Roster) -> str:
    """What to do when there is no model to ask."""
    if any(roster.is_enabled(name) for name in roster.names):
        return "Choose one with -m provider/model, or `parley default chat provider/model`."
    return (
        "Set an API key in the environment (ANTHROPIC_API_KEY, OPENAI_API_KEY, …), add a provider with "
        "`parley providers add`, or try `parley --demo`."
    )
