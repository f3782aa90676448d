"""A request as a curl command that may be shown and pasted: secrets stand in it as variables."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from providers.formats.headers import auth_headers, is_secret_header
from providers.formats.urls import split_userinfo
from providers.proxies import DIRECT
from providers.request import Endpoint, HttpCall

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_KEY_VARIABLE = "API_KEY"
_MARK = "KEY"
_SHOWN_QUERY = ("api-version", "limit", "after_id")
_HARMLESS = re.compile(r"[^\"$`\\!]*")
"""What means itself between double quotes."""


class _Variable(NamedTuple):
    name: str


_Piece = str | _Variable


def curl_line(call: HttpCall, endpoint: Endpoint, variable: str = "") -> str:
    """The command for a POSIX shell.

    Args:
        endpoint: how the key travels, which headers are secret, the proxy and the certificates.
        variable: the environment variable that holds the key, without the dollar; "" for a request without one.
    """
    words = ["curl", "-sS"]
    if call.method != "GET":
        words += ["-X", call.method]
    words.append(_quoted(_url(call.url)))
    for name, value in call.headers.items():
        secret = is_secret_header(endpoint, name, value)
        words += ["-H", _quoted([f"{name}: ", _Variable(_as_variable(name))] if secret else [f"{name}: {value}"])]
    if variable:
        words += _key_header(call, endpoint, variable)
    if call.body is not None:
        words += ["--data-raw", shlex.quote(json.dumps(call.body, ensure_ascii=False))]
    words += _way(endpoint)
    return " ".join(words)


def _key_header(call: HttpCall, endpoint: Endpoint, variable: str) -> list[str]:
    """The key's header, unless the user wrote one of that name, which wins."""
    taken = {name.lower() for name in call.headers}
    name = variable if _VARIABLE.fullmatch(variable) else _KEY_VARIABLE
    own = {header: value for header, value in auth_headers(endpoint.auth, _MARK).items() if header not in taken}
    return [
        word
        for header, value in own.items()
        for word in ("-H", _quoted([f"{header}: {value.removesuffix(_MARK)}", _Variable(name)]))
    ]


def _way(endpoint: Endpoint) -> list[str]:
    words: list[str] = []
    if endpoint.proxy.strip().lower() == DIRECT:
        words += ["--noproxy", "'*'"]
    elif endpoint.proxy:
        address, user, password = split_userinfo(endpoint.proxy)
        words += ["--proxy", shlex.quote(address)]
        words += ["--proxy-user", '"$PROXY_USER"'] if user or password else []
    if endpoint.ca_file:
        words += ["--cacert", shlex.quote(endpoint.ca_file)]
    return words


def _url(url: str) -> list[_Piece]:
    """The URL without user and password; a query value that may be a secret is a variable."""
    plain, _, _ = split_userinfo(url)
    query = urlsplit(plain).query
    pieces: list[_Piece] = [plain.partition("?")[0]]
    for number, pair in enumerate(filter(None, query.split("&"))):
        name, equals, _ = pair.partition("=")
        mark = "&" if number else "?"
        if not equals:
            pieces += [mark, _Variable("QUERY")]  # A lone word may be a token itself.
        elif name in _SHOWN_QUERY:
            pieces.append(f"{mark}{pair}")
        else:
            pieces += [f"{mark}{name}=", _Variable(_as_variable(name))]
    return pieces


def _as_variable(name: str) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper() or "VALUE"
    return f"_{word}" if word[0].isdigit() else word


def _quoted(pieces: Iterable[_Piece]) -> str:
    """One word for the shell, in which only the variables are expanded. No text after one begins with a word."""
    pieces = list(pieces)
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        return shlex.quote("".join(texts))
    if all(_HARMLESS.fullmatch(text) for text in texts):
        return '"' + "".join(piece if isinstance(piece, str) else f"${piece.name}" for piece in pieces) + '"'
    return "".join(shlex.quote(piece) if isinstance(piece, str) else f'"${piece.name}"' for piece in pieces)
