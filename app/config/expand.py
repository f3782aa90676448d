"""`$VAR` in configured strings: `$VAR`, `${VAR}`, `${VAR:-default}`; `$$` is a dollar sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from app.config.settings import ProviderSettings

if TYPE_CHECKING:
    from app.config.layout import KeyPath

_REFERENCE = re.compile(
    r"""\$(?:
        (?P<dollar>\$)
        | (?P<plain>[A-Za-z_][A-Za-z0-9_]*)
        | \{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}
        | (?P<broken>)
    )""",
    re.VERBOSE,
)
_TEXTS = ("type", "format", "label", "base_url", "api_key", "auth", "model", "proxy", "ca_file")
_NOT_SHOWN = ("api_key", "extra_headers")

Fill = Callable[[str, "KeyPath"], str]
"""A string of a provider and its key below `[providers.NAME]`, to what stands there instead."""


class CannotExpand(ValueError):
    """A string whose references cannot be replaced.

    Attributes:
        key: of the string, below `[providers.NAME]`; empty where a single string was asked for.
    """

    def __init__(self, message: str, key: KeyPath = ()) -> None:
        super().__init__(message)
        self.key = key


class UnsetVariable(CannotExpand):
    """A string names a variable that is not set, or is empty, and gives no default.

    Attributes:
        name: of the variable.
    """

    def __init__(self, name: str, key: KeyPath = ()) -> None:
        super().__init__(f"the environment variable {name} is not set", key)
        self.name = name


class BrokenReference(CannotExpand):
    """A `$` that starts no reference. Says where, but never shows the text: it may be a key."""

    def __init__(self, position: int, key: KeyPath = ()) -> None:
        super().__init__(f"the $ at position {position + 1} starts no variable", key)


def expand(text: str, environ: Mapping[str, str], key: KeyPath = ()) -> str:
    """Replace every reference. What a variable holds is not looked at again.

    An empty variable counts as unset, as in a shell's `${VAR:-default}`: nobody means an empty key.

    Raises:
        UnsetVariable: a variable without default is unset.
        BrokenReference: a `$` is followed by none of the four forms.
    """

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name = match["plain"] or match["braced"]
        if not name:
            raise BrokenReference(match.start(), key)
        found = environ.get(name) or match["default"]
        if found is None:
            raise UnsetVariable(name, key)
        return found

    return _REFERENCE.sub(value, text) if "$" in text else text


def escaped(text: str) -> str:
    """A text that `expand` gives back as it is."""
    return text.replace("$", "$$")


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables that a string refers to, in order, each once."""
    names = (match["plain"] or match["braced"] for match in _REFERENCE.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))


class Reference(NamedTuple):
    """One variable that a provider's strings refer to.

    Attributes:
        key: of the string, below `[providers.NAME]`.
    """

    key: KeyPath
    name: str
    has_default: bool


def references(settings: ProviderSettings) -> tuple[Reference, ...]:
    """Every reference in the strings of a provider, in the order in which `expanded` replaces them."""
    found: list[Reference] = []

    def collect(text: str, key: KeyPath) -> str:
        found.extend(
            Reference(key, name, match["default"] is not None)
            for match in _REFERENCE.finditer(text)
            if (name := match["plain"] or match["braced"])
        )
        return text

    _filled(settings, collect)
    return tuple(dict.fromkeys(found))


def own_text(text: str, reference: str = "\0") -> str:
    """What a string says itself: defaults too, with a stand-in where it refers to a variable."""
    return _REFERENCE.sub(lambda match: "$" if match["dollar"] else reference + (match["default"] or ""), text)


def is_plain_text(text: str) -> bool:
    """Whether a string holds its value itself: it names no variable, or one with a default."""
    references = list(_REFERENCE.finditer(text))
    is_reference = any(match["plain"] or match["braced"] for match in references)
    return bool(text) and (not is_reference or any(match["default"] for match in references))


def is_reference_only(text: str) -> bool:
    """Whether a string is variables and nothing else: it gives nothing away."""
    return bool(variables(text)) and not is_plain_text(text) and not _REFERENCE.sub("", text)


def expanded(settings: ProviderSettings, environ: Mapping[str, str]) -> ProviderSettings:
    """A provider with the references in all its strings replaced.

    Raises: UnsetVariable, BrokenReference, for the first string that cannot be expanded; `key` names it.
    """
    return _filled(settings, lambda text, key: expand(text, environ, key))


def readable(settings: ProviderSettings, environ: Mapping[str, str]) -> ProviderSettings:
    """As `expanded`, for showing: what cannot be expanded is empty, and a model without an id is left out.

    Keys and headers stay as they are written: nobody shows what their variables hold.
    """

    def fill(text: str, key: KeyPath) -> str:
        if key[0] in _NOT_SHOWN:
            return text
        try:
            return expand(text, environ, key)
        except CannotExpand:
            return ""

    filled = _filled(settings, fill)
    if filled is settings:
        return settings
    return replace(filled, models=tuple(model for model in filled.models if model.id))


def failures(settings: ProviderSettings, environ: Mapping[str, str]) -> tuple[CannotExpand, ...]:
    """Why `expanded` would fail: one error for each string that cannot be expanded."""
    found: list[CannotExpand] = []

    def fill(text: str, key: KeyPath) -> str:
        try:
            return expand(text, environ, key)
        except CannotExpand as error:
            found.append(error)
            return ""

    _filled(settings, fill)
    return tuple(found)


def _filled(settings: ProviderSettings, fill: Fill) -> ProviderSettings:
    """A provider with something else in place of each string; the same object when nothing differs."""
    changes: dict[str, Any] = {}
    for name in _TEXTS:
        text: str = getattr(settings, name)
        if (new := fill(text, (name,))) != text:
            changes[name] = new
    for name, value in (
        ("extra_headers", settings.extra_headers),
        ("secret_headers", list(settings.secret_headers)),
        ("extra_body", settings.extra_body),
    ):
        filled = _filled_inside(value, (name,), fill)
        if filled != value:
            changes[name] = tuple(filled) if isinstance(filled, list) else filled
    models = tuple(
        replace(model, id=fill(model.id, ("models", index, "id")), name=fill(model.name, ("models", index, "name")))
        for index, model in enumerate(settings.models)
    )
    if models != settings.models:
        changes["models"] = models
    return replace(settings, **changes) if changes else settings


def _filled_inside(value: Any, key: KeyPath, fill: Fill) -> Any:
    match value:
        case str():
            return fill(value, key)
        case Mapping():
            return {name: _filled_inside(inner, (*key, name), fill) for name, inner in value.items()}
        case list() | tuple():
            return [_filled_inside(inner, (*key, index), fill) for index, inner in enumerate(value)]
        case _:
            return value
