"""What a `[providers.NAME]` table promises by itself: its defaults, its name, its variables, its place in the order."""

from __future__ import annotations

from app.config.load import load_text
from app.config.settings import Settings
from app.connections.choosing import choose_model
from app.connections.models import Models
from app.connections.roster import Roster
from providers.reference import ModelRef
from tests.connections.making import roster_of

NOBODY: dict[str, str] = {}


def read(text: str) -> Settings:
    loaded = load_text(text, NOBODY)
    assert loaded.problems == ()
    return loaded.settings


def roster(settings: Settings, **environ: str) -> Roster:
    return roster_of(*settings.providers.values(), **environ)


def chosen(settings: Settings) -> ModelRef | None:
    """The model that answers when nobody chose one."""
    providers = roster(settings)
    return choose_model(settings, providers, Models(providers), None)


def test_without_a_default_the_first_configured_provider_answers() -> None:
    settings = read(
        '[providers.off]\ntype = "groq"\nenabled = false\n'
        '[providers.second]\ntype = "anthropic"\nmodel = "claude-haiku-4-5-20251001"\n'
        '[providers.third]\ntype = "openai"\n'
    )
    assert chosen(settings) == ModelRef("second", "claude-haiku-4-5-20251001")


def test_the_default_model_answers_before_the_first_provider() -> None:
    settings = read('default_model = "b/gpt-5.4"\n[providers.a]\ntype = "groq"\n[providers.b]\ntype = "openai"\n')
    assert chosen(settings) == ModelRef("b", "gpt-5.4")


def test_a_provider_may_be_called_like_any_preset() -> None:
    settings = read('[providers.openai]\ntype = "openai-compat"\nbase_url = "https://llm.example.com/v1"\n')
    way = roster(settings, OPENAI_API_KEY="sk-of-openai").route("openai")
    assert way.endpoint.base_url == "https://llm.example.com/v1"
    assert way.key is None


def test_a_base_url_may_name_a_variable() -> None:
    settings = read('[providers.it]\ntype = "openai-compat"\nbase_url = "https://${LLM_HOST:-llm.example.com}/v1"\n')
    assert roster(settings).route("it").endpoint.base_url == "https://llm.example.com/v1"
    assert roster(settings, LLM_HOST="staging.example.com").route("it").endpoint.base_url.startswith("https://staging.")


def test_the_defaults_of_a_provider() -> None:
    provider = read('[providers.it]\ntype = "anthropic"\n').providers["it"]
    assert provider.enabled
    assert provider.auto_connect
    assert provider.timeout == 60
