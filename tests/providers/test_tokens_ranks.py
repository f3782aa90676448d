"""Counting with a rank file, and fetching one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import BadConfig, CannotConnect, ServerTrouble
from providers.http import Http
from providers.ranks import O200K, WrongRanks, counter_from, fetch, is_counted_by_ranks, read_ranks
from tests.providers.recording import Answer, RecordingServer
from tests.providers.test_tokens import TEXT
from tests.providers.tiny_ranks import MERGES, published, rank_file

TINY = counter_from("tiny", read_ranks(rank_file()))


def test_a_rank_file_is_read_line_by_line() -> None:
    ranks = read_ranks(rank_file())
    assert len(ranks) == 256 + len(MERGES)
    assert ranks[b" the"] == 258


def test_merges_are_counted_as_one_token() -> None:
    assert TINY.count(" the") == 1
    assert TINY.count("hello") == 3 - 1  # he, llo
    assert TINY.count("中") == 1
    assert TINY.count("aaaa") == 1
    assert TINY.count("") == 0


def test_words_are_cut_before_tokens_are_looked_for() -> None:
    assert TINY.count("in the") == 2
    assert TINY.count("12345") == 5  # 123 and 45, a byte each
    assert TINY.count("a\n\nb") == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>not found</html>", "Line 1 is not a token"),
        (rank_file() + b"dGhl nine\n", "is not a token"),
        (rank_file(without=b"\x00"), "Not every byte"),
        (b"", "Not every byte"),
    ],
)
def test_what_is_no_rank_file_is_said_to_be_none(data: bytes, words: str) -> None:
    with pytest.raises(WrongRanks, match=words):
        read_ranks(data)


@given(TEXT)
def test_any_text_can_be_counted(text: str) -> None:
    assert (TINY.count(text) > 0) is bool(text)


@given(TEXT, TEXT)
def test_a_cut_adds_few_tokens_and_saves_none_worth_mentioning(first: str, second: str) -> None:
    whole = TINY.count(first + second)
    assert abs(TINY.count(first) + TINY.count(second) - whole) <= 12


@given(TEXT, TEXT)
def test_more_text_has_hardly_fewer_tokens(first: str, second: str) -> None:
    assert TINY.count(first + second) >= TINY.count(first) - 6


@pytest.mark.parametrize("unit", ["b", "aA", " ", "中", "x1"])
def test_a_run_without_end_takes_no_quadratic_time(unit: str) -> None:
    text = (unit * 300_000)[:300_000]
    start = time.perf_counter()
    assert TINY.count(text) > 0
    assert time.perf_counter() - start < 5


@given(st.text(st.sampled_from("the in ing\n"), min_size=1, max_size=400), st.integers(1, 60))
def test_slices_of_a_long_run_cost_few_tokens_more(text: str, times: int) -> None:
    run = (text.replace(" ", "").replace("\n", "") or "the") * times * 20
    slices = len(run) // 1_000 + 1
    assert TINY.count(run) <= sum(TINY.count(run[at : at + 500]) for at in range(0, len(run), 500)) + slices


@pytest.mark.parametrize(
    "model",
    ["gpt-5.4", "gpt-4o-mini", "openai/gpt-4.1", "o3", "o4-mini", "chatgpt-4o-latest", "ft:gpt-4o:acme", "gpt-oss:20b"],
)
def test_models_of_openai_are_counted_by_its_ranks_wherever_they_are_asked(model: str) -> None:
    assert is_counted_by_ranks(model)


@pytest.mark.parametrize(
    "model", ["claude-sonnet-4-6", "llama3.1", "gpt-j-6b", "gpt-neox-20b", "olmo", "o1js", "mistral/codestral", ""]
)
def test_models_of_others_are_not(model: str) -> None:
    assert not is_counted_by_ranks(model)


# ── fetching ──────────────────────────────────────────────────────────────────


@pytest.fixture
async def http() -> Http:
    return Http(environ={})


async def test_a_published_file_is_fetched_whole(http: Http) -> None:
    data = rank_file()
    with RecordingServer({"GET /tiny.tiktoken": Answer(data, content_type="application/octet-stream")}) as server:
        assert await fetch(http, published(data, f"{server.url}/tiny.tiktoken")) == data
    await http.close()
    assert "authorization" not in server.requests[0].headers


async def test_another_file_is_refused_by_its_hash(http: Http) -> None:
    page = Answer(b"a login page", content_type="text/html")
    with RecordingServer({"GET /tiny.tiktoken": page}) as server, pytest.raises(WrongRanks, match="its SHA-256 begins"):
        await fetch(http, published(rank_file(), f"{server.url}/tiny.tiktoken"))
    await http.close()


async def test_a_file_without_end_is_not_read_to_its_end(http: Http) -> None:
    endless = Answer(b"x" * (9 * 1024 * 1024))
    with RecordingServer({"GET /tiny.tiktoken": endless}) as server, pytest.raises(WrongRanks, match="larger"):
        await fetch(http, published(b"", f"{server.url}/tiny.tiktoken"))
    await http.close()


async def test_a_server_that_has_none_is_said(http: Http) -> None:
    with RecordingServer({}) as server, pytest.raises(ServerTrouble, match="answered 404"):
        await fetch(http, published(b"", f"{server.url}/tiny.tiktoken"))
    with pytest.raises(CannotConnect):
        await fetch(http, published(b"", f"{server.url}/tiny.tiktoken"))
    await http.close()


async def test_nothing_is_fetched_from_beyond_while_offline(http: Http) -> None:
    http.offline = True
    with pytest.raises(BadConfig, match="offline"):
        await fetch(http, O200K)
    await http.close()
