"""For each preset and each format it speaks: the request for a turn, as it arrives at the vendor's own address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset
from providers.client import Client
from providers.credentials import Secret
from providers.errors import DataPolicy, ModelNotFound, ProviderError, Rejected
from providers.http import Http
from providers.messages import user
from providers.request import AuthScheme, ChatRequest, Endpoint, WireFormat
from tests.providers.recording import Answer, RecordingServer
from tests.providers.vendors import Vendors, assert_right, vendors
from tests.providers.wire_table import ALL_KEY_HEADERS, KEY, TABLE, Expected

CATALOGUE = Catalogue()
NO = Answer({"error": {"message": "no"}}, 400)
ASKED = ChatRequest("m", (user("Hello"),), system="Be brief.", max_output_tokens=1000)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    with vendors(tmp_path_factory.mktemp("ca"), lambda request: NO) as everybody:
        yield everybody


def test_every_preset_and_every_format_is_in_the_table() -> None:
    written = {(row.preset, row.format) for row in TABLE}
    assert len(written) == len(TABLE)
    assert written == {(preset.id, name) for preset in CATALOGUE.all_presets() for name in preset.formats}


def endpoint(preset: Preset, wire_format: str = "", base_url: str = "", **more: Any) -> Endpoint:
    """The preset as a provider that nobody configured further."""
    spoken = wire_format or preset.format
    return Endpoint(
        "work",
        WireFormat(spoken),
        base_url or preset.base_url_for(spoken),
        auth=AuthScheme(preset.auth),
        preset=preset.id,
        headers=preset.headers,
        quirks=preset.quirks,
        start_hint=preset.start_hint,
        model_hint=preset.model_hint,
        policy_hint=preset.policy_hint,
        key_url=preset.key_url,
        **more,
    )


def preset_of(preset_id: str) -> Preset:
    preset = CATALOGUE.preset(preset_id)
    assert preset is not None
    return preset


async def ask(at: Endpoint, key: str = "") -> ProviderError:
    """Ask for a turn, and come back with the refusal."""
    http = Http(environ={})
    with pytest.raises(ProviderError) as caught:
        async for _ in Client(http).stream(at, ASKED, Secret(key)):
            pass
    await http.close()
    return caught.value


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.preset}-{row.format}")
async def test_the_request_for_a_turn_is_the_right_one(world: Vendors, row: Expected) -> None:
    error = await ask(endpoint(preset_of(row.preset), row.format, row.base_url, **world.way(row)), KEY)
    assert isinstance(error, Rejected)
    asked = world.server(row).requests.pop()
    assert not world.server(row).requests
    assert_right(asked, row)


@pytest.mark.parametrize("preset_id", ["ollama", "lmstudio", "vllm", "llamacpp", "litellm", "osaurus"])
async def test_a_server_of_ones_own_gets_no_key_where_there_is_none(world: Vendors, preset_id: str) -> None:
    await ask(endpoint(preset_of(preset_id), proxy=world.proxies["http"].url))
    assert not ALL_KEY_HEADERS & set(world.plain.requests.pop().headers)


# ── the way out ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("preset_id", "command"),
    [
        ("ollama", "`ollama serve`"),
        ("lmstudio", "Start Server"),
        ("vllm", "`vllm serve MODEL --port 8000`"),
        ("llamacpp", "`llama-server -m MODEL.gguf --port 8080`"),
        ("litellm", "`litellm --config config.yaml`"),
        ("osaurus", "`osaurus serve`"),
    ],
)
async def test_a_server_that_does_not_run_says_how_it_is_started(preset_id: str, command: str) -> None:
    error = await ask(endpoint(preset_of(preset_id), base_url="http://localhost:9", retries=0))
    assert error.summary == "Nothing answers at localhost:9."
    assert command in error.hint


@pytest.mark.parametrize(
    ("preset_id", "command"), [("ollama", "`ollama pull m`"), ("vllm", "`vllm serve m --port 8000`"), ("lmstudio", "m")]
)
async def test_a_model_that_is_not_there_says_where_it_comes_from(preset_id: str, command: str) -> None:
    missing = Answer({"error": {"message": "model 'm' not found", "code": "model_not_found"}}, 404)
    with RecordingServer(lambda request: missing) as server:
        error = await ask(endpoint(preset_of(preset_id), base_url=server.url))
    assert isinstance(error, ModelNotFound)
    assert command in error.hint


async def test_openrouters_data_policy_leads_to_its_privacy_page() -> None:
    blocked = Answer({"error": {"code": 404, "message": "No endpoints found matching your data policy"}}, 404)
    with RecordingServer(lambda request: blocked) as server:
        error = await ask(endpoint(preset_of("openrouter"), base_url=server.url), KEY)
    assert isinstance(error, DataPolicy)
    assert "https://openrouter.ai/settings/privacy" in error.hint


async def test_a_vendor_that_refuses_the_key_says_where_keys_are_made() -> None:
    with RecordingServer(lambda request: Answer({"error": {"message": "no"}}, 401)) as server:
        error = await ask(endpoint(preset_of("anthropic"), base_url=server.url), KEY)
    assert "https://console.anthropic.com/settings/keys" in error.hint
