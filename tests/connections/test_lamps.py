"""Every provider's lamp: against the demo server, and against servers that fail and recover."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.connections.connections import Connections
from app.connections.demo import demo_settings
from app.connections.drafts import Typed
from providers.connection import Connection, ConnectionState
from providers.demo import DemoServer, demo_models
from providers.errors import BadCredential, CannotConnect, IncompleteStream, RateLimited, Rejected
from providers.reference import ModelRef
from tests.connections.making import connected
from tests.providers.proxying import ProxyServer
from tests.providers.recording import Answer, Recorded, RecordingServer, models

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def demo_connections(demo: DemoServer, tmp_path: Path) -> AsyncIterator[Connections]:
    """Open connections to the demo's seven providers."""
    async with connected(tmp_path) as connections:
        connections.reload(demo_settings(Settings(), demo.url, demo_models()))
        yield connections


async def states(connections: Connections) -> dict[str, tuple[str, str]]:
    await asyncio.gather(*(connections.check(name) for name in connections.names_to_connect()))
    return {view.name: (view.connection.state.value, view.connection.word) for view in connections.views()}


async def until(connections: Connections, name: str, state: ConnectionState) -> Connection:
    async with asyncio.timeout(10):
        while connections.roster.connection(name).state is not state:  # noqa: ASYNC110 - as a user would look
            await asyncio.sleep(0.01)
    return connections.roster.connection(name)


async def asked(server: RecordingServer) -> None:
    """Wait until a request has arrived."""
    async with asyncio.timeout(10):
        while not server.requests:  # noqa: ASYNC110 - the server is in threads
            await asyncio.sleep(0.01)


async def test_the_demo_shows_every_kind_of_lamp(demo_connections: Connections) -> None:
    assert await states(demo_connections) == {
        "chat": ("connected", "connected"),
        "responses": ("connected", "connected"),
        "messages": ("connected", "connected"),
        "ollama": ("connected", "connected"),
        "locked": ("error", "key rejected"),
        "paused": ("disabled", "disabled"),
        "keyless": ("disconnected", "no key"),
    }


async def test_a_failed_check_says_what_to_do(demo_connections: Connections) -> None:
    await states(demo_connections)
    error = demo_connections.roster.connection("locked").error
    assert error is not None
    assert error.summary
    assert error.hint


async def test_a_connected_provider_lists_the_models_of_its_server(demo_connections: Connections) -> None:
    await states(demo_connections)
    for name in ("chat", "responses", "messages", "ollama"):
        listed = {info.id for info in demo_connections.roster.connection(name).models}
        assert {"tour", "eliza", "thinker"} <= listed


async def test_the_lamp_is_told_to_whoever_listens(demo_connections: Connections) -> None:
    told: list[tuple[str, ConnectionState]] = []
    demo_connections.on_changed = lambda name: told.append((name, demo_connections.roster.connection(name).state))
    await demo_connections.check("chat")
    assert told == [("chat", ConnectionState.CONNECTING), ("chat", ConnectionState.CONNECTED)]


async def test_a_dead_host_ends_as_an_error_with_a_hint(tmp_path: Path) -> None:
    async with connected(
        tmp_path, '[providers.dead]\ntype = "ollama"\nbase_url = "http://127.0.0.1:9"\n'
    ) as connections:
        assert await states(connections) == {"dead": ("error", "no answer")}
        error = connections.roster.connection("dead").error
    assert error is not None
    assert "127.0.0.1:9" in error.summary
    assert "ollama serve" in error.hint


async def test_disabling_a_provider_stops_offering_its_models(demo_connections: Connections) -> None:
    demo_connections.roster.set_enabled("chat", False)
    assert not [choice for choice in demo_connections.choices() if choice.ref.provider == "chat"]
    await demo_connections.check("chat")
    assert demo_connections.roster.connection("chat").state is ConnectionState.DISABLED


