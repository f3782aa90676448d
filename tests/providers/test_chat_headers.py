"""Headers of requests, the key among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import BadConfig
from providers.formats.headers import auth_headers, plain_headers, request_headers, request_id
from providers.request import AuthScheme, Endpoint, WireFormat


def endpoint(wire_format: WireFormat, **headers: str) -> Endpoint:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return Endpoint("work", wire_format, "http://localhost", headers=spelled)


@pytest.mark.parametrize(
    ("wire_format", "accepted"),
    [
        (WireFormat.OPENAI_CHAT, "text/event-stream"),
        (WireFormat.OPENAI_RESPONSES, "text/event-stream"),
        (WireFormat.ANTHROPIC_MESSAGES, "text/event-stream"),
        (WireFormat.OLLAMA_CHAT, "application/x-ndjson"),
    ],
)
def test_each_format_says_what_it_accepts(wire_format: WireFormat, accepted: str) -> None:
    headers = request_headers(endpoint(wire_format))
    assert (headers["content-type"], headers["accept"]) == ("application/json", accepted)
    assert ("anthropic-version" in headers) == (wire_format is WireFormat.ANTHROPIC_MESSAGES)


def test_a_listing_accepts_json_and_sends_no_body() -> None:
    headers = plain_headers(endpoint(WireFormat.ANTHROPIC_MESSAGES))
    assert headers == {"accept": "application/json", "anthropic-version": "2023-06-01"}


def test_extra_headers_win_in_any_spelling() -> None:
    headers = request_headers(endpoint(WireFormat.ANTHROPIC_MESSAGES, Anthropic_Version="2030-01-01", X_Team="blue"))
    assert headers["Anthropic-Version"] == "2030-01-01"
    assert headers["X-Team"] == "blue"
    assert "anthropic-version" not in headers


@pytest.mark.parametrize(("name", "value"), [("X Team", "a"), ("", "a"), ("X-Team", "a\r\nEvil: b"), ("X-Team", "é")])
def test_a_header_that_cannot_be_sent_is_a_configuration_error(name: str, value: str) -> None:
    bad = Endpoint("work", WireFormat.OPENAI_CHAT, "http://localhost", headers={name: value})
    with pytest.raises(BadConfig) as caught:
        request_headers(bad)
    assert "Evil" not in caught.value.summary


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        (AuthScheme.BEARER, {"authorization": "Bearer sk-1"}),
        (AuthScheme.X_API_KEY, {"x-api-key": "sk-1"}),
        (AuthScheme.API_KEY, {"api-key": "sk-1"}),
        (AuthScheme.NONE, {}),
    ],
)
@pytest.mark.parametrize("key", ["sk-1", " sk-1\n", "\ufeffsk-1\u200b", '"sk-1"', "Bearer sk-1", "sk-1\r\n"])
def test_the_key_travels_as_the_scheme_says_however_it_was_pasted(
    scheme: AuthScheme, headers: dict[str, str], key: str
) -> None:
    assert auth_headers(scheme, key) == headers


@pytest.mark.parametrize("key", ["", " \n"])
def test_no_key_is_no_header(key: str) -> None:
    assert auth_headers(AuthScheme.BEARER, key) == {}


@given(st.text(min_size=1).map(lambda text: f"hunter{text}2"))
def test_any_key_is_sent_or_refused_without_being_shown(key: str) -> None:
    try:
        (value,) = auth_headers(AuthScheme.X_API_KEY, key).values()
    except BadConfig as error:
        assert "hunter" not in f"{error.summary}{error.hint}{error.detail}"  # noqa: PT017
    else:
        assert value.isascii()
        assert value.isprintable()


@pytest.mark.parametrize(
    "name", ["x-request-id", "Request-Id", "X-Generation-Id", "apim-request-id", "x-ms-request-id"]
)
def test_request_ids_are_found_under_every_name(name: str) -> None:
    assert request_id({"content-type": "x", name: "req_1"}) == "req_1"
    assert request_id({}) == ""
