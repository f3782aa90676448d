"""Model lists kept between starts: exact, only for the server they came from, and never a reason to fail."""

from __future__ import annotations

import os
import stat
import time
import tomllib
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.connections.model_lists import CachedList, ModelLists
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

NOW = datetime(2026, 11, 21, 9, 30, 0, 123, tzinfo=timezone(timedelta(hours=1)))
KEY = "https://llm.example.com/v1 openai-chat"
in_a_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
prices = st.none() | st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**6)
counts = st.none() | st.integers(0, 10**8)
flags = st.none() | st.booleans()
tiers = st.builds(
    Tier,
    st.integers(0, 10**6),
    input=prices,
    output=prices,
    cached_input=prices,
    cache_write=prices,
    cache_write_1h=prices,
)
rates = st.builds(
    Rates,
    input=prices,
    output=prices,
    cached_input=prices,
    cached_output=prices,
    cache_write=prices,
    cache_write_1h=prices,
    tiers=st.lists(tiers, max_size=2).map(tuple),
    source=texts,
    checked=st.none() | st.dates(),
)
models = st.lists(
    st.builds(
        ModelInfo,
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
        name=texts,
        rates=st.none() | rates,
        context_window=counts,
        max_output_tokens=counts,
        default_max_tokens=counts,
        can_reason=flags,
        supports_attachments=flags,
        supports_vision=flags,
        supports_function_calling=flags,
        note=texts,
        detail=texts,
    ),
    max_size=4,
).map(tuple)


def lists(folder: Path) -> ModelLists:
    return ModelLists(folder / "models", lambda: NOW)


@in_a_folder
@given(texts, models)
def test_what_was_saved_is_loaded_to_the_last_digit(
    tmp_path: Path, provider: str, saved: tuple[ModelInfo, ...]
) -> None:
    cache = lists(tmp_path)
    assert cache.save(provider, KEY, saved)
    assert cache.load(provider, KEY) == CachedList(saved, NOW)
    # Equal Decimals may still differ in their zeros.
    loaded = cache.load(provider, KEY)
    assert loaded is not None
    assert repr(loaded.models) == repr(saved)


def test_every_field_of_a_model_is_kept(tmp_path: Path) -> None:
    dime = Decimal("0.10")
    tier = Tier(5, dime, dime, dime, dime, dime)
    prices = Rates(dime, dime, dime, dime, dime, dime, (tier,), "server", date(2026, 11, 21))
    full = ModelInfo("m", "M", prices, 1, 2, 3, True, False, True, False, "fast", "8B Q4")
    assert all(getattr(full, field.name) not in (None, "") for field in fields(ModelInfo)), "a new field"
    cache = lists(tmp_path)
    cache.save("p", KEY, (ModelInfo("plain"), full))
    loaded = cache.load("p", KEY)
    assert loaded is not None
    assert loaded.models == (ModelInfo("plain"), full)


def test_a_list_of_another_server_is_not_shown(tmp_path: Path) -> None:
    cache = lists(tmp_path)
    cache.save("p", KEY, (ModelInfo("m"),))
    assert cache.load("p", "https://other.example.com/v1 openai-chat") is None
    assert cache.load("q", KEY) is None


def test_what_the_list_belongs_to_is_not_written_down(tmp_path: Path) -> None:
    cache = lists(tmp_path)
    cache.save("p", "https://x.example/v1?token=hunter2", (ModelInfo("m"),))
    (file,) = (tmp_path / "models").iterdir()
    assert "hunter2" not in file.read_text()
    assert tomllib.loads(file.read_text())["provider"] == "p"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "con", "Ünï\x1b", "", " ", "x" * 300, ".", "a\\b:c*?"])
def test_any_name_makes_one_safe_file(tmp_path: Path, name: str) -> None:
    cache = lists(tmp_path)
    assert cache.save(name, KEY, (ModelInfo("m"),))
    (file,) = (tmp_path / "models").iterdir()
    assert file.name.isascii()
    assert len(file.name) < 60
    assert cache.load(name, KEY) is not None


def test_names_that_differ_in_case_only_have_files_of_their_own(tmp_path: Path) -> None:
    cache = lists(tmp_path)
    cache.save("Work", KEY, (ModelInfo("upper"),))
    cache.save("work", KEY, (ModelInfo("lower"),))
    assert len({file.name.lower() for file in (tmp_path / "models").iterdir()}) == 2
    assert (found := cache.load("Work", KEY)) is not None
    assert found.models[0].id == "upper"


