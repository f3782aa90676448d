"""Each preset is added by one command, and what `parley ask` then sends is the right request: URL, headers, body."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.household import config_of, desk, stored_key
from tests.providers.vendors import Vendors, assert_right, vendors, well_disposed
from tests.providers.wire_table import KEY, TABLE, Expected

ROWS = [row for row in TABLE if row.preset != "openai-codex"]
"""That one wants a subscription, which is out of scope."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    with vendors(tmp_path_factory.mktemp("ca"), well_disposed) as everybody:
        yield everybody


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.preset}-{row.format}")
def test_one_command_adds_it_and_the_next_one_asks_it(world: Vendors, row: Expected, tmp_path: Path) -> None:
    world.forget()
    cli = desk(tmp_path / "home")
    way = world.way(row)
    command = ["providers", "add", "mine", "--type", row.preset, "--format", row.format, "--api-key-stdin"]
    command += ["--proxy", way["proxy"], "--ca-file", way["ca_file"]]
    command += ["--base-url", row.base_url] if row.base_url else []
    assert cli.run(*command, piped=f"{KEY}\n") == 0, cli.err
    assert "Saved mine." in cli.err
    assert "The key was proved." in cli.err
    assert world.turns(row) == []
    assert stored_key(cli, "mine") == KEY
    assert KEY not in config_of(cli)
    asked = ("ask", "-m", "mine/m", "--system", "Be brief.", "--max-tokens", "1000", "Hello")
    assert cli.run(*asked, piped="") == 0, cli.err
    assert cli.out.startswith(("Hello", "Grüße"))
    (turn,) = world.turns(row)
    assert_right(turn, row)


@pytest.mark.parametrize("preset", sorted({row.preset for row in ROWS if not row.base_url}))
def test_its_name_alone_adds_it(preset: str, tmp_path: Path) -> None:
    cli = desk(tmp_path / "home")
    assert cli.run("providers", "add", preset, "--no-test", piped="") == 0
    assert config_of(cli).endswith(f'[providers.{preset}]\ntype = "{preset}"\n')
