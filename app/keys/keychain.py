"""Keys in the keychain of the operating system: never in the event loop, never waited for without an end.

A keychain may open a dialog and hang until somebody answers it, or for ever where nobody can. What happened is
remembered: the next request fails at once with the same sentence, and asks no second time by itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.keys.backends import SERVICE, Backend, KnownBackend, LockState, NoKeychain, lock_state
from app.keys.calls import CallFailed, call
from app.keys.errors import KeyStoreError
from app.keys.places import USE_THE_VAULT, PlaceStatus, place_words
from app.text import one_line
from providers.credentials import Secret

T = TypeVar("T")
Resolve = Callable[[str], tuple[KnownBackend, Backend]]
"""Finds a keychain by its id, or the best one for ""; see `backends.resolve`."""
Work = Callable[[KnownBackend, Backend], T]

_LONGEST_FOREIGN_TEXT = 200
_LOCKED = frozenset({"KeyringLocked", "LockedException", "PromptDismissedException"})
_NOT_OPENED = "InitError"
"""Exceptions of keyring and secretstorage by their names: which of the two is installed depends on the system."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that are waited for an answer. Reading and writing may open a dialog to unlock the keychain."""

    probe_s: float = 3
    read_s: float = 10
    write_s: float = 20


class Keychain:
    """The keychain of this desktop, whichever it is."""

    def __init__(self, resolve: Resolve, patience: Patience = Patience()) -> None:
        self._resolve = resolve
        self._patience = patience
        self._found: dict[str, tuple[KnownBackend, Backend]] = {}
        self._gate = threading.Lock()
        """One call at a time: two would open two dialogs. A call that hangs keeps the gate it came through."""
        self._stalled: tuple[object, KeyStoreError] | None = None
        """The call that hangs, and what to say of it."""
        self._refused: KeyStoreError | None = None

    async def read(self, place: str, account: str) -> Secret | None:
        """What is stored under an account; None when nothing is. Raises: KeyStoreError."""
        if self._stalled is not None:
            raise _again(self._stalled[1])

        def work(known: KnownBackend, backend: Backend) -> Secret | None:
            self._raise_again(known, backend)
            text = backend.get_password(SERVICE, account)
            return Secret(text) if text else None

        return await self._use(place, work, self._patience.read_s)

    async def write(self, account: str, secret: Secret) -> str:
        """Store a key and prove that it can be read back. Returns: the place it is in now.

        Raises: KeyStoreError; nothing has changed then.
        """
        abandoned = threading.Event()

        def work(known: KnownBackend, backend: Backend) -> str:
            before = backend.get_password(SERVICE, account)
            backend.set_password(SERVICE, account, secret.reveal())
            is_kept = backend.get_password(SERVICE, account) == secret.reveal()
            # A dialog may be answered after nobody waits for it any more.
            if is_kept and not abandoned.is_set():
                return known.id
            if before is None:
                backend.delete_password(SERVICE, account)
            else:
                backend.set_password(SERVICE, account, before)
            raise KeyStoreError(
                f"{_sentence(place_words(known.id))} did not give back what was stored in it, so nothing was stored.",
                f"Look at its settings, or {USE_THE_VAULT}.",
            )

        self.ask_again()
        return await self._use("", work, self._patience.write_s, secret, abandoned=abandoned)

    async def remove(self, place: str, account: str) -> None:
        """Delete a key; one that is not there is no error. Raises: KeyStoreError."""

        def work(_: KnownBackend, backend: Backend) -> None:
            if backend.get_password(SERVICE, account) is not None:
                backend.delete_password(SERVICE, account)

        self.ask_again()
        await self._use(place, work, self._patience.write_s)

    async def status(self) -> tuple[PlaceStatus, str]:
        """How it is doing, and the place a new key would be in ("" for none). Opens no dialog."""

        def work(known: KnownBackend, backend: Backend) -> tuple[KnownBackend, LockState]:
            return known, lock_state(known, backend)

        try:
            known, state = await self._use("", work, self._patience.probe_s, is_remembered=False)
        except KeyStoreError as error:
            return PlaceStatus("keychain", one_line(str(error)).rstrip("."), error.hint, is_usable=False), ""
        hint = f"Unlock it, or {USE_THE_VAULT}." if state is LockState.LOCKED else ""
        return PlaceStatus("keychain", f"{known.words}, {state.value}", hint), known.id

    async def refuse_dialogs(self) -> None:
        """Fail where reading would open a dialog. Raises: KeyStoreError."""

        def work(known: KnownBackend, backend: Backend) -> tuple[KnownBackend, LockState]:
            return known, lock_state(known, backend)

        known, state = await self._use("", work, self._patience.probe_s, is_remembered=False)
        if state is LockState.LOCKED:
            raise KeyStoreError(f"The keychain ({known.words}) is locked.", "Test the provider to unlock it.")

    def ask_again(self) -> None:
        """Forget that it hung or refused: the user asks for it explicitly."""
        self._stalled = self._refused = None

    async def _use(
        self,
        place: str,
        work: Work[T],
        timeout_s: float,
        secret: Secret | None = None,
        *,
        is_remembered: bool = True,
        abandoned: threading.Event | None = None,
    ) -> T:
        """Find a keychain and do work with it, in a thread.

        Args:
            secret: what may not appear in a message.
            is_remembered: whether a failure keeps the next read from asking.
            abandoned: set when nobody waits for the work any more.
        """
        gate, attempt, is_done = self._gate, object(), threading.Event()
        abandoned = abandoned or threading.Event()

        def run() -> T:
            try:
                with gate:
                    if abandoned.is_set():
                        # It waited behind a call that hung: it must not open a dialog now.
                        raise KeyStoreError("Nobody waits for this any more.")
                    return work(*self._keychain(place))
            finally:
                is_done.set()
                self._forget_stalling(attempt)

        try:
            return await call(run, timeout_s)
        except asyncio.CancelledError:
            abandoned.set()
            raise
        except TimeoutError:
            abandoned.set()
            stalled = KeyStoreError(
                f"{self._name(place)} did not answer within {timeout_s:g} seconds.",
                f"If it shows a dialog, answer that and try again; or {USE_THE_VAULT}.",
            )
            if gate is self._gate:
                self._gate = threading.Lock()
            if is_remembered:
                self._stalled = (attempt, stalled)
            if is_done.is_set():
                self._forget_stalling(attempt)
            raise stalled from None
        except CallFailed as failure:
            error = _explained(failure.cause, self._name(place), secret)
            if is_remembered and type(failure.cause).__name__ in (*_LOCKED, _NOT_OPENED):
                self._refused = error
            # Without the cause: its text is foreign, and might show what was to be stored.
            raise error from None

    def _forget_stalling(self, attempt: object) -> None:
        """The call that hung came to an end after all: the next one may try."""
        if self._stalled is not None and self._stalled[0] is attempt:
            self._stalled = None

    def _keychain(self, place: str) -> tuple[KnownBackend, Backend]:
        if place not in self._found:
            self._found[place] = self._resolve(place)
        return self._found[place]

    def _name(self, place: str) -> str:
        """A keychain at the start of a sentence; before one was found, it has no name."""
        if place in self._found:
            place = self._found[place][0].id
        return _sentence(place_words(place)) if place else "The keychain"

    def _raise_again(self, known: KnownBackend, backend: Backend) -> None:
        """Where a dialog was declined, open no other until the keychain was unlocked elsewhere."""
        refused = self._refused
        if refused is None:
            return
        if lock_state(known, backend) is not LockState.UNLOCKED:
            raise _again(refused)
        self._refused = None


def _explained(cause: Exception, name: str, secret: Secret | None) -> KeyStoreError:
    """One sentence for whatever a keychain raised.

    Args:
        name: of the keychain, at the start of a sentence.
    """
    if isinstance(cause, KeyStoreError):
        return cause
    text = str(cause).strip()
    if secret:
        text = text.replace(secret.reveal(), "[key]")
    text = one_line(text)[:_LONGEST_FOREIGN_TEXT].rstrip(" .") or type(cause).__name__
    if isinstance(cause, NoKeychain):
        return KeyStoreError(f"There is no keychain here: {text}.", f"{_sentence(USE_THE_VAULT)}.")
    if type(cause).__name__ in _LOCKED:
        return KeyStoreError(f"{name} is locked.", f"Unlock it and try again, or {USE_THE_VAULT}.")
    if type(cause).__name__ == _NOT_OPENED:
        return KeyStoreError(f"{name} could not be opened: {text}.", f"{_sentence(USE_THE_VAULT)}.")
    return KeyStoreError(f"{name} refused: {text}.", f"Try again, or {USE_THE_VAULT}.")


def _again(error: KeyStoreError) -> KeyStoreError:
    return KeyStoreError(str(error), error.hint)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
