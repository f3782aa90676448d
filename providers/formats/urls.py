"""From a base URL, as people configure it, to the URL that is called; and URLs as they may be shown.

Base URLs are published in many spellings: with and without `/v1`, with a trailing slash, as a whole endpoint.
All of them lead to the same place here. URLs are built by concatenating paths: joining in the sense of
RFC 3986 would drop the last segment of a base without a trailing slash.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

from providers.catalogue.hosts import is_private
from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.errors import BadConfig
from providers.request import WireFormat

AZURE_API_VERSION = "2024-10-21"
"""The newest dated API version that is generally available; a base URL may name another in its query."""

_REPLY_PATHS = {
    WireFormat.OPENAI_CHAT: "/chat/completions",
    WireFormat.OPENAI_RESPONSES: "/responses",
    WireFormat.ANTHROPIC_MESSAGES: "/messages",
    WireFormat.OLLAMA_CHAT: "/api/chat",
}
_PASTED_ENDPOINTS = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
    "/models",
    "/api/chat",
    "/api/generate",
    "/api/tags",
)
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_GEMINI_HOST = "generativelanguage.googleapis.com"
_UNVERSIONED_HOSTS = ("api.perplexity.ai",)
_UNVERSIONED_PATHS = ("/backend-api/codex",)

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
_VERSION = re.compile(r"v\d[\w.-]*", re.ASCII | re.IGNORECASE)
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_HOST = re.compile(r"\[[0-9A-Fa-f:.%]+\]|[\w.-]+")


class _Url(NamedTuple):
    """The pieces of a URL, as written; `userinfo` and `query` are "" where there are none."""

    scheme: str
    userinfo: str
    host: str
    port: str
    path: str
    query: str

    @property
    def authority(self) -> str:
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        return userinfo + self.host + (f":{self.port}" if self.port else "")

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.path + (f"?{self.query}" if self.query else "")


def chat_url(base: str, format: WireFormat, quirks: Quirks = NO_QUIRKS, model: str = "") -> str:  # noqa: A002
    """The URL that answers a turn.

    Args:
        model: needed for Azure's dated API only, where the deployment is part of the path.
    Raises:
        BadConfig: when `base` is not a URL.
    """
    return api_url(base, format, _REPLY_PATHS[format], quirks, model)


def models_url(base: str, format: WireFormat, quirks: Quirks = NO_QUIRKS) -> str:  # noqa: A002
    """The URL that lists models. Raises: BadConfig, when `base` is not a URL."""
    return api_url(base, format, "/api/tags" if format is WireFormat.OLLAMA_CHAT else "/models", quirks)


def api_url(base: str, format: WireFormat, path: str, quirks: Quirks = NO_QUIRKS, model: str = "") -> str:  # noqa: A002
    """The URL of any other call of the API, e.g. `/messages/count_tokens` or `/api/show`.

    Args:
        path: from the version segment on, with a leading slash; for Ollama from the root of the server.
    Raises:
        BadConfig: when `base` is not a URL.
    """
    url = _parse(base)
    prefix, is_pasted = _cut_endpoint(url.path)
    if format is WireFormat.OLLAMA_CHAT:
        return str(url._replace(path=re.sub(r"/(v1|api)$", "", prefix) + path))
    is_openai = format in (WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES)
    if is_openai and (quirks.azure or url.host.lower().endswith(_AZURE_HOSTS)):
        return _azure_url(url, prefix, path, model)
    if url.host.lower() == _GEMINI_HOST and is_openai:
        return str(url._replace(path=_gemini_prefix(prefix) + path))
    if is_pasted or _names_version(prefix, format) or _is_unversioned(url, prefix, quirks):
        return str(url._replace(path=prefix + path))
    return str(url._replace(path=f"{prefix}/v1{path}"))


def origin_url(base: str, path: str = "") -> str:
    """Scheme, host and port of a base URL, then `path`: for calls beside the API (`/api/v0/models`)."""
    return _parse(base).origin + path


def base_of(url: str) -> str:
    """The base URL in a URL that may be a whole endpoint. Raises: BadConfig, when it is no URL."""
    parsed = _parse(url)
    prefix, _ = _cut_endpoint(parsed.path)
    return str(parsed._replace(path=prefix))


def pasted_format(url: str) -> WireFormat | None:
    """The wire format of the endpoint that a URL ends in; None for a base URL."""
    path = urlsplit(url).path.rstrip("/").lower()
    return next((format for format, ending in _REPLY_PATHS.items() if path.endswith(ending)), None)  # noqa: A001


def with_query(url: str, **parameters: str | int) -> str:
    """Add query parameters to a URL that may have some already."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def complete_typed(text: str, *, default_port: int | None = None) -> str:
    """Complete what a person typed or pasted: quotes and blanks go, a missing scheme is added.

    Servers on this machine or in the local network get `http`, everything else `https`.

    Args:
        default_port: added only where the text has neither scheme nor port (11434 for `OLLAMA_HOST`).
    Returns:
        A URL, user and password still in it (see `split_userinfo`), or the text itself where it is hopeless:
        `base_url_problem` then says why.
    """
    text = text.strip().strip("\"'<>").strip().rstrip(",;")
    if re.fullmatch(r":\d+(/.*)?", text):
        text = f"127.0.0.1{text}"
    text = re.sub(r"^(https?)(?::/*|//)(?=[^/])", r"\1://", text, flags=re.IGNORECASE)
    if not text or "://" in text.split("?", 1)[0]:
        return str(_parse(text)) if _matches(text) else text
    match = _matches(f"http://{text.lstrip('/')}")
    if match is None:
        return text
    url = match._replace(scheme="http" if is_private(match.host) else "https")
    if default_port is not None and not url.port:
        url = url._replace(port=str(default_port))
    return str(_parse(str(url)))


