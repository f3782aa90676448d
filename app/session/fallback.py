"""When the chosen model cannot begin to answer, another one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.connections.consent import ConsentNeeded

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.session.reply import Reply
    from providers.errors import ProviderError
    from providers.reference import ModelRef

_CANNOT_BEGIN = frozenset(
    {"auth", "config", "connection", "tls", "timeout", "rate_limit", "overloaded", "quota", "server"}
)
"""No key, no connection, no patience left. A request that is wrong would be wrong elsewhere, too."""


def fallback_for(reply: Reply, error: ProviderError, connections: Connections) -> ModelRef | None:
    """Who answers in the place of a model that failed; None when nobody does."""
    other = connections.settings.fallback_model
    if other is None or other == reply.ref or not connections.roster.is_enabled(other.provider):
        return None
    if not connections.roster.is_enabled(reply.ref.provider):
        return None  # A name that is wrong, or a provider that nobody wants asked: that is for the user to mend.
    if reply.has_content or isinstance(error, ConsentNeeded) or error.category not in _CANNOT_BEGIN:
        return None
    return other


def switched(reply: Reply, error: ProviderError, other: ModelRef) -> str:
    """What the user is told."""
    return f"{reply.ref} could not answer: {error.summary} {other} answers instead."
