"""OpenAI's own tokenizer, built from its rank file: where that comes from, whether it is the right one, counting.

`tiktoken.get_encoding` is not called: it fetches the file itself, over a connection without a timeout, and looks into a
folder that is not ours.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from providers.errors import ServerTrouble, TimedOut
from providers.request import HttpCall
from providers.tokens import Counter

if TYPE_CHECKING:
    from providers.http import Http

_LARGEST = 8 * 1024 * 1024
_CONNECT_S, _SILENCE_S, _WHOLE_S = 15.0, 30.0, 300.0
_SLICE = 1_000
"""Characters of a text that are encoded at once: one run of letters without end would take quadratic time."""
_LONG_RUN = re.compile(rf"(?<!\S)\S{{{_SLICE}}}|(?<!\s)\s{{{_SLICE}}}")
_OPENAI_MODEL = re.compile(r"(?:.*/)?(?:ft:)?(?:gpt-(?!j\b|neo)|chatgpt-|codex-|o[1-9]\b)", re.IGNORECASE)
_PATTERN = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
"""Where o200k cuts a text before it looks for tokens."""


class WrongRanks(ValueError):
    """A file that is not the rank file it should be; says so in one sentence."""


@dataclass(frozen=True, slots=True)
class RankFile:
    """A published rank file.

    Attributes:
        name: of the counter that is built from it, and of the tokenizer.
        file_name: as it is kept.
        sha256: of its content, in lower-case hex.
    """

    name: str
    file_name: str
    url: str
    sha256: str

    def check(self, data: bytes) -> None:
        """Raises: WrongRanks."""
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise WrongRanks(
                f"That is not {self.name}'s rank file: its SHA-256 begins {found[:12]}, not {self.sha256[:12]}"
            )


O200K = RankFile(
    "o200k",
    "o200k_base.tiktoken",
    "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
    "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
)


def is_counted_by_ranks(model: str) -> bool:
    """Whether a model is OpenAI's, by its id at any provider. Those before gpt-4o were cut a little differently."""
    return _OPENAI_MODEL.match(model) is not None


def read_ranks(data: bytes) -> Mapping[bytes, int]:
    """The content of a rank file: one token in base64 and its rank per line. Raises: WrongRanks."""
    ranks: dict[bytes, int] = {}
    # In Python, so that other threads get their turn: nobody who types feels it.
    for number, each in enumerate(data.splitlines(), 1):
        token, _, rank = each.partition(b" ")
        try:
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (NotBase64, ValueError):
            raise WrongRanks(f"Line {number} is not a token and its rank") from None
    if not all(bytes((byte,)) in ranks for byte in range(256)):
        raise WrongRanks("Not every byte has a rank")
    return ranks


def counter_from(name: str, ranks: Mapping[bytes, int]) -> Counter:
    """A counter that counts as OpenAI does.

    Building it keeps every thread of the process waiting for some 100 ms, which nothing can cut into slices: build it
    while somebody waits for something else.
    """
    import tiktoken

    table = dict(ranks)
    encoding = tiktoken.Encoding(name, pat_str=_PATTERN, mergeable_ranks=table, special_tokens={})
    # It has made its own of them by now; the copy that it also keeps takes 30 MB, and nothing that encodes reads it.
    table.clear()

    def count(text: str) -> int:
        if not _LONG_RUN.search(text):
            return len(encoding.encode_ordinary(text))
        slices = (text[start : start + _SLICE] for start in range(0, len(text), _SLICE))
        return sum(len(encoding.encode_ordinary(each)) for each in slices)

    return Counter(name, count)


async def fetch(http: Http, file: RankFile) -> bytes:
    """Download a rank file, and check it.

    Raises:
        ProviderError: it cannot be had.
        WrongRanks: what came is something else.
    """
    from providers.http import Timeouts

    try:
        async with (
            asyncio.timeout(_WHOLE_S),
            http.send(HttpCall("GET", file.url, {}), {}, Timeouts(_CONNECT_S, _SILENCE_S)) as response,
        ):
            if response.status != 200:
                raise ServerTrouble(
                    f"{file.file_name} cannot be downloaded: the server answered {response.status}.",
                    "`parley tokens install FILE` takes a file that you have.",
                    status=response.status,
                )
            data = bytearray()
            async for chunk in response.chunks():
                data += chunk
                if len(data) > _LARGEST:
                    raise WrongRanks(f"What is at {file.url} is larger than a rank file")
    except TimeoutError:
        raise TimedOut(f"{file.file_name} did not arrive within {_WHOLE_S:.0f} s.") from None
    file.check(bytes(data))
    return bytes(data)
