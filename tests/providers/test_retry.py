"""Whether to send a request again, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import RateLimited, Rejected, ServerTrouble
from providers.request import Endpoint, WireFormat
from providers.retry import wait_before


def endpoint(retries: int = 2, longest: float = 30) -> Endpoint:
    return Endpoint("work", WireFormat.OPENAI_CHAT, "http://localhost", retries=retries, retry_wait_max_s=longest)


TROUBLE = ServerTrouble("x", is_retryable=True)


def test_waits_double_up_to_eight_seconds() -> None:
    waits = [wait_before(TROUBLE, attempt, endpoint(retries=9), 0.0) for attempt in range(1, 8)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]


@given(st.integers(1, 200), st.floats(0, 1, exclude_max=True))
def test_jitter_shortens_a_wait_by_a_quarter_at_most(attempt: int, random: float) -> None:
    full, jittered = (wait_before(TROUBLE, attempt, endpoint(retries=999), number) for number in (0.0, random))
    assert full is not None
    assert jittered is not None
    assert 0.75 * full <= jittered <= full


def test_after_the_last_retry_it_gives_up() -> None:
    assert [wait_before(TROUBLE, attempt, endpoint(retries=2), 0.0) for attempt in (1, 2, 3)] == [0.5, 1, None]
    assert wait_before(TROUBLE, 1, endpoint(retries=0), 0.0) is None


def test_what_cannot_succeed_is_not_sent_again() -> None:
    assert wait_before(Rejected("x"), 1, endpoint(), 0.0) is None


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 0.0), (12.5, 12.5), (30.0, 30.0), (30.5, None)])
def test_what_the_server_asks_for_wins_within_measure(asked: float, wait: float | None) -> None:
    error = RateLimited("x", is_retryable=True, retry_after_s=asked)
    assert wait_before(error, 1, endpoint(), 0.9) == wait


def test_our_own_wait_is_never_longer_than_the_user_allows() -> None:
    assert wait_before(TROUBLE, 5, endpoint(retries=9, longest=3), 0.0) == 3
