"""No key goes to a host it does not belong to, or in the open, without being asked for once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.connections.consent import ConsentNeeded
from app.connections.drafts import Typed
from app.connections.trying import Trial
from providers.connection import ConnectionState
from tests.connections.making import connected
from tests.providers.recording import Answer, RecordingServer, models

OPEN = {"/v1/models": models("house")}
GATEWAY = '[providers.gate]\ntype = "openai"\nbase_url = "{url}"\n'


async def test_a_key_from_the_environment_is_not_sent_to_another_host(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with connected(tmp_path, GATEWAY.format(url=server.url), {"OPENAI_API_KEY": "sk-planted"}) as connections:
            await connections.check("gate")
            connection = connections.roster.connection("gate")
            assert (connection.state, connection.word) == (ConnectionState.DISCONNECTED, "confirm key")
            assert connection.error is not None
            assert "OPENAI_API_KEY" in connection.error.summary
            assert "OpenAI" in connection.error.summary
    assert server.requests == []


async def test_what_was_allowed_once_is_not_asked_again(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-planted"}
    with RecordingServer(OPEN) as server:
        async with connected(tmp_path, GATEWAY.format(url=server.url), environ) as connections:
            connections.allow("gate")
            await connections.check("gate")
            assert connections.roster.connection("gate").state is ConnectionState.CONNECTED
        async with connected(tmp_path, environ=environ) as connections:
            await connections.roster.ready_route("gate")
    assert server.requests[0].headers["authorization"] == "Bearer sk-planted"


async def test_a_key_beside_the_url_it_is_for_needs_no_consent(tmp_path: Path) -> None:
    config = GATEWAY.format(url="https://gate.example.com") + 'api_key = "$OPENAI_API_KEY"\n'
    async with connected(tmp_path, config, {"OPENAI_API_KEY": "sk-1"}) as connections:
        assert connections.roster.route("gate").consents == ()


async def test_a_stored_key_stays_with_the_host_it_was_given_for(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        typed = Typed(name="gate", type="openai", base_url="https://one.example.com", key="sk-1")
        await connections.changes.save(connections.changes.draft(typed))
        assert connections.roster.route("gate").consents == ()
        await connections.changes.save(
            connections.changes.draft(Typed(base_url="https://two.example.com"), editing="gate")
        )
        with pytest.raises(ConsentNeeded, match=r"one\.example\.com.*two\.example\.com"):
            await connections.roster.ready_route("gate")


async def test_a_server_that_runs_anywhere_has_no_host_its_key_could_be_foreign_to(tmp_path: Path) -> None:
    config = '[providers.v]\ntype = "vllm"\nbase_url = "https://gpu.example.com"\n'
    async with connected(tmp_path, config, {"VLLM_API_KEY": "k"}) as connections:
        assert connections.roster.route("v").consents == ()


async def test_a_key_would_not_go_unencrypted_to_the_world(tmp_path: Path) -> None:
    config = GATEWAY.format(url="http://gate.example.com") + 'api_key = "$K"\n'
    async with connected(tmp_path, config, {"K": "sk-1"}) as connections:
        with pytest.raises(ConsentNeeded, match="without encryption"):
            await connections.roster.ready_route("gate")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "192.168.1.7:8000", "gpu.local", "gpu"])
async def test_a_key_may_go_unencrypted_inside_the_house(tmp_path: Path, host: str) -> None:
    config = GATEWAY.format(url=f"http://{host}") + 'api_key = "$K"\n'
    async with connected(tmp_path, config, {"K": "sk-1"}) as connections:
        assert connections.roster.route("gate").consents == ()


async def test_trying_asks_before_anything_is_sent(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with connected(tmp_path, environ={"OPENAI_API_KEY": "sk-planted"}) as connections:
            draft = connections.changes.draft(Typed(name="gate", type="openai", base_url=server.url))
            trial = await connections.changes.try_draft(draft)
            assert trial.needs_consent
            assert server.requests == []
            allowed = await connections.changes.try_draft(draft, is_allowed=True)
            assert allowed.error is None
            await connections.changes.save(allowed.draft, is_allowed=True)
            assert connections.roster.route("gate").consents == ()


async def test_a_secret_header_would_not_go_unencrypted_to_the_world_either(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        typed = Typed(
            name="gate", type="openai-compat", base_url="http://gate.example.com", secret_headers=["X-Gate: planted"]
        )
        draft = connections.changes.draft(typed)
        assert (await connections.changes.try_draft(draft)).needs_consent
        await connections.changes.save(draft)
        with pytest.raises(ConsentNeeded, match=r"X-Gate from the vault.*without encryption"):
            await connections.roster.ready_route("gate")
        connections.allow("gate")
        await connections.roster.ready_route("gate")


async def test_nor_would_one_that_stands_in_the_configuration(tmp_path: Path) -> None:
    config = (
        GATEWAY.format(url="http://gate.example.com") + 'extra_headers = { Authorization = "$T", X-Team = "blue" }\n'
    )
    async with connected(tmp_path, config, {"T": "Bearer planted-token"}) as connections:
        (consent,) = connections.roster.route("gate").consents
        assert "Authorization" in consent.question
        assert "planted" not in repr(consent)


@pytest.mark.parametrize(("proxy", "is_asked"), [("http://proxy.example.com:80", True), ("http://10.0.0.1:80", False)])
async def test_a_proxy_outside_is_outside_the_house(tmp_path: Path, proxy: str, is_asked: bool) -> None:
    config = GATEWAY.format(url="http://gpu.local") + 'api_key = "$K"\n'
    async with connected(tmp_path, config, {"K": "sk-1", "HTTP_PROXY": proxy}) as connections:
        questions = [consent.question for consent in connections.roster.route("gate").consents]
        assert questions == (
            ["The key from $K would go to gpu.local through the proxy proxy.example.com without encryption."]
            if is_asked
            else []
        )


async def test_a_key_of_a_vendor_does_not_follow_a_change_of_the_type(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        await connections.changes.save(connections.changes.draft(Typed(name="work", type="openai", key="sk-planted")))
        moved = Typed(type="litellm", base_url="https://proxy.example.com")
        await connections.changes.save(connections.changes.draft(moved, editing="work"))
        with pytest.raises(ConsentNeeded, match=r"api\.openai\.com.*proxy\.example\.com"):
            await connections.roster.ready_route("work")


async def test_a_new_key_does_not_take_a_stored_header_along_to_another_host(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as old, RecordingServer(OPEN) as new:
        async with connected(tmp_path) as connections:
            typed = Typed(
                name="gate", type="openai", base_url=old.url, key="sk-old", secret_headers=["X-Gate: planted"]
            )
            await connections.changes.save(connections.changes.draft(typed))
            draft = connections.changes.draft(Typed(base_url=new.url, key="sk-new"), editing="gate")
            trial = await connections.changes.try_draft(draft)
            assert trial.needs_consent
            assert "X-Gate was given for localhost" in str(trial.error)
    assert new.requests == []


async def found_out(
    home: Path, proxy: RecordingServer, typed: Mapping[str, object], *, is_allowed: bool = False
) -> Trial:
    """Try an address of which nothing is known, through a proxy that records what would have gone out."""
    async with connected(home) as connections:
        fields = {"base_url": "http://gate.example.com/v1", "proxy": proxy.url, **typed}
        draft = connections.changes.draft(Typed(**fields))  # type: ignore[arg-type]
        return await connections.changes.try_draft(draft, is_allowed=is_allowed)


@pytest.mark.parametrize("typed", [{"key": "sk-planted"}, {"secret_headers": ["X-Gate: planted"]}])
async def test_finding_out_what_is_at_an_address_asks_before_anything_is_sent_in_the_open(
    tmp_path: Path, typed: dict[str, object]
) -> None:
    with RecordingServer(OPEN) as proxy:
        trial = await found_out(tmp_path, proxy, typed)
        assert trial.needs_consent
        assert "without encryption" in str(trial.error)
        assert proxy.requests == []
        assert (await found_out(tmp_path, proxy, typed, is_allowed=True)).error is None
        assert "planted" in proxy.text


async def test_an_address_may_be_asked_in_the_open_for_as_long_as_nothing_secret_goes_there(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as proxy:
        assert (await found_out(tmp_path, proxy, {})).error is None


async def test_who_allows_one_secret_is_asked_about_the_other_that_turns_up(tmp_path: Path) -> None:
    """A header may go there in the open; that it is a server for Anthropic, which wants that key, is known later."""
    lists = {"data": [{"type": "model", "id": "claude", "display_name": "C", "created_at": "2026-01-01T00:00:00Z"}]}
    answers = {"/v1/models": Answer(lists | {"has_more": False, "first_id": "claude", "last_id": "claude"})}
    with RecordingServer(answers) as proxy:
        async with connected(tmp_path, environ={"ANTHROPIC_API_KEY": "sk-ant-planted"}) as connections:
            typed = Typed(base_url="http://gate.example.com/v1", proxy=proxy.url, secret_headers=["X-Gate: mine"])
            draft = connections.changes.draft(typed)
            first = await connections.changes.try_draft(draft)
            assert "X-Gate" in str(first.error)
            second = await connections.changes.try_draft(draft, is_allowed=True)
            assert second.draft.settings.type == "anthropic"
            assert "$ANTHROPIC_API_KEY is a key for Anthropic" in str(second.error)
            assert "sk-ant-planted" not in proxy.text
            third = await connections.changes.try_draft(draft, is_allowed=True)
            assert not third.needs_consent
            assert "sk-ant-planted" in proxy.text
