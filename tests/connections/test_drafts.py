"""What people type becomes a provider, or one sentence about what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.settings import ProviderSettings
from app.connections.drafts import Draft, DraftRefused, Typed, drafted
from providers.catalogue.loader import Catalogue

CATALOGUE = Catalogue()


def draft(others: Mapping[str, ProviderSettings] | None = None, **typed: Any) -> Draft:
    return drafted(Typed(**typed), CATALOGUE, others or {})


def test_a_preset_alone_is_enough_and_names_the_provider() -> None:
    settings = draft(type="groq").settings
    assert (settings.name, settings.type, settings.base_url) == ("groq", "groq", "")


def test_a_second_provider_of_a_preset_gets_a_name_of_its_own() -> None:
    assert draft({"groq": ProviderSettings("groq", "groq")}, type="groq").settings.name == "groq-2"


@pytest.mark.parametrize(("typed", "preset"), [("google", "gemini"), ("xAI", "grok"), ("Claude", "anthropic")])
def test_a_preset_is_known_by_its_other_names(typed: str, preset: str) -> None:
    assert draft(type=typed).settings.type == preset


def test_an_unknown_preset_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DraftRefused, match="anthropic") as caught:
        draft(type="antropic")
    assert caught.value.field == "type"


@pytest.mark.parametrize(
    ("typed", "base_url"),
    [
        ("llm.example.com/v1", "https://llm.example.com/v1"),
        ("localhost:8000", "http://localhost:8000"),
        ("192.168.1.100:11434", "http://192.168.1.100:11434"),
        ("  'https://llm.example.com/v1/' ", "https://llm.example.com/v1/"),
        ("http:/localhost:1234/v1", "http://localhost:1234/v1"),
    ],
)
def test_an_address_is_understood_in_any_spelling(typed: str, base_url: str) -> None:
    assert draft(base_url=typed, type="openai-compat").settings.base_url == base_url


@pytest.mark.parametrize(
    ("parts", "base_url"),
    [
        ({"host": "llm.example.com", "base_path": "/v1"}, "https://llm.example.com/v1"),
        ({"host": "localhost", "protocol": "HTTP", "port": "1337", "base_path": "v1"}, "http://localhost:1337/v1"),
        ({"host": "api.venice.ai", "protocol": "https", "base_path": "/api/v1"}, ""),
        ({"host": "::1", "protocol": "http", "port": "11434"}, "http://[::1]:11434"),
    ],
)
def test_host_protocol_port_and_path_may_be_given_apart(parts: dict[str, Any], base_url: str) -> None:
    kind = "venice" if "venice" in parts["host"] else "openai-compat"
    assert draft(None, type=kind, **parts).settings.base_url == base_url


def test_the_host_of_a_preset_makes_it_that_preset() -> None:
    settings = draft(base_url="https://api.groq.com/openai/v1").settings
    assert (settings.type, settings.name, settings.base_url) == ("groq", "groq", "")


def test_an_address_nobody_knows_has_no_type_yet() -> None:
    settings = draft(base_url="https://llm.example.com/v1").settings
    assert (settings.type, settings.name) == ("", "example")


def test_user_and_password_leave_the_address_and_become_a_secret_header() -> None:
    made = draft(base_url="https://ada:pa%20ss@llm.example.com/v1", type="openai-compat")
    assert made.settings.base_url == "https://llm.example.com/v1"
    assert made.settings.secret_headers == ("Authorization",)
    assert made.secret_headers["Authorization"].reveal() == "Basic YWRhOnBhIHNz"
    assert "pa ss" not in repr(made)
    assert "ada" not in repr(made)


def test_a_bare_kind_without_an_address_is_refused() -> None:
    with pytest.raises(DraftRefused, match="base URL") as caught:
        draft(type="openai-compat")
    assert caught.value.field == "base_url"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ftp://llm.example.com/v1", "The address must start with http:// or https://."),
        ("https://", "The address is not a URL."),
        ("https://llm example.com/v1", "The address is not a URL."),
        ("https://llm.example.com:99999", "The address is not a URL."),
        ("", "needs a"),
        ("   ", "needs a"),
    ],
)
def test_what_is_no_http_address_is_refused_with_what_to_write(typed: str, words: str) -> None:
    with pytest.raises(DraftRefused) as caught:
        draft(type="openai-compat", base_url=typed)
    assert caught.value.field == "base_url"
    assert words in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("typed", [" sk-1 \n", '"sk-1"', "Bearer sk-1", "\ufeffsk-1"])
def test_a_pasted_key_is_trimmed(typed: str) -> None:
    made = draft(type="groq", key=typed)
    assert made.key is not None
    assert made.key.reveal() == "sk-1"
    assert made.settings.api_key == ""


@pytest.mark.parametrize("typed", ["$MY_KEY", "${MY_KEY}", "${MY_KEY:-none}"])
def test_a_variable_stays_a_reference(typed: str) -> None:
    made = draft(type="groq", key=typed)
    assert made.key is None
    assert made.settings.api_key == typed


def test_a_key_with_a_blank_in_it_is_refused() -> None:
    with pytest.raises(DraftRefused) as caught:
        draft(type="groq", key="sk-1 and more")
    assert caught.value.field == "key"
    assert "sk-1" not in str(caught.value)


def test_what_was_typed_shows_no_secret() -> None:
    address = "https://me:planted@llm.example.com"
    for typed in (
        Typed(base_url=address, key="planted", proxy=address),
        Typed(host="me:planted@llm.example.com", headers=["X-A: planted"], secret_headers=["X-B: planted"]),
    ):
        assert "planted" not in repr(typed)
        assert "planted" not in repr(drafted(typed, CATALOGUE, {}))


def test_a_password_beside_a_variable_is_not_written_down() -> None:
    with pytest.raises(DraftRefused) as caught:
        draft(type="openai-compat", base_url="https://me:planted@$HOST/v1")
    assert caught.value.field == "base_url"
    assert "planted" not in f"{caught.value} {caught.value.hint}"
    assert draft(type="openai-compat", base_url="https://$HOST/v1").settings.base_url == "https://$HOST/v1"


def test_a_header_that_looks_like_a_secret_is_kept_where_keys_are() -> None:
    made = draft(type="groq", headers=["X-Team: blue", "X-Api-Token: planted"])
    assert made.settings.extra_headers == {"X-Team": "blue"}
    assert made.settings.secret_headers == ("X-Api-Token",)
    assert made.secret_headers["X-Api-Token"].reveal() == "planted"
    assert "planted" not in repr(made)
    by_value = draft(type="groq", headers=["X-Upstream: sk-ant-planted", "Cookie: session=planted"])
    assert by_value.settings.secret_headers == ("X-Upstream", "Cookie")
    assert "planted" not in repr(by_value)


def test_a_header_that_names_a_variable_stays_where_it_is() -> None:
    assert draft(type="groq", headers=["X-Api-Token: $T"]).settings.extra_headers == {"X-Api-Token": "$T"}


@pytest.mark.parametrize("name", ["a/b", "Work", " ", "work"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    others = {"work": ProviderSettings("work", "groq")}
    if name.strip():
        with pytest.raises(DraftRefused) as caught:
            draft(others, type="groq", name=name)
        assert caught.value.field == "name"
    else:
        assert draft(others, type="groq", name=name).settings.name == "groq"


def test_editing_changes_only_what_was_typed() -> None:
    before = ProviderSettings("work", "openai-compat", base_url="https://llm.example.com/v1", api_key="$W", retries=5)
    made = drafted(Typed(model="m", label="Work"), CATALOGUE, {"work": before}, before)
    assert made.replaces == "work"
    assert made.settings == ProviderSettings(
        "work", "openai-compat", "", "Work", "https://llm.example.com/v1", "$W", model="m", retries=5
    )


@given(st.builds(Typed, type=st.sampled_from(["", "groq", "openai-compat"]), base_url=st.text(max_size=40)))
def test_no_address_raises_anything_but_a_refusal(typed: Typed) -> None:
    with suppress(DraftRefused):
        assert drafted(typed, CATALOGUE, {}).settings.name


def test_a_wrong_address_is_refused_in_the_words_of_whoever_typed_it() -> None:
    with pytest.raises(DraftRefused) as caught:
        draft(base_url="http://[/b]:1")
    assert caught.value.field == "base_url"
    assert str(caught.value) == "The address is not a URL."
    assert caught.value.hint == "Write it as https://HOST/v1."
