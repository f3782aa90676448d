"""Only a base URL, and Parley finds out what is there, for free."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import Any

import pytest

from providers.catalogue.loader import Catalogue
from providers.client import Client
from providers.credentials import Secret
from providers.demo import DemoServer
from providers.errors import BadConfig, BadCredential, CannotConnect, PathNotFound, ProviderError
from providers.formats.urls import chat_url
from providers.http import Http
from providers.probe import Identified
from providers.request import WireFormat
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, Script, models
from tests.providers.test_discovery import LISTS

CATALOGUE = Catalogue()
CHAT, RESPONSES = WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES
MESSAGES, OLLAMA = WireFormat.ANTHROPIC_MESSAGES, WireFormat.OLLAMA_CHAT
GOOD = "sk-good-0123456789"
INVALID = Answer({"error": {"message": "messages: field required", "type": "invalid_request_error"}}, 400)
INVALID_MESSAGES = Answer({"type": "error", "error": {"type": "invalid_request_error", "message": "model"}}, 400)
REFUSED = Answer({"error": {"message": "Invalid API key", "type": "authentication_error"}}, 401)
REFUSED_MESSAGES = Answer({"type": "error", "error": {"type": "authentication_error", "message": "x-api-key"}}, 401)
CLAUDES = Answer(
    {
        "data": [{"type": "model", "id": "claude-x", "display_name": "Claude X"}],
        "has_more": False,
        "last_id": "claude-x",
    }
)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    http = Http(environ={})
    ticks = itertools.count()
    yield Client(http, monotonic=lambda: next(ticks) * 0.05, today=lambda: date(2026, 11, 25))
    await http.close()


async def at(
    client: Client, script: Script, path: str = "", key: str = "", **more: Any
) -> tuple[Identified, RecordingServer]:
    """What is found at a server that nobody knows, and what it was asked."""
    with RecordingServer(script) as server:
        return await client.identify(CATALOGUE, server.url + path, Secret(key), **more), server


async def failure(client: Client, script: Script, path: str = "", key: str = "") -> tuple[ProviderError, str]:
    """Why nothing was found, and the address."""
    with RecordingServer(script) as server:
        with pytest.raises(ProviderError) as caught:
            await client.identify(CATALOGUE, server.url + path, Secret(key))
        return caught.value, server.url


def guarded(answers: Mapping[str, Answer], header: str, value: str, refusal: Answer = REFUSED) -> Script:
    """Refuses all who do not bring the header, whatever they ask."""

    def script(request: Recorded) -> Answer:
        return answers.get(request.line, NOT_THERE) if request.headers.get(header) == value else refusal

    return script


def costs_nothing(server: RecordingServer) -> bool:
    """Whether nothing was asked that a model could answer."""
    return all(
        request.method == "GET" or request.path == "/api/show" or request.json == {} for request in server.requests
    )


# ── servers of one's own ──────────────────────────────────────────────────────


@pytest.mark.parametrize("preset_id", LISTS)
@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
async def test_a_known_server_is_recognised_on_any_port(client: Client, preset_id: str, path: str) -> None:
    list_path = "/api/tags" if preset_id == "ollama" else "/v1/models"
    found, server = await at(client, {list_path: LISTS[preset_id]}, path)
    preset = CATALOGUE.preset(preset_id)
    assert preset is not None
    assert (found.type, found.format.value) == (preset_id, preset.format)
    assert {each.value for each in found.other_formats} == set(preset.formats) - {preset.format}
    assert found.base_url == server.url + path.rstrip("/")
    assert len(found.models) == 1
    assert (found.is_listed, found.is_proved, found.auth) == (True, True, "")
    assert found.url.startswith(server.url)
    assert costs_nothing(server)


@pytest.mark.parametrize(
    ("pasted", "wire_format"),
    [("/v1/messages", MESSAGES), ("/v1/chat/completions", CHAT), ("/api/chat", OLLAMA), ("/v1/responses", RESPONSES)],
)
async def test_a_pasted_endpoint_says_which_format_is_wanted(
    client: Client, pasted: str, wire_format: WireFormat
) -> None:
    found, server = await at(client, {"/api/tags": LISTS["ollama"]}, pasted)
    assert (found.type, found.format) == ("ollama", wire_format)
    assert chat_url(found.base_url, wire_format) == server.url + pasted
    assert not found.base_url.endswith(pasted)


async def test_an_address_may_be_typed_without_its_scheme(client: Client) -> None:
    with RecordingServer({"/v1/models": LISTS["vllm"]}) as server:
        for typed in (f"localhost:{server.port}", f" 127.0.0.1:{server.port}/v1 ", f'"http://[::1]:{server.port}"'):
            found = await client.identify(CATALOGUE, typed)
            assert found.type == "vllm"


# ── strangers ─────────────────────────────────────────────────────────────────


async def test_an_unknown_list_like_openais_is_openai_compatible(client: Client) -> None:
    script = {"/v1/models": models("house-model"), "/v1/chat/completions": INVALID}
    found, server = await at(client, script)
    assert (found.type, found.format, found.other_formats) == ("openai-compat", CHAT, ())
    assert [model.id for model in found.models] == ["house-model"]
    assert found.is_proved
    assert found.base_url == server.url
    assert costs_nothing(server)


async def test_everything_that_is_spoken_is_told(client: Client) -> None:
    script = {
        "/v1/models": models("a"),
        "/v1/chat/completions": INVALID,
        "/v1/messages": INVALID_MESSAGES,
        "/v1/responses": INVALID,
    }
    found, _ = await at(client, script)
    assert (found.format, found.other_formats) == (CHAT, (MESSAGES, RESPONSES))


async def test_a_list_like_anthropics_is_anthropic(client: Client) -> None:
    answers = {"GET /v1/models": CLAUDES, "POST /v1/messages": INVALID_MESSAGES}
    found, server = await at(client, guarded(answers, "x-api-key", GOOD, REFUSED_MESSAGES), key=GOOD)
    assert (found.type, found.format, found.auth) == ("anthropic", MESSAGES, "")
    assert [model.id for model in found.models] == ["claude-x"]
    assert found.is_proved
    assert costs_nothing(server)


async def test_a_gateway_of_anthropics_format_may_have_no_list(client: Client) -> None:
    answers = {"POST /v1/messages": INVALID_MESSAGES}
    found, _ = await at(client, guarded(answers, "x-api-key", GOOD, REFUSED_MESSAGES), key=GOOD)
    assert (found.type, found.format, found.is_listed, found.is_proved) == ("anthropic", MESSAGES, False, True)


async def test_a_gateway_may_want_the_key_as_bearer(client: Client) -> None:
    answers = {"POST /v1/messages": INVALID_MESSAGES}
    found, _ = await at(client, guarded(answers, "authorization", f"Bearer {GOOD}"), key=GOOD)
    assert (found.type, found.format, found.auth, found.is_proved) == ("anthropic", MESSAGES, "bearer", True)


async def test_an_anthropic_server_that_asks_for_no_key_is_to_be_written_so(client: Client) -> None:
    found, _ = await at(client, {"/v1/messages": INVALID_MESSAGES})
    assert (found.type, found.format, found.auth, found.is_proved) == ("anthropic", MESSAGES, "none", True)


async def test_a_server_of_responses_alone_is_found_too(client: Client) -> None:
    found, _ = await at(client, {"/v1/responses": INVALID})
    assert (found.type, found.format) == ("openai-responses", RESPONSES)


async def test_an_api_without_a_version_is_written_as_its_whole_endpoint(client: Client) -> None:
    script = {"/llm/models": models("a"), "/llm/chat/completions": INVALID}
    found, server = await at(client, script, "/llm")
    assert found.type == "openai-compat"
    assert found.base_url == f"{server.url}/llm/chat/completions"
    assert chat_url(found.base_url, CHAT) == f"{server.url}/llm/chat/completions"
    assert [model.id for model in found.models] == ["a"]


async def test_a_pasted_endpoint_without_a_version_is_taken_as_it_is(client: Client) -> None:
    found, server = await at(client, {"/llm/chat/completions": INVALID}, "/llm/chat/completions")
    assert found.base_url == f"{server.url}/llm/chat/completions"


# ── keys ──────────────────────────────────────────────────────────────────────


async def test_a_key_that_is_refused_is_an_error_and_not_a_guess(client: Client) -> None:
    answers = {"GET /v1/models": models("a"), "POST /v1/chat/completions": INVALID}
    error, url = await failure(client, guarded(answers, "authorization", f"Bearer {GOOD}"), key="sk-bad-0123456789")
    assert isinstance(error, BadCredential)
    assert url.removeprefix("http://127.0.0.1") in error.summary
    assert error.hint.startswith("Check the key:")
    assert "sk-bad" not in f"{error.summary}{error.hint}{error.detail}{error!r}"


@pytest.mark.parametrize(
    ("refusal", "type_", "wire_format"),
    [(REFUSED, "openai-compat", CHAT), (REFUSED_MESSAGES, "anthropic", MESSAGES)],
)
async def test_without_a_key_the_shape_of_the_refusal_tells_the_format(
    client: Client, refusal: Answer, type_: str, wire_format: WireFormat
) -> None:
    found, _ = await at(client, lambda request: refusal)
    assert (found.type, found.format, found.other_formats) == (type_, wire_format, ())
    assert (found.is_listed, found.is_proved) == (False, False)


async def test_extra_headers_go_along_and_are_never_shown(client: Client) -> None:
    answers = {"GET /v1/models": models("a"), "POST /v1/chat/completions": INVALID}
    script = guarded(answers, "x-team-pass", "hunter2")
    found, _ = await at(client, script, headers={"X-Team-Pass": "hunter2"})
    assert found.type == "openai-compat"

    def telling(request: Recorded) -> Answer:
        return Answer({"error": {"message": f"no {request.headers['x-team-pass']}"}}, 403)

    with RecordingServer(telling) as server, pytest.raises(ProviderError) as caught:
        await client.identify(CATALOGUE, server.url, Secret(GOOD), headers={"X-Team-Pass": "hunter2"})
    assert "hunter2" not in f"{caught.value.summary}{caught.value.hint}{caught.value.detail}{caught.value!r}"


async def test_a_password_in_the_url_goes_nowhere(client: Client) -> None:
    with RecordingServer({"/v1/models": LISTS["vllm"]}) as server:
        found = await client.identify(CATALOGUE, server.url.replace("//", "//me:hunter2@"))
    assert found.base_url == server.url
    assert "hunter2" not in f"{found!r}"
    assert not any("authorization" in request.headers for request in server.requests)


# ── vendors ───────────────────────────────────────────────────────────────────


async def through(
    client: Client, host: str, script: Script, url: str, key: str = GOOD
) -> tuple[Identified, RecordingServer]:
    """What is found at a vendor's URL, played by a server behind a proxy."""
    with RecordingServer(script) as server, ProxyServer(way_to={host: ("127.0.0.1", server.port)}) as proxy:
        return await client.identify(CATALOGUE, url, Secret(key), proxy=proxy.url), server


