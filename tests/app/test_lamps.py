"""The lamps say their state by glyph, by colour and by word."""

from __future__ import annotations

import pytest

from app.widgets.lamp import lamp, lamp_color
from app.widgets.provider_list import ProviderList
from providers.connection import ConnectionState
from tests.app.scripted import ScriptedSession, default_views, view
from tests.app.shell import Shell, running


def connecting() -> ScriptedSession:
    return ScriptedSession(views=[*default_views(), view("new", ConnectionState.CONNECTING, "connecting")])


def glyph(shell: Shell) -> str:
    return next(line.split(" new ")[0].strip() for line in shell.shown().splitlines() if " new " in line)


def test_every_state_has_a_glyph_of_its_own() -> None:
    assert len({lamp(state).plain for state in ConnectionState}) == len(ConnectionState)


@pytest.mark.parametrize(
    ("state", "color"),
    [
        (ConnectionState.CONNECTED, "$text-success"),
        (ConnectionState.CONNECTING, "$text-info"),
        (ConnectionState.DISCONNECTED, "$text-muted"),
        (ConnectionState.DISABLED, "$text-muted"),
        (ConnectionState.ERROR, "$text-error"),
        (ConnectionState.UNVERIFIED, "$text-warning"),
    ],
)
def test_colors(state: ConnectionState, color: str) -> None:
    assert lamp_color(state) == color


def test_a_turning_lamp_is_never_mistaken_for_another_state() -> None:
    turning = {lamp(ConnectionState.CONNECTING, turn).plain for turn in range(8)}
    others = {lamp(state).plain for state in ConnectionState if state is not ConnectionState.CONNECTING}
    assert len(turning) > 1
    assert not turning & others


async def test_a_connecting_lamp_turns_in_the_sidebar() -> None:
    async with running(connecting()) as shell:
        first = glyph(shell)
        await shell.until(lambda: glyph(shell) != first)


async def test_without_animation_it_stands_still_and_its_word_tells() -> None:
    async with running(ScriptedSession()) as shell:
        shell.app.animation_level = "none"
        shell.session.views = connecting().views
        shell.chat.refresh_all()
        await shell.pilot.pause(0.6)
        providers = shell.app.query_one(ProviderList)
        assert providers._turn == 0
        assert glyph(shell) == "◐"
        assert "connecting" in shell.shown()
