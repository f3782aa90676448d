"""Types, addresses, variables and models as other programs publish them: each leads to the right server here."""

from __future__ import annotations

import pytest

from app.config.settings import ProviderSettings
from app.connections.routes import Route
from providers.catalogue.loader import Catalogue
from providers.formats.urls import chat_url
from providers.request import AuthScheme, WireFormat
from tests.connections.making import routed

CATALOGUE = Catalogue()


def called(way: Route, model: str = "m") -> str:
    return chat_url(way.endpoint.base_url, way.endpoint.format, way.endpoint.quirks, model)


@pytest.mark.parametrize(
    ("kind", "base_url", "variable", "model", "url"),
    [
        (
            "anthropic",
            "https://api.anthropic.com",
            "ANTHROPIC_API_KEY",
            "claude-sonnet-4-5-20250929",
            "https://api.anthropic.com/v1/messages",
        ),
        ("openai", "https://api.openai.com", "OPENAI_API_KEY", "gpt-4o", "https://api.openai.com/v1/chat/completions"),
        ("ollama", "http://localhost:11434", "", "llama3.1", "http://localhost:11434/api/chat"),
        (
            "sansa",
            "https://api.sansaml.com",
            "SANSA_API_KEY",
            "sansa-auto",
            "https://api.sansaml.com/v1/chat/completions",
        ),
        (
            "deepseek",
            "https://api.deepseek.com",
            "DEEPSEEK_API_KEY",
            "deepseek-chat",
            "https://api.deepseek.com/v1/chat/completions",
        ),
        (
            "mistral",
            "https://api.mistral.ai",
            "MISTRAL_API_KEY",
            "mistral-large-latest",
            "https://api.mistral.ai/v1/chat/completions",
        ),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/openai/",
            "GEMINI_API_KEY",
            "gemini-2.5-flash",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
        ),
        (
            "falcon",
            "https://api.ai71.ai/v1",
            "FALCON_API_KEY",
            "tiiuae/falcon-180b-chat",
            "https://api.ai71.ai/v1/chat/completions",
        ),
        (
            "jais",
            "https://api.core42.ai/v1",
            "JAIS_API_KEY",
            "jais-adapted-70b-chat",
            "https://api.core42.ai/v1/chat/completions",
        ),
        (
            "qwen",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            "QWEN_API_KEY",
            "qwen-plus",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
        ),
        (
            "yi",
            "https://api.lingyiwanwu.com/v1",
            "YI_API_KEY",
            "yi-large",
            "https://api.lingyiwanwu.com/v1/chat/completions",
        ),
        (
            "cohere",
            "https://api.cohere.com/compatibility/v1",
            "COHERE_API_KEY",
            "command-r-plus",
            "https://api.cohere.com/compatibility/v1/chat/completions",
        ),
        (
            "minimax",
            "https://api.minimaxi.chat/v1",
            "MINIMAX_API_KEY",
            "MiniMax-Text-01",
            "https://api.minimax.io/v1/chat/completions",
        ),
        (
            "moonshot",
            "https://api.moonshot.cn/v1",
            "MOONSHOT_API_KEY",
            "kimi-k2-0711-preview",
            "https://api.moonshot.cn/v1/chat/completions",
        ),
        ("vllm", "http://localhost:8000", "", "Qwen/Qwen2.5-7B-Instruct", "http://localhost:8000/v1/chat/completions"),
    ],
)
def test_each_opencrust_provider_has_its_type_address_and_variable(
    kind: str, base_url: str, variable: str, model: str, url: str
) -> None:
    way = routed(ProviderSettings("it", kind, base_url=base_url, model=model), **({variable: "k"} if variable else {}))
    assert called(way, model) == url
    assert way.endpoint.needs_key == bool(variable)
    assert (way.key.place if way.key else "") == (f"${variable}" if variable else "")


@pytest.mark.parametrize("kind", ["sansa", "deepseek", "mistral", "gemini", "falcon", "jais", "qwen", "yi", "cohere"])
def test_what_imitates_openai_gets_its_key_as_a_bearer_token(kind: str) -> None:
    preset = CATALOGUE.preset(kind)
    assert preset is not None
    way = routed(ProviderSettings("it", kind), **{preset.key_env[0]: "k"})
    assert way.endpoint.auth is AuthScheme.BEARER
    assert way.endpoint.format is WireFormat.OPENAI_CHAT


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("sansa", "sansa-auto"),
        ("deepseek", "deepseek-chat"),
        ("mistral", "mistral-large-latest"),
        ("gemini", "gemini-2.5-flash"),
        ("falcon", "tiiuae/falcon-180b-chat"),
        ("jais", "jais-adapted-70b-chat"),
        ("qwen", "qwen-plus"),
        ("yi", "yi-large"),
        ("cohere", "command-r-plus"),
    ],
)
def test_the_default_models_that_still_hold_are_the_printed_ones(kind: str, model: str) -> None:
    preset = CATALOGUE.preset(kind)
    assert preset is not None
    assert preset.default_model == model


def test_a_vllm_started_with_a_key_gets_the_one_in_its_variable() -> None:
    way = routed(ProviderSettings("gpu", "vllm"), VLLM_API_KEY="k")
    assert way.key is not None
    assert way.key.place == "$VLLM_API_KEY"