async def test_the_host_of_a_vendor_says_who_it_is(client: Client) -> None:
    script = guarded({"GET /openai/v1/models": models("llama-3.3-70b-versatile")}, "authorization", f"Bearer {GOOD}")
    found, server = await through(client, "api.groq.com", script, "http://api.groq.com/openai/v1")
    assert (found.type, found.format, found.is_proved) == ("groq", CHAT, True)
    assert server.lines == ["GET /openai/v1/models"]


async def test_a_base_url_that_is_known_to_be_wrong_is_corrected(client: Client) -> None:
    with ProxyServer(refuses_with=403) as proxy, pytest.raises(CannotConnect) as caught:
        await client.identify(CATALOGUE, "api.z.ai/v1", Secret(GOOD), proxy=proxy.url)
    assert "api.z.ai" in caught.value.summary
    assert caught.value.url.startswith("https://api.z.ai/api/paas/v4/")


async def test_the_path_of_a_vendor_says_which_format(client: Client) -> None:
    script = guarded({"POST /anthropic/v1/messages": INVALID_MESSAGES}, "authorization", f"Bearer {GOOD}")
    found, _ = await through(client, "api.deepseek.com", script, "http://api.deepseek.com/anthropic")
    assert (found.type, found.format) == ("deepseek", MESSAGES)


