"""The recording server itself: what tests of the wire rely on."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.providers.recording import LOOPBACK_V4, LOOPBACK_V6, Answer, Recorded, RecordingServer, models


def ask(server: RecordingServer, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, target, body, {"X-Team": "blue"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("host", [LOOPBACK_V4, LOOPBACK_V6])
def test_a_request_is_answered_by_the_script_and_remembered(host: str) -> None:
    with RecordingServer({"/v1/models": models("a", owned_by="me"), "POST /x": Answer("no", 400)}, host=host) as server:
        status, body = ask(server, "GET", "/v1/models?limit=1")
        assert (status, json.loads(body)["data"][0]["owned_by"]) == (200, "me")
        assert ask(server, "POST", "/x", b"{}")[0] == 400
        assert ask(server, "GET", "/x")[0] == 404
    assert server.lines == ["GET /v1/models", "POST /x", "GET /x"]
    first, second, _ = server.requests
    assert (first.target, first.headers["x-team"]) == ("/v1/models?limit=1", "blue")
    assert second.json == {}
    assert "x-team: blue" in server.text


def test_a_script_may_be_a_function_of_the_request() -> None:
    def echo(request: Recorded) -> Answer:
        return Answer(request.body, headers={"x-seen": "yes"})

    with RecordingServer(echo) as server:
        assert ask(server, "POST", "/", b"ping") == (200, b"ping")


def test_a_server_may_hang_up() -> None:
    with RecordingServer({"/": Answer(is_cut=True)}) as server, pytest.raises(http.client.RemoteDisconnected):
        ask(server, "GET", "/")
