from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.transcript.pace import LAG, MOST_PER_TAKE, Pace

FRAME = 1 / 20


@given(st.lists(st.tuples(st.text(min_size=1, max_size=300), st.floats(0, 0.3)), max_size=20))
def test_nothing_is_lost_changed_or_shown_much_later_than_it_came(arrivals: list[tuple[str, float]]) -> None:
    pace = Pace()
    now, shown, come = 0.0, "", 0
    due: list[tuple[float, int]] = []
    for text, wait in arrivals:
        pace.add(text, now)
        come += len(text)
        due.append((now + LAG, come))
        until = now + wait
        while now < until:
            now += FRAME
            shown += pace.take(now)
            assert all(len(shown) >= length for deadline, length in due if deadline <= now)
    shown += pace.take_all()
    assert shown == "".join(text for text, _ in arrivals)
    assert not pace


def test_a_burst_is_shown_in_even_steps() -> None:
    pace = Pace()
    pace.add("x" * 1_000, 0.0)
    steps = [len(pace.take(frame * FRAME)) for frame in range(1, 6)]
    assert max(steps) - min(steps) < 60
    assert sum(steps) == 1_000


def test_a_huge_burst_is_spread_over_frames() -> None:
    pace = Pace()
    pace.add("x" * 100_000, 0.0)
    assert len(pace.take(5.0)) == MOST_PER_TAKE


def test_what_is_thrown_away_is_not_shown() -> None:
    pace = Pace()
    pace.add("wrong", 0.0)
    pace.clear()
    assert (bool(pace), pace.take_all()) == (False, "")
