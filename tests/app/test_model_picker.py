"""The model picker, driven by keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.config.settings import Settings
from app.screens.asking import pick_model
from app.screens.model_entries import ModelLine, TypedModel, TypingInvitation
from app.screens.model_picker import ModelPicker
from providers.catalogue.records import ModelInfo
from providers.connection import ConnectionState
from providers.costs import Rates
from providers.reference import ModelRef
from tests.app.scripted import GPT, LLAMA, SONNET, SONNET_REF, ScriptedSession, default_views, view
from tests.app.shell import SMALL, Shell, running

GPT_REF = ModelRef("openai", GPT.id)
ROUTED = ModelInfo("anthropic/claude-sonnet-4.6", "Anthropic: Claude Sonnet 4.6", rates=SONNET.rates)
LOCAL = replace(LLAMA, detail="8.0B · Q4_K_M · 4.7 GB", rates=Rates(Decimal(0), Decimal(0), source="server"))


def router() -> ScriptedSession:
    """The usual providers, and a gateway that has the same model."""
    session = ScriptedSession()
    session.views.append(view("openrouter", ConnectionState.CONNECTED, "connected", [ROUTED]))
    return session


async def opened(shell: Shell, *keys: str) -> ModelPicker:
    await shell.press("ctrl+l")
    screen = shell.app.screen
    assert isinstance(screen, ModelPicker)
    await shell.press(*keys)
    return screen


def under_cursor(picker: ModelPicker) -> ModelRef | str | None:
    match picker.entry:
        case ModelLine(choice):
            return choice.ref
        case TypedModel(ref):
            return ref
        case TypingInvitation(provider):
            return provider.name
        case _:
            return None


def lines(shell: Shell) -> list[str]:
    """What the dialog says, without what stands beside it."""
    place = shell.app.screen.query_one("#picker").region
    return [line[place.x : place.right].strip() for line in shell.shown().splitlines()[place.y : place.bottom]]


def order(shell: Shell, *words: str) -> list[str]:
    """The words in the order in which rows begin with them, above the details of the row under the cursor."""
    rows = [line.lstrip("✓★ ●○✕◐◎") for line in lines(shell)]
    return [word for row in rows for word in words if row.startswith(word) and not row.endswith("/" + word.lower())]


# ── what stands where ─────────────────────────────────────────────────────────


async def test_favourites_come_first_then_recent_models_then_every_provider() -> None:
    session = ScriptedSession(settings=Settings(favourite_models=(GPT_REF,)), recent=[SONNET_REF, GPT_REF])
    async with running(session) as shell:
        await opened(shell)
        headings = ("Favourites", "Recent", "claude  1 model", "openai  1 model")
        assert order(shell, *headings) == list(headings)
        rows = [line.lstrip("✓★ ").split("  ")[0] for line in lines(shell) if " / 1" in line]
        assert rows == ["GPT-5.4", "Claude Sonnet 4.6", "Claude Sonnet 4.6", "GPT-5.4"]


async def test_a_favourite_of_a_disabled_or_removed_provider_is_not_offered() -> None:
    favourites = (ModelRef("work", "x-model"), ModelRef("gone", "y-model"))
    async with running(ScriptedSession(settings=Settings(favourite_models=favourites))) as shell:
        await opened(shell)
        assert "Favourites" not in shell.shown()
        assert "x-model" not in shell.shown()


async def test_a_recent_model_that_no_list_names_is_offered_again() -> None:
    async with running(ScriptedSession(recent=[ModelRef("groq", "typed-last-week")])) as shell:
        picker = await opened(shell, *"last-week")
        assert under_cursor(picker) == ModelRef("groq", "typed-last-week")


async def test_the_cursor_begins_on_the_model_in_use() -> None:
    async with running() as shell:
        shell.chat.use_model(GPT_REF)
        picker = await opened(shell)
        assert under_cursor(picker) == GPT_REF
        assert "✓  GPT-5.4" in shell.shown()


async def test_a_provider_shows_its_lamp_and_the_age_of_its_list() -> None:
    session = ScriptedSession()
    claude = view("claude", ConnectionState.CONNECTED, "connected", [SONNET])
    listed_at = datetime.now(UTC) - timedelta(minutes=3)
    session.views = [
        replace(claude, connection=replace(claude.connection, listed_at=listed_at)),
        view("groq", ConnectionState.DISCONNECTED, "no key"),
    ]
    async with running(session) as shell:
        await opened(shell)
        assert "● claude  1 model, listed 3 min ago" in lines(shell)
        assert "○ groq  no key  no list: type a model" in lines(shell)


async def test_free_unknown_and_untracked_are_told_apart() -> None:
    zero = Rates(Decimal(0), Decimal(0), source="config")
    session = ScriptedSession()
    session.views = [
        view("one", ConnectionState.CONNECTED, "connected", [replace(LLAMA, id="priceless"), LOCAL]),
        view("two", ConnectionState.CONNECTED, "connected", [ModelInfo("mine", rates=zero)]),
    ]
    async with running(session) as shell:
        await opened(shell)
        rows = {line.split()[0]: line for line in reversed(lines(shell)) if line}
        assert "  —  " in rows["priceless"]
        assert " free  " in rows["llama3.1"]
        assert "free or untracked" in rows["mine"]


async def test_what_a_row_means_is_said_in_full_below_the_list() -> None:
    day = datetime.now(UTC).date() - timedelta(days=19)
    rates = Rates(Decimal(3), Decimal(15), Decimal("0.3"), source="catalogue", checked=day)
    session = ScriptedSession()
    session.views = [
        view(
            "claude",
            ConnectionState.CONNECTED,
            "connected",
            [replace(SONNET, rates=rates, max_output_tokens=64_000)],
        )
    ]
    async with running(session) as shell:
        await opened(shell)
        text = " ".join(lines(shell))
        for words in (
            "claude/claude-sonnet-4-6",
            f"$3 in, $15 out, $0.3 cached per 1M (catalogue {day}, 19 days old)",
            "window 200k",
            "at most 64k out",
            "reasoning, vision, tools",
            "recommended",
            "listed by the server",
        ):
            assert words in text


async def test_a_model_that_retires_soon_says_so_first() -> None:
    soon = (datetime.now(UTC) + timedelta(days=20)).date()
    note = f"previous generation, retires on {soon}"
    session = ScriptedSession()
    session.views = [view("claude", ConnectionState.CONNECTED, "connected", [replace(SONNET, note=note)])]
    async with running(session) as shell:
        await opened(shell)
        assert any(line.endswith(f"retires on {soon}, previous generation") for line in lines(shell))


async def test_a_note_without_room_keeps_its_first_parts_whole() -> None:
    session = ScriptedSession()
    session.views = [view("local", ConnectionState.CONNECTED, "connected", [replace(LOCAL, note="fast")])]
    async with running(session, size=SMALL) as shell:
        await opened(shell)
        notes = [line for line in lines(shell) if line.startswith("llama3.1  ") and "131k" in line]
        assert [line.split("131k")[1].strip() for line in notes] == ["fast · 8.0B"]


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (160, 48)])
async def test_no_name_and_no_provider_is_cut_in_the_middle_of_a_word(size: tuple[int, int]) -> None:
    session = router()
    session.settings = Settings(favourite_models=(SONNET_REF, ModelRef("openrouter", ROUTED.id)))
    async with running(session, size=size) as shell:
        await opened(shell)
        rows = [line for line in lines(shell) if "Sonnet" in line and "3 / 15" in line]
        assert len(rows) == 4
        assert all("Claude Sonnet 4.6 " in row for row in rows)
        favourites = [row for row in rows if "★" in row][:2]
        assert "claude" in favourites[0].split()
        assert "openrouter" in favourites[1].split()


@pytest.mark.parametrize("width", [12, 20, 33, 47, 59, 71])
async def test_no_width_is_too_small(width: int) -> None:
    async with running(router(), size=(width, 12)) as shell:
        await opened(shell, *"son")
        assert "Sonnet"[: width - 6] in shell.shown()


async def test_names_of_servers_are_literal_and_carry_no_escape_sequences() -> None:
    session = ScriptedSession()
    session.views = [
        view("[b]x[/b]", ConnectionState.CONNECTED, "connected", [ModelInfo("[/x]-id", "a [red]\x1b[2J b")])
    ]
    async with running(session) as shell:
        await opened(shell)
        assert "● [b]x[/b]" in shell.shown()
        assert "a [red][2J b" in shell.shown()
        await shell.press(*"red")
        assert "a [red][2J b" in shell.shown()


# ── finding ───────────────────────────────────────────────────────────────────


async def test_a_word_of_the_provider_and_one_of_the_model_find_it() -> None:
    async with running(router()) as shell:
        picker = await opened(shell, *"or", "space", *"son")
        assert under_cursor(picker) == ModelRef("openrouter", ROUTED.id)
        await shell.press("enter")
        assert shell.chat.model == ModelRef("openrouter", ROUTED.id)


async def test_an_id_is_found_and_seen_even_where_there_is_no_room_for_it() -> None:
    session = ScriptedSession()
    session.views = [
        view("claude", ConnectionState.CONNECTED, "connected", [replace(SONNET, id="claude-4-6-20250929")])
    ]
    async with running(session, size=SMALL) as shell:
        await opened(shell)
        assert not any(line.startswith("claude-4-6-20250929") for line in lines(shell))
        await shell.press(*"2025")
        assert any(line.startswith("claude-4-6-20250929") for line in lines(shell))


async def test_a_favourite_wins_over_an_equal_match() -> None:
    models = [ModelInfo("alpha-one"), ModelInfo("alpha-two")]
    session = ScriptedSession(settings=Settings(favourite_models=(ModelRef("claude", "alpha-two"),)))
    session.views = [view("claude", ConnectionState.CONNECTED, "connected", models)]
    async with running(session) as shell:
        picker = await opened(shell, *"alpha")
        assert under_cursor(picker) == ModelRef("claude", "alpha-two")


# ── models that no list has ───────────────────────────────────────────────────


async def test_an_id_that_no_list_has_goes_to_the_provider_in_use() -> None:
    async with running() as shell:
        picker = await opened(shell, *"claude-next-9")
        assert under_cursor(picker) == ModelRef("claude", "claude-next-9")
        assert "use claude/claude-next-9" in shell.shown()
        await shell.press("enter")
        assert shell.chat.model == ModelRef("claude", "claude-next-9")


async def test_a_typed_reference_goes_to_the_provider_it_names() -> None:
    async with running() as shell:
        picker = await opened(shell, *"groq", "slash", *"new-model", "enter")
        assert not picker.is_attached
        assert shell.chat.model == ModelRef("groq", "new-model")


async def test_a_typed_id_is_the_last_row_while_other_models_match() -> None:
    async with running() as shell:
        picker = await opened(shell, *"sonnet-4-6")
        assert under_cursor(picker) == SONNET_REF
        await shell.press("up")
        assert under_cursor(picker) == ModelRef("claude", "sonnet-4-6")


async def test_an_exact_id_needs_no_row_for_what_was_typed() -> None:
    async with running() as shell:
        await opened(shell, *"claude-sonnet-4-6")
        assert "use claude/" not in shell.shown()


async def test_a_disabled_provider_takes_no_typed_id() -> None:
    async with running() as shell:
        typed = "work/thing"
        await opened(shell, *"work", "slash", *"thing")
        assert f"use {typed}" not in shell.shown()
        assert f"use claude/{typed}" in shell.shown()


async def test_a_provider_without_a_list_puts_its_name_into_the_field() -> None:
    async with running() as shell:
        picker = await opened(shell, *"deepse")
        assert under_cursor(picker) == "deepseek"
        await shell.press("enter", *"chat-9", "enter")
        assert shell.chat.model == ModelRef("deepseek", "chat-9")


def only_vllm(models: Iterable[ModelInfo] = ()) -> ScriptedSession:
    session = ScriptedSession(default=None)
    session.views = [view("vLLM", ConnectionState.CONNECTED, "connected", models)]
    return session


async def test_a_provider_without_a_model_asks_for_one_and_then_sends() -> None:
    async with running(only_vllm()) as shell:
        await shell.ask("hello")
        assert "vLLM serves whatever it was started with: choose or type its model." in shell.shown()
        assert "esc close" in shell.shown()
        await shell.press(*"Qwen", "slash", *"Qwen2.5-7B-Instruct", "enter")
        await shell.until_idle()
        assert shell.chat.model == ModelRef("vLLM", "Qwen/Qwen2.5-7B-Instruct")
        assert "Hello there." in shell.shown()


async def test_a_picker_that_is_wanted_for_one_provider_shows_only_its_models() -> None:
    async with running() as shell:
        taken: list[ModelRef | None] = []
        session = shell.app._session
        pick_model(shell.app, session, SONNET_REF, taken.append, wanted_for="openai")
        await shell.until(lambda: isinstance(shell.app.screen, ModelPicker))
        await shell.pilot.pause()
        assert "openai serves whatever it was started with" in shell.shown()
        assert "GPT-5.4" in shell.shown()
        assert "Claude Sonnet" not in shell.shown()
        await shell.press(*"other", "enter")
        assert taken == [ModelRef("openai", "other")]


# ── favourites ────────────────────────────────────────────────────────────────


async def test_an_asterisk_makes_a_favourite_and_the_cursor_stays() -> None:
    async with running() as shell:
        picker = await opened(shell, "asterisk")
        await shell.until(lambda: "Favourites" in shell.shown())
        assert shell.session.settings.favourite_models == (SONNET_REF,)
        assert under_cursor(picker) == SONNET_REF
        await shell.press("asterisk")
        await shell.until(lambda: "Favourites" not in shell.shown())
        assert under_cursor(picker) == SONNET_REF


async def test_keys_that_come_at_once_choose_the_favourite_that_was_meant() -> None:
    async with running() as shell:
        await opened(shell)
        await shell.burst("down", "asterisk")
        await shell.until(lambda: shell.session.settings.favourite_models == (GPT_REF,))
        await shell.burst(*"clau", "ctrl+f")
        await shell.until(lambda: shell.session.settings.favourite_models == (GPT_REF, SONNET_REF))


async def test_an_asterisk_in_a_search_is_a_letter_and_ctrl_f_is_not() -> None:
    async with running() as shell:
        picker = await opened(shell, *"gpt", "ctrl+f")
        await shell.until(lambda: shell.session.settings.favourite_models == (GPT_REF,))
        await shell.press("asterisk")
        await shell.burst(*"x*", "ctrl+u", *"y*")
        await shell.until(lambda: picker.field.value == "y*")
        assert shell.session.settings.favourite_models == (GPT_REF,)


async def test_a_favourite_that_cannot_be_written_down_is_said() -> None:
    async with running(ScriptedSession(refusal="config.toml cannot be written: read-only.")) as shell:
        await opened(shell, "asterisk")
        await shell.until(lambda: "config.toml cannot be written: read-only." in shell.shown())


# ── while it is open ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["ctrl+r", "f5"])
async def test_a_refresh_asks_every_enabled_provider(key: str) -> None:
    async with running() as shell:
        await shell.until(lambda: len(shell.session.checked) == 5)
        shell.session.checked.clear()
        await opened(shell, key)
        await shell.until(lambda: set(shell.session.checked) == {"claude", "openai", "groq", "deepseek", "local"})


async def test_a_list_that_arrives_is_shown_and_the_cursor_stays_on_its_model() -> None:
    async with running() as shell:
        picker = await opened(shell, "down")
        assert under_cursor(picker) == GPT_REF
        fresh = [replace(SONNET, id=f"new-{number}", name=f"Newcomer {number}") for number in range(4)]
        shell.session.views[0] = view("claude", ConnectionState.CONNECTED, "connected", [*fresh, SONNET])
        await shell.until(lambda: "Newcomer 3" in shell.shown())
        assert under_cursor(picker) == GPT_REF


async def test_a_model_that_is_gone_from_the_list_gives_the_cursor_to_another() -> None:
    async with running() as shell:
        picker = await opened(shell, "down")
        shell.session.views[1] = view("openai", ConnectionState.CONNECTED, "connected", [replace(GPT, id="gpt-6")])
        await shell.until(lambda: "gpt-6" in shell.shown() or "openai/gpt-6" in shell.shown())
        assert under_cursor(picker) is not None


async def test_a_lamp_moves_while_the_picker_is_open() -> None:
    async with running() as shell:
        await opened(shell)
        shell.session.move_lamp("openai", ConnectionState.ERROR, "timed out")
        await shell.until(lambda: any(line.startswith("✕ openai  timed out") for line in lines(shell)))


def with_a_connecting_provider() -> ScriptedSession:
    return ScriptedSession(views=[*default_views(), view("new", ConnectionState.CONNECTING, "connecting", [LLAMA])])


def glyph(shell: Shell) -> str:
    return next(line[0] for line in lines(shell) if line[1:].startswith(" new  connecting"))


async def test_a_connecting_lamp_turns_in_the_picker() -> None:
    async with running(with_a_connecting_provider()) as shell:
        await opened(shell)
        first = glyph(shell)
        await shell.until(lambda: glyph(shell) != first)


async def test_a_connecting_lamp_stands_still_without_animation() -> None:
    async with running(with_a_connecting_provider()) as shell:
        shell.app.animation_level = "none"
        picker = await opened(shell)
        turned = picker._turn + 3
        await shell.until(lambda: picker._turn > turned)
        picker.reload()
        await shell.pilot.pause()
        assert glyph(shell) == "◐"
