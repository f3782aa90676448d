"""Trying a provider before it is saved: what answered, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.connections.drafts import Typed
from app.connections.trying import Trial
from providers.errors import BadCredential, CannotConnect, MissingKey
from tests.connections.making import connected
from tests.providers.proxying import ProxyServer
from tests.providers.recording import Answer, Recorded, RecordingServer, models

KEY = "sk-planted-1234567890"


def guarded(request: Recorded) -> Answer:
    """A server that wants KEY."""
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)
    return models("house-large", "house-small") if request.path == "/v1/models" else Answer("no", 404)


async def tried(home: Path, environ: Mapping[str, str] | None = None, **typed: object) -> Trial:
    async with connected(home, environ=environ) as connections:
        return await connections.changes.try_draft(connections.changes.draft(Typed(**typed)))  # type: ignore[arg-type]


async def test_an_address_alone_tells_what_is_there(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        trial = await tried(tmp_path, base_url=f"{server.url}/v1", key=KEY)
    assert trial.error is None
    assert trial.draft.settings.type == "openai-compat"
    assert [info.id for info in trial.models] == ["house-large", "house-small"]
    said = " ".join(trial.sentences)
    assert "/v1/models" in said
    assert "2 models" in said
    assert "openai-chat" in said


async def test_a_key_that_is_refused_is_said_and_nothing_is_saved(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        trial = await tried(tmp_path, type="openai-compat", base_url=server.url, key="sk-wrong")
    assert isinstance(trial.error, BadCredential)
    assert "Check what you typed:" in trial.error.hint
    assert not (tmp_path / "config.toml").exists()
    assert "sk-wrong" not in repr(trial)


async def test_a_preset_without_a_key_lacks_only_that(tmp_path: Path) -> None:
    trial = await tried(tmp_path, type="groq")
    assert isinstance(trial.error, MissingKey)
    assert "GROQ_API_KEY" in trial.error.hint


async def test_a_server_that_is_not_there_is_said_with_how_to_start_it(tmp_path: Path) -> None:
    trial = await tried(tmp_path, type="ollama", base_url="http://127.0.0.1:9")
    assert isinstance(trial.error, CannotConnect)
    assert "ollama serve" in trial.error.hint


async def test_vllm_without_a_model_asks_for_one(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("Qwen/Qwen2.5-7B-Instruct", owned_by="vllm")}) as server:
        trial = await tried(tmp_path, type="vllm", base_url=server.url)
        assert trial.needs_model
        chosen = await tried(tmp_path, type="vllm", base_url=server.url, model="Qwen/Qwen2.5-7B-Instruct")
    assert not chosen.needs_model


async def test_a_model_that_is_not_listed_is_doubted_with_the_nearest(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        trial = await tried(tmp_path, type="openai-compat", base_url=server.url, key=KEY, model="house-larg")
    assert trial.error is None
    assert any("house-large" in warning for warning in trial.warnings)


async def test_a_key_of_another_provider_is_doubted(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        trial = await tried(tmp_path, type="openai", base_url=server.url, key="sk-ant-api03-abc")
    assert any("Anthropic" in warning for warning in trial.warnings)


async def test_an_edited_provider_is_tried_with_the_key_that_is_stored_for_it(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        async with connected(tmp_path) as connections:
            typed = Typed(name="work", type="openai-compat", base_url=server.url, key=KEY)
            await connections.changes.save(
                (await connections.changes.try_draft(connections.changes.draft(typed))).draft
            )
            renamed = connections.changes.draft(Typed(name="office", model="house-small"), editing="work")
            trial = await connections.changes.try_draft(renamed)
    assert trial.error is None


async def test_finding_out_what_is_there_fills_in_the_variables(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        environ = {"WHERE": f"{server.url}/v1", "TEAM": "blue", "MINE": KEY}
        trial = await tried(tmp_path, environ, base_url="$WHERE", headers=["X-Team: $TEAM", "X-Cost: $$5"], key="$MINE")
    assert trial.error is None
    assert [info.id for info in trial.models] == ["house-large", "house-small"]
    assert (trial.draft.settings.type, trial.draft.settings.base_url) == ("openai-compat", "$WHERE")
    assert trial.draft.settings.api_key == "$MINE"
    assert all(request.headers["x-team"] == "blue" for request in server.requests)
    assert all(request.headers["x-cost"] == "$5" for request in server.requests)


async def test_a_variable_that_is_not_set_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with RecordingServer(guarded) as server:
        trial = await tried(tmp_path, base_url=server.url, headers=["X-Team: $TEAM"])
    assert "$TEAM is not set" in str(trial.error)
    assert server.requests == []


async def test_a_dollar_sign_in_an_address_stays_one(tmp_path: Path) -> None:
    with RecordingServer({"/a$b/v1/models": models("house")}) as server:
        trial = await tried(tmp_path, base_url=f"{server.url}/a$$b/v1")
    assert trial.error is None
    assert trial.draft.settings.base_url == f"{server.url}/a$$b/v1"


async def test_certificates_are_looked_for_beside_the_configuration(tmp_path: Path) -> None:
    trial = await tried(tmp_path, base_url="https://127.0.0.1:9", ca_file="ours.pem")
    assert f"The certificate file {tmp_path / 'ours.pem'} does not exist" in str(trial.error)


SECRETS = {"key": "planted-key-1234567890", "secret_headers": ["X-Token: planted-header"]}


@pytest.mark.parametrize("type_", ["", "openai-compat"], ids=["find out", "openai-compat"])
@pytest.mark.parametrize("given", [("key",), ("secret_headers",), ("key", "secret_headers")], ids="+".join)
async def test_no_secret_is_sent_in_the_open_before_somebody_allowed_it(
    tmp_path: Path, type_: str, given: tuple[str, ...]
) -> None:
    way_to = {"llm.example.com": ("127.0.0.1", 0)}
    with RecordingServer({"/v1/models": models("house")}) as server:
        way_to["llm.example.com"] = ("127.0.0.1", server.port)
        with ProxyServer(way_to=way_to) as proxy:
            async with connected(tmp_path) as connections:
                secrets = {name: SECRETS[name] for name in given}
                typed = Typed(type=type_, base_url="http://llm.example.com", proxy=proxy.url, **secrets)  # type: ignore[arg-type]
                draft = connections.changes.draft(typed)
                trial = await connections.changes.try_draft(draft)
                assert trial.needs_consent
                assert "planted" not in server.text
                allowed = await connections.changes.try_draft(draft, is_allowed=True)
                assert allowed.error is None
                assert "planted" in server.text


async def test_a_stored_header_goes_to_another_host_only_when_somebody_allowed_it(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house")}) as server:
        async with connected(tmp_path) as connections:
            changes = connections.changes
            await changes.save(changes.draft(Typed(type="groq", name="work", secret_headers=["X-Token: planted"])))
            moved = changes.draft(Typed(base_url=server.url, key=KEY), editing="work")
            trial = await changes.try_draft(moved)
            assert trial.needs_consent
            assert "planted" not in server.text
