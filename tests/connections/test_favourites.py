"""Favourite models: kept in config.toml beside what a person wrote there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.config.edit import EditRefused
from app.config.load import load
from app.config.paths import Locations
from app.connections.connections import Connections
from app.connections.opening import connections_for
from providers.reference import ModelRef

SONNET, LLAMA = ModelRef("claude", "claude-sonnet-4-6"), ModelRef("local", "library/llama3.1:8b")
CONFIG = """# mine
favourite_models = ["claude/claude-sonnet-4-6"]  # the good one

[providers.claude]
type = "anthropic"
api_key = "x"  # of the team
"""


def written(home: Path, text: str = CONFIG) -> Connections:
    locations = Locations.under(home)
    locations.config_file.parent.mkdir(parents=True, exist_ok=True)
    locations.config_file.write_text(text)
    return connections_for(locations, {})


async def test_a_favourite_is_written_down_and_comments_stay(tmp_path: Path) -> None:
    connections = written(tmp_path)
    await connections.changes.toggle_favourite(LLAMA)
    assert connections.settings.favourite_models == (SONNET, LLAMA)
    file = Locations.under(tmp_path).config_file
    assert load(file, {}).settings.favourite_models == (SONNET, LLAMA)
    assert "# mine" in file.read_text()
    assert "# of the team" in file.read_text()


async def test_the_second_time_it_is_an_ordinary_model_again(tmp_path: Path) -> None:
    connections = written(tmp_path)
    await connections.changes.toggle_favourite(SONNET)
    assert connections.settings.favourite_models == ()
    assert load(Locations.under(tmp_path).config_file, {}).settings.favourite_models == ()


async def test_a_first_favourite_makes_the_file(tmp_path: Path) -> None:
    connections = connections_for(Locations.under(tmp_path), {})
    await connections.changes.toggle_favourite(LLAMA)
    assert load(Locations.under(tmp_path).config_file, {}).settings.favourite_models == (LLAMA,)


async def test_many_at_once_are_all_kept(tmp_path: Path) -> None:
    connections = written(tmp_path)
    refs = [ModelRef("claude", f"m{number}") for number in range(6)]
    await asyncio.gather(*map(connections.changes.toggle_favourite, refs))
    assert load(Locations.under(tmp_path).config_file, {}).settings.favourite_models == (SONNET, *refs)


async def test_a_file_with_mistakes_is_left_alone_and_the_favourite_holds_for_this_session(tmp_path: Path) -> None:
    connections = written(tmp_path)
    file = Locations.under(tmp_path).config_file
    file.write_text(CONFIG + "tpye = 1\n")
    with pytest.raises(EditRefused) as caught:
        await connections.changes.toggle_favourite(LLAMA)
    assert "tpye" in caught.value.in_full
    assert file.read_text() == CONFIG + "tpye = 1\n"
    assert connections.settings.favourite_models == (SONNET, LLAMA)
