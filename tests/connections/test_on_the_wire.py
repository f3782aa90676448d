"""From config.toml and the key store to what arrives at the server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.connections.connections import Connections
from providers.catalogue.hosts import host_of
from providers.catalogue.loader import Catalogue
from providers.credentials import Secret
from providers.errors import ProviderError
from providers.messages import user
from providers.request import ChatRequest
from tests.connections.making import connected
from tests.providers.recording import Answer, Recorded, RecordingServer
from tests.providers.wire_table import ALL_KEY_HEADERS

NO = Answer({"error": {"message": "no"}}, 400)
ENVIRON = {"MINE": "k-config", "GROQ_API_KEY": "k-environment", "TEAM": "blue"}
ANYWHERE = [
    (preset.id, name)
    for preset in Catalogue().all_presets()
    for name in preset.formats
    if preset.sign_in != "oauth" and not preset.quirks.azure
]


def provider(kind: str, server: RecordingServer, lines: str = "", name: str = "it") -> str:
    return f'[providers.{name}]\ntype = "{kind}"\nbase_url = "{server.url}"\n{lines}\n'


async def asked(connections: Connections, server: RecordingServer, name: str = "it", **more: Any) -> Recorded:
    """Ask for a turn; returns the request, to which the server said no."""
    way = await connections.roster.ready_route(name)
    request = ChatRequest(more.pop("model", "m"), (user("Hello"),), **more)
    with suppress(ProviderError):
        async for _ in connections.client.stream(way.endpoint, request, way.key.secret if way.key else None):
            pass
    return server.requests[-1]


# ── keys ──────────────────────────────────────────────────────────────────────


async def test_keys_come_from_the_vault_then_the_configuration_then_the_environment(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        async with connected(tmp_path, provider("groq", server, 'api_key = "$MINE"'), ENVIRON) as connections:
            await connections.keys.write("it", Secret("k-vault"), host=host_of(server.url))
            assert (await asked(connections, server)).headers["authorization"] == "Bearer k-vault"
            await connections.keys.remove("it")
            assert (await asked(connections, server)).headers["authorization"] == "Bearer k-config"
            await connections.changes.forget(("providers", "it", "api_key"))
            connections.allow("it")
            assert (await asked(connections, server)).headers["authorization"] == "Bearer k-environment"


async def test_a_provider_that_is_to_get_no_key_gets_none(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        async with connected(tmp_path, provider("groq", server, 'auth = "none"'), ENVIRON) as connections:
            await connections.keys.write("it", Secret("k-vault"), host=host_of(server.url))
            assert not ALL_KEY_HEADERS & set((await asked(connections, server)).headers)


async def test_providers_of_one_preset_have_models_and_keys_of_their_own(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        both = provider("groq", server, name="one") + provider("groq", server, name="two")
        async with connected(tmp_path, both) as connections:
            for name in ("one", "two"):
                await connections.keys.write(name, Secret(f"k-{name}"), host=host_of(server.url))
            for name in ("one", "two"):
                request = await asked(connections, server, name, model=f"m-{name}")
                assert request.headers["authorization"] == f"Bearer k-{name}"
                assert request.json["model"] == f"m-{name}"


# ── addresses ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("preset_id", "wire_format"), ANYWHERE)
async def test_every_preset_can_be_asked_at_an_address_of_ones_own(
    tmp_path: Path, preset_id: str, wire_format: str
) -> None:
    ends = {
        "openai-chat": "/chat/completions",
        "openai-responses": "/v1/responses",
        "anthropic-messages": "/v1/messages",
        "ollama-chat": "/api/chat",
    }
    with RecordingServer(lambda request: NO) as server:
        config = provider(preset_id, server, f'format = "{wire_format}"\napi_key = "$MINE"')
        async with connected(tmp_path, config, ENVIRON) as connections:
            request = await asked(connections, server)
    assert request.method == "POST"
    assert request.path.endswith(ends[wire_format])
    assert "k-config" in request.text


async def test_azure_is_asked_at_the_address_of_its_resource(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        async with connected(tmp_path, provider("azure", server, 'api_key = "$MINE"'), ENVIRON) as connections:
            request = await asked(connections, server, model="my-deployment")
    assert request.path == "/openai/deployments/my-deployment/chat/completions"
    assert request.headers["api-key"] == "k-config"


# ── what else is sent ─────────────────────────────────────────────────────────


async def test_extra_headers_arrive_with_their_variables_replaced(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        headers = 'extra_headers = { X-Team = "$TEAM", X-Custom-Header = "value" }'
        async with connected(tmp_path, provider("openai-compat", server, headers), ENVIRON) as connections:
            sent = (await asked(connections, server)).headers
    assert (sent["x-team"], sent["x-custom-header"]) == ("blue", "value")


async def test_openai_and_what_imitates_it_are_asked_in_words_of_their_own(tmp_path: Path) -> None:
    with RecordingServer(lambda request: NO) as server:
        both = provider("openai", server, 'api_key = "$MINE"', "real") + provider("openai-compat", server, name="like")
        async with connected(tmp_path, both, ENVIRON) as connections:
            real, like = [
                (await asked(connections, server, name, system="Be brief.", max_output_tokens=77)).json
                for name in ("real", "like")
            ]
    assert (real["max_completion_tokens"], real["messages"][0]["role"]) == (77, "developer")
    assert (like["max_tokens"], like["messages"][0]["role"]) == (77, "system")