async def test_a_vendor_that_asks_for_a_key_is_known_without_one(client: Client) -> None:
    found, _ = await through(client, "api.groq.com", lambda request: REFUSED, "http://api.groq.com/openai/v1", "")
    assert (found.type, found.is_proved, found.models) == ("groq", False, ())


# ── nothing ───────────────────────────────────────────────────────────────────


async def test_where_nothing_fits_the_urls_tried_are_named(client: Client) -> None:
    error, url = await failure(client, {})
    assert isinstance(error, PathNotFound)
    for path in ("/v1/models", "/api/tags", "/v1/chat/completions", "/v1/messages", "/chat/completions"):
        assert f"{url}{path}" in error.hint


async def test_a_web_site_is_no_api(client: Client) -> None:
    page = Answer("<!doctype html><title>Welcome</title>", content_type="text/html")
    error, url = await failure(client, lambda request: page)
    assert isinstance(error, PathNotFound)
    assert url in error.hint


async def test_a_server_that_answers_everything_with_200_is_no_api(client: Client) -> None:
    error, _ = await failure(client, lambda request: Answer({"ok": True}))
    assert isinstance(error, PathNotFound)


async def test_what_a_redirect_leads_to_is_said(client: Client) -> None:
    away = Answer(b"", 301, headers={"location": "https://llm.example.com/v1/models"})
    error, _ = await failure(client, lambda request: away, key=GOOD)
    assert "https://llm.example.com" in error.summary
    assert "base URL" in error.hint


