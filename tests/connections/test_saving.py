"""Providers are written to config.toml, their secrets to the key store, and gone from both when removed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.config.edit import EditRefused, lock_of
from app.connections.drafts import Typed
from app.file_lock import locked
from app.importing.files import import_bytes
from app.keys.errors import KeyStoreError
from tests.connections.making import connected
from tests.providers.recording import RecordingServer, models

KEY = "sk-planted-1234567890"
OPEN = {"/v1/models": models("house")}


def written(home: Path) -> str:
    file = home / "config.toml"
    return file.read_text("utf-8") if file.exists() else ""


def assert_nowhere(home: Path, secret: bytes) -> None:
    for file in home.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes(), file


async def test_a_saved_provider_is_there_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        draft = connections.changes.draft(Typed(type="groq", key=KEY, label="Fast"))
        assert await connections.changes.save(draft) == "groq"
        view = connections.view("groq")
        assert view is not None
        assert (view.label, view.key_source) == ("Fast", "the vault")
    async with connected(tmp_path) as connections:
        way = await connections.roster.ready_route("groq")
        assert way.key is not None
        assert way.key.secret.reveal() == KEY
    assert KEY not in written(tmp_path)
    assert "api_key" not in written(tmp_path)


async def test_a_secret_header_is_sent_and_written_nowhere(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with connected(tmp_path) as connections:
            typed = Typed(type="openai-compat", name="work", base_url=server.url, headers=["X-Gateway-Token: planted"])
            await connections.changes.save(connections.changes.draft(typed))
            await connections.check("work")
        assert server.requests[-1].headers["x-gateway-token"] == "planted"
    assert 'secret_headers = ["X-Gateway-Token"]' in written(tmp_path)
    assert_nowhere(tmp_path, b"planted")


async def test_editing_keeps_comments_and_the_stored_key(tmp_path: Path) -> None:
    async with connected(tmp_path, "# mine\n[providers.groq] # fast\ntype = 'groq'\n") as connections:
        await connections.changes.save(connections.changes.draft(Typed(key=KEY), editing="groq"))
        await connections.changes.save(connections.changes.draft(Typed(model="m1"), editing="groq"))
        way = await connections.roster.ready_route("groq")
    assert way.key is not None
    assert way.key.secret.reveal() == KEY
    assert written(tmp_path).startswith("# mine\n[providers.groq] # fast\ntype = 'groq'\n")
    assert 'model = "m1"' in written(tmp_path)


async def test_a_renamed_provider_keeps_its_key(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        await connections.changes.save(connections.changes.draft(Typed(type="groq", key=KEY)))
        await connections.changes.save(connections.changes.draft(Typed(name="quick"), editing="groq"))
        assert connections.names == ("quick",)
        way = await connections.roster.ready_route("quick")
    assert way.key is not None
    assert way.key.secret.reveal() == KEY


async def test_removing_takes_the_key_and_the_secret_headers_along(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        typed = Typed(type="groq", key=KEY, secret_headers=["X-T: planted"])
        await connections.changes.save(connections.changes.draft(typed))
        await connections.changes.remove("groq")
        assert connections.names == ()
        assert connections.keys.all_stored() == ()
    assert "groq" not in written(tmp_path)


async def test_where_the_file_cannot_be_changed_the_key_stays(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        await connections.changes.save(connections.changes.draft(Typed(type="groq", key=KEY)))
        broken = written(tmp_path) + "broken = = 1\n"
        (tmp_path / "config.toml").write_text(broken)
        with pytest.raises(EditRefused):
            await connections.changes.remove("groq")
        assert (await connections.keys.read("groq")).reveal() == KEY
    assert written(tmp_path) == broken


async def test_a_key_that_cannot_be_removed_is_named_with_what_to_do(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        await connections.changes.save(connections.changes.draft(Typed(type="groq", key=KEY)))
    async with connected(tmp_path, has_vault=False) as connections:
        with pytest.raises(KeyStoreError, match="groq is gone from config") as caught:
            await connections.changes.remove("groq")
        assert "parley keys remove groq --all" in caught.value.hint
        assert connections.names == ("groq",)
        assert connections.roster.entry("groq").found
    assert "groq" not in written(tmp_path)


async def test_without_a_safe_place_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    async with connected(tmp_path, has_vault=False) as connections:
        with pytest.raises(KeyStoreError):
            await connections.changes.save(connections.changes.draft(Typed(type="groq", key=KEY)))
    assert written(tmp_path) == ""


async def test_a_configuration_that_cannot_be_written_keeps_no_key_either(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        draft = connections.changes.draft(Typed(type="groq", key=KEY))
        (tmp_path / "config.toml").write_text("broken = = 1\n")
        with pytest.raises(EditRefused):
            await connections.changes.save(draft)
        assert connections.keys.all_stored() == ()
    assert written(tmp_path) == "broken = = 1\n"


async def test_two_providers_of_one_preset_have_keys_of_their_own(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        for name, key in (("one", "sk-1"), ("two", "sk-2")):
            await connections.changes.save(connections.changes.draft(Typed(name=name, type="groq", key=key)))
        keys = [(await connections.roster.ready_route(name)).key for name in ("one", "two")]
    assert [key.secret.reveal() for key in keys if key] == ["sk-1", "sk-2"]


async def test_a_found_provider_is_kept_by_one_call(tmp_path: Path) -> None:
    async with connected(tmp_path, environ={"GROQ_API_KEY": "sk-g"}) as connections:
        assert connections.roster.entry("groq").found
        await connections.changes.keep_found("groq")
        assert not connections.roster.entry("groq").found
        assert connections.names == ("groq",)
    assert "[providers.groq]" in written(tmp_path)
    assert "sk-g" not in written(tmp_path)


async def test_a_change_that_is_refused_puts_the_replaced_secrets_back(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        typed = Typed(type="openai", key=KEY, secret_headers=["X-Gate: planted"])
        await connections.changes.save(connections.changes.draft(typed))
        other = Typed(base_url="https://two.example.com", key="sk-new", secret_headers=["X-Gate: new", "X-Two: new"])
        draft = connections.changes.draft(other, editing="openai")
        broken = written(tmp_path) + "broken = = 1\n"
        (tmp_path / "config.toml").write_text(broken)
        with pytest.raises(EditRefused):
            await connections.changes.save(draft)
        assert (await connections.keys.read("openai")).reveal() == KEY
        assert (await connections.keys.read("openai", "X-Gate")).reveal() == "planted"
        assert [(key.header, key.host) for key in connections.keys.all_stored()] == [
            ("", "api.openai.com"),
            ("X-Gate", "api.openai.com"),
        ]


async def test_a_renaming_that_is_refused_for_what_else_changes_renames_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        await connections.changes.save(connections.changes.draft(Typed(type="groq", key=KEY)))
        before = written(tmp_path)
        draft = connections.changes.draft(Typed(name="quick", label="cash $"), editing="groq")
        with pytest.raises(EditRefused):
            await connections.changes.save(draft)
        assert (await connections.keys.read("groq")).reveal() == KEY
    assert written(tmp_path) == before


async def test_a_renamed_provider_can_change_in_the_same_step(tmp_path: Path) -> None:
    config = 'default_model = "groq/m"\n[providers.groq]  # mine\ntype = "groq"\n'
    async with connected(tmp_path, config) as connections:
        draft = connections.changes.draft(Typed(name="quick", label="Quick"), editing="groq")
        await connections.changes.save(draft)
        assert connections.roster.entry("quick").label == "Quick"
    assert written(tmp_path) == (
        'default_model = "quick/m"\n[providers.quick]  # mine\ntype = "groq"\nlabel = "Quick"\n'
    )


async def test_what_is_written_out_though_it_is_the_default_stays(tmp_path: Path) -> None:
    config = """[providers.groq]