def test_the_newest_list_wins_and_an_empty_one_is_a_list(tmp_path: Path) -> None:
    cache = lists(tmp_path)
    cache.save("p", KEY, (ModelInfo("m"),))
    cache.save("p", KEY, ())
    assert cache.load("p", KEY) == CachedList((), NOW)


def saved_file(folder: Path) -> Path:
    lists(folder).save("p", KEY, (ModelInfo("m", rates=Rates(Decimal(1), tiers=(Tier(5),), source="server")),))
    (file,) = (folder / "models").iterdir()
    return file


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("version = 1", "version = 2"),
        ("version = 1", ""),
        ('provider = "p"', 'provider = "q"'),
        ("fetched_at = 2026-11-21 09:30:00.000123+01:00", "fetched_at = 2026-11-21 09:30:00"),
        ("fetched_at = 2026-11-21 09:30:00.000123+01:00", 'fetched_at = "now"'),
        ("[fields]", "[fields]\ncontext_window = [1, 2]"),
        ("[fields]", '[fields]\ncontext_window = ["many"]'),
        ("[fields]", "[fields]\ncan_reason = [1]"),
        ('"m"', "3"),
        ("[fields]", "[felds]"),
        ("[rates]", "[[rates]]"),
        ('"1"', '"one"'),
        ('"1"', '"NaN"'),
        ("    0,", "    7,"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_as_good_as_none(tmp_path: Path, written: str, instead: str) -> None:
    file = saved_file(tmp_path)
    text = file.read_text()
    assert written in text
    file.write_text(text.replace(written, instead, 1))
    assert lists(tmp_path).load("p", KEY) is None


@in_a_folder
@given(st.binary(max_size=40) | st.text("[]=\"'.,0aé\n", max_size=30).map(str.encode))
def test_no_content_raises(tmp_path: Path, content: bytes) -> None:
    saved_file(tmp_path).write_bytes(content)
    assert lists(tmp_path).load("p", KEY) is None


@in_a_folder
@given(st.data())
def test_no_damage_raises(tmp_path: Path, data: st.DataObject) -> None:
    file = saved_file(tmp_path)
    lines = file.read_text().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    lines[number] = data.draw(st.sampled_from(["", "x = 1", "]", '"a",', "1,", "true,", "{},", "[", "fields = 3"]))
    file.write_text("\n".join(lines))
    lists(tmp_path).load("p", KEY)


def test_a_folder_that_cannot_be_used_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    cache = lists(tmp_path)
    assert not cache.save("p", KEY, (ModelInfo("m"),))
    assert cache.load("p", KEY) is None


def test_a_read_only_folder_is_no_reason_to_fail(tmp_path: Path) -> None:
    file = saved_file(tmp_path)
    file.parent.chmod(0o500)
    try:
        if os.access(file.parent, os.W_OK):
            pytest.skip("this user may write everything")
        assert not lists(tmp_path).save("p", KEY, ())
        assert (found := lists(tmp_path).load("p", KEY)) is not None
        assert found.models[0].id == "m"
    finally:
        file.parent.chmod(0o700)


def test_a_name_that_cannot_be_encoded_is_no_reason_to_fail(tmp_path: Path) -> None:
    cache = lists(tmp_path)
    assert not cache.save("p", KEY, (ModelInfo("m", "\ud800"),))
    assert cache.load("p", KEY) is None
    assert cache.load("\ud800", KEY) is None


def test_four_hundred_models_load_in_little_more_time_than_their_toml(tmp_path: Path) -> None:
    many = tuple(
        ModelInfo(
            f"vendor{number % 20}/model-name-{number}-instruct",
            f"Vendor: Model Name {number} Instruct",
            Rates(Decimal("0.15"), Decimal("0.6"), Decimal("0.075"), source="server", checked=date(2026, 11, 21)),
            context_window=131_072,
            max_output_tokens=16_384,
            can_reason=True,
            supports_attachments=False,
            supports_vision=False,
            supports_function_calling=True,
        )
        for number in range(400)
    )
    cache = lists(tmp_path)
    cache.save("openrouter", KEY, many)
    file = max((each for each in tmp_path.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    times, floors = [], []
    for _ in range(10):
        started = time.perf_counter()
        loaded = cache.load("openrouter", KEY)
        times.append(time.perf_counter() - started)
        started = time.perf_counter()
        tomllib.loads(file.read_text("utf-8"))
        floors.append(time.perf_counter() - started)
        assert loaded is not None
        assert loaded.models == many
    # The fastest of ten: what the machine does besides is not meant.
    assert min(times) < 3 * min(floors)
    assert loaded is not None
    assert loaded.fetched_at.astimezone(UTC) == NOW.astimezone(UTC)
