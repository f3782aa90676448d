"""From what the session says to the rows of the pickers: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from app import format as fmt
from app.screens.picker import PickerRow
from app.widgets.lamp import lamp, lamp_color
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from datetime import datetime

    from app.connections.views import ModelChoice, ProviderView
    from app.storage.records import Conversation
    from providers.catalogue.records import ModelInfo
    from providers.connection import Connection
    from providers.costs import Rates
    from providers.reference import ModelRef

MODEL_HEADINGS = ("in / out", "window", "", "")


_UNUSABLE = (ConnectionState.DISCONNECTED, ConnectionState.ERROR)


def model_rows(
    choices: Sequence[ModelChoice], providers: Sequence[ProviderView], now: ModelRef | None
) -> list[PickerRow[ModelRef]]:
    """The model picker's rows, grouped by provider; disabled providers are left out, those that fail are marked."""
    standings = {view.name: _standing(view.connection) for view in providers}
    return [
        PickerRow(
            value=choice.ref,
            label=choice.info.label,
            cells=(
                _prices(choice.info.rates),
                fmt.tokens(choice.info.context_window),
                _abilities(choice.info),
                choice.info.note,
            ),
            group=choice.provider_label,
            standing=standings.get(choice.ref.provider),
            also=choice.ref.model,
            is_current=choice.ref == now,
        )
        for choice in choices
        if choice.state is not ConnectionState.DISABLED
    ]


def conversation_rows(
    conversations: Sequence[Conversation], now: datetime, current: str | None, running: Sequence[str | None]
) -> list[PickerRow[str]]:
    """The list of conversations, newest first."""
    return [
        PickerRow(
            value=each.id,
            label=each.title,
            cells=(
                "writing …" if each.id in running else fmt.ago(each.updated_at, now),
                each.model.model if each.model else "",
            ),
            is_current=each.id == current,
        )
        for each in conversations
    ]


def _standing(connection: Connection) -> Content | None:
    """The lamp of a provider that cannot answer now."""
    if connection.state not in _UNUSABLE:
        return None
    return Content.assemble(lamp(connection.state), " ", Content.styled(connection.word, lamp_color(connection.state)))


def _abilities(info: ModelInfo) -> str:
    """R reasons, V sees images, T calls tools."""
    marks = ((info.can_reason, "R"), (info.supports_vision, "V"), (info.supports_function_calling, "T"))
    return " ".join(letter if has else " " for has, letter in marks)


def _prices(rates: Rates | None) -> str:
    if rates is None or (rates.input is None and rates.output is None):
        return fmt.UNKNOWN
    if rates.are_free:
        return "free"
    return f"{_rate(rates.input)} / {_rate(rates.output)}"


def _rate(usd: Decimal | None) -> str:
    return fmt.UNKNOWN if usd is None else f"{usd.normalize():f}"
