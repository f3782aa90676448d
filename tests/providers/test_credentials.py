"""The key ladder, and what pasted keys look like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.credentials import Key, KeyKind, clean_key, clean_value, find_key, is_sendable


def climb(**more: Any) -> Key | None:
    given: dict[str, Any] = {
        "configured": None,
        "configured_place": "api_key in config.toml",
        "key_env": ("FIRST", "SECOND"),
        "environ": {"SECOND": "from the environment"},
    }
    return find_key(**{**given, **more})


def test_the_configured_key_comes_before_the_environment() -> None:
    for more, kind, place in (
        ({"configured": "mine"}, KeyKind.CONFIG, "api_key in config.toml"),
        ({}, KeyKind.ENVIRONMENT, "$SECOND"),
    ):
        key = climb(**more)
        assert key is not None
        assert (key.kind, key.place) == (kind, place)
    assert climb(environ={}) is None


@pytest.mark.parametrize(
    "pasted", ["sk-1", " sk-1\r\n", '"sk-1"', "Bearer sk-1", "\ufeffsk-1\u200b", "'bearer  sk-1'", "\xa0sk-1 "]
)
def test_a_pasted_key_is_trimmed(pasted: str) -> None:
    assert clean_key(pasted) == "sk-1"


def test_the_value_of_a_header_keeps_its_scheme() -> None:
    assert clean_value(' "Bearer abc" \n') == "Bearer abc"


@given(st.text())
def test_what_is_sendable_survives_as_a_header(text: str) -> None:
    if is_sendable(text):
        assert text.encode("ascii").decode() == text
        assert text == text.strip()
        assert text.isprintable()
