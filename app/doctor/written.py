"""What stands in config.toml, told from its lines alone: a file with mistakes holds keys and names, too."""

from __future__ import annotations

import re
from pathlib import Path

_STRING = r"""(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)')"""
_KEY = re.compile(rf"(?m)^[^#\n]*?\bapi_key[ \t]*=[ \t]*{_STRING}")
_URL = re.compile(rf"(?m)^[^#\n]*?\b(?:base_url|proxy)[ \t]*=[ \t]*{_STRING}")
_PROVIDER = re.compile(rf"(?m)^[ \t]*\[+[ \t]*providers[ \t]*\.[ \t]*(?:{_STRING}|(?P<bare>[\w-]+))")


def text_of(path: Path) -> str:
    """What a file holds, as far as it can be read; "" when it cannot."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def keys_in(text: str) -> tuple[str, ...]:
    """Every `api_key`, as written; those that are a variable too."""
    return _values(_KEY, text)


def urls_in(text: str) -> tuple[str, ...]:
    """Every `base_url` and `proxy`, as written."""
    return _values(_URL, text)


def providers_in(text: str) -> tuple[str, ...]:
    """The name of every `[providers.NAME]`, once each."""
    return _values(_PROVIDER, text)


def _values(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = (next((group for group in match.groups() if group), "") for match in pattern.finditer(text))
    return tuple(dict.fromkeys(filter(None, found)))