def split_userinfo(url: str) -> tuple[str, str, str]:
    """The URL without user and password, then these two, decoded; "" for what is not there."""
    parsed = _matches(url)
    if parsed is None or not parsed.userinfo:
        return url, "", ""
    user, _, password = parsed.userinfo.partition(":")
    return str(parsed._replace(userinfo="")), unquote(user), unquote(password)


def display_url(url: str) -> str:
    """A URL that may be shown or logged: without user, password, fragment and the values of its query."""
    parsed = _matches(url)
    if parsed is None:
        return "…"  # Nobody knows which part of it is a secret.
    pairs = [pair.partition("=") for pair in parsed.query.split("&") if pair]
    # A lone word, padded with `=` or not, may be a token itself.
    query = "&".join(f"{name}=…" if value.strip("=") else "…" for name, _, value in pairs)
    return str(parsed._replace(userinfo="", query=query))


def base_url_problem(text: str) -> str | None:
    """What is wrong with a base URL in a hand-written configuration, and the corrected line; None if nothing.

    The sentence shows no user, no password and no query values.
    """
    stripped = text.strip()
    if not stripped:
        return 'base_url is empty; write the address of the server, e.g. base_url = "http://localhost:8000/v1"'
    parsed = _matches(stripped)
    if parsed is None:
        completed = complete_typed(stripped)
        corrected = _matches(completed)
        if "://" not in stripped.split("?", 1)[0] and corrected is not None and corrected.scheme in ("http", "https"):
            return f'base_url has no scheme; write base_url = "{display_url(completed)}"'
        return 'base_url is not a URL; write it as base_url = "https://HOST/v1"'
    if parsed.scheme.lower() not in ("http", "https"):
        corrected_line = display_url(str(parsed._replace(scheme="https")))
        return f'base_url must start with http:// or https://; write base_url = "{corrected_line}"'
    if parsed.userinfo:
        return (
            "base_url contains a user name or password, which do not belong in a URL; "
            f'write base_url = "{display_url(stripped)}" and write the secret as api_key = "$VAR"'
        )
    return None


def _parse(text: str) -> _Url:
    url = _matches(text.strip())
    if url is None:
        raise BadConfig(base_url_problem(text) or "The base URL is not a URL.", hint="Correct base_url.")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(url.host, url.host)
    return url._replace(scheme=url.scheme.lower(), host=host)


def _matches(text: str) -> _Url | None:
    """The pieces of an absolute URL; None for anything that is not one."""
    match = _URL.match(text)
    if match is None or any(ch.isspace() or not ch.isprintable() for ch in text):
        return None
    userinfo, _, address = match["authority"].rpartition("@")
    if userinfo and "@" in text[match.end("authority") :]:
        return None  # A password with `/` or `?` in it, not encoded: nobody knows where it ends.
    host_match = _HOST.match(address)
    if host_match is None or not _is_host(host_match[0]):
        return None
    host, rest = host_match[0], address[host_match.end() :]
    port = rest.removeprefix(":")
    if rest and (not rest.startswith(":") or (port and not (_PORT.fullmatch(port) and int(port) <= 65535))):
        return None
    return _Url(match["scheme"], userinfo, host, port, match["path"], match["query"] or "")


def _is_host(host: str) -> bool:
    """Whether what stands in brackets is an address."""
    if not host.startswith("["):
        return True
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _cut_endpoint(path: str) -> tuple[str, bool]:
    """The path without trailing slashes, dots of an elided URL, and an endpoint pasted with it.

    Returns: the prefix, and whether an endpoint was cut off: then the prefix is complete as it is.
    """
    path = re.sub(r"(/|/\.\.\.|/…)+$", "", path)
    for endpoint in _PASTED_ENDPOINTS:
        if path.lower().endswith(endpoint):
            return path[: -len(endpoint)], True
    return path, False


def _names_version(prefix: str, format: WireFormat) -> bool:  # noqa: A002
    segments = prefix.split("/")
    if format is WireFormat.ANTHROPIC_MESSAGES:
        # Gateways have versions of their own in front (`/v1/ACCOUNT/anthropic`): only the last one counts.
        return _VERSION.fullmatch(segments[-1]) is not None
    return "/openai/deployments/" in prefix or any(_VERSION.fullmatch(segment) for segment in segments)


def _is_unversioned(url: _Url, prefix: str, quirks: Quirks) -> bool:
    return quirks.no_version_segment or url.host.lower() in _UNVERSIONED_HOSTS or prefix.endswith(_UNVERSIONED_PATHS)


def _gemini_prefix(prefix: str) -> str:
    """The OpenAI-compatible API lives under `/v1beta/openai`; both shorter spellings are published."""
    prefix = prefix or "/v1beta"
    return prefix if prefix.endswith("/openai") else f"{prefix}/openai"


def _azure_url(url: _Url, prefix: str, path: str, model: str) -> str:
    """Azure has a dated API (deployment in the path, `api-version` in the query) and one called `v1`."""
    root, has_openai, below = prefix.partition("/openai")
    is_dated_query = "api-version=" in url.query
    if has_openai and re.match(r"/v\d", below):
        return str(url._replace(path=prefix + path))
    if path == _REPLY_PATHS[WireFormat.OPENAI_CHAT]:
        if not below.startswith("/deployments/"):
            prefix = f"{root}/openai/deployments/{quote(model, safe='')}"
        dated = prefix + path
    elif path == "/models" or is_dated_query:
        dated = f"{root}/openai{path}"
    else:
        return str(url._replace(path=f"{root}/openai/v1{path}"))
    query = url.query if is_dated_query else "&".join(filter(None, (url.query, f"api-version={AZURE_API_VERSION}")))
    return str(url._replace(path=dated, query=query))
