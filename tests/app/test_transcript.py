from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from app.themes import THEMES
from app.transcript.entries import Card, Entry, NoticeEntry, PromptEntry, ReplyEntry, ReplyHeading
from app.widgets.transcript import Transcript

HEADING = ReplyHeading("sonnet", "claude", ("$0.0042", "74 tok/s"))
CODE = "before\n\n```python\nimport os\n```\n\nafter"


class Shell(App[None]):
    def __init__(self, *entries: Entry, theme: str = "parley-dark") -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        self.entries = entries
        self.seen: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Transcript()

    def on_mount(self) -> None:
        self.transcript.load(self.entries)
        self.transcript.focus()

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    def on_transcript_link_opened(self, message: Transcript.LinkOpened) -> None:
        self.seen.append(message)

    def on_transcript_copy_requested(self, message: Transcript.CopyRequested) -> None:
        self.seen.append(message)

    def on_transcript_card_key(self, message: Transcript.CardKey) -> None:
        self.seen.append(message)

    @property
    def lines(self) -> list[str]:
        return [self.transcript.render_line(y).text.rstrip() for y in range(self.size.height)]

    def styles_of(self, text: str) -> list[Style]:
        """The styles of the segments with exactly this text."""
        strips = [self.transcript.render_line(y) for y in range(self.size.height)]
        return [segment.style for strip in strips for segment in strip if segment.text == text and segment.style]


