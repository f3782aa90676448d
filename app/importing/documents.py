"""From the text of a file to the documents it could be: JSON, YAML or TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.importing.values import ImportFailed
from app.text import can_be_written, one_line

LONGEST = 4 * 1024 * 1024
"""Characters, and bytes: the largest list of models that anybody publishes has a tenth of it."""

MOST_DEPTH = 100

_LOOKED_AT = 4096
_FEW = 8
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_TOML_LINE = re.compile(r"at line (\d+)")
_PAGE_STARTS = ("<!doctype", "<html", "<?xml", "<svg", "<head", "<body")


class Syntax(StrEnum):
    JSON = "JSON"
    YAML = "YAML"
    TOML = "TOML"


_BY_ENDING = {
    ".json": Syntax.JSON,
    ".jsonc": Syntax.JSON,
    ".json5": Syntax.JSON,
    ".yaml": Syntax.YAML,
    ".yml": Syntax.YAML,
    ".toml": Syntax.TOML,
}


@dataclass(frozen=True, slots=True)
class Document:
    """Attributes:
    content: tables as dicts, arrays as lists; whole numbers are int, others Decimal.
    """

    syntax: Syntax
    content: object


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a text is not in a syntax. Attributes: line: counted from 1; None when it is not a matter of one place."""

    syntax: Syntax
    line: int | None
    reason: str


def check_text(text: str, name: str) -> None:
    """Raises: ImportFailed, for what is no configuration in any syntax."""
    start = text[:_LOOKED_AT].lstrip("\ufeff").lstrip()
    if not text.strip("\ufeff \t\r\n\0"):
        raise ImportFailed(f"{name} is empty.")
    if len(text) > LONGEST:
        raise ImportFailed(f"{name} is too large for a configuration.", "Files of up to 4 MB are read.")
    if "\0" in text or len(_CONTROLS.findall(start)) > _FEW:
        raise ImportFailed(f"{name} is not a text file.", "Give the configuration file of another program.")
    if start.lower().startswith(_PAGE_STARTS):
        raise ImportFailed(
            f"{name} is a web page or a picture, not a configuration.", "Download the raw file and import that."
        )


def documents(text: str, file_name: str) -> Iterator[Document | Mistake]:
    """Every reading of the text, the likeliest first."""
    syntaxes = list(Syntax)
    ending = _ending(file_name)
    start = text.lstrip("\ufeff \t\r\n")[:1]
    first = _BY_ENDING.get(ending) or (Syntax.JSON if start in ("{", "[", "/") else Syntax.YAML)
    syntaxes.sort(key=lambda syntax: syntax is not first)
    for syntax in syntaxes:
        if syntax is Syntax.JSON:
            yield _json(text)
        elif syntax is Syntax.YAML:
            yield _yaml(text)
        else:
            yield _toml(text)


def shown_name(file_name: str) -> str:
    """The last part of a path, as it may be shown."""
    return one_line(file_name.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "the file"


def _ending(file_name: str) -> str:
    name, dot, ending = file_name.lower().rpartition(".")
    return dot + ending if name else ""


def _json(text: str) -> Document | Mistake:
    from app.importing.loose_json import NotJson, parse_json

    try:
        content = parse_json(text)
    except NotJson as error:
        return Mistake(Syntax.JSON, error.line, error.reason)
    return _checked(Syntax.JSON, content)


def _yaml(text: str) -> Document | Mistake:
    from app.importing.yaml_text import NotYaml, parse_yaml

    try:
        content = parse_yaml(text)
    except NotYaml as error:
        return Mistake(Syntax.YAML, error.line, error.reason)
    return _checked(Syntax.YAML, content)


def _toml(text: str) -> Document | Mistake:
    import tomllib

    from providers.amounts import decimal_of

    try:
        content = tomllib.loads(text.removeprefix("\ufeff"), parse_float=decimal_of)
    except RecursionError:
        return Mistake(Syntax.TOML, None, "it is nested too deeply")
    except ValueError as error:
        place = _TOML_LINE.search(str(error))
        return Mistake(Syntax.TOML, int(place[1]) if place else None, "it is not well-formed")
    return _checked(Syntax.TOML, content)


def _checked(syntax: Syntax, content: object) -> Document | Mistake:
    """A document that every reader can walk through, and whose texts can be written into a file."""
    level = [content]
    for _ in range(MOST_DEPTH):
        if any(isinstance(value, str) and not can_be_written(value) for value in level):
            return Mistake(syntax, None, "a string in it holds half a character")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return Document(syntax, content)
    return Mistake(syntax, None, "it is nested too deeply")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
