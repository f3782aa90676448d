"""The places a key can be in, by the ids that the record keeps and in words for people."""

from __future__ import annotations

from dataclasses import dataclass

from app.keys.backends import KNOWN

VAULT = "vault"
PASSPHRASE = "PARLEY_VAULT_PASSPHRASE"
USE_THE_VAULT = f"set {PASSPHRASE} in the environment to keep keys in an encrypted file instead"


def place_words(place: str) -> str:
    """A place as it is called in the middle of a sentence: "the vault", "the keychain (Secret Service)"."""
    if place == VAULT:
        return "the vault"
    return f"the keychain ({KNOWN[place].words if place in KNOWN else place})"


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """How one place is doing.

    Attributes:
        name: "vault" or "keychain".
        words: "unlocked, 3 keys", or what keeps it from being used.
        hint: what to do about it; "" when nothing needs doing.
        is_usable: whether a key can be stored there, as far as can be told without opening a dialog.
    """

    name: str
    words: str
    hint: str = ""
    is_usable: bool = True

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where keys can be kept on this machine.

    Attributes:
        for_new: where a new key goes, in words; "" when there is no safe place.
        hint: what to do when there is none.
        notices: what else the user should know, such as a record that was set aside.
    """

    vault: PlaceStatus
    keychain: PlaceStatus
    for_new: str
    hint: str = ""
    notices: tuple[str, ...] = ()
