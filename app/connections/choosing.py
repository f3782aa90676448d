"""Which model answers, when nobody says so this time."""

from __future__ import annotations

from app.config.settings import Settings
from app.connections.roster import Roster
from providers.reference import ModelRef


def choose_model(settings: Settings, roster: Roster, of_conversation: ModelRef | None) -> ModelRef | None:
    """The conversation's model if its provider is enabled, else the configured default, else the first enabled
    provider that has one, else one that was found; None when there is nothing to ask.
    """
    for ref in (of_conversation, settings.default_model):
        if ref is not None and roster.is_enabled(ref.provider):
            return ref
    for name in roster.names:
        if roster.is_enabled(name) and (model := roster.default_model(name)):
            return ModelRef(name, model)
    return None


def no_model_hint(roster: Roster) -> str:
    """What to do when there is no model to ask."""
    if any(roster.is_enabled(name) for name in roster.names):
        return "Choose one with -m provider/model, or set default_model in config.toml."
    return (
        "Set an API key in the environment (ANTHROPIC_API_KEY, OPENAI_API_KEY, …), add a provider to config.toml, "
        "or try `parley --demo`."
    )
