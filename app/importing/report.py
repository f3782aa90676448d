"""An import plan in plain sentences. They show no key, no password and nothing that could command a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.importing.plan import Change, ImportPlan, PlannedProvider
from app.text import one_line

_MOST_LISTED = 8
_INDENT = "  "


def plan_lines(plan: ImportPlan) -> list[str]:
    """Everything that would be written, and everything that would not, one sentence a line.

    Lines about a provider start with two blanks, below the line that names it.
    """
    return [_clean(line) for line in _lines(plan)]


def _clean(line: str) -> str:
    indent = _INDENT if line.startswith(_INDENT) else ""
    return indent + one_line(line)


def _lines(plan: ImportPlan) -> Iterator[str]:
    count = len(plan.providers)
    yield f"{plan.source}: {count} provider{'' if count == 1 else 's'}."
    for planned in plan.providers:
        yield from _provider_lines(planned)
    if plan.default_model:
        yield f"default_model becomes {plan.default_model}."
    if plan.other_default:
        yield f"default_model stays as it is; the file has {plan.other_default}."
    if plan.fallback_model:
        yield f"fallback_model becomes {plan.fallback_model}."
    if plan.other_fallback:
        yield f"fallback_model stays as it is; the file has {plan.other_fallback}."
    for reason in (line for line in plan.left_out if ": " in line):
        yield f"Left out: {reason}."
    if beside := [name for name in plan.left_out if ": " not in name]:
        yield f"Left out, because it has no place here: {_listed(beside)}."


def _provider_lines(planned: PlannedProvider) -> Iterator[str]:
    yield f"{planned.name}: {_headline(planned)}."
    if planned.key:
        yield f"{_INDENT}Its key goes into the key store{_instead('', planned)}."
    elif planned.settings.api_key:
        yield f"{_INDENT}Its key is read from {planned.settings.api_key}."
    for header in planned.secret_headers:
        yield f"{_INDENT}The value of its header {header} goes into the key store{_instead(header, planned)}."
    for key, variable in planned.filled:
        yield f"{_INDENT}Its {key} takes what ${variable} holds."
    for variable in planned.unset:
        yield f"{_INDENT}${variable} is not set here: set it before you use {planned.name}."
    if planned.needs_key:
        yield f"{_INDENT}It has no key yet: `parley keys set {planned.name}` gives it one."
    for note in planned.notes:
        yield f"{_INDENT}{note[:1].upper()}{note[1:]}{'' if note.endswith('.') else '.'}"
    if planned.left_out:
        yield f"{_INDENT}Left out: {_listed(planned.left_out)}."


def _instead(header: str, planned: PlannedProvider) -> str:
    return ", in the place of the one that is there" if header in planned.replaced else ""


def _headline(planned: PlannedProvider) -> str:
    from providers.formats.urls import display_url

    settings = planned.settings
    match planned.change:
        case Change.IDENTICAL:
            return "you have it already, exactly so"
        case Change.REPLACES:
            start = f"replaces yours, in which {_listed(planned.differing)} would change"
        case Change.NEW:
            start = "new"
    about = [f"type {settings.type}"]
    if settings.base_url:
        # With variables in it, it is no URL yet; credentials were set apart long before.
        about.append(settings.base_url if "$" in settings.base_url else display_url(settings.base_url))
    if settings.models:
        about.append(f"{len(settings.models)} model{'' if len(settings.models) == 1 else 's'}")
    if not settings.enabled:
        about.append("disabled")
    return f"{start} ({', '.join(about)})"


def _listed(names: Iterable[str]) -> str:
    """Names in a row; of many, the first ones and how many follow."""
    all_names = list(names)
    if len(all_names) <= _MOST_LISTED:
        return ", ".join(all_names)
    return f"{', '.join(all_names[:_MOST_LISTED])} and {len(all_names) - _MOST_LISTED} more"