async def test_nobody_answering_is_said_at_once(client: Client) -> None:
    with pytest.raises(CannotConnect) as caught:
        await client.identify(CATALOGUE, "127.0.0.1:9", Secret(GOOD))
    assert "127.0.0.1:9" in caught.value.summary


async def test_a_local_server_that_is_not_running_says_how_to_start_it() -> None:
    http = Http(environ={})
    with pytest.raises(CannotConnect) as caught:
        await Client(http).identify(CATALOGUE, "http://localhost:1337")
    await http.close()
    assert "osaurus serve" in caught.value.hint


@pytest.mark.parametrize("typed", ["", "   ", "http://", "ht!tp://x", "http://a:99999"])
async def test_a_text_that_is_no_url_says_how_one_is_written(client: Client, typed: str) -> None:
    with pytest.raises(BadConfig) as caught:
        await client.identify(CATALOGUE, typed)
    assert "https://" in caught.value.hint


# ── the demo, which speaks everything ─────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "wire_format"), [("", OLLAMA), ("/v1/chat/completions", CHAT), ("/v1/messages", MESSAGES)]
)
async def test_a_server_that_speaks_all_formats_is_understood(
    client: Client, demo: DemoServer, path: str, wire_format: WireFormat
) -> None:
    found = await client.identify(CATALOGUE, demo.url + path, Secret("demo-key"))
    assert found.format is wire_format
    assert found.is_proved
    assert {"tour", "eliza"} <= {model.id for model in found.models}


# ── it never costs anything ───────────────────────────────────────────────────

ANSWERS: tuple[Callable[[Recorded], Answer], ...] = (
    lambda request: INVALID,
    lambda request: REFUSED,
    lambda request: models("a"),
    lambda request: CLAUDES,
    lambda request: Answer(b"", 500),
    lambda request: Answer({"error": "no"}, 422),
    lambda request: Answer({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}),
)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("key", ["", GOOD])
async def test_whatever_a_server_says_nothing_is_asked_that_costs(
    client: Client, answer: Callable[[Recorded], Answer], key: str
) -> None:
    with RecordingServer(answer) as server:
        try:
            await client.identify(CATALOGUE, server.url, Secret(key))
        except ProviderError as error:
            assert error.summary  # noqa: PT017
    assert costs_nothing(server)
    assert len(server.requests) <= 16
    assert not any(b"model" in request.body for request in server.requests)
