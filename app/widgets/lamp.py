"""The lamp of a provider: glyph, colour and word, so that none of the three has to be seen."""

from __future__ import annotations

from textual.content import Content

from providers.connection import ConnectionState

_LAMPS = {
    ConnectionState.CONNECTED: ("●", "$text-success"),
    ConnectionState.CONNECTING: ("◐", "$text-info"),
    ConnectionState.DISCONNECTED: ("○", "$text-muted"),
    ConnectionState.DISABLED: ("⊘", "$text-muted"),
    ConnectionState.ERROR: ("✕", "$text-error"),
    ConnectionState.UNVERIFIED: ("◎", "$text-warning"),
}
_TURNING = "◐◓◑◒"


def lamp(state: ConnectionState, turn: int = 0) -> Content:
    """One cell that shows the state.

    Args:
        turn: counts up while a connecting lamp turns; 0 for a still one.
    """
    glyph, color = _LAMPS[state]
    if state is ConnectionState.CONNECTING:
        glyph = _TURNING[turn % len(_TURNING)]
    return Content.styled(glyph, color)


def lamp_color(state: ConnectionState) -> str:
    """The theme variable of the lamp's colour, for the word beside it."""
    return _LAMPS[state][1]
