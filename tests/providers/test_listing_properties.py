"""Whatever a server sends, reading its model list ends in models or in a ProviderError."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.listing import LISTINGS, parse_page, parse_show
from providers.errors import ProviderError

LISTS = Path(__file__).parents[1] / "wire" / "listings"
SAMPLES = [json.loads(path.read_bytes()) for path in sorted(LISTS.glob("*.json"))]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["-1", "1e999999999", "sNaN", "0", "-0", "2026-13-45", "num_ctx 99999999999999"])
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def read(family: str, body: bytes) -> None:
    """Read a list in every way there is; anything but a ProviderError fails the test."""
    readers: list[Callable[[], object]] = [lambda: parse_page(family, body), lambda: parse_show("a", body)]
    for reader in readers:
        with suppress(ProviderError):
            reader()


def damaged(value: Any, data: st.DataObject) -> Any:
    """A sample with some of its values replaced by others."""
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(documents)
    if isinstance(value, dict):
        return {key: damaged(inner, data) for key, inner in value.items()}
    if isinstance(value, list):
        return [damaged(inner, data) for inner in value]
    return value


@pytest.mark.parametrize("family", LISTINGS)
@given(body=st.binary(max_size=200))
def test_bytes_never_crash(family: str, body: bytes) -> None:
    read(family, body)


@pytest.mark.parametrize("family", LISTINGS)
@given(document=documents)
def test_json_never_crashes(family: str, document: Any) -> None:
    read(family, json.dumps({"data": [document]}).encode())


@given(family=st.sampled_from(sorted(LISTINGS)), sample=st.sampled_from(SAMPLES), data=st.data())
def test_damaged_lists_never_crash(family: str, sample: Any, data: st.DataObject) -> None:
    read(family, json.dumps(damaged(sample, data)).encode())
