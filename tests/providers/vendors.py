"""All vendors at once, on loopback: one server behind a proxy stands for all of their hosts.

What arrives there is held against `wire_table`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, Script
from tests.providers.wire_table import ALL_KEY_HEADERS, KEY, TABLE, Expected

HOSTS = sorted({urlsplit(row.url).hostname or "" for row in TABLE})
_WIRE = Path(__file__).parents[1] / "wire"
_REPLIES = {
    "/chat/completions": ("openai-chat/openai.sse", "text/event-stream"),
    "/responses": ("openai-responses/text.sse", "text/event-stream"),
    "/messages": ("anthropic-messages/text.sse", "text/event-stream"),
    "/api/chat": ("ollama-chat/text.ndjson", "application/x-ndjson"),
}
"""By the end of the path."""
_LIST = {"object": "list", "data": [{"id": "m", "object": "model"}], "models": [{"name": "m", "model": "m"}]}


@dataclass(frozen=True)
class Vendors:
    """Everybody, and the way to them."""

    plain: RecordingServer
    secure: RecordingServer
    proxies: dict[str, ProxyServer]
    ca_file: Path

    def server(self, row: Expected) -> RecordingServer:
        """Where the request for a row arrives."""
        return self.secure if row.url.startswith("https:") else self.plain

    def way(self, row: Expected) -> dict[str, str]:
        """`proxy` and `ca_file` of a provider, that lead there."""
        return {"proxy": self.proxies[urlsplit(row.url).scheme].url, "ca_file": str(self.ca_file)}

    def turns(self, row: Expected) -> list[Recorded]:
        """The requests for a reply that arrived, without those that only look around."""
        return [each for each in self.server(row).requests if each.method == "POST" and "stream" in each.json]

    def forget(self) -> None:
        self.plain.requests.clear()
        self.secure.requests.clear()


@contextmanager
def vendors(folder: Path, script: Script) -> Iterator[Vendors]:
    """Args: folder: for certificates. script: what all of them answer."""
    authority = Authority(folder)
    tls = authority.server_context(*HOSTS)
    with RecordingServer(script) as plain, RecordingServer(script, tls=tls) as secure:
        ways = {
            scheme: dict.fromkeys(HOSTS, ("127.0.0.1", server.port))
            for scheme, server in (("http", plain), ("https", secure))
        }
        with ProxyServer(way_to=ways["http"]) as to_plain, ProxyServer(way_to=ways["https"]) as to_secure:
            yield Vendors(plain, secure, {"http": to_plain, "https": to_secure}, authority.ca_file)


def well_disposed(request: Recorded) -> Answer:
    """A vendor that takes KEY in any header, lists the model `m` and answers in the format it is spoken to."""
    if not any(KEY in request.headers.get(name, "") for name in ALL_KEY_HEADERS):
        return Answer({"error": {"message": "no key"}}, 401)
    if request.method == "GET":
        return Answer(_LIST)
    if "stream" not in request.json:
        return Answer({"error": {"message": "model is missing"}}, 400)
    found = next((reply for end, reply in _REPLIES.items() if request.path.endswith(end)), None)
    return NOT_THERE if found is None else Answer((_WIRE / found[0]).read_bytes(), content_type=found[1])


def assert_right(asked: Recorded, row: Expected) -> None:
    """That a request for a turn is the one that a row of the table describes: URL, headers, body."""
    parts = urlsplit(row.url)
    assert (asked.method, asked.headers["host"]) == ("POST", parts.netloc)
    assert asked.target == row.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    assert {name: value for name, value in asked.headers.items() if name in ALL_KEY_HEADERS} == row.key
    wanted = {"content-type": "application/json", **row.headers}
    assert wanted.items() <= asked.headers.items()
    assert ("anthropic-version" in asked.headers) == (row.format == "anthropic-messages")
    assert asked.json == row.body
