"""What the sidebar, the card and the welcome do with providers, on real files and a real vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session.reply import Reply
from app.widgets.provider_list import ProviderList
from providers.connection import ConnectionState
from providers.credentials import Secret
from tests.app.opened import QUIET, Opened, opened
from tests.app.shell import SMALL
from tests.connections.making import key_store
from tests.providers.recording import Answer, Recorded, RecordingServer, models

KEY = "sk-planted-1234567890"


def open_house(request: Recorded) -> Answer:
    """An imitation of OpenAI that wants no key."""
    return models("house-large", "house-small") if request.path == "/v1/models" else Answer("404", 404, "text/plain")


def house(server: RecordingServer, more: str = "") -> str:
    return f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\n{more}'


async def in_sidebar(shell: Opened, *keys: str) -> None:
    shell.chat.sidebar.providers.focus()
    await shell.press("home", *keys)


# ── removing and keeping ──────────────────────────────────────────────────────


async def test_removing_asks_and_takes_the_stored_key_along(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            await shell.connections.keys.write("house", Secret(KEY), host="127.0.0.1")
            await in_sidebar(shell, "d")
            assert "Remove house?" in shell.shown()
            await shell.press("enter", "n")
            assert shell.connections.names == ("house",)
            await shell.press("d", "y")
            await shell.until(lambda: not shell.connections.names)
            assert shell.connections.keys.all_stored() == ()
            await shell.until_shown("None yet")
    assert "house" not in shell.config


async def test_the_card_goes_with_its_provider(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            await in_sidebar(shell, "enter")
            assert shell.on("ProviderCard")
            await shell.press("d")
            assert shell.on("Question")
            await shell.press("y")
            await shell.until(lambda: shell.on("ChatScreen"))


async def test_one_key_keeps_what_was_found(tmp_path: Path) -> None:
    async with opened(tmp_path, environ={"LITELLM_API_KEY": KEY}) as shell:
        await shell.until_shown("found")
        await in_sidebar(shell)
        assert "k keep" in shell.shown()
        await shell.press("k")
        await shell.until(lambda: shell.connections.is_configured("litellm"))
        await shell.until(lambda: "k keep" not in shell.shown())
    assert "[providers.litellm]" in shell.config
    assert KEY not in shell.everything_written()


async def test_what_was_found_is_kept_with_what_was_changed(tmp_path: Path) -> None:
    async with opened(tmp_path, environ={"LITELLM_API_KEY": KEY}) as shell:
        await in_sidebar(shell, "e")
        await shell.until(lambda: shell.on("ProviderForm"))
        assert "from $LITELLM_API_KEY: leave empty to keep it" in shell.shown()
        await shell.fill(model="house-small")
        await shell.press("ctrl+s")
        await shell.until(lambda: shell.connections.is_configured("litellm"))
    assert 'model = "house-small"' in shell.config
    assert KEY not in shell.everything_written()


async def test_the_card_closes_when_its_provider_gets_another_name(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            await in_sidebar(shell, "enter", "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            await shell.fill(name="home")
            await shell.press("ctrl+s")
            await shell.until(lambda: shell.on("ChatScreen"))
            assert shell.connections.names == ("home",)


async def test_what_was_only_found_cannot_be_removed_and_that_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path, environ={"LITELLM_API_KEY": KEY}) as shell:
        await in_sidebar(shell, "d")
        await shell.until_shown("was only found")
        assert shell.on("ChatScreen")


async def test_the_demo_cannot_be_changed_and_that_is_said(tmp_path: Path) -> None:
    async with opened(tmp_path, is_demo=True) as shell:
        await in_sidebar(shell, "e")
        assert "belongs to the demo" in shell.shown()
        await shell.press("d")
        assert shell.on("ChatScreen")


async def test_a_file_that_cannot_be_changed_is_said_and_nothing_goes(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            await shell.until(lambda: shell.connections.roster.connection("house").is_listed)
            (tmp_path / "config.toml").write_text("broken = = 1\n")
            await in_sidebar(shell, "d", "y")
            await shell.until_shown("config.toml was not changed")
            assert shell.connections.names == ("house",)


# ── the card ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_the_card_says_what_is_known_and_what_can_be_done(tmp_path: Path, size: tuple[int, int]) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server), size=size) as shell:
            await shell.until(lambda: shell.connections.roster.connection("house").is_listed)
            await in_sidebar(shell, "enter")
            await shell.until_shown(f"{server.url}/v1/models")
            text = shell.shown()
            for words in ("since just now", "answered in", "openai-chat", "none is needed", "2, listed just now"):
                assert words in text
            for words in ("t test", "e edit", "space disable", "u copy as curl", "d delete", "esc close"):
                assert words in text
            assert "k keep" not in text
            assert "y allow" not in text


async def test_the_card_tells_the_last_error_in_full_and_when_parley_tries_again(tmp_path: Path) -> None:
    with RecordingServer() as server:
        gone = house(server)
    async with opened(tmp_path, gone) as shell:
        await shell.until(lambda: shell.connections.roster.connection("house").state is ConnectionState.ERROR)
        await in_sidebar(shell, "enter")
        await shell.until_shown("Parley tries again in")
        error = shell.connections.roster.connection("house").error
        assert error is not None
        assert error.summary[:40] in shell.shown()
        assert error.hint[:40] in shell.shown()


async def test_a_variable_that_is_not_set_is_said_once_and_its_key_is_not_called_needless(tmp_path: Path) -> None:
    config = (
        f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "http://127.0.0.1:9"\napi_key = "$NOT_SET"\n'
    )
    async with opened(tmp_path, config) as shell:
        await shell.until(lambda: shell.connections.roster.connection("house").error is not None)
        await in_sidebar(shell, "enter")
        await shell.until_shown("d delete")
        assert "$NOT_SET is not set" in shell.shown()
        assert "! $NOT_SET" not in shell.shown()
        assert "none is needed" not in shell.shown()
        await shell.press("e")
        await shell.until_shown("from $NOT_SET: leave empty to keep it")


async def test_u_copies_the_check_with_the_key_as_a_variable(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server, f'api_key = "{KEY}"\n')) as shell:
            await in_sidebar(shell, "u")
            await shell.until_shown("Sent to the clipboard")
            assert "curl" in shell.app.clipboard
            assert f"{server.url}/v1/models" in shell.app.clipboard
            assert KEY not in shell.app.clipboard
            assert KEY not in shell.shown()


async def test_a_key_in_plain_text_is_moved_into_the_key_store_with_one_key(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        config = house(
            server, f'# my own\napi_key = "{KEY}"\nextra_headers = {{ X-Team = "a", X-Api-Token = "{KEY}2" }}\n'
        )
        async with opened(tmp_path, config) as shell:
            await in_sidebar(shell, "enter")
            await shell.until_shown("m move its key")
            await shell.press("m")
            await shell.until(lambda: len(shell.connections.keys.all_stored()) == 2)
            await shell.until(lambda: "m move its key" not in shell.shown())
            assert (await shell.connections.keys.read("house")).reveal() == KEY
            assert (await shell.connections.keys.read("house", "X-Api-Token")).reveal() == f"{KEY}2"
    assert KEY not in shell.everything_written()
    assert 'X-Team = "a"' in shell.config


async def test_the_keys_of_card_and_sidebar_can_be_changed(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        config = 'keys = { "provider.remove" = "x" }\n' + house(server)
        async with opened(tmp_path, config) as shell:
            await in_sidebar(shell, "enter")
            await shell.until_shown("x delete")
            await shell.press("d")
            assert shell.on("ProviderCard")
            await shell.press("x")
            assert shell.on("Question")


# ── where a key may go ────────────────────────────────────────────────────────


def elsewhere(server: RecordingServer) -> str:
    return f'{QUIET}[providers.fast]\ntype = "groq"\nbase_url = "{server.url}"\nmodel = "house-small"\n'


def replying(request: Recorded) -> Answer:
    if request.path == "/v1/models":
        return models("house-small")
    lines = (
        b'data: {"choices":[{"index":0,"delta":{"content":"Hello there."}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
        b"data: [DONE]\n\n",
    )
    return Answer(b"".join(lines), content_type="text/event-stream")


async def test_y_in_the_sidebar_asks_before_a_key_goes_elsewhere(tmp_path: Path) -> None:
    with RecordingServer(replying) as server:
        async with opened(tmp_path, elsewhere(server), {"GROQ_API_KEY": KEY}) as shell:
            await shell.until_shown("confirm key")
            await in_sidebar(shell, "y")
            assert "$GROQ_API_KEY is a key for Groq" in shell.shown()
            await shell.press("n")
            assert KEY not in server.text
            await shell.press("y", "y")
            await shell.until(lambda: KEY in server.text)
            await shell.until_shown("connected")


async def test_y_on_the_card_allows_what_the_card_asks(tmp_path: Path) -> None:
    with RecordingServer(replying) as server:
        async with opened(tmp_path, elsewhere(server), {"GROQ_API_KEY": KEY}, size=SMALL) as shell:
            await shell.until(lambda: shell.connections.roster.connection("fast").word == "confirm key")
            await in_sidebar(shell, "enter")
            text = " ".join(shell.shown().split())
            assert "$GROQ_API_KEY is a key for Groq" in text
            assert text.count("is a key for Groq") == 1
            assert "y allow its key" in text
            await shell.press("y")
            await shell.until(lambda: KEY in server.text)
            await shell.until(lambda: "y allow its key" not in shell.shown())


async def test_a_key_that_cannot_be_had_is_said_and_can_be_asked_for_again(tmp_path: Path) -> None:
    with RecordingServer(replying) as server:
        config = house(server, 'model = "house-small"\n')
        async with opened(tmp_path, config) as shell:
            await shell.connections.keys.write("house", Secret(KEY), host="127.0.0.1")
        async with opened(tmp_path, config, {"PARLEY_VAULT_PASSPHRASE": "another"}) as shell:
            await shell.until_shown("key locked")
            await shell.ask("hello")
            await shell.until_idle()
            assert "passphrase" in shell.shown()
            assert "r try again" in shell.shown()
            await shell.press("alt+up", "r")
            await shell.until_idle()
            assert "r try again" in shell.shown()
        assert KEY not in server.text


async def test_a_message_that_waits_for_a_yes_is_sent_by_y_on_its_card(tmp_path: Path) -> None:
    with RecordingServer(replying) as server:
        async with opened(tmp_path, elsewhere(server), {"GROQ_API_KEY": KEY}) as shell:
            await shell.until_shown("confirm key")
            await shell.ask("hello")
            await shell.until_idle()
            assert "y allow it" in shell.shown()
            assert KEY not in server.text
            await shell.press("alt+up", "y")
            await shell.until_idle()
            await shell.until_shown("Hello there.")
            replies = [entry for entry in shell.chat.chat.entries if isinstance(entry, Reply)]
            assert [reply.text for reply in replies] == ["Hello there."]


# ── the sidebar ───────────────────────────────────────────────────────────────


async def test_thirty_providers_scroll_and_the_cursor_reaches_the_last(tmp_path: Path) -> None:
    tables = (f'[providers.number-{number}]\ntype = "ollama"\nenabled = false\n' for number in range(30))
    async with opened(tmp_path, QUIET + "".join(tables), size=SMALL) as shell:
        shell.chat.sidebar.providers.focus()
        await shell.press("end")
        await shell.until_shown("number-29")


async def test_the_found_stand_below_the_others_under_a_heading_of_their_own(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server), {"LITELLM_API_KEY": KEY}) as shell:
            providers = shell.chat.sidebar.query_one(ProviderList)
            lines = [line.strip(" │") for line in shell.shown().splitlines()]
            heading = next(index for index, line in enumerate(lines) if line.startswith("found"))
            assert "house" in lines[heading - 1]
            assert "LiteLLM" in lines[heading + 1]
            await in_sidebar(shell)
            assert providers.row is not None
            assert providers.row.name == "house"
            assert "d delete" in shell.shown()
            await shell.press("down")
            assert providers.row.name == "litellm"
            await shell.until_shown("k keep")
            assert "d delete" not in shell.shown()


async def test_the_status_line_shows_the_keys_of_the_sidebar_while_it_has_the_focus(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            shell.chat.sidebar.providers.focus()
            await shell.until_shown("e edit")
            await shell.press("escape")
            await shell.until(lambda: "e edit" not in shell.shown())


# ── the beginning ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [SMALL, (160, 48)])
async def test_without_any_provider_the_welcome_says_what_leads_on(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size=size) as shell:
        text = shell.shown()
        assert "No provider yet" in text
        assert "add a provider" in text
        assert "take the tour (no key needed)" in text


async def test_enter_in_the_empty_composer_adds_the_first_provider(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("enter")
        await shell.until(lambda: shell.on("Picker"))
        assert "Custom: any address" in shell.shown()


async def test_no_letter_is_taken_for_a_command_while_nobody_can_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press(*"add")
        assert shell.draft == "add"
        assert shell.on("ChatScreen")


async def test_enter_with_a_message_and_nobody_to_answer_keeps_it_and_says_how(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.ask("hello")
        assert shell.draft == "hello"
        assert "/add adds one" in shell.shown()


async def test_enter_in_the_empty_composer_does_nothing_where_somebody_answers(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server, 'model = "house-small"\n')) as shell:
            await shell.press("enter")
            assert shell.on("ChatScreen")


async def test_slash_providers_leads_into_the_sidebar(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("slash", *"providers", "enter")
        await shell.until(lambda: shell.chat.sidebar.providers.has_focus)
        await shell.press("a")
        await shell.until(lambda: shell.on("Picker"))


async def test_the_tour_leaves_for_the_demo(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("slash", *"tour", "enter")
        await shell.until(lambda: shell.app.wants_tour)


async def test_in_the_demo_the_tour_is_there_already(tmp_path: Path) -> None:
    async with opened(tmp_path, is_demo=True) as shell:
        await shell.press("slash", *"tour", "enter")
        await shell.until_shown("This is the tour")
        assert not shell.app.wants_tour


async def test_an_edit_from_outside_is_taken_over_and_said(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path) as shell:
            (tmp_path / "config.toml").write_text(house(server))
            await shell.until_shown("config.toml was read again")
            assert shell.connections.names == ("house",)
            (tmp_path / "config.toml").write_text("broken = = 1\n")
            await shell.until_shown("config.toml is not valid")
            assert shell.connections.names == ("house",)


async def test_a_command_for_a_provider_says_so_where_there_is_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("slash", *"test", "enter")
        await shell.until_shown("There is no provider yet: a adds one.")


async def test_the_card_follows_the_label(tmp_path: Path) -> None:
    with RecordingServer(open_house) as server:
        async with opened(tmp_path, house(server)) as shell:
            await in_sidebar(shell, "enter")
            await shell.until(lambda: shell.on("ProviderCard"))
            await shell.connections.changes.remember(("providers", "house", "label"), "Mansion [/b]")
            await shell.until(lambda: any(line.strip() == "Mansion [/b]" for line in shell.shown().splitlines()))


async def test_a_key_that_is_stored_by_another_parley_moves_the_lamp(tmp_path: Path) -> None:
    def guarded(request: Recorded) -> Answer:
        has_key = request.headers.get("authorization") == f"Bearer {KEY}"
        return open_house(request) if has_key else Answer({"error": {"message": "Invalid API key"}}, 401)

    with RecordingServer(guarded) as server:
        async with opened(tmp_path, house(server, 'auth = "api_key"\n')) as shell:
            await shell.until_shown("no key")
            await key_store(tmp_path).write("house", Secret(KEY), host=f"localhost:{server.port}")
            await shell.until_shown("connected")
            await key_store(tmp_path).write("litellm", Secret(KEY), host="")
            await shell.until_shown("LiteLLM")
