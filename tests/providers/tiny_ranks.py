"""A rank file of a few tokens: every byte, and some merges."""

from __future__ import annotations

import base64
import hashlib

from providers.ranks import RankFile

MERGES = (
    b"th",
    b"the",
    b" the",
    b"he",
    b"in",
    b"ing",
    b"lo",
    b"llo",
    b"aa",
    b"aaaa",
    b"  ",
    b"\n\n",
    "中".encode()[:2],
    "中".encode(),
)


def rank_file(*, without: bytes = b"") -> bytes:
    """Its content; `without` leaves tokens out that consist of this one byte."""
    tokens = [bytes((byte,)) for byte in range(256) if bytes((byte,)) != without] + list(MERGES)
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))


def published(data: bytes, url: str = "http://127.0.0.1:9/tiny.tiktoken") -> RankFile:
    """Such a file as if it were published at that address."""
    return RankFile("o200k", "tiny.tiktoken", url, hashlib.sha256(data).hexdigest())
