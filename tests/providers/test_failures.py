"""From what servers answer when they fail to an error that says what to do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import Quirks
from providers.errors import (
    BadCredential,
    OutOfCredit,
    Overloaded,
    ProviderError,
    RateLimited,
    Rejected,
    ServerTrouble,
    TooLong,
)
from providers.failures import from_payload, redact, redacted
from providers.request import WireFormat
from tests.providers.failure_support import HTML, NOW, anthropic, endpoint, failure, google, openai, openrouter


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (openai("Bad thing"), "Bad thing"),
        ({"error": "Bad\nthing\x1b[31m"}, "Bad thing [31m"),
        ({"detail": "Bad thing"}, "Bad thing"),
        ({"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "bad"}]}, "messages.0.role: bad"),
        ({"message": "Bad thing"}, "Bad thing"),
        ({"id": "1", "message": "Bad thing"}, "Bad thing"),
        ({"success": False, "errors": [{"code": 7003, "message": "Bad thing"}]}, "Bad thing"),
        ({"base_resp": {"status_code": 2013, "status_msg": "Bad thing"}}, "Bad thing"),
        (google(400, "Bad thing", "INVALID_ARGUMENT"), "Bad thing"),
        (openrouter(400, "Provider returned error", provider_name="Groq", raw="Bad thing"), "Groq: Bad thing"),
        (openrouter(400, "Provider returned error", raw={"error": {"message": "Bad thing"}}), "Bad thing"),
        (HTML, "502 Bad Gateway"),
        (b"<p>Bad <b>thing</b></p>", "Bad thing"),
        (b"Bad thing", "Bad thing"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"x" * 10_000, "x" * 399 + "…"),
    ],
)
def test_the_servers_own_words_are_kept_on_one_line(body: object, detail: str) -> None:
    assert failure(400, body).detail == detail


def test_the_rejected_field_is_named() -> None:
    assert failure(400, openai("No.", param="max_tokens")).parameter == "max_tokens"
    assert failure(422, {"detail": [{"loc": ["body", "top_k"], "msg": "no"}]}).parameter == "top_k"
    assert "max_tokens" in failure(400, openai("No.", param="max_tokens")).hint


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, b"", 1.5),
        ({"Retry-After": "2.5"}, b"", 2.5),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, b"", 30.0),
        ({"Retry-After": "Sat, 21 Nov 2026 11:00:00 GMT"}, b"", 0.0),
        ({"Retry-After": "soon"}, b"", None),
        ({"Retry-After": "-5"}, b"", None),
        ({"Retry-After": "7"}, openai("Please try again in 6m0.5s."), 7.0),
        ({}, openai("Please try again in 6m0.5s. Visit"), 360.5),
        ({}, openai("Please try again in 20ms."), 0.02),
        ({}, openai("Please retry after 26 seconds."), 26.0),
        ({}, openai("Please retry in 27.3s."), 27.3),
        ({}, openai("Try again later, in 5 messages"), None),
        ({}, google(429, "x", "RESOURCE_EXHAUSTED", {"retryDelay": "27s"}), 27.0),
        ({}, {"error": {"type": "usage_limit_reached", "resets_in_seconds": 900}}, 900.0),
        ({}, {"error": {"type": "usage_limit_reached", "resets_at": NOW.timestamp() + 60}}, 60.0),
        ({}, openrouter(429, "x", headers={"X-RateLimit-Reset": str(int(NOW.timestamp() * 1000) + 5000)}), 5.0),
        ({}, b"", None),
    ],
)
def test_the_wait_is_read_in_the_order_of_trust(headers: dict[str, str], body: object, wait: float | None) -> None:
    assert failure(429, body, headers).retry_after_s == pytest.approx(wait)


def test_credit_that_is_on_its_way_may_be_waited_for() -> None:
    assert failure(402, b"", {"Retry-After": "5"}).is_retryable


@pytest.mark.parametrize(("value", "retryable"), [("true", True), ("false", False)])
def test_the_server_may_say_whether_to_try_again(value: str, retryable: bool) -> None:
    assert failure(500, b"", {"X-Should-Retry": value}).is_retryable is retryable
    assert failure(400, b"", {"X-Should-Retry": value}).is_retryable is retryable


def test_the_request_id_comes_from_headers_or_body() -> None:
    body = anthropic("api_error", "x")
    assert failure(500, body).request_id == "req_body"
    assert failure(500, body, {"Request-Id": "req_header"}).request_id == "req_header"
    assert failure(500).request_id == ""


def test_the_url_tried_is_shown_without_its_secrets() -> None:
    error = failure(404)
    assert "https://api.example.com/v1/chat/completions" in error.summary
    assert "https://api.example.com/v1" in error.hint
    assert "hunter2" not in f"{error.summary}{error.hint}{error.url}"


def test_a_redirection_says_where_to_and_asks_for_the_base_url() -> None:
    error = failure(308, b"", {"Location": "https://www.example.com/v1?token=hunter2"})
    assert error.summary.endswith("it redirects to https://www.example.com/v1.")
    assert "base URL" in error.hint
    assert "it redirects to another place" in failure(307, b"", {"Location": "/login?token=hunter2"}).summary


def test_hints_name_the_places_of_the_key() -> None:
    places = ("$WORK_API_KEY", "the key store")
    assert "$WORK_API_KEY or the key store" in failure(401, at=endpoint(key_places=places)).hint
    azure = endpoint(quirks=Quirks(azure=True), key_places=places)
    assert "resource" in failure(401, at=azure).hint


def test_a_server_that_wants_a_key_where_there_is_none_is_not_said_to_refuse_it() -> None:
    error = failure(401)
    assert error.summary == "work wants a key."
    assert "parley keys set work" in error.hint
    assert "[providers.work]" in error.hint


def test_a_path_that_is_not_there_may_be_a_matter_of_the_format() -> None:
    error = failure(404, {"detail": "Not Found"}, at=endpoint(WireFormat.ANTHROPIC_MESSAGES))
    assert "anthropic-messages" in error.hint


def test_hints_for_a_missing_model_depend_on_who_runs_the_server() -> None:
    missing = {"error": "model 'gpt-x' not found"}
    at = endpoint(model_hint="Get it with `ollama pull {model}`.")
    assert failure(404, missing, at=at).hint == "Get it with `ollama pull gpt-x`."
    assert "deployment" in failure(404, missing, at=endpoint(quirks=Quirks(azure=True))).hint
    assert "parley models --provider work" in failure(404, missing).hint


def test_what_a_filter_found_is_named() -> None:
    assert "violence" in failure(403, openrouter(403, "Flagged", reasons=["violence"])).summary


@pytest.mark.parametrize(
    ("payload", "kind", "retryable"),
    [
        (anthropic("overloaded_error", "Overloaded"), Overloaded, True),
        (anthropic("rate_limit_error", "Slow"), RateLimited, True),
        (anthropic("api_error", "Oops"), ServerTrouble, True),
        (anthropic("invalid_request_error", "prompt is too long: 2 > 1"), TooLong, False),
        (anthropic("authentication_error", "no"), BadCredential, False),
        (openai("x", "insufficient_quota"), OutOfCredit, False),
        (openai("x", "invalid_request_error", "rate_limit_exceeded"), RateLimited, True),
        ({"error": {"message": "x", "status_code": 400}}, Rejected, False),
        ({"error": {"code": 502, "message": "x"}}, ServerTrouble, True),
        ({"error": "model runner has unexpectedly stopped"}, ServerTrouble, False),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, OutOfCredit, False),
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, RateLimited, True),
        ({"base_resp": {"status_code": 1004, "status_msg": "auth"}}, BadCredential, False),
        ("plain words", ServerTrouble, False),
        (None, ServerTrouble, False),
    ],
)
def test_an_error_inside_a_stream_becomes_the_same_class(
    payload: object, kind: type[ProviderError], retryable: bool
) -> None:
    error = from_payload(payload, endpoint=endpoint(), model="gpt-x", clock=lambda: NOW)
    assert type(error) is kind
    assert error.is_retryable is retryable
    assert error.status is None


KEY = "sk-proj-abcdefghijklmnop"


@pytest.mark.parametrize(
    "text",
    [KEY, f"key {KEY}!", "sk-proj-********mnop", "sk-p...mnop", "sk-proj…", f"{KEY}{KEY}"],
)
def test_a_key_is_redacted_whole_and_as_servers_echo_it(text: str) -> None:
    assert "sk-p" not in redact(f"Incorrect API key provided: {text}", KEY)


def test_redaction_touches_every_field_and_names_the_provider() -> None:
    error = Rejected(KEY, hint=KEY, detail=KEY, url=KEY, parameter=KEY, status=400, retry_after_s=3.0)
    clean = redacted(error, KEY, endpoint())
    assert KEY not in f"{clean!r}{clean}"
    assert type(clean) is Rejected
    assert (clean.status, clean.retry_after_s, clean.provider) == (400, 3.0, "work")


@pytest.mark.parametrize("pasted", [f"Bearer {KEY}", f"'{KEY}'", f"\u200b{KEY}\n", KEY])
def test_what_was_sent_of_a_pasted_key_is_redacted(pasted: str) -> None:
    assert KEY not in repr(redacted(Rejected(f"Token {KEY} is malformed."), pasted, endpoint()))


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"Basic {KEY}"},
        {"X-API-Key": KEY},
        {"api-key": f" {KEY} "},
        {"X-Gateway-Token": KEY},
        {"client_secret": KEY},
        {"X-Forwarded": f"Bearer {KEY}"},
        {"Cookie": f"session={KEY}; theme=dark"},
    ],
)
def test_secrets_in_extra_headers_are_redacted_too(headers: dict[str, str]) -> None:
    asked = replace(endpoint(), headers={"accept-language": "en", **headers})
    sent = headers.get("Cookie", KEY)
    error = redacted(Rejected(f"Token {sent} is malformed.", detail=f"{sent} en"), "", asked)
    assert KEY not in repr(error)
    assert error.detail.endswith(" en")


@pytest.mark.parametrize("secret", ["", "x", "work"])
def test_placeholders_for_a_key_are_no_secrets(secret: str) -> None:
    assert redacted(Rejected("work refused it"), secret, endpoint()).summary == "work refused it"


FIELDS = [
    *("error", "message", "type", "code", "param", "detail", "loc", "msg", "metadata", "raw", "reasons"),
    *("headers", "X-RateLimit-Reset", "details", "retryDelay", "violations", "quotaId", "errors", "resets_at"),
    *("base_resp", "status_code", "innererror", "content_filter_result"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "type", "code", "param", "detail", "loc", "msg", "metadata", "raw", "reasons"]
            )
            | st.sampled_from(["headers", "X-RateLimit-Reset", "details", "retryDelay", "violations", "quotaId"])
            | st.sampled_from(
                ["base_resp", "status_code", "innererror", "content_filter_result", "resets_at", "errors"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.integers(300, 599), JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
def test_any_answer_gives_one_sentence(status: int, body: bytes) -> None:
    error = failure(status, body)
    assert error.summary
    assert error.summary.isprintable()
    assert error.detail.isprintable()
    assert error.retry_after_s is None or error.retry_after_s >= 0


@given(JSON)
def test_any_error_in_a_stream_gives_one_sentence(payload: object) -> None:
    assert from_payload(payload, endpoint=endpoint()).summary.isprintable()


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry", "location"]), st.text()))
def test_any_header_is_survived(headers: dict[str, str]) -> None:
    wait = failure(429, b"", headers).retry_after_s
    assert wait is None or 0 <= wait < float("inf")