WORK = '[providers.work]\ntype = "openai-compat"\nbase_url = "{url}"\ntimeout = 5\n'


async def test_a_failed_provider_is_tried_again_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.connection.FIRST_PAUSE_S", 0.05)
    answers = [Answer("busy", 503), Answer("busy", 503), models("house")]
    with RecordingServer(lambda request: answers.pop(0) if len(answers) > 1 else answers[0]) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            connection = await until(connections, "work", ConnectionState.CONNECTED)
            keeper.cancel()
    assert connection.failures == 0
    assert connection.error is None
    assert len(server.requests) >= 3


async def test_a_server_that_went_away_is_noticed_without_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.connections.lamps.LOOK_NEAR_S", 0.05)
    told: list[ConnectionState] = []
    with RecordingServer({"/v1/models": models("house")}) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await until(connections, "work", ConnectionState.CONNECTED)
            connections.on_changed = lambda name: told.append(connections.roster.connection(name).state)
            while len(server.requests) < 4:  # noqa: ASYNC110 - as time goes by
                await asyncio.sleep(0.01)
            assert set(told) <= {ConnectionState.CONNECTED}, "a look at a good provider does not flicker"
            server.script = {}
            await until(connections, "work", ConnectionState.ERROR)
            keeper.cancel()


async def test_after_a_reply_that_broke_off_it_is_looked_whether_the_server_is_there(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house")}) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await until(connections, "work", ConnectionState.CONNECTED)
            server.script = lambda request: Answer(is_cut=True)
            connections.lamps.note_outcome(connections.roster.entry("work"), IncompleteStream("It broke off."))
            await until(connections, "work", ConnectionState.ERROR)
            keeper.cancel()


async def test_a_provider_that_is_edited_is_connected_again_at_once(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house")}) as server:
        async with connected(tmp_path, WORK.format(url="http://127.0.0.1:9")) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await until(connections, "work", ConnectionState.ERROR)
            await connections.changes.remember(("providers", "work", "base_url"), server.url)
            await until(connections, "work", ConnectionState.CONNECTED)
            keeper.cancel()


async def test_what_a_check_finds_out_about_a_provider_as_it_was_is_dropped(tmp_path: Path) -> None:
    with RecordingServer(lambda request: Answer({"data": [{"id": "old"}]}, delay_s=0.3)) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            check = asyncio.create_task(connections.check("work"))
            await until(connections, "work", ConnectionState.CONNECTING)
            await asyncio.sleep(0.05)
            await connections.changes.set_enabled("work", False)
            await check
            assert connections.roster.connection("work").state is ConnectionState.DISABLED


async def test_a_provider_that_is_removed_while_it_is_checked_is_simply_gone(tmp_path: Path) -> None:
    with RecordingServer(lambda request: Answer({"data": [{"id": "old"}]}, delay_s=0.3)) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            check = asyncio.create_task(connections.check("work"))
            await asked(server)
            await connections.changes.remove("work")
            await check
            assert connections.views() == ()


async def test_an_edit_of_something_else_does_not_cost_a_check_its_result(tmp_path: Path) -> None:
    with RecordingServer(lambda request: Answer({"data": [{"id": "house"}]}, delay_s=0.3)) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await asked(server)
            await connections.changes.toggle_favourite(ModelRef("work", "house"))
            await until(connections, "work", ConnectionState.CONNECTED)
            keeper.cancel()
    assert server.lines == ["GET /v1/models"]


@pytest.mark.parametrize("may_be_told", ["by a check", "by a request"])
async def test_what_is_learned_with_the_key_before_says_nothing_about_the_new_one(
    tmp_path: Path, may_be_told: str
) -> None:
    def guarded(request: Recorded) -> Answer:
        if request.headers.get("authorization") != "Bearer sk-good-123456":
            return Answer({"error": {"message": "Invalid API key"}}, 401, delay_s=0.3)
        return models("house")

    with RecordingServer(guarded) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            changes = connections.changes
            await changes.save(changes.draft(Typed(key="sk-bad-1234567"), editing="work"))
            before = connections.roster.entry("work")
            keeper = asyncio.create_task(connections.keep("work"))
            await asked(server)
            await changes.save(changes.draft(Typed(key="sk-good-123456"), editing="work"))
            await until(connections, "work", ConnectionState.CONNECTED)
            if may_be_told == "by a request":
                connections.lamps.note_outcome(before, BadCredential("No."))
            else:
                await asyncio.sleep(0.4)
            assert connections.roster.connection("work").state is ConnectionState.CONNECTED
            keeper.cancel()


async def test_a_keeper_hears_of_changes_though_the_one_before_it_leaves_late(tmp_path: Path) -> None:
    delays = [0.3]
    with RecordingServer(lambda request: Answer({"data": [{"id": "house"}]}, delay_s=delays[-1])) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            before = asyncio.create_task(connections.keep("work"))
            await asked(server)
            before.cancel()
            delays.append(0)
            keeper = asyncio.create_task(connections.keep("work"))
            await until(connections, "work", ConnectionState.CONNECTED)
            await asyncio.wait([before])
            connections.roster.restart("work")
            connections.lamps.stir_all()
            await until(connections, "work", ConnectionState.CONNECTED)
            keeper.cancel()


async def test_when_a_provider_is_tried_again_does_not_depend_on_who_asks(tmp_path: Path) -> None:
    async with connected(tmp_path, WORK.format(url="http://127.0.0.1:9")) as connections:
        await connections.check("work")
        views = [connections.view("work") for _ in range(9)]
    assert len({view.next_try_at for view in views if view is not None}) == 1


async def test_asking_twice_sends_one_request(tmp_path: Path) -> None:
    with RecordingServer(lambda request: Answer({"data": [{"id": "house"}]}, delay_s=0.2)) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            await asyncio.gather(connections.check("work"), connections.check("work"))
    assert len(server.requests) == 1


async def test_a_provider_without_a_key_is_disconnected_and_nothing_is_sent(tmp_path: Path) -> None:
    with RecordingServer() as server:
        config = WORK.format(url=server.url) + 'auth = "api_key"\n'
        async with connected(tmp_path, config) as connections:
            await connections.check("work")
            connection = connections.roster.connection("work")
    assert (connection.state, connection.word) == (ConnectionState.DISCONNECTED, "no key")
    assert server.requests == []


async def test_a_key_whose_variable_is_not_set_is_no_key(tmp_path: Path) -> None:
    config = WORK.format(url="https://llm.example.com") + 'api_key = "$NOBODY_SET_THIS"\n'
    async with connected(tmp_path, config) as connections:
        await connections.check("work")
        connection = connections.roster.connection("work")
    assert (connection.state, connection.word) == (ConnectionState.DISCONNECTED, "no key")
    assert connection.error is not None
    assert "NOBODY_SET_THIS" in connection.error.summary
    assert "parley keys set work" in connection.error.hint


async def test_a_provider_that_is_connected_only_when_used_is_left_alone(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house")}) as server:
        config = WORK.format(url=server.url) + "auto_connect = false\n"
        async with connected(tmp_path, config) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await asyncio.sleep(0.1)
            assert connections.roster.connection("work").state is ConnectionState.DISCONNECTED
            assert server.requests == []
            keeper.cancel()


async def test_the_list_of_a_server_is_kept_for_the_next_start(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house-1", "house-2")}) as server:
        async with connected(tmp_path, WORK.format(url=server.url)) as connections:
            await connections.check("work")
    async with connected(tmp_path) as connections:
        connection = connections.roster.connection("work")
        assert [info.id for info in connection.models] == ["house-1", "house-2"]
        assert connection.listed_at is not None
        await connections.check("work")
        failed = connections.roster.connection("work")
    assert failed.state is ConnectionState.ERROR
    assert failed.models == connection.models


async def test_thirty_dead_hosts_hold_nothing_up(tmp_path: Path) -> None:
    def silent(request: Recorded) -> Answer:
        return Answer(b"", delay_s=2)

    with RecordingServer(silent) as server:
        dead = "".join(
            f'[providers.dead{number}]\ntype = "openai-compat"\nbase_url = "{server.url}/{number}"\n'
            for number in range(30)
        )
        async with connected(tmp_path, dead) as connections:
            keepers = [asyncio.create_task(connections.keep(name)) for name in connections.names]
            started = asyncio.get_running_loop().time()
            await asyncio.sleep(0.05)
            await asyncio.to_thread(lambda: None)
            assert asyncio.get_running_loop().time() - started < 1
            for keeper in keepers:
                keeper.cancel()
            await asyncio.wait(keepers)


# ── how one state follows another ─────────────────────────────────────────────


def failing(times: int) -> Connection:
    connection = Connection.at_start(NOW, is_enabled=True, connects_itself=True)
    for _ in range(times):
        connection = connection.failed(CannotConnect("Nothing answers."), NOW)
    return connection


def test_pauses_between_attempts_grow_up_to_five_minutes() -> None:
    pauses = []
    for times in range(1, 9):
        due = failing(times).next_try_at
        assert due is not None
        pauses.append((due - NOW).total_seconds())
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_pause_is_shortened_by_up_to_a_fifth() -> None:
    due = failing(0).failed(CannotConnect("Nothing answers."), NOW, spread=0.5).next_try_at
    assert due == NOW + timedelta(seconds=4.5)


def test_a_refused_key_is_not_tried_again_soon() -> None:
    connection = failing(0).failed(BadCredential("No."), NOW)
    assert connection.next_try_at == NOW + timedelta(minutes=5)


def test_the_server_s_own_wish_to_wait_is_honoured() -> None:
    connection = failing(0).failed(RateLimited("Slow down.", retry_after_s=60), NOW)
    assert connection.next_try_at == NOW + timedelta(minutes=1)


def test_a_request_that_goes_through_mends_a_lamp() -> None:
    mended = failing(3).after_request(None, NOW)
    assert (mended.state, mended.error, mended.failures) == (ConnectionState.CONNECTED, None, 0)


def test_a_request_that_fails_breaks_a_lamp_only_where_it_tells_something_about_the_provider() -> None:
    good = failing(0).after_request(None, NOW)
    assert good.after_request(Rejected("Bad temperature."), NOW) is good
    assert good.after_request(CannotConnect("Gone."), NOW).word == "no answer"


def test_a_disabled_provider_stays_disabled_whatever_a_late_request_says() -> None:
    disabled = Connection.at_start(NOW, is_enabled=False, connects_itself=True)
    assert disabled.after_request(None, NOW) is disabled


def test_a_state_remembers_since_when_it_holds() -> None:
    first = failing(1)
    later = first.failed(CannotConnect("Still."), NOW + timedelta(minutes=1))
    assert later.since == NOW


async def test_going_offline_and_online_again_moves_the_lamps(tmp_path: Path) -> None:
    with (
        RecordingServer({"/v1/models": models("house")}) as server,
        ProxyServer(way_to={"llm.example.com": ("127.0.0.1", server.port)}) as proxy,
    ):
        config = f'{WORK.format(url="http://llm.example.com")}proxy = "{proxy.url}"\n'
        async with connected(tmp_path, config) as connections:
            keeper = asyncio.create_task(connections.keep("work"))
            await until(connections, "work", ConnectionState.CONNECTED)
            await connections.changes.remember(("offline",), True)
            failed = await until(connections, "work", ConnectionState.ERROR)
            assert [info.id for info in failed.models] == ["house"]
            await connections.changes.remember(("offline",), False)
            await until(connections, "work", ConnectionState.CONNECTED)
            keeper.cancel()