type = "groq"
enabled = true  # never off
timeout = 60.0
retries = 2     # enough
extra_headers = {}
"""
    async with connected(tmp_path, config) as connections:
        await connections.changes.save(connections.changes.draft(Typed(label="Fast"), editing="groq"))
        assert written(tmp_path) == config + 'label = "Fast"\n'
        more = connections.changes.draft(Typed(more={"retries": 5, "enabled": False}), editing="groq")
        await connections.changes.save(more)
    assert "enabled = false  # never off\n" in written(tmp_path)
    assert "retries = 5     # enough\n" in written(tmp_path)


async def test_an_import_that_stops_says_where(tmp_path: Path) -> None:
    async with connected(tmp_path) as connections:
        good = {"type": "openai-compat", "base_url": "http://localhost:1/v1"}
        document = {"$schema": "https://charm.land/crush.json", "providers": {"one": good, "two": good, "three": good}}
        plan = connections.changes.import_plan(import_bytes(json.dumps(document).encode(), "crush.json"))
        bad = replace(plan.providers[1], settings=replace(plan.providers[1].settings, label="cash $"))
        with pytest.raises(EditRefused, match="two and what follows it was not written"):
            await connections.changes.take_import(replace(plan, providers=(plan.providers[0], bad, plan.providers[2])))
    assert "[providers.one]" in written(tmp_path)
    assert "three" not in written(tmp_path)


async def test_moving_secrets_leaves_the_other_headers_as_they_are_written(tmp_path: Path) -> None:
    config = """[providers.work]
