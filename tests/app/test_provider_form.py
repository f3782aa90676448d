"""Adding and changing providers in the app, by keys, against servers on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.worker import Worker

from app.screens.provider_form import ProviderForm
from app.widgets.form import TextField
from providers.reference import ModelRef
from tests.app.opened import QUIET, Opened, opened
from tests.app.shell import SMALL
from tests.providers.recording import Answer, Recorded, RecordingServer, models

KEY = "sk-planted-1234567890"


OFF = QUIET + "[providers.off]\ntype = 'groq'\nenabled = false\n"
"""Keeps a preset with a key in the environment from being found and asked."""


def guarded(request: Recorded) -> Answer:
    """An imitation of OpenAI that wants KEY."""
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)
    if request.path != "/v1/models":
        return Answer({"error": {"message": "not here"}}, 404)
    return models("house-large", "house-small")


def open_house(request: Recorded) -> Answer:
    """The same without a lock."""
    return models("house-large", "house-small") if request.path == "/v1/models" else Answer("404", 404, "text/plain")


async def answered(shell: Opened) -> None:
    """Press Enter and wait for what comes of it."""
    await shell.press("enter")
    await shell.until(lambda: not form(shell)._under_way.is_busy)
    await shell.pilot.pause()


def form(shell: Opened) -> ProviderForm:
    screen = shell.app.screen
    assert isinstance(screen, ProviderForm)
    return screen


# ── adding ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_a_preset_is_added_with_a_key_by_keys_alone(tmp_path: Path, size: tuple[int, int]) -> None:
    with RecordingServer(guarded) as server:
        async with opened(tmp_path, size=size) as shell:
            await shell.choose_preset(*"groq")
            assert shell.field("key").has_focus_within
            await shell.press(*KEY)
            assert KEY not in shell.shown()
            await shell.fill(base_url=server.url, model="house-small")
            await answered(shell)
            text = shell.shown()
            assert "answered in" in text
            assert "It lists 2 models." in text
            assert "The key was proved." in text
            assert shell.config == QUIET
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
            assert shell.connections.names == ("groq",)
            assert shell.chat.model == ModelRef("groq", "house-small")
            await shell.until(lambda: "connected" in shell.shown() or size == SMALL)
        assert "[providers.groq]" in shell.config
        assert KEY not in shell.everything_written()


async def test_an_address_alone_is_enough(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"custom")
            await shell.press(*server.url.removeprefix("http://"))
            await answered(shell)
            assert "openai-chat" in shell.shown()
            assert "Which model answers by default" in shell.shown()
            await shell.press("enter")
            await shell.until(lambda: shell.on("Picker"))
            await shell.press(*"small", "enter")
            await shell.until(lambda: shell.on("ProviderForm"))
            assert shell.field("model").value == "house-small"
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
            (name,) = shell.connections.names
            assert shell.chat.model == ModelRef(name, "house-small")
    assert 'type = "openai-compat"' in shell.config
    assert str(server.port) in shell.config


async def test_an_address_can_be_pasted_where_a_preset_is_asked_for(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*server.url.removeprefix("http://"))
            assert shell.field("base_url").value == server.url.removeprefix("http://")
            await answered(shell)
            assert "It lists 2 models." in shell.shown()


async def test_host_protocol_port_and_path_can_be_given_apart(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"custom")
            form(shell)._unfold(is_open=True)
            await shell.fill(name="apart", host="127.0.0.1", port=str(server.port), base_path="v1", model="house-small")
            await answered(shell)
            assert "answered in" in shell.shown()
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
    assert f'base_url = "http://127.0.0.1:{server.port}/v1"' in shell.config


async def test_a_rejected_key_is_said_and_the_cursor_waits_in_its_field(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key="sk-wrong")
            await answered(shell)
            assert "try again" in shell.shown()
            assert shell.field("key").has_focus_within
            assert "Check what you typed" in shell.shown()
            assert "sk-wrong" not in shell.shown()
            await shell.fill(key=KEY)
            assert "try again" not in shell.shown()
            await answered(shell)
            assert "The key was proved." in shell.shown()


async def test_a_hidden_key_is_not_copied(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        await shell.press(*"sk-1", "ctrl+shift+a", "ctrl+c")
        assert shell.app.clipboard == ""
        await shell.press("ctrl+x")
        assert shell.app.clipboard == ""
        assert shell.field("key").value == ""


async def test_a_pasted_key_loses_blanks_lines_and_escape_sequences(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        line = shell.app.focused
        assert line is not None
        line.post_message(Paste(f"  {KEY}\x1b[2J \n second line\n"))
        await shell.until(lambda: shell.field("key").value)
        assert shell.field("key").value.startswith(KEY)
        assert "\x1b" not in shell.field("key").value
        assert "second" not in shell.field("key").value


async def test_what_does_not_answer_can_be_saved_all_the_same(tmp_path: Path) -> None:
    with RecordingServer() as server:
        gone = server.url
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        await shell.fill(base_url=gone, key=KEY)
        await answered(shell)
        assert "save all the same" in shell.shown()
        assert shell.field("base_url").has_focus_within
        await shell.press("ctrl+s")
        await shell.until_gone("ProviderForm")
        assert shell.connections.names == ("groq",)
        stored = await shell.connections.keys.read("groq")
        assert stored.reveal() == KEY


async def test_what_nobody_identified_cannot_be_saved_untried(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"custom")
        await shell.press(*"https://llm.example.com")
        await shell.press("ctrl+s")
        assert "Only trying tells what is spoken there" in shell.shown()
        assert shell.connections.names == ()


async def test_a_variable_in_the_place_of_a_key_stays_a_variable(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        async with opened(tmp_path, environ={"HOUSE_KEY": KEY}) as shell:
            await shell.choose_preset(*"custom")
            await shell.fill(name="house", base_url=server.url, key="$HOUSE_KEY", model="house-small")
            await answered(shell)
            assert "The key was proved." in shell.shown()
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
    assert 'api_key = "$HOUSE_KEY"' in shell.config
    assert KEY not in shell.everything_written()


async def test_a_preset_that_wants_a_sign_in_says_that_only_a_token_works(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("slash", *"add", "enter")
        await shell.until(lambda: shell.on("Picker"))
        await shell.press(*"codex")
        assert "only with a token" in shell.shown()
        await shell.press("enter")
        await shell.until(lambda: shell.on("ProviderForm"))
        assert shell.field("auth").value == "bearer"
        await shell.until_shown("an access token does")


async def test_a_key_in_the_environment_is_named_and_need_not_be_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, environ={"LITELLM_API_KEY": KEY}) as shell:
        await shell.choose_preset(*"litellm")
        assert "found in $LITELLM_API_KEY: leave empty" in shell.shown()


async def test_secret_headers_are_sent_and_kept_with_the_keys(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"custom")
            form(shell)._unfold(is_open=True)
            await shell.fill(name="work", base_url=server.url, model="house-small")
            shell.field("secret_header").enter()
            await shell.pilot.pause()
            await shell.press(*"X-Gateway-Token", "tab", *"planted-9876")
            assert "planted-9876" not in shell.shown()
            await answered(shell)
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
        assert server.requests[-1].headers["x-gateway-token"] == "planted-9876"
    assert 'secret_headers = ["X-Gateway-Token"]' in shell.config
    assert "planted-9876" not in shell.everything_written()


# ── what is refused ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "Groq", "groq"),
        ("name", "a/b", "slash"),
        ("key", "two words", "blank"),
        ("base_url", "ftp://example.com", "ftp"),
        ("timeout", "soon", "no number of seconds"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(tmp_path: Path, field: str, text: str, sentence: str) -> None:
    config = QUIET + "[providers.groq]\ntype = 'groq'\nenabled = false\n"
    async with opened(tmp_path, config) as shell:
        await shell.choose_preset(*"mistral")
        form(shell)._unfold(is_open=True)
        await shell.fill(**{field: text})
        await shell.press("enter")
        await shell.pilot.pause()
        assert shell.field(field).has_class("-refused")
        assert shell.field(field).has_focus_within
        assert sentence in shell.shown()
        await shell.press("end")
        assert shell.config == config


async def test_where_no_key_can_be_stored_that_is_said_before_one_is_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, has_vault=False) as shell:
        await shell.choose_preset(*"groq")
        await shell.until(lambda: "no safe place" in " ".join(shell.shown().split()))
        assert "PARLEY_VAULT_PASSPHRASE" in shell.shown()


async def test_without_a_safe_place_the_way_out_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    async with opened(tmp_path, has_vault=False) as shell:
        await shell.choose_preset(*"groq")
        await shell.press(*KEY, "ctrl+s")
        await shell.until_shown("PARLEY_VAULT_PASSPHRASE")
        assert "write $VAR" in shell.shown()
        assert shell.field("key").value == KEY
        assert shell.config == QUIET


async def test_a_configuration_that_cannot_be_changed_is_said_in_the_form(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        await shell.press(*KEY)
        (tmp_path / "config.toml").write_text("broken = = 1\n")
        await shell.press("ctrl+s")
        await shell.until_shown("config.toml was not changed")
        assert shell.connections.keys.all_stored() == ()
    assert shell.config == "broken = = 1\n"


# ── stopping and leaving ──────────────────────────────────────────────────────


def slow(request: Recorded) -> Answer:
    return Answer({"object": "list", "data": []}, delay_s=5)


async def test_escape_stops_trying_and_keeps_what_was_typed(tmp_path: Path) -> None:
    with RecordingServer(slow) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key=KEY)
            await shell.press("enter")
            await shell.until_shown("trying")
            assert "stop" in shell.shown()
            await shell.press("escape")
            await shell.until_shown("Stopped. Nothing was saved.")
            assert shell.field("key").value == KEY


async def test_escape_in_the_same_breath_stops_what_has_not_begun(tmp_path: Path) -> None:
    with RecordingServer(slow) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key=KEY)
            form(shell).action_go()
            form(shell).action_leave()
            await shell.until_shown("Stopped")
            assert shell.on("ProviderForm")
            await shell.press("enter")
            await shell.until_shown("trying")


async def test_typing_on_stops_a_trial_of_something_else(tmp_path: Path) -> None:
    with RecordingServer(slow) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key=KEY)
            await shell.press("enter")
            await shell.until_shown("trying")
            await shell.press("end", "x")
            await shell.until_shown("Stopped")


async def test_leaving_asks_only_when_something_was_typed(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        await shell.press("escape")
        await shell.until_gone("ProviderForm")
        await shell.choose_preset(*"groq")
        await shell.press("x", "escape")
        assert shell.on("Question")
        await shell.press("enter", "n")
        assert shell.field("key").value == "x"
        await shell.press("escape", "y")
        await shell.until_gone("ProviderForm")
        assert shell.on("ChatScreen")


# ── consent ───────────────────────────────────────────────────────────────────


async def test_an_environment_key_goes_elsewhere_only_after_a_yes(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        async with opened(tmp_path, OFF, {"GROQ_API_KEY": KEY}) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, model="house-small")
            await shell.press("enter")
            await shell.until(lambda: shell.on("Question"))
            assert "$GROQ_API_KEY is a key for Groq" in shell.shown()
            assert KEY not in server.text
            await shell.until(lambda: not shell.app.screen._is_deaf)  # type: ignore[attr-defined]
            await shell.press("n")
            assert KEY not in server.text
            await shell.press("enter")
            await shell.until(lambda: shell.on("Question"))
            await shell.until(lambda: not shell.app.screen._is_deaf)  # type: ignore[attr-defined]
            await shell.press("y")
            await shell.until_shown("The key was proved.")
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
            view = shell.connections.view("groq")
            assert view is not None
            assert view.consents == ()


async def test_a_letter_that_was_being_typed_is_no_answer_to_a_sudden_question(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        async with opened(tmp_path, OFF, {"GROQ_API_KEY": KEY}) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url)
            await shell.press("enter")
            await shell.until(lambda: shell.on("Question"))
            await shell.press("y")
            assert shell.on("Question")
            assert KEY not in server.text


# ── editing ───────────────────────────────────────────────────────────────────


def house(server: RecordingServer, more: str = "") -> str:
    return f'{QUIET}# mine\n[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\n{more}'


async def into_the_sidebar(shell: Opened, *keys: str) -> None:
    shell.chat.sidebar.providers.focus()
    await shell.press("home", *keys)


async def test_a_rename_keeps_the_comment_and_the_stored_key(tmp_path: Path) -> None:
    from providers.credentials import Secret

    with RecordingServer(guarded) as server:
        config = house(server, 'model = "house-small"\n')
        async with opened(tmp_path, config) as shell:
            await shell.connections.keys.write("house", Secret(KEY), host=f"127.0.0.1:{server.port}")
            await into_the_sidebar(shell, "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            assert "leave empty to keep it" in shell.shown()
            await shell.fill(name="home")
            await answered(shell)
            assert "The key was proved." in shell.shown()
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
            assert shell.connections.names == ("home",)
            assert (await shell.connections.keys.read("home")).reveal() == KEY
    assert "# mine\n[providers.home]" in shell.config


async def test_editing_shows_what_is_there_and_changes_only_what_was_changed(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        config = house(server, 'model = "house-small"\nproxy = "none"\n[providers.house.extra_headers]\nX-Team = "a"\n')
        async with opened(tmp_path, config) as shell:
            await into_the_sidebar(shell, "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            assert shell.field("proxy").value == "none"
            assert shell.field("headers").value == "X-Team: a"
            await shell.fill(model="house-large")
            await answered(shell)
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
    assert shell.config == config.replace("house-small", "house-large")


async def test_a_secret_header_in_plain_text_is_not_shown_and_moves_with_the_next_edit(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        config = house(
            server, 'model = "house-small"\nextra_headers = { X-Team = "a", X-Api-Token = "planted-9876" }\n'
        )
        async with opened(tmp_path, config) as shell:
            await into_the_sidebar(shell, "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            form(shell)._unfold(is_open=True)
            shell.field("headers").enter()
            await shell.until_shown("Not shown, but kept: X-Api-Token.")
            assert "planted-9876" not in shell.shown()
            await answered(shell)
            await shell.press("ctrl+s")
            await shell.until_gone("ProviderForm")
            assert (await shell.connections.keys.read("house", "X-Api-Token")).reveal() == "planted-9876"
        assert server.requests[-1].headers["x-api-token"] == "planted-9876"
    assert "planted-9876" not in shell.everything_written()
    assert 'X-Team = "a"' in shell.config


async def test_the_arrows_lead_through_the_form_and_out_of_the_lines(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.choose_preset(*"groq")
        form(shell)._unfold(is_open=True)
        shell.field("headers").enter()
        await shell.pilot.pause()
        await shell.press("down")
        assert shell.field("secret_header").has_focus_within
        await shell.press("up", "up")
        assert shell.field("base_path").has_focus_within


async def test_nothing_of_a_key_is_in_what_lists_workers_or_messages(tmp_path: Path) -> None:
    seen: list[str] = []
    with RecordingServer(guarded) as server:
        async with opened(tmp_path) as shell:
            run_worker = shell.app.run_worker

            def watched(*args: Any, **options: Any) -> Worker[Any]:
                worker: Worker[Any] = run_worker(*args, **options)
                seen.append(f"{worker!r} {worker.name} {worker.description} {worker.group}")
                return worker

            shell.app.run_worker = watched  # type: ignore[method-assign]
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key=KEY, model="house-small")
            await answered(shell)
            line = next(each for each in shell.app.screen.query(TextField) if each.name == "key")
            seen += [repr(line), repr(line.line), repr(form(shell)), repr(form(shell)._tried)]
            await shell.press("enter")
            await shell.until_gone("ProviderForm")
            await shell.until(lambda: shell.app._notifications)
            seen += [f"{each.title} {each.message}" for each in shell.app._notifications]
    assert any("trying" in each for each in seen)
    assert KEY not in "\n".join(seen)


async def test_esc_before_the_trial_has_begun_stops_it_all_the_same(tmp_path: Path) -> None:
    with RecordingServer(lambda request: Answer("", delay_s=5)) as server:
        async with opened(tmp_path) as shell:
            await shell.choose_preset(*"groq")
            await shell.fill(base_url=server.url, key=KEY)
            form(shell).action_go()
            form(shell).action_leave()
            await shell.until_shown("Nothing was saved")
            await shell.press("escape", "y")
            await shell.until_gone("ProviderForm")
    assert server.lines == []


@pytest.mark.parametrize("label", ["", "A label that is so long that it fills more than one line of any dialog here"])
async def test_the_form_fits_on_a_small_screen_whatever_is_said(tmp_path: Path, label: str) -> None:
    refusal = Answer({"error": {"message": "No way. " * 20, "code": "invalid_api_key"}}, 401)
    with RecordingServer({"/v1/models": refusal}) as server:
        config = f'{QUIET}[providers.bad]\ntype = "openai-compat"\nbase_url = "{server.url}"\nlabel = "{label}"\n'
        async with opened(tmp_path, f'{config}api_key = "{KEY}"\n', size=(60, 20)) as shell:
            shell.chat.sidebar.providers.focus()
            await shell.press("home", "e")
            for press in ("", "enter"):
                if press:
                    await answered(shell)
                    assert "does not accept the key" in shell.shown()
                form(shell)._unfold(is_open=True)
                await shell.pilot.pause()
                assert form(shell).query_one("#form").region.bottom <= 20
                assert not form(shell).show_vertical_scrollbar
                lines = shell.shown().splitlines()
                assert any("esc close" in line for line in lines)