async def wait_until(pilot: Pilot[None], is_true: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_true():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came true")


async def at_rest(pilot: Pilot[None], transcript: Transcript) -> None:
    await pilot.pause()
    await wait_until(pilot, lambda: not transcript.is_busy)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def many(count: int = 60) -> list[Entry]:
    return [ReplyEntry(str(number), HEADING, f"reply {number}") for number in range(count)]


async def test_a_conversation_opens_at_its_end() -> None:
    app = Shell(*many())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert app.lines[-2].endswith("reply 59")
        assert app.transcript.is_following


async def test_deltas_are_shown_and_the_end_is_followed() -> None:
    app = Shell(*many())
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        for number in range(40):
            app.transcript.append_text("r", f"line {number}\n\n")
        await at_rest(pilot, app.transcript)
        assert app.lines[-2].strip(" ▏") == "line 39"
        app.transcript.finish_reply("r")
        await pilot.pause()
        assert app.lines[-2].strip(" ▏") == "line 39"


async def test_appending_does_no_work_by_itself() -> None:
    app = Shell()
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        await pilot.pause()
        before = app.lines
        app.transcript.append_text("r", "words")
        assert app.lines == before


async def test_a_delta_between_the_last_frame_and_the_end_is_not_lost() -> None:
    app = Shell()
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_text("r", "almost ")
        app.transcript.append_text("r", "everything")
        app.transcript.finish_reply("r")
        await pilot.pause()
        assert "almost everything" in app.lines[2]
        assert not app.transcript.is_busy


async def test_a_long_reply_is_parsed_once_more_at_its_end() -> None:
    app = Shell()
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_text("r", "see [docs]\n\n" + "more words\n\n" * 2_000 + "[docs]: https://a.example")
        app.transcript.finish_reply("r")
        await at_rest(pilot, app.transcript)
        await pilot.press("home")
        await pilot.pause()
        assert app.lines[2].strip(" ▏") == "see docs"


async def test_scrolling_up_lets_go_and_what_arrives_below_is_announced() -> None:
    app = Shell(*many())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("pageup")
        await pilot.pause()
        top = app.lines[0]
        assert "new below" not in app.lines[-1]
        app.transcript.add(NoticeEntry("n", "news"))
        await pilot.pause()
        assert app.lines[0] == top
        assert app.lines[-1].endswith("▼ new below")
        column = app.transcript.render_line(11).text.index("▼")
        await pilot.click(Transcript, offset=(column, 11))
        assert app.transcript.is_following
        assert app.lines[-2].strip() == "· news"


async def test_at_the_bottom_the_end_is_followed_again() -> None:
    app = Shell(*many())
    async with app.run_test(size=(60, 12)) as pilot:
        followed = []
        for key in ("up", "up", "down", "down"):
            await pilot.press(key)
            followed.append(app.transcript.is_following)
        assert followed == [False, False, False, True]


async def test_what_is_read_stays_when_the_terminal_is_resized() -> None:
    entries = [ReplyEntry(str(n), HEADING, f"begin{n} " + "words " * 60) for n in range(40)]
    app = Shell(*entries)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("home", *["pagedown"] * 4)
        await pilot.pause()
        mark = next(word for line in app.lines for word in line.split() if word.startswith("begin"))
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert any(mark in line for line in app.lines)


async def test_the_end_stays_in_view_when_the_terminal_is_resized() -> None:
    app = Shell(*many())
    async with app.run_test(size=(100, 30)) as pilot:
        for size in ((40, 10), (120, 50), (20, 5)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "reply 59" in app.lines[-2]


async def test_restarting_throws_the_text_away() -> None:
    app = Shell()
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_text("r", "wrong")
        await at_rest(pilot, app.transcript)
        app.transcript.append_text("r", "more that is wrong")
        app.transcript.restart_reply("r")
        app.transcript.append_text("r", "right")
        app.transcript.finish_reply("r")
        await pilot.pause()
        assert app.lines[2].strip(" ▏") == "right"


async def test_reasoning_streams_behind_its_fold() -> None:
    app = Shell()
    async with app.run_test(size=(60, 14)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_reasoning("r", "first this")
        await at_rest(pilot, app.transcript)
        assert "▸ thinking…" in app.lines[2]
        await pilot.press("home")
        app.transcript.action_toggle_fold()
        app.transcript.append_reasoning("r", ", then that")
        app.transcript.set_reasoning_label("r", "thought for 3 s · 412 tokens")
        app.transcript.append_text("r", "answer")
        app.transcript.finish_reply("r")
        await at_rest(pilot, app.transcript)
        body = [line.strip(" ▏") for line in app.lines[2:6]]
        assert body == ["▾ thought for 3 s · 412 tokens", "first this, then that", "", "answer"]


async def test_the_bar_shows_which_reply_runs() -> None:
    app = Shell()
    async with app.run_test(size=(60, 12)) as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_text("r", "words")
        await at_rest(pilot, app.transcript)
        running = app.styles_of("▏")[0].color
        app.transcript.finish_reply("r")
        await pilot.pause()
        assert app.styles_of("▏")[0].color != running


async def test_messages_are_chosen_one_by_one_and_copied() -> None:
    app = Shell(PromptEntry("p", "what is it?"), ReplyEntry("r", HEADING, CODE), NoticeEntry("n", "notice"))
    async with app.run_test(size=(60, 20)) as pilot:
        app.transcript.action_copy_message()
        app.transcript.action_previous_message()
        assert app.transcript.selected == "r"
        app.transcript.action_previous_message()
        assert app.transcript.selected == "p"
        assert any("▎" in line for line in app.lines)
        app.transcript.action_copy_message()
        app.transcript.action_next_message()
        app.transcript.action_copy_code()
        await pilot.pause()
        copies = [(each.text, each.what) for each in app.seen if isinstance(each, Transcript.CopyRequested)]
        assert copies == [(CODE, "the message"), ("what is it?", "the message"), ("import os\n", "the code block")]
        app.transcript.action_next_message()
        assert app.transcript.selected is None


async def click_on(pilot: Pilot[None], app: Shell, text: str) -> None:
    y, line = next((y, app.transcript.render_line(y).text) for y in range(app.size.height) if text in app.lines[y])
    assert await pilot.click(Transcript, offset=(line.index(text) + 1, y))


async def test_links_folds_copies_and_choices_can_be_clicked() -> None:
    card = Card("c", "It failed.", keys=(("r", "try again"),))
    app = Shell(ReplyEntry("r", HEADING, f"[docs](https://a.example)\n\n{CODE}", "why", "thought"), card)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        for text in ("docs", "c copy", "try again", "thought"):
            await click_on(pilot, app, text)
        await pilot.pause()
        link, copy, choice = app.seen
        assert isinstance(link, Transcript.LinkOpened)
        assert isinstance(copy, Transcript.CopyRequested)
        assert isinstance(choice, Transcript.CardKey)
        assert (link.url, copy.text, choice.key, choice.action) == ("https://a.example", "import os\n", "c", "r")
        assert any("▾ thought" in line for line in app.lines)


async def test_the_address_of_a_link_is_shown_before_it_is_opened() -> None:
    app = Shell(ReplyEntry("r", HEADING, "[docs](https://a.example/[b]x)"))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.hover(Transcript, offset=(4, 2))
        await pilot.pause()
        assert str(app.transcript.tooltip) == "https://a.example/%5Bb%5Dx"
        await pilot.hover(Transcript, offset=(4, 8))
        await pilot.pause()
        assert app.transcript.tooltip is None


async def test_the_keys_of_the_newest_card_work() -> None:
    app = Shell(Card("c", "It failed.", keys=(("r", "try again"), ("l", "other model"))))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("x", "l")
        assert [each.action for each in app.seen if isinstance(each, Transcript.CardKey)] == ["l"]


async def test_a_card_counts_down_in_its_place() -> None:
    app = Shell(PromptEntry("p", "hello"), Card("c", "Again in 3 s.", kind="retry"))
    async with app.run_test(size=(60, 20)) as pilot:
        for second in (2, 1):
            app.transcript.set_card("c", Card("c", f"Again in {second} s.", kind="retry"))
            await pilot.pause()
        assert [line.strip(" ▏") for line in app.lines if "Again" in line] == ["Again in 1 s."]
        app.transcript.remove("c")
        await pilot.pause()
        assert not any("Again" in line for line in app.lines)


async def test_foreign_text_is_neither_markup_nor_command() -> None:
    evil = "[b]x[/y] \x1b]0;title\x07 \u202eabc"
    app = Shell(
        PromptEntry("p", evil),
        ReplyEntry("r", ReplyHeading(evil, evil, (evil,)), evil, evil, evil),
        NoticeEntry("n", evil),
        Card("c", evil, evil, evil, (("r", evil),)),
    )
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        text = "".join(app.lines)
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert text.count("[b]x[/y]") >= 7


@pytest.mark.parametrize("theme", ["parley-dark", "parley-light", "ansi-dark", "ansi-light"])
async def test_a_new_theme_recolours_everything(theme: str) -> None:
    app = Shell(ReplyEntry("r", HEADING, CODE), theme="textual-dark")
    async with app.run_test(size=(60, 20)) as pilot:
        await at_rest(pilot, app.transcript)
        before = app.styles_of("import")[0]
        app.theme = theme
        await pilot.pause()
        assert app.styles_of("import")[0] != before


async def test_every_cluster_is_a_segment_of_its_own() -> None:
    app = Shell(PromptEntry("p", "a👨‍👩‍👧🇩🇪b e\u0301"))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert all(app.styles_of(cluster) for cluster in ("👨‍👩‍👧", "🇩🇪", "e\u0301"))


@pytest.mark.parametrize("size", [(20, 3), (1, 1), (400, 60)])
async def test_any_size_of_terminal_works(size: tuple[int, int]) -> None:
    app = Shell(PromptEntry("p", "hello"), ReplyEntry("r", HEADING, CODE), Card("c", "x", keys=(("r", "y"),)))
    async with app.run_test(size=size) as pilot:
        await pilot.press("home", "end")
        await pilot.pause()
        assert len(app.lines) == size[1]


def test_the_first_frame_waits_for_no_parser() -> None:
    script = "import sys, app.widgets.transcript; print({name.split('.')[0] for name in sys.modules})"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not [name for name in ("markdown_it", "pygments", "httpx", "pydantic", "linkify_it") if f"'{name}'" in found]


async def test_code_stays_plain_where_no_lexer_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> NoReturn:
        attempts.append(1)
        raise RuntimeError("can't start new thread")

    attempts: list[int] = []
    monkeypatch.setattr(asyncio, "to_thread", fail)
    app = Shell(ReplyEntry("r", HEADING, CODE))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: bool(attempts))
        await pilot.pause()
        assert any("import os" in line for line in app.lines)


async def test_a_long_reply_that_cannot_be_parsed_is_shown_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio, "to_thread", fail)
    app = Shell()
    async with app.run_test() as pilot:
        app.transcript.begin_reply("r", HEADING)
        app.transcript.append_text("r", "some *words*\n" * 4000 + "the end")
        app.transcript.finish_reply("r")
        await wait_until(pilot, lambda: not app.transcript.is_busy)
        await pilot.pause()
        assert any("some *words*" in line for line in app.lines)
        assert any("the end" in line for line in app.lines)
