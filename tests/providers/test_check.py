"""Trying a provider: what is asked, what the answers prove, and that keys go nowhere else."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset
from providers.check import Found, models_call
from providers.client import Client
from providers.credentials import Secret
from providers.errors import (
    BadCredential,
    CannotConnect,
    NotAllowed,
    OutOfCredit,
    PathNotFound,
    ProtocolError,
    ProviderError,
    ServerTrouble,
    TimedOut,
)
from providers.http import Http
from providers.messages import user
from providers.request import AuthScheme, ChatRequest, Endpoint, WireFormat
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, Script, models

CATALOGUE = Catalogue()
GOOD = "sk-good"
REFUSED = Answer({"error": {"message": "Incorrect API key provided", "type": "invalid_request_error"}}, 401)
INVALID = Answer({"error": {"message": "Missing required parameter: 'model'.", "type": "invalid_request_error"}}, 400)
PAGE = Answer("<!doctype html><html><title>Hello</title></html>", content_type="text/html")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    http = Http(environ={})
    ticks = itertools.count()
    yield Client(http, monotonic=lambda: next(ticks) * 0.05, today=lambda: date(2026, 11, 25))
    await http.close()


def preset(preset_id: str, **more: Any) -> Preset:
    found = CATALOGUE.preset(preset_id)
    assert found is not None
    return replace(found, **more)


def at(url: str, behind: Preset, **more: Any) -> Endpoint:
    given: dict[str, Any] = {"auth": AuthScheme(behind.auth), "quirks": behind.quirks, "preset": behind.id, **more}
    return Endpoint("work", WireFormat(given.pop("format", behind.format)), url, **given)


async def checked(
    client: Client, script: Script, preset_id: str, key: str = GOOD, **more: Any
) -> tuple[Found | ProviderError, RecordingServer]:
    """What a check finds at a server that plays the vendor, and the server with all it was asked."""
    behind = preset(preset_id)
    with RecordingServer(script) as server:
        try:
            return await client.check(at(server.url, behind, **more), behind, Secret(key)), server
        except ProviderError as error:
            return error, server


def wanting(key: str, answers: Mapping[str, Answer]) -> Script:
    """A server that lets nobody in without the key."""

    def script(request: Recorded) -> Answer:
        given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key")
        return answers.get(request.line, NOT_THERE) if given == key else REFUSED

    return script


# ── with a list ───────────────────────────────────────────────────────────────


async def test_a_list_that_wants_the_key_proves_it(client: Client) -> None:
    found, server = await checked(client, wanting(GOOD, {"GET /v1/models": models("gpt-5.4")}), "openai")
    assert isinstance(found, Found)
    assert (found.is_listed, found.is_proved) == (True, True)
    assert [model.id for model in found.models] == ["gpt-5.4"]
    assert found.url == f"{server.url}/v1/models"
    assert found.round_trip_ms == 50
    assert server.lines == ["GET /v1/models"]


async def test_a_key_that_is_refused_says_where_keys_are_made(client: Client) -> None:
    script = wanting(GOOD, {"GET /v1/models": models("a")})
    error, _ = await checked(client, script, "openai", "sk-bad", key_url="https://keys.example")
    assert isinstance(error, BadCredential)
    assert "https://keys.example" in error.hint
    assert "sk-bad" not in f"{error.summary}{error.hint}{error.detail}{error!r}"


async def test_all_pages_are_read_and_the_first_one_is_timed(client: Client) -> None:
    def script(request: Recorded) -> Answer:
        row = {"type": "model", "display_name": "A"}
        if "after_id=a" in request.target:
            return Answer({"data": [{**row, "id": "b"}], "has_more": False})
        return Answer({"data": [{**row, "id": "a"}], "has_more": True, "last_id": "a"})

    found, server = await checked(client, script, "anthropic")
    assert isinstance(found, Found)
    assert [model.id for model in found.models] == ["a", "b"]
    assert found.round_trip_ms == 50
    assert found.url == f"{server.url}/v1/models"
    assert server.requests[0].target == "/v1/models?limit=1000"
    assert server.requests[0].headers["x-api-key"] == GOOD
    assert server.requests[0].headers["anthropic-version"]


@pytest.mark.parametrize("key", [GOOD, "sk-bad"])
async def test_a_public_list_proves_nothing_but_the_vendors_place_for_it_does(client: Client, key: str) -> None:
    def script(request: Recorded) -> Answer:
        if request.line == "GET /v1/key":
            return Answer({"data": {}}) if request.headers["authorization"] == f"Bearer {GOOD}" else REFUSED
        return models("a/b")

    found, server = await checked(client, script, "openrouter", key)
    assert server.lines == ["GET /v1/models", "GET /v1/key"]
    assert isinstance(found, Found) if key == GOOD else isinstance(found, BadCredential)
    assert not isinstance(found, Found) or found.is_proved


async def test_a_public_list_without_a_key_leaves_everything_open(client: Client) -> None:
    found, server = await checked(client, {"/v1/models": models("a/b")}, "openrouter", "")
    assert isinstance(found, Found)
    assert not found.is_proved
    assert server.lines == ["GET /v1/models"]


@pytest.mark.parametrize(("with_key", "is_proved"), [(INVALID, True), (NOT_THERE, False)])
async def test_elsewhere_a_request_for_nothing_proves_the_key_when_it_makes_the_difference(
    client: Client, with_key: Answer, is_proved: bool
) -> None:
    def script(request: Recorded) -> Answer:
        if request.line == "GET /v1/models":
            return models("a/b")
        return with_key if "authorization" in request.headers else REFUSED

    behind = preset("openrouter", key_check="")
    with RecordingServer(script) as server:
        found = await client.check(at(server.url, behind), behind, Secret(GOOD))
    assert found.is_proved is is_proved
    assert {request.body for request in server.requests if request.method == "POST"} == {b"{}"}


async def test_a_server_that_treats_all_alike_leaves_the_key_unproved(client: Client) -> None:
    behind = preset("openrouter")
    script = {"/v1/models": models("a/b"), "/v1/chat/completions": INVALID}
    with RecordingServer(script) as server:
        found = await client.check(at(server.url, behind), behind, Secret(GOOD))
    assert not found.is_proved


async def test_a_server_of_ones_own_needs_no_proof(client: Client) -> None:
    found, server = await checked(client, {"/v1/models": models("a", owned_by="vllm")}, "vllm", needs_key=False)
    assert isinstance(found, Found)
    assert found.is_proved
    assert server.lines == ["GET /v1/models"]


async def test_what_azure_lists_are_no_models_of_ours(client: Client) -> None:
    found, server = await checked(client, {"/openai/models": models("gpt-4o")}, "azure")
    assert isinstance(found, Found)
    assert (found.models, found.is_listed, found.is_proved) == ((), False, True)
    assert server.requests[0].headers["api-key"] == GOOD
    assert "api-version=" in server.requests[0].target


# ── without a list ────────────────────────────────────────────────────────────


async def test_without_a_list_the_reply_path_tells_who_is_there_and_proves_the_key(client: Client) -> None:
    for preset_id in ("cohere", "perplexity", "minimax", "yi"):
        reply_path = "/chat/completions" if preset_id == "perplexity" else "/v1/chat/completions"
        script = wanting(GOOD, {f"POST {reply_path}": INVALID})
        found, server = await checked(client, script, preset_id)
        assert isinstance(found, Found), preset_id
        assert (found.models, found.is_listed, found.is_proved) == ((), False, True)
        assert found.url == f"{server.url}{reply_path}"
        assert {request.body for request in server.requests if request.method == "POST"} == {b"{}"}
        refused, _ = await checked(client, script, preset_id, "sk-bad")
        assert isinstance(refused, BadCredential), preset_id


async def test_a_refusal_inside_a_200_is_one(client: Client) -> None:
    said = Answer({"base_resp": {"status_code": 1004, "status_msg": "login fail"}})
    error, _ = await checked(client, {"POST /v1/chat/completions": said}, "minimax")
    assert isinstance(error, BadCredential)


async def test_a_gateway_without_a_list_is_no_failure(client: Client) -> None:
    script = wanting(GOOD, {"POST /v1/messages": INVALID})
    found, _ = await checked(client, script, "anthropic")
    assert isinstance(found, Found)
    assert (found.is_listed, found.is_proved) == (False, True)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ({}, PathNotFound),
        ({"/v1/models": PAGE, "/v1/chat/completions": PAGE}, ProtocolError),
        ({"/v1/models": Answer({"data": 1}), "/v1/chat/completions": NOT_THERE}, ProtocolError),
        ({"/v1/models": Answer("no", 503), "/v1/chat/completions": INVALID}, ProviderError),
        ({"/v1/models": Answer({"error": {"message": "No."}}, 403)}, NotAllowed),
        ({"/v1/models": Answer({"error": {"message": "Pay."}}, 402)}, OutOfCredit),
        ({"/v1/models": Answer(b"", 500)}, ServerTrouble),
        ({"/v1/models": Answer(is_cut=True)}, CannotConnect),
    ],
)
@pytest.mark.parametrize("preset_id", ["openai", "yi"])
async def test_what_is_no_api_fails(client: Client, script: Script, kind: type[ProviderError], preset_id: str) -> None:
    error, _ = await checked(client, script, preset_id)
    assert isinstance(error, kind)


async def test_a_silent_server_is_waited_for_as_long_as_its_timeout_says(client: Client) -> None:
    with RecordingServer(lambda request: Answer(b"", delay_s=1)) as server:
        here = preset("vllm")
        with pytest.raises(TimedOut) as caught:
            await client.check(at(server.url, here, timeout_s=0.1), here, Secret(""))
    assert "raise timeout in config.toml" in caught.value.hint


# ── redirects ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("preset_id", ["openai", "anthropic", "azure", "openrouter", "yi"])
async def test_no_key_and_no_header_follows_a_redirect(client: Client, status: int, preset_id: str) -> None:
    behind = preset(preset_id)
    with RecordingServer(lambda request: models("stolen")) as other:
        away = Answer(b"", status, headers={"location": f"{other.localhost}/v1/models?token=hunter2"})
        with RecordingServer(lambda request: away) as server:
            endpoint = at(server.url, behind, headers={"X-Gateway-Token": "gate-1"})
            with pytest.raises(PathNotFound) as caught:
                await client.check(endpoint, behind, Secret(GOOD))
            with pytest.raises(PathNotFound):
                async for _ in client.stream(endpoint, ChatRequest("m", (user("Hello"),)), Secret(GOOD)):
                    pass
    assert not other.requests
    assert GOOD in server.text
    assert f"it redirects to {other.localhost}/v1/models." in caught.value.summary
    assert "base URL" in caught.value.hint
    assert "hunter2" not in f"{caught.value.summary}{caught.value.detail}"


# ── what local servers tell ───────────────────────────────────────────────────

TAGS = Answer(
    {
        "models": [
            {
                "name": "llama3.1:8b",
                "digest": "42",
                "size": 4_900_000_000,
                "details": {"parameter_size": "8.0B", "quantization_level": "Q4_K_M"},
            },
            {"name": "gone:1b", "digest": "43", "details": {}},
        ]
    }
)
SHOWN = Answer(
    {
        "capabilities": ["completion", "tools", "vision"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    }
)


async def test_ollama_is_asked_about_each_of_its_models(client: Client) -> None:
    def script(request: Recorded) -> Answer:
        if request.line == "GET /api/tags":
            return TAGS
        return SHOWN if request.json == {"model": "llama3.1:8b"} else Answer({"error": "model not found"}, 404)

    found, server = await checked(client, script, "ollama", "", needs_key=False)
    assert isinstance(found, Found)
    llama, gone = found.models
    assert llama.detail == "8.0B · Q4_K_M · 4.9 GB"
    assert llama.context_window == 131072
    assert (llama.can_reason, llama.supports_vision, llama.supports_function_calling) == (False, True, True)
    assert gone.context_window is None
    assert llama.rates is not None
    assert llama.rates.are_free
    assert sorted(server.lines) == ["GET /api/tags", "POST /api/show", "POST /api/show"]


async def test_ollamas_cloud_lists_models_that_are_neither_free_nor_described(client: Client) -> None:
    cloud = CATALOGUE.owner_of("https://ollama.com")
    assert cloud is not None

    def script(request: Recorded) -> Answer:
        if request.line == "GET /api/tags":
            return TAGS
        return INVALID if "authorization" in request.headers else REFUSED

    with RecordingServer(script) as server, ProxyServer(way_to={"ollama.com": ("127.0.0.1", server.port)}) as proxy:
        found = await client.check(at("http://ollama.com", cloud, proxy=proxy.url), cloud, Secret(GOOD))
    assert found.is_proved
    assert all(model.rates is None for model in found.models)
    assert server.lines == ["GET /api/tags", "POST /api/chat", "POST /api/chat"]


async def test_only_so_many_models_are_asked_about(client: Client) -> None:
    rows = [{"name": f"m{number}", "digest": "1", "details": {}} for number in range(100)]

    def script(request: Recorded) -> Answer:
        return Answer({"models": rows}) if request.method == "GET" else SHOWN

    found, server = await checked(client, script, "ollama", "", needs_key=False)
    assert isinstance(found, Found)
    assert len(found.models) == 100
    assert len(server.requests) == 41


async def test_a_list_of_lm_studio_that_is_not_there_is_read_as_everybodys(client: Client) -> None:
    found, server = await checked(client, {"/v1/models": models("a")}, "lmstudio", "", needs_key=False)
    assert isinstance(found, Found)
    assert [model.id for model in found.models] == ["a"]
    assert server.lines == ["GET /api/v0/models", "GET /v1/models"]
    assert found.url == f"{server.url}/v1/models"


# ── the request itself ────────────────────────────────────────────────────────


@pytest.mark.parametrize("preset_id", CATALOGUE.preset_ids())
async def test_the_call_that_is_shown_is_the_one_that_is_made(client: Client, preset_id: str) -> None:
    behind = preset(preset_id)
    with RecordingServer(lambda request: REFUSED) as server:
        endpoint = at(server.url, behind)
        with pytest.raises(BadCredential):
            await client.check(endpoint, behind, Secret(GOOD))
        call = models_call(endpoint, behind)
    asked = server.requests[0]
    assert (asked.method, f"{server.url}{asked.target}") == (call.method, call.url)
    assert GOOD not in repr(call)
    assert call.body is None


@pytest.mark.parametrize("is_asked_for", [True, False])
async def test_a_key_for_a_server_far_away_that_may_do_without_is_proved_by_the_difference(
    client: Client, is_asked_for: bool
) -> None:
    answers = {"GET /v1/models": models("a"), "POST /v1/chat/completions": INVALID}
    behind = preset("vllm")
    script: Script = wanting(GOOD, answers) if is_asked_for else answers
    with RecordingServer(script) as server, ProxyServer(way_to={"llm.invalid": ("127.0.0.1", server.port)}) as proxy:
        endpoint = at("http://llm.invalid", behind, needs_key=False, proxy=proxy.url)
        found = await client.check(endpoint, behind, Secret(GOOD))
        without = await client.check(endpoint, behind) if not is_asked_for else None
    assert found.is_proved is is_asked_for
    assert without is None or without.is_proved


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one byte at a time, and never comes to an end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads what is asked, and says nothing."""
    await reader.read()
    writer.close()


@pytest.mark.parametrize("answer", [dripping, silent])
async def test_a_check_takes_no_longer_than_it_may(client: Client, answer: Any) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(5):
        with pytest.raises(TimedOut) as caught:
            await client.check(at(f"http://127.0.0.1:{port}", preset("openai"), timeout_s=0.3), preset("openai"))
    assert "0.3 s" in caught.value.summary
    assert "timeout in config.toml" in caught.value.hint
    assert "stream_timeout" not in caught.value.hint
    server.close()
