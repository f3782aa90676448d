"""What every test stands on: no network beyond loopback, a clean environment, the demo server."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from providers.demo import DemoServer

# How long an example takes says more about the machine than about the code.
settings.register_profile("parley", deadline=None)
settings.load_profile("parley")

_UNWANTED = re.compile(
    r"(?i).*_proxy|no_proxy|ssl_cert_(file|dir)|sslkeylogfile|(requests|curl)_ca_bundle"
    r"|.*_api_key|.*_api_token|.*_auth_token|co_api_key|ollama_.*|openai_.*|anthropic_.*|azure_.*|parley_.*"
    r"|dbus_session_bus_address|python_keyring_.*|keyring_property_.*"
)
"""Environment variables that would change what a test sees, lend it a key, or lead to somebody's keychain."""


class BeyondLoopback(AssertionError):
    """A test tried to reach the network."""


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if _UNWANTED.fullmatch(name)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def attempts_to_leave() -> Iterator[list[str]]:
    """Turns every way to the network into an error, and collects the attempts in case the error is swallowed.

    Names under `.invalid` do not resolve, as on any network; the rest of the world is `BeyondLoopback`.
    """
    attempts: list[str] = []
    resolve, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex
    send_to = socket.socket.sendto

    def refuse(host: object) -> None:
        if not _is_loopback(host):
            attempts.append(str(host))
            raise BeyondLoopback(f"a test may not reach beyond loopback: {host}")

    def check(connection: socket.socket, address: Any) -> None:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if _text(host).rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        refuse(host)
        return resolve(host, *args, **kwargs)

    def guarded_connect(connection: socket.socket, address: Any) -> None:
        check(connection, address)
        connect(connection, address)

    def guarded_connect_ex(connection: socket.socket, address: Any) -> int:
        check(connection, address)
        return connect_ex(connection, address)

    def guarded_send_to(connection: socket.socket, content: Any, *args: Any) -> int:
        check(connection, args[-1])
        return send_to(connection, content, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket.socket, "sendto", guarded_send_to)
        yield attempts


@pytest.fixture(autouse=True)
def _stays_on_loopback(attempts_to_leave: list[str]) -> Iterator[None]:
    """Fails a test that tried to reach the network, even when the code under test hid the error."""
    attempts_to_leave.clear()
    yield
    assert not attempts_to_leave, f"the test tried to reach {', '.join(attempts_to_leave)}"


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """The demo server, without delays. Shared by all tests: its prompt cache remembers other tests' prompts."""
    with DemoServer(pace=0) as server:
        yield server


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _is_loopback(host: object) -> bool:
    """Whether this is an address or name of this machine; None and "" are the wildcard to bind to."""
    name = _text(host).lower().rstrip(".") if host is not None else ""
    if name in ("", "localhost", "0.0.0.0", "::") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