@pytest.mark.parametrize(
    ("kind", "base_url", "url"),
    [
        ("anthropic", "", "https://api.anthropic.com/v1/messages"),
        ("openai", "", "https://api.openai.com/v1/chat/completions"),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
        ),
        ("openai", "https://api.deepseek.com/v1", "https://api.deepseek.com/v1/chat/completions"),
        ("openai", "https://api.deepseek.com", "https://api.deepseek.com/v1/chat/completions"),
        ("openai", "https://api.z.ai/v1", "https://api.z.ai/api/paas/v4/chat/completions"),
        ("openai", "https://api.x.ai/v1", "https://api.x.ai/v1/chat/completions"),
        ("openai", "https://api.mistral.ai/v1", "https://api.mistral.ai/v1/chat/completions"),
        ("openai", "https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/chat/completions"),
        ("openrouter", "", "https://openrouter.ai/api/v1/chat/completions"),
        ("ollama", "http://localhost:11434", "http://localhost:11434/api/chat"),
        (
            "openai",
            "https://api.endpoints.anyscale.com/v1",
            "https://api.endpoints.anyscale.com/v1/chat/completions",
        ),
        ("openai", "https://my-api.example.com/v1", "https://my-api.example.com/v1/chat/completions"),
    ],
)
def test_each_address_that_kruxos_publishes_leads_to_its_server(kind: str, base_url: str, url: str) -> None:
    assert called(routed(ProviderSettings("it", kind, base_url=base_url, api_key="$KEY"), KEY="k")) == url


@pytest.mark.parametrize(
    ("preset_id", "model", "word"),
    [
        ("anthropic", "claude-sonnet-4-6", "recommended"),
        ("anthropic", "claude-opus-4-6", "flagship"),
        ("anthropic", "claude-haiku-4-5-20251001", "fast"),
        ("anthropic", "claude-sonnet-4-5-20250929", "previous generation"),
        ("anthropic", "claude-opus-4-5-20251101", "previous generation"),
        ("anthropic", "claude-opus-4-1-20250805", "previous generation"),
        ("openai", "gpt-5.4", "recommended"),
        ("openai", "gpt-5.4-mini", "balanced"),
        ("openai", "gpt-5.4-nano", "fast"),
        ("openai", "gpt-5.2", "previous generation"),
        ("openai", "gpt-4o", "legacy"),
        ("gemini", "gemini-2.5-flash", "recommended"),
        ("gemini", "gemini-2.5-pro", "premium"),
        ("deepseek", "deepseek-chat", "recommended"),
        ("glm", "glm-5", "recommended"),
        ("glm", "glm-5-turbo", "fast"),
        ("glm", "glm-4.7", "budget"),
        ("grok", "grok-4", "recommended"),
        ("mistral", "mistral-large-latest", "flagship"),
        ("groq", "llama-3.3-70b-versatile", "recommended"),
    ],
)
def test_each_model_that_kruxos_recommends_is_known_with_that_word(preset_id: str, model: str, word: str) -> None:
    preset = CATALOGUE.preset(preset_id)
    assert preset is not None
    known = {each.id: each for each in preset.models}
    assert known[model].note.startswith(word)


@pytest.mark.parametrize(
    ("kind", "base_url", "url"),
    [
        ("openai-compat", "https://openrouter.ai/api", "https://openrouter.ai/api/v1/chat/completions"),
        ("anthropic", "https://openrouter.ai/api", "https://openrouter.ai/api/v1/messages"),
        ("anthropic", "https://ai-gateway.vercel.sh/v1/...", "https://ai-gateway.vercel.sh/v1/messages"),
        ("anthropic", "http://localhost:11434", "http://localhost:11434/v1/messages"),
        ("openai-compat", "https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/chat/completions"),
        ("anthropic", "https://your-proxy.com/v1", "https://your-proxy.com/v1/messages"),
    ],
)
def test_each_endpoint_that_craft_agents_publishes_leads_to_its_server(kind: str, base_url: str, url: str) -> None:
    assert called(routed(ProviderSettings("it", kind, base_url=base_url, api_key="$KEY"), KEY="k")) == url


@pytest.mark.parametrize(
    ("kind", "base_url", "url"),
    [
        ("anthropic", "https://api.anthropic.com:443/v1", "https://api.anthropic.com:443/v1/messages"),
        ("openai", "https://api.openai.com:443/v1", "https://api.openai.com:443/v1/chat/completions"),
        ("openai-responses", "https://api.openai.com/v1", "https://api.openai.com/v1/responses"),
        ("openai-compat", "https://api.x.ai:443/v1", "https://api.x.ai:443/v1/chat/completions"),
        ("openai-compat", "https://openrouter.ai:443/api/v1", "https://openrouter.ai:443/api/v1/chat/completions"),
        ("openai-compat", "https://api.venice.ai/v1", "https://api.venice.ai/api/v1/chat/completions"),
        ("openai-compat", "http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
        ("openai-compat", "http://localhost:1234/v1", "http://localhost:1234/v1/chat/completions"),
    ],
)
def test_each_address_that_osaurus_publishes_leads_to_its_server(kind: str, base_url: str, url: str) -> None:
    assert called(routed(ProviderSettings("it", kind, base_url=base_url, api_key="$KEY"), KEY="k")) == url


@pytest.mark.parametrize(
    "base_url", ["https://api.together.xyz/v1", "https://api.perplexity.ai", "https://api.fireworks.ai/inference/v1"]
)
def test_services_that_imitate_openai_are_known_by_their_host(base_url: str) -> None:
    owner = CATALOGUE.owner_of(base_url)
    assert owner is not None
    assert not owner.quirks.max_completion_tokens
    assert owner.key_env
