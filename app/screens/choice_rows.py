"""From what the session says to the rows of the pickers: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import format as fmt
from app.connections.views import ModelChoice
from app.screens.model_entries import Offer
from app.screens.picker import PickerRow

if TYPE_CHECKING:
    from datetime import datetime

    from app.session.session import Session
    from app.storage.records import Conversation
    from providers.reference import ModelRef


def model_offer(session: Session, now: ModelRef | None) -> Offer:
    """What the model picker offers at this moment.

    Args:
        now: the model in use; it is offered whether or not a list names it.
    """
    from providers.catalogue.records import ModelInfo

    choices, views = session.connections.choices(), session.connections.views()
    favourites, recent = session.connections.settings.favourite_models, session.recent_models()
    known = {choice.ref for choice in choices}
    if now is not None and now not in known and now not in favourites and now not in recent:
        recent = (now, *recent)
    states = {view.name: view.connection.state for view in views}
    unlisted = []
    for ref in dict.fromkeys((*favourites, *recent)):
        if ref not in known and ref.provider in states:
            info, label = session.connections.models.describe(ref)
            unlisted.append(ModelChoice(ref, info or ModelInfo(ref.model), label, states[ref.provider]))
    return Offer(choices, views, favourites, recent, now, tuple(unlisted))


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
