"""From a type and a base URL, as people were told to write them, to the URL that is really called."""

from __future__ import annotations

import pytest

from providers.catalogue.hosts import correct_base_url
from providers.catalogue.listing import LISTINGS
from providers.catalogue.loader import Catalogue
from providers.formats.urls import api_url, chat_url, origin_url
from providers.request import WireFormat

CATALOGUE = Catalogue()


@pytest.mark.parametrize(
    ("type_name", "base_url", "called"),
    [
        ("openai", "https://api.openai.com", "https://api.openai.com/v1/chat/completions"),
        ("openai", "https://api.deepseek.com/v1", "https://api.deepseek.com/v1/chat/completions"),
        ("openai-compat", "https://api.deepseek.com", "https://api.deepseek.com/v1/chat/completions"),
        ("openai", "https://api.z.ai/v1", "https://api.z.ai/api/paas/v4/chat/completions"),
        ("openai", "https://api.x.ai/v1", "https://api.x.ai/v1/chat/completions"),
        ("openai", "https://api.mistral.ai", "https://api.mistral.ai/v1/chat/completions"),
        ("openai", "https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/chat/completions"),
        ("openai-compat", "https://api.venice.ai/v1", "https://api.venice.ai/api/v1/chat/completions"),
        ("openai-compat", "https://api.minimaxi.chat/v1", "https://api.minimax.io/v1/chat/completions"),
        ("openai-compat", "https://api.moonshot.cn/v1", "https://api.moonshot.cn/v1/chat/completions"),
        ("openai-compat", "http://localhost:1234/v1", "http://localhost:1234/v1/chat/completions"),
        ("openai-compat", "http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("openai-compat", "https://api.perplexity.ai", "https://api.perplexity.ai/chat/completions"),
        (
            "openai-compat",
            "https://generativelanguage.googleapis.com/v1beta",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
        ),
        (
            "openai",
            "https://your-azure-endpoint.openai.azure.com",
            "https://your-azure-endpoint.openai.azure.com/openai/deployments/a-model/chat/completions"
            "?api-version=2024-10-21",
        ),
        ("openai-responses", "https://api.x.ai/v1", "https://api.x.ai/v1/responses"),
        ("anthropic", "https://openrouter.ai/api", "https://openrouter.ai/api/v1/messages"),
        ("anthropic", "http://localhost:11434", "http://localhost:11434/v1/messages"),
        ("anthropic", "https://ai-gateway.vercel.sh/v1/...", "https://ai-gateway.vercel.sh/v1/messages"),
        ("anthropic", "https://api.z.ai/v1", "https://api.z.ai/api/anthropic/v1/messages"),
        ("anthropic", "https://my-anthropic-proxy.com", "https://my-anthropic-proxy.com/v1/messages"),
        ("ollama", "http://192.168.1.100:11434", "http://192.168.1.100:11434/api/chat"),
    ],
)
def test_what_people_were_told_to_write_works(type_name: str, base_url: str, called: str) -> None:
    preset = CATALOGUE.kind_preset(type_name, base_url)
    assert preset is not None
    correction = correct_base_url(preset, base_url, preset.format)
    right = correction.base_url if correction else base_url
    assert chat_url(right, WireFormat(preset.format), preset.quirks, "a-model") == called


@pytest.mark.parametrize(
    ("preset_id", "asked"),
    [
        ("openai", "https://api.openai.com/v1/models"),
        ("anthropic", "https://api.anthropic.com/v1/models"),
        ("ollama", "http://localhost:11434/api/tags"),
        ("lmstudio", "http://localhost:1234/api/v0/models"),
        ("grok", "https://api.x.ai/v1/language-models"),
        ("gemini", "https://generativelanguage.googleapis.com/v1beta/openai/models"),
        ("groq", "https://api.groq.com/openai/v1/models"),
        ("fireworks", "https://api.fireworks.ai/inference/v1/models"),
        ("venice", "https://api.venice.ai/api/v1/models"),
    ],
)
def test_models_are_listed_where_the_family_has_them(preset_id: str, asked: str) -> None:
    preset = CATALOGUE.preset(preset_id)
    assert preset is not None
    listing = LISTINGS[preset.listing]
    if listing.is_beside_api:
        url = origin_url(preset.base_url, listing.path)
    else:
        wire_format = listing.wire_format or WireFormat(preset.format)
        url = api_url(preset.base_url, wire_format, listing.path, preset.quirks)
    assert url == asked
