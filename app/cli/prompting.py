"""What `ask` is given: words, files, stdin, tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from providers.request import ToolSpec


class WrongUsage(Exception):
    """Attributes:
    hint: what to write instead.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def read_prompt(words: Sequence[str], files: Sequence[Path], stdin: TextIO | None) -> str:
    """The prompt: the words, then each file under its name, then what is piped in.

    Raises:
        WrongUsage: when a file is not readable text, or there is nothing to ask.
    """
    pieces = [" ".join(words)] if words else []
    pieces += [_fenced(path) for path in files]
    if stdin is not None and not stdin.isatty():
        try:
            pieces.append(stdin.read())
        except UnicodeDecodeError as error:
            raise WrongUsage("What is piped in is not UTF-8 text.", "Convert it first, e.g. with iconv.") from error
    prompt = "\n\n".join(piece.rstrip("\n") for piece in pieces if piece.strip())
    if not prompt:
        raise WrongUsage("There is nothing to ask.", 'Write parley ask "PROMPT", or pipe one in.')
    return prompt


def read_tools(path: Path | None) -> tuple[ToolSpec, ...]:
    """The tools in a JSON file: a list of {name, description, parameters}.

    Raises:
        WrongUsage: when the file is not that.
    """
    if path is None:
        return ()
    hint = 'It must hold a JSON list: [{"name": "…", "description": "…", "parameters": {…}}].'
    try:
        listed = json.loads(read_text(path))
    except ValueError as error:
        raise WrongUsage(f"{path} is not JSON: {error}.", hint) from error
    if not isinstance(listed, list) or not listed:
        raise WrongUsage(f"{path} holds no list of tools.", hint)
    return tuple(_tool(item, position, path, hint) for position, item in enumerate(listed, start=1))


def _tool(item: Any, position: int, path: Path, hint: str) -> ToolSpec:
    if not isinstance(item, dict):
        raise WrongUsage(f"Tool {position} in {path} is not an object.", hint)
    name, parameters = item.get("name"), item.get("parameters", {"type": "object", "properties": {}})
    description = item.get("description", "")
    if not isinstance(name, str) or not name:
        raise WrongUsage(f"Tool {position} in {path} has no name.", hint)
    if not isinstance(parameters, dict) or not isinstance(description, str):
        raise WrongUsage(f"The tool {name} in {path} is not well formed.", hint)
    return ToolSpec(name, description, parameters)


def _fenced(path: Path) -> str:
    text = read_text(path)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{path.name}:\n{fence}{path.suffix.lstrip('.')}\n{text.rstrip()}\n{fence}"


def read_text(path: Path) -> str:
    """Raises: WrongUsage, for a file that is not readable text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{path} is not UTF-8 text.", "Only text files can be added.") from error
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}.") from error
