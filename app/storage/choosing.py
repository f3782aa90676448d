"""Which rows of the ledger a query means, in SQL."""

from __future__ import annotations

from collections.abc import Iterable

from app.storage.encoding import from_moment
from app.storage.stats import StatsQuery
from providers.costs import BY_HAND, CostStatus
from providers.events import StopReason

Bounds = tuple[str, str]
"""From the first text of `started_at` that counts to the first one that does not any more."""

_AFTER_ALL = "\U0010ffff"


def bounds_of(query: StatsQuery) -> Bounds:
    since = "" if query.since is None else from_moment(query.since)
    return since, _AFTER_ALL if query.until is None else from_moment(query.until)


def conditions(query: StatsQuery, bounds: Bounds | None = None) -> tuple[str, tuple[str, ...]]:
    """A condition for WHERE, and the values for its question marks.

    Args:
        bounds: in the place of the query's own.
    """
    chosen: list[tuple[str, tuple[str, ...]]] = []
    if bounds is not None or query.since is not None or query.until is not None:
        chosen.append(("started_at >= ? AND started_at < ?", bounds or bounds_of(query)))
    if query.provider:
        # The plus keeps SQLite from reading all that a provider ever did where only one day is wanted.
        chosen.append(("+provider = ?", (query.provider,)))
    if query.model:
        chosen.append(("(model = ? OR provider || '/' || model = ?)", (query.model, query.model)))
    if query.ref is not None:
        chosen.append(("provider = ? AND model = ?", (query.ref.provider, query.ref.model)))
    if query.conversation_id:
        chosen.append(("conversation_id = ?", (query.conversation_id,)))
    elif query.conversation_id is not None:
        chosen.append(("coalesce(conversation_id, '') = ''", ()))
    where = " AND ".join(sql for sql, _ in chosen)
    return where or "TRUE", tuple(value for _, values in chosen for value in values)


IS_UNTRACKED = f"(cost_status = '{CostStatus.FREE}' AND (cost_source = '{BY_HAND}' OR cost_source GLOB '{BY_HAND} *'))"
"""A condition for requests whose price of 0 somebody wrote: nobody measured that."""


def any_of(stops: Iterable[StopReason]) -> str:
    """A condition for requests that ended in one of those ways."""
    return "stop IN ('" + "', '".join(sorted(stops)) + "')"
