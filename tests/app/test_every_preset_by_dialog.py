"""Each preset is added in the dialog, and a turn after that sends the right request: URL, headers, body."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from app.session.session import Session
from app.widgets.form import TextField
from providers.reference import ModelRef
from tests.app.opened import Opened, opened
from tests.app.shell import SMALL
from tests.providers.vendors import Vendors, assert_right, vendors, well_disposed
from tests.providers.wire_table import KEY, TABLE, Expected

ROWS = {row.preset: row for row in reversed(TABLE) if row.preset != "openai-codex"}
"""Each preset in the format that it speaks by itself. That one wants a subscription, which is out of scope."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    with vendors(tmp_path_factory.mktemp("ca"), well_disposed) as everybody:
        yield everybody


async def fill_in(shell: Opened, row: Expected, world: Vendors) -> None:
    """From the conversation into the form, and everything into its fields, those that are folded away too."""
    await shell.ask("/add")
    await shell.until(lambda: shell.on("Picker"))
    await shell.burst(*row.preset)
    await shell.burst("enter")
    await shell.until(lambda: shell.on("ProviderForm"))
    values = {"name": "mine", "key": KEY, "model": "m", **world.way(row)}
    for name, text in (values | ({"base_url": row.base_url} if row.base_url else {})).items():
        field = shell.field(name)
        assert isinstance(field, TextField)
        field.value = text
    await shell.pilot.pause()


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.preset)
async def test_a_preset_is_added_by_dialog_and_asked(world: Vendors, row: Expected, tmp_path: Path) -> None:
    world.forget()
    async with opened(tmp_path, size=SMALL) as shell:
        await fill_in(shell, row, world)
        await shell.press("enter")
        await shell.until_shown("The key was proved.")
        assert shell.connections.names == ()
        await shell.press("enter")
        await shell.until_gone("ProviderForm")
        assert world.turns(row) == []
        assert shell.chat.model == ModelRef("mine", "m")
        chat = cast(Session, shell.session).new_chat(system="Be brief.")
        turn = chat.ask("Hello", ModelRef("mine", "m"), max_output_tokens=1000)
        async for _ in turn.run():
            pass
        assert turn.reply.error is None
        assert turn.reply.text
        (asked,) = world.turns(row)
        assert_right(asked, row)
        assert f'[providers.mine]\ntype = "{row.preset}"\n' in shell.config
        assert KEY not in shell.everything_written()
