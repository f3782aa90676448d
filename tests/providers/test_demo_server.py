"""The demo server as a whole: start, stop, keys, lists, many clients at once."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from providers.demo import DemoServer, demo_models
from providers.demo.counting import count

ROOT = Path(__file__).parents[2]
KEY = {"authorization": "Bearer demo-key"}
ANTHROPIC = {"x-api-key": "demo-key", "anthropic-version": "2023-06-01"}
PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")


@pytest.fixture
async def client(demo: DemoServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, verify=False) as client:
        yield client


def chat(model: str, prompt: str, *, stream: bool = True) -> dict[str, object]:
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": prompt}]}


# --- start and stop


def test_it_imports_nothing_heavy() -> None:
    program = (
        "import sys, providers.demo\n"
        "heavy = {'httpx', 'pydantic', 'textual', 'rich', 'app'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_it_starts_in_no_time_on_a_port_of_its_own() -> None:
    began = time.perf_counter()
    with DemoServer() as one, DemoServer() as two:
        assert time.perf_counter() - began < 1
        assert one.url != two.url
        assert one.url.startswith("http://127.0.0.1:")


def test_it_starts_again_after_a_stop_and_stops_twice_without_harm() -> None:
    server = DemoServer(pace=0)
    server.stop()
    for _ in range(2):
        server.start()
        assert httpx.get(f"{server.url}/api/version", trust_env=False, verify=False).status_code == 200
        with pytest.raises(RuntimeError):
            server.start()
        server.stop()
        server.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/api/version", trust_env=False, verify=False)


def test_a_port_that_is_taken_is_an_error_of_the_caller() -> None:
    with DemoServer() as server, pytest.raises(OSError, match="in use"):
        DemoServer(port=int(server.url.rpartition(":")[2])).start()


@pytest.mark.parametrize(("model", "pace"), [("chaos", 0), ("snail", 1)])
def test_stop_is_fast_while_a_stream_is_open(model: str, pace: float) -> None:
    threads = set(threading.enumerate())
    server = DemoServer(pace=pace).start()
    with (
        httpx.Client(base_url=server.url, trust_env=False, verify=False) as client,
        client.stream("POST", "/v1/chat/completions", json=chat(model, "stall"), headers=KEY) as answer,
    ):
        received = answer.iter_bytes()
        next(received)
        began = time.perf_counter()
        server.stop()
        assert time.perf_counter() - began < 1
        with pytest.raises(httpx.TransportError):
            list(received)
    assert set(threading.enumerate()) == threads


def test_stop_is_fast_while_a_reply_is_awaited() -> None:
    server = DemoServer(pace=0).start()
    outcome: list[Exception] = []

    def wait_for_ever() -> None:
        with httpx.Client(base_url=server.url, trust_env=False, verify=False) as client:
            try:
                client.post("/api/chat", json=chat("chaos", "stall", stream=False))
            except httpx.TransportError as error:
                outcome.append(error)

    waiting = threading.Thread(target=wait_for_ever)
    waiting.start()
    wait_until(lambda: server.connections == 1)
    server.stop()
    waiting.join(5)
    assert len(outcome) == 1


def test_a_client_that_leaves_ends_its_reply() -> None:
    with DemoServer(pace=0) as server:
        with (
            httpx.Client(base_url=server.url, trust_env=False, verify=False) as client,
            client.stream("POST", "/api/chat", json=chat("chaos", "stall")) as answer,
        ):
            received = answer.iter_bytes()
            next(received)
            assert server.connections == 1
        wait_until(lambda: server.connections == 0)


def wait_until(is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_reached():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.001)


# --- keys


@pytest.mark.parametrize("key", ["", "wrong-key", "bad-", "bad-but-long"])
@pytest.mark.parametrize("path", PATHS)
async def test_a_wrong_key_is_a_401_in_the_right_shape(client: httpx.AsyncClient, path: str, key: str) -> None:
    header = {"x-api-key": key} if path == "/v1/messages" else {"authorization": f"Bearer {key}".strip()}
    answer = await client.post(path, json={}, headers=header)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error.get("code") == "invalid_api_key" or error["type"] == "authentication_error"
    assert not key or key not in answer.text


@pytest.mark.parametrize(
    "header",
    [{"authorization": "Bearer anything"}, {"x-api-key": "anything"}, {"api-key": "anything"}],
)
async def test_any_other_key_opens_in_any_header(client: httpx.AsyncClient, header: dict[str, str]) -> None:
    assert (await client.get("/v1/models", headers=header)).status_code == 200


async def test_what_is_locked_stays_locked(client: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/locked/v1/models"), ("POST", "/locked/v1/chat/completions")):
        answer = await client.request(method, path, headers=KEY)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"
    answer = await client.post("/locked/v1/messages", headers=ANTHROPIC)
    assert (answer.status_code, answer.json()["type"]) == (401, "error")


# --- paths


async def test_unknown_paths_and_wrong_methods_are_told(client: httpx.AsyncClient) -> None:
    missing = await client.post("/v1/completions", headers=KEY)
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "Unknown request URL: POST /v1/completions."
    wrong = await client.get("/v1/chat/completions", headers=KEY)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert (await client.delete("/api/tags")).json() == {"error": "DELETE is not allowed on /api/tags; use GET."}
    assert (await client.get("/")).text == "The Parley demo server is running.\n"


# --- lists


async def test_models_are_listed_in_the_shape_of_the_asker(client: httpx.AsyncClient) -> None:
    ids = [model.id for model in demo_models()]
    openai = (await client.get("/v1/models", headers=KEY)).json()
    assert [model["id"] for model in openai["data"]] == ids
    assert openai["object"] == "list"
    anthropic = (await client.get("/v1/models", headers=ANTHROPIC)).json()
    assert [model["id"] for model in anthropic["data"]] == ids
    assert anthropic["has_more"] is False
    ollama = (await client.get("/api/tags")).json()
    assert [model["name"] for model in ollama["models"]] == ids
    sizes = {model["details"][name] for model in ollama["models"] for name in ("parameter_size", "quantization_level")}
    assert sizes == {""}


async def test_anthropic_lists_come_in_pages(client: httpx.AsyncClient) -> None:
    ids: list[str] = []
    query: dict[str, str] = {"limit": "3"}
    while True:
        page = (await client.get("/v1/models", headers=ANTHROPIC, params=query)).json()
        ids += [model["id"] for model in page["data"]]
        assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], ids[-1])
        if not page["has_more"]:
            break
        query["after_id"] = page["last_id"]
    assert ids == [model.id for model in demo_models()]
    back = await client.get("/v1/models", headers=ANTHROPIC, params={"limit": "2", "before_id": ids[-1]})
    assert [model["id"] for model in back.json()["data"]] == ids[-3:-1]
    assert (await client.get("/v1/models?limit=0", headers=ANTHROPIC)).status_code == 400
    assert (await client.get("/v1/models?after_id=nobody", headers=ANTHROPIC)).status_code == 400


async def test_one_model_can_be_looked_up(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/models/tour", headers=KEY)).json()["id"] == "tour"
    assert (await client.get("/v1/models/tour", headers=ANTHROPIC)).json()["display_name"] == "Tour"
    assert (await client.get("/v1/models/nobody", headers=KEY)).status_code == 404


async def test_ollama_shows_what_a_model_can_do(client: httpx.AsyncClient) -> None:
    shown = (await client.post("/api/show", json={"model": "thinker:latest"})).json()
    assert shown["capabilities"] == ["completion", "thinking"]
    architecture = shown["model_info"]["general.architecture"]
    assert shown["model_info"][f"{architecture}.context_length"] == 200_000
    assert (await client.post("/api/show", json={"model": "nobody"})).status_code == 404


async def test_tokens_are_counted_without_a_reply(client: httpx.AsyncClient) -> None:
    request = {"model": "tour", "system": "Be kind.", "messages": [{"role": "user", "content": "Count me, please."}]}
    answer = await client.post("/v1/messages/count_tokens", json=request, headers=ANTHROPIC)
    assert answer.json() == {"input_tokens": count("Be kind.") + count("Count me, please.")}
    request = {"model": "tour", "input": "Count me, please."}
    answer = await client.post("/v1/responses/input_tokens", json=request, headers=KEY)
    assert answer.json() == {"object": "response.input_tokens", "input_tokens": count("Count me, please.")}


# --- many at once, and time


async def test_streams_run_side_by_side_and_do_not_mix(client: httpx.AsyncClient) -> None:
    async def one(number: int) -> str:
        request = chat("thinker", f"{number} * {number}", stream=number % 2 == 0)
        return (await client.post("/api/chat", json=request)).text

    replies = await asyncio.gather(*(one(number) for number in range(1000, 1020)))
    for number, reply in enumerate(replies, start=1000):
        lines = [json.loads(line) for line in reply.splitlines()]
        said = "".join(line["message"]["content"] for line in lines)
        assert f"{number} * {number} = {number * number}" in said
        assert lines[-1]["done"] is True


async def test_the_clock_dates_replies_and_ages_the_cache() -> None:
    now = 1_800_000_000.0
    prompt = "A prompt that is long enough to be kept for a while. " * 10
    with DemoServer(clock=lambda: now, rng=random.Random(1), pace=0) as server:
        async with httpx.AsyncClient(base_url=server.url, headers=KEY, trust_env=False, verify=False) as client:

            async def cached_tokens() -> int:
                turns = [{"role": "user", "content": prompt}, {"role": "user", "content": "Well?"}]
                request = {"model": "eliza", "messages": turns}
                answer = (await client.post("/v1/chat/completions", json=request)).json()
                assert answer["created"] == int(now)
                return int(answer["usage"]["prompt_tokens_details"]["cached_tokens"])

            assert await cached_tokens() == 0
            now += 299
            assert await cached_tokens() == count(prompt)
            now += 301
            assert await cached_tokens() == 0


async def test_the_same_seed_gives_the_same_bytes() -> None:
    async def reply() -> bytes:
        with DemoServer(clock=lambda: 0.0, rng=random.Random(7), pace=0) as server:
            async with httpx.AsyncClient(base_url=server.url, headers=KEY, trust_env=False, verify=False) as client:
                return (
                    await client.post("/v1/responses", json={"model": "tour", "input": "Hi", "stream": True})
                ).content

    assert await reply() == await reply()


async def test_pace_holds_a_reply_back() -> None:
    with DemoServer(pace=0.2) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False) as client:
            began = time.perf_counter()
            await client.post("/api/chat", json=chat("eliza", "Hello", stream=False))
            assert time.perf_counter() - began > 0.1
