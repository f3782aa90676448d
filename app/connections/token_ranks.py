"""The rank file in Parley's cache that lets the tokens of OpenAI's models be counted as OpenAI counts them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.config.files import write_private_bytes
from providers.errors import ProviderError
from providers.ranks import O200K, RankFile, WrongRanks, counter_from, read_ranks
from providers.tokens import Counter

_PATIENCE_S = 24 * 3600
"""After a download that failed, the next one that nobody asked for."""
_LARGEST = 64 * 1024 * 1024
_NO_TROUBLE = ""


@dataclass(frozen=True, slots=True)
class RanksState:
    """What is there.

    Attributes:
        size: bytes; None when there is no file.
        is_good: whether it is the published file; None when there is none.
        trouble: why it cannot be used, or why the last download failed; "" otherwise.
    """

    path: Path
    size: int | None = None
    is_good: bool | None = None
    trouble: str = _NO_TROUBLE


class TokenRanks:
    """Blocking, but for `download`: call it in a thread.

    Args:
        folder: where the file is kept.
        file: which one; OpenAI's o200k by default.
        wall_clock: seconds since the epoch.
    """

    def __init__(self, folder: Path, file: RankFile | None = None, wall_clock: Callable[[], float] = time.time) -> None:
        self.file = file or O200K
        self.path = folder / self.file.file_name
        self._trouble_note = self.path.with_suffix(".failed")
        self._wall_clock = wall_clock

    def state(self) -> RanksState:
        """Looks at the whole file."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return RanksState(self.path, trouble=self._noted_trouble())
        except OSError as error:
            return RanksState(self.path, 0, False, f"It cannot be read: {error.strerror}.")
        try:
            self.file.check(data)
        except WrongRanks as wrong:
            return RanksState(self.path, len(data), False, f"{wrong}.")
        return RanksState(self.path, len(data), True)

    def counter(self) -> Counter | None:
        """The counter that the file makes; None without a file that can be used. Takes some 200 ms.

        Building it stops every thread of the process for a moment: see `providers.ranks.counter_from`.
        """
        try:
            data = self.path.read_bytes()
            self.file.check(data)
            return counter_from(self.file.name, read_ranks(data))
        except (ImportError, OSError, WrongRanks):  # There are machines that tiktoken is not built for.
            return None

    def install(self, data: bytes) -> None:
        """Keep the content of a rank file. Raises: WrongRanks; OSError, when it cannot be written."""
        self.file.check(data)
        write_private_bytes(self.path, data)
        self._trouble_note.unlink(missing_ok=True)

    def install_file(self, source: Path) -> None:
        """Keep a copy of a file. Raises: WrongRanks, OSError."""
        if source.stat().st_size > _LARGEST:
            raise WrongRanks(f"{source.name} is too large for a rank file")
        self.install(source.read_bytes())

    def remove(self) -> bool:
        """Returns: whether there was one. Raises: OSError."""
        was_there = self.path.exists()
        self.path.unlink(missing_ok=True)
        self._trouble_note.unlink(missing_ok=True)
        return was_there

    # ── downloads that nobody asked for ───────────────────────────────────────

    def may_try(self) -> bool:
        """Whether there is no file, and no download failed within the last day."""
        if self.path.exists():
            return False
        try:
            return self._wall_clock() - self._trouble_note.stat().st_mtime > _PATIENCE_S
        except OSError:
            return True

    def note_trouble(self, error: ProviderError | WrongRanks | OSError) -> str:
        """Remember that a download failed, so that it is not tried again and again. Returns: what to say about it."""
        said = f"{error}".rstrip(".") + "."
        with suppress(OSError):
            write_private_bytes(self._trouble_note, said.encode("utf-8", "replace"))
        return said

    def _noted_trouble(self) -> str:
        try:
            return self._trouble_note.read_text("utf-8", "replace")[:500]
        except OSError:
            return _NO_TROUBLE
