"""Local servers on their usual ports: found by what they list, and left in peace otherwise."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.loader import Catalogue
from providers.catalogue.recognise import is_anthropic_list, is_list, recognise
from providers.catalogue.records import LocalServer, Preset
from providers.client import Client
from providers.discovery import Discovered, discover
from providers.http import Http
from tests.providers.recording import LOOPBACK_V4, LOOPBACK_V6, Answer, Recorded, RecordingServer, models

SHIPPED = Catalogue()
PRESETS = SHIPPED.all_presets()
TODAY = date(2026, 11, 25)
fields = st.sampled_from(["data", "models", "id", "digest", "owned_by", "object", "type", "display_name"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["vllm", "model", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=12,
)
LISTS: dict[str, Answer] = {
    "ollama": Answer({"models": [{"name": "llama3.1:8b", "digest": "42", "size": 4_900_000_000, "details": {}}]}),
    "lmstudio": models("qwen3-8b", owned_by="organization_owner"),
    "vllm": models("Qwen/Qwen3-8B", owned_by="vllm", max_model_len=40960),
    "llamacpp": Answer(
        {
            "models": [{"name": "q.gguf", "digest": "", "details": {}}],
            "data": [{"id": "q.gguf", "owned_by": "llamacpp", "meta": {"n_ctx": 8192, "n_params": 7_600_000_000}}],
        }
    ),
    "litellm": models("gpt-4o", owned_by="openai", created=1677610602),
    "osaurus": models("foundation", owned_by="osaurus"),
}


class OtherPorts(Catalogue):
    """The presets that ship, but with servers on ports that are free here."""

    def __init__(self, ports: dict[str, int]) -> None:
        super().__init__()
        self._ports = ports

    def all_presets(self) -> tuple[Preset, ...]:
        moved = []
        for preset in super().all_presets():
            if preset.server is not None:
                # Port 9 is closed everywhere.
                server = replace(preset.server, port=self._ports.get(preset.id, 9))
                preset = replace(preset, server=server)
            moved.append(preset)
        return tuple(moved)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http(environ={"ALL_PROXY": "http://127.0.0.1:9"})
    http.offline = True
    yield http
    await http.close()


async def found(http: Http, ports: dict[str, int], **more: Any) -> tuple[Discovered, ...]:
    return await discover(http, OtherPorts(ports), today=TODAY, **{"budget_s": 5.0, **more})


@pytest.mark.parametrize("host", [LOOPBACK_V4, LOOPBACK_V6])
@pytest.mark.parametrize("preset_id", LISTS)
async def test_each_server_is_found_in_both_families_with_one_request_and_no_key(
    http: Http, preset_id: str, host: str
) -> None:
    with RecordingServer(lambda request: LISTS[preset_id], host=host) as server:
        (one,) = await found(http, {preset_id: server.port})
    assert one.preset_id == preset_id
    assert one.base_url == f"http://localhost:{server.port}"
    assert len(one.models) == 1
    (asked,) = server.requests
    preset = SHIPPED.preset(preset_id)
    assert preset is not None
    assert preset.server is not None
    assert asked.line == f"GET {preset.server.list_path}"
    assert "authorization" not in asked.headers


async def test_what_their_lists_say_is_kept(http: Http) -> None:
    with RecordingServer(lambda request: LISTS["llamacpp"]) as server:
        (one,) = await found(http, {"llamacpp": server.port})
    (model,) = one.models
    assert (model.context_window, model.detail) == (8192, "7.6B")
    assert model.rates is not None
    assert model.rates.are_free


async def test_all_are_found_at_once(http: Http) -> None:
    servers = {name: RecordingServer(lambda request, name=name: LISTS[name]).start() for name in LISTS}
    try:
        everybody = await found(http, {name: server.port for name, server in servers.items()})
    finally:
        for server in servers.values():
            server.stop()
    assert {one.preset_id for one in everybody} == set(LISTS)


async def test_another_kind_of_server_on_a_port_is_offered_as_what_it_is(http: Http) -> None:
    with RecordingServer({"/v1/models": LISTS["vllm"]}) as server:
        (one,) = await found(http, {"lmstudio": server.port})
    assert (one.preset_id, one.base_url) == ("vllm", f"http://localhost:{server.port}")


@pytest.mark.parametrize(
    "answer",
    [
        Answer("ok", content_type="text/plain"),
        Answer("<html>My app</html>", content_type="text/html"),
        Answer([]),
        Answer({}),
        Answer({"data": "none"}),
        Answer({"data": [1, None, "x"]}),
        Answer({"data": []}),
        Answer({"models": [{"name": "x"}]}),
        models("gpt-4o"),
        models("gpt-4o", owned_by="somebody"),
        Answer(LISTS["vllm"].content, status=401),
        Answer(b"", status=302, headers={"location": "http://127.0.0.1:9/v1/models"}),
        Answer(b"\xff\xfe"),
        Answer("[" * 10_000),
        Answer(is_cut=True),
    ],
)
@pytest.mark.parametrize("preset_id", ["vllm", "lmstudio", "llamacpp", "litellm", "osaurus"])
async def test_whatever_else_listens_there_is_not_offered(http: Http, answer: Answer, preset_id: str) -> None:
    with RecordingServer(lambda request: answer) as server:
        assert await found(http, {preset_id: server.port}) == ()
    assert len(server.requests) == 1


@pytest.mark.parametrize("nothing", [[], None])
async def test_an_ollama_without_any_model_is_found_all_the_same(http: Http, nothing: object) -> None:
    with RecordingServer({"/api/tags": Answer({"models": nothing})}) as server:
        (one,) = await found(http, {"ollama": server.port})
    assert one == Discovered("ollama", f"http://localhost:{server.port}", ())


async def test_a_slow_server_costs_no_more_than_the_budget(http: Http) -> None:
    def script(request: Recorded) -> Answer:
        return replace(LISTS["vllm"], delay_s=2)

    with RecordingServer(script) as slow, RecordingServer(lambda request: LISTS["ollama"]) as quick:
        started = time.monotonic()
        (one,) = await found(http, {"vllm": slow.port, "ollama": quick.port}, budget_s=0.8)
        elapsed = time.monotonic() - started
    assert one.preset_id == "ollama"
    assert elapsed < 1.6


async def test_those_that_are_configured_already_are_not_asked(http: Http) -> None:
    with RecordingServer(lambda request: LISTS["vllm"]) as server:
        ports = {"vllm": server.port, "llamacpp": server.port}
        assert await found(http, ports, skip=("vllm", f"localhost:{server.port}")) == ()
        assert len(await found(http, ports, skip=("vllm",))) == 1
    assert len(server.requests) == 1


async def test_the_usual_ports_are_asked_through_the_client(http: Http) -> None:
    offered = await Client(http, today=lambda: TODAY).discover(SHIPPED, skip=[f"localhost:{port}" for port in PORTS])
    assert offered == ()


PORTS = (11434, 1234, 8000, 8080, 4000, 1337)


def test_a_proxy_for_vllm_is_not_taken_for_vllm() -> None:
    mixed = Answer({"data": [{"id": "a", "owned_by": "openai", "created": 1677610602}]})
    told = recognise(PRESETS, mixed.content)
    assert told is not None
    assert told.id == "litellm"


def test_lists_of_vendors_are_nobodys() -> None:
    assert recognise(PRESETS, models("gpt-5.4", owned_by="system").content) is None
    empty = Answer({"models": []}).content
    assert recognise(PRESETS, empty) is None
    assert recognise(PRESETS, empty, LocalServer(8000, "/v1/models", {"owned_by": "vllm"})) is None


def test_the_shape_of_anthropics_list_is_told_from_openais() -> None:
    row = {"type": "model", "id": "claude-sonnet-4-6", "display_name": "Claude", "created_at": "2026-02-17T00:00:00Z"}
    assert is_anthropic_list(Answer({"data": [row], "has_more": False}).content)
    assert not is_anthropic_list(models("gpt-5.4").content)
    assert not is_anthropic_list(b"<html>")


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_somebodys_list_or_nobodys(body: bytes) -> None:
    told = recognise(PRESETS, body)
    assert told is None or is_list(body)
    assert is_list(body) or not is_anthropic_list(body)
