"""Settings that are read and checked, but that nothing acts on yet. Saying so beats a limit that does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from app.config.settings import BudgetSettings, Settings


def without_effect(settings: Settings) -> tuple[str, ...]:
    """One sentence for each setting in use that has no effect in this version."""
    return tuple(_sentences(settings))


def _sentences(settings: Settings) -> Iterator[str]:
    if settings.budget != BudgetSettings():
        yield "[budget] has no effect yet: this version of Parley does not enforce it."
