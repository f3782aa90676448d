"""A config.toml that changes while Parley runs: taken over when it is whole, said once when it is wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config.edit import add_provider, set_value
from app.config.load import load, load_text
from app.config.reload import Reloaded, Reloader, changes
from app.config.settings import Settings

TWO = '[providers.a]\ntype = "groq"\n[providers.b]\ntype = "anthropic"\n'


class Seconds:
    """A clock that stands where a file was last touched, and `later` after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.later = 0.0

    def __call__(self) -> float:
        status = self._path.stat()
        return max(status.st_mtime, status.st_ctime) + self.later


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TWO)
    return path


def reloader(path: Path, later: float = 0.7) -> Reloader:
    """One that has seen the file as it is; `later`: how long after each touch it is asked."""
    clock = Seconds(path)
    clock.later = later
    loaded = load(path, {})
    made = Reloader(path, {}, loaded.settings, loaded.problems, clock)
    assert made.poll() is None
    return made


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def by_renaming(path: Path, text: str) -> None:
    other = path.with_name("new")
    other.write_text(text)
    other.replace(path)


def by_removing_first(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


@pytest.mark.parametrize("save", [in_place, by_renaming, by_removing_first])
def test_a_change_is_taken_over_however_it_was_saved(path: Path, save: Callable[[Path, str], None]) -> None:
    reloads = reloader(path)
    save(path, TWO.replace('"groq"', '"grok"') + '[providers.c]\ntype = "groq"\n')
    reloaded = reloads.poll()
    assert reloaded is not None
    assert reloaded.settings == load(path, {}).settings
    assert reloaded.summary == "1 provider changed, 1 added"
    assert reloads.poll() is None


@pytest.mark.parametrize("save", [in_place, by_renaming, by_removing_first])
def test_a_file_touched_a_moment_ago_is_read_at_the_next_poll(path: Path, save: Callable[[Path, str], None]) -> None:
    reloads = reloader(path, later=0.1)
    save(path, 'theme = "x"\n')
    assert reloads.poll() is None
    reloaded = reloads.poll()
    assert reloaded is not None
    assert reloaded.summary == "2 providers removed; theme changed"


def test_half_a_file_is_no_news(path: Path) -> None:
    whole = TWO + '[budget]\ndaily = 5\non_exceed = "block"\n'
    reloads = reloader(path, later=0.1)
    for end in (0, 30, len(TWO) + 12, len(whole) - 3, len(whole)):
        path.write_text(whole[:end])
        assert reloads.poll() is None
    reloaded = reloads.poll()
    assert reloaded is not None
    assert reloaded.settings == load(path, {}).settings


def test_a_file_that_never_rests_is_taken_over_all_the_same(path: Path) -> None:
    reloads = reloader(path, later=0.1)
    daily = []
    for number in range(1, 9):
        path.write_text(TWO + f"[budget]\ndaily = {number}\n")
        reloaded = reloads.poll()
        daily.append(reloaded.settings.budget.daily if reloaded and reloaded.settings else None)
        path.write_text("")
        assert reloads.poll() is None, "an empty file is one that somebody is writing"
    assert daily[0] is None
    assert daily[-1] == 8


def test_a_file_that_is_gone_is_an_empty_one_and_that_is_said(path: Path) -> None:
    clock_path = path.parent
    reloads = Reloader(path, {}, load(path, {}).settings, now=Seconds(clock_path))
    assert reloads.poll() is None
    path.unlink()
    assert reloads.poll() is None
    reloaded = reloads.poll()
    assert reloaded == Reloaded(Settings(), summary="config.toml is gone: 2 providers removed")
    assert reloads.poll() is None
    path.write_text(TWO)
    assert reloads.poll() is None
    assert (back := reloads.poll()) is not None
    assert back.summary == "2 providers added"


def test_an_invalid_file_changes_nothing_and_is_said_once(path: Path) -> None:
    reloads = reloader(path)
    path.write_text(TWO + "typo = 1\n")
    reloaded = reloads.poll()
    assert reloaded is not None
    assert reloaded.settings is None
    assert [(problem.line, problem.key) for problem in reloaded.problems] == [(5, "providers.b.typo")]

    path.write_text("# moved\n" + TWO + "typo = 1\n")
    assert reloads.poll() is None

    path.write_text(TWO + "tpyo = 1\n")
    assert (other := reloads.poll()) is not None
    assert other.problems[0].key == "providers.b.tpyo"

    path.write_text(TWO)
    assert (right := reloads.poll()) is not None
    assert (right.settings, right.summary) == (load(path, {}).settings, "config.toml is right again")
    path.write_text(TWO + "typo = 1\n")
    assert (again := reloads.poll()) is not None
    assert again.problems


def test_what_was_wrong_at_the_start_is_not_said_again(path: Path) -> None:
    path.write_text(TWO + "typo = 1\n")
    reloads = reloader(path)
    path.write_text(TWO + "typo = 1 \n")
    assert reloads.poll() is None
    path.write_text(TWO)
    assert (reloaded := reloads.poll()) is not None
    assert reloaded.summary == "config.toml is right again: 1 provider added"


def test_a_change_before_the_first_poll_is_seen(path: Path) -> None:
    settings = load(path, {}).settings
    path.write_text(TWO + '[providers.c]\ntype = "groq"\n')
    reloaded = Reloader(path, {}, settings).poll()
    assert reloaded is not None
    assert reloaded.summary == "1 provider added"


def test_an_edit_of_ones_own_is_not_announced(path: Path) -> None:
    reloads = reloader(path)
    reloads.acknowledge(add_provider(path, "c", {"type": "groq"}, {}).settings)
    assert reloads.poll() is None
    reloads.acknowledge(set_value(path, "theme", "x", {}).settings)
    path.write_text(path.read_text() + "[budget]\ndaily = 1\n")
    assert (reloaded := reloads.poll()) is not None
    assert reloaded.summary == "budget changed"


def test_saving_the_same_again_is_not_announced(path: Path) -> None:
    reloads = reloader(path)
    path.write_text("# a comment\n" + TWO)
    assert reloads.poll() is None
    os.utime(path)
    assert reloads.poll() is None


def test_a_change_that_leaves_size_and_time_alone_is_seen(path: Path) -> None:
    reloads = reloader(path)
    before = path.stat()
    path.write_text(TWO.replace("groq", "grok"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (reloaded := reloads.poll()) is not None
    assert reloaded.summary == "1 provider changed"


def test_a_file_that_cannot_be_read_is_one_sentence_and_its_return_is_seen(path: Path) -> None:
    reloads = reloader(path)
    text = path.read_text()
    path.unlink()
    path.mkdir()
    seen = [reloads.poll(), reloads.poll()]
    (reloaded,) = [each for each in seen if each]
    assert reloaded.settings is None
    assert "is a directory" in reloaded.problems[0].message
    path.rmdir()
    path.write_text(text)
    seen = [reloads.poll(), reloads.poll()]
    assert [each.summary for each in seen if each] == ["config.toml is right again"]


def test_a_file_without_permission_is_one_sentence(path: Path) -> None:
    reloads = reloader(path)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert (reloaded := reloads.poll()) is not None
    assert "cannot be read" in reloaded.problems[0].message
    path.chmod(0o600)
    assert (back := reloads.poll()) is not None
    assert back.summary == "config.toml is right again"


def test_a_change_is_there_within_two_seconds_by_the_real_clock(path: Path) -> None:
    reloads = Reloader(path, {}, load(path, {}).settings)
    assert reloads.poll() is None
    path.write_text('theme = "x"\n')
    started = time.monotonic()
    # The worst moment: the first poll comes directly after the change.
    while (reloaded := reloads.poll()) is None:
        assert time.monotonic() - started < 2
        time.sleep(1)
    assert reloaded.summary == "2 providers removed; theme changed"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (TWO, TWO, ""),
        ("", 'theme = "x"', "theme changed"),
        ('theme = "x"', 'theme = "y"\noffline = true\n[budget]\ndaily = 1', "budget, theme and offline changed"),
        (TWO, "", "2 providers removed"),
        ("", TWO, "2 providers added"),
        (TWO, '[providers.a]\ntype = "grok"', "1 provider changed, 1 removed"),
        (TWO, '[providers.b]\ntype = "anthropic"\n[providers.a]\ntype = "groq"', "providers in another order"),
    ],
)
def test_what_changed_is_said_in_words(before: str, after: str, words: str) -> None:
    assert changes(load_text(before, {}).settings, load_text(after, {}).settings) == words


def test_prices_count_as_a_change() -> None:
    model = TWO + '[[providers.b.models]]\nid = "m"\ncost_per_1m_in = '
    one, other = load_text(model + "1", {}).settings, load_text(model + "2", {}).settings
    assert one.providers["b"].models[0].rates != other.providers["b"].models[0].rates
    assert changes(one, other) == "1 provider changed"
