"""The guard that keeps tests away from the network."""

from __future__ import annotations

import os
import socket

import pytest


def test_addresses_beyond_loopback_are_refused(attempts_to_leave: list[str]) -> None:
    with socket.socket() as tcp, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        tcp.connect(("192.0.2.1", 80))
    with socket.socket() as tcp, pytest.raises(AssertionError):
        tcp.connect_ex(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(AssertionError):
        udp.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(AssertionError):
        socket.getaddrinfo("example.com", 443)
    assert len(attempts_to_leave) == 4
    attempts_to_leave.clear()


def test_loopback_and_names_that_cannot_exist_are_as_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nobody.invalid", 80)


def test_no_key_and_no_proxy_comes_from_outside() -> None:
    assert not [name for name in os.environ if name.upper().endswith(("_API_KEY", "_PROXY"))]