type = "openai-compat"
base_url = "http://127.0.0.1:9/v1"
extra_headers = { Authorization = "Bearer sk-planted-12", X-Key = "$$abc", X-Empty = "", X-Max-Tokens = "4096" }
"""
    async with connected(tmp_path, config) as connections:
        await connections.changes.move_key("work")
        way = await connections.roster.ready_route("work")
    assert way.endpoint.headers == {
        "Authorization": "Bearer sk-planted-12",
        "X-Key": "$abc",
        "X-Empty": "",
        "X-Max-Tokens": "4096",
    }
    assert 'extra_headers = { X-Key = "$$abc", X-Empty = "", X-Max-Tokens = "4096" }' in written(tmp_path)
    assert_nowhere(tmp_path, b"sk-planted-12")


async def test_what_somebody_wrote_into_the_provider_meanwhile_stays(tmp_path: Path) -> None:
    config = '[providers.groq]\ntype = "groq"\nlabel = "Old"\n'
    async with connected(tmp_path, config) as connections:
        draft = connections.changes.draft(Typed(name="quick", label="New"), editing="groq")
        more = 'retries = 7\n\n[[providers.groq.models]]\nid = "mine"\n'
        (tmp_path / "config.toml").write_text(config + more)
        await connections.changes.save(draft)
        entry = connections.roster.entry("quick")
        assert (entry.label, entry.retries, [model.id for model in entry.models]) == ("New", 7, ["mine"])
    assert written(tmp_path) == (config + more).replace("groq]", "quick]").replace("groq.", "quick.").replace(
        "Old", "New"
    )


@pytest.mark.parametrize("when_s", [0.02, 0.3])
async def test_a_save_that_is_stopped_is_done_or_undone_but_never_half(tmp_path: Path, when_s: float) -> None:
    async with connected(tmp_path, "# mine\n") as connections:
        with locked(lock_of(tmp_path / "config.toml")):
            draft = connections.changes.draft(Typed(type="groq", key=KEY))
            save = asyncio.create_task(connections.changes.save(draft))
            await asyncio.sleep(when_s)
            save.cancel()
            await asyncio.sleep(0.1)
        await asyncio.wait([save])
        await asyncio.sleep(0.2)  # what goes on in a thread has its time
        has_key = connections.keys.stored("groq") is not None
        assert ("[providers.groq]" in written(tmp_path), "groq" in connections.names) == (has_key, has_key)


async def test_a_rename_with_something_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path, "[providers.groq]\ntype = 'groq'\n") as connections:
        changes = connections.changes
        await changes.save(changes.draft(Typed(key=KEY), editing="groq"))
        renamed = changes.draft(Typed(name="quick"), editing="groq")
        with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
            config.write("[providers.quick]\ntype = 'groq'\n")  # Meanwhile, by hand.
        before = written(tmp_path)
        with pytest.raises(EditRefused):
            await changes.save(renamed)
        assert written(tmp_path) == before
        assert connections.keys.stored("groq") is not None
        assert connections.keys.stored("quick") is None
