"""Where keys are kept, and whether they can be reached. Opens no dialog."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from app.doctor.findings import Finding, Verdict

if TYPE_CHECKING:
    from app.keys.store import KeyStore, PlaceStatus, StoredKey

SUBJECT = "Keys"


async def key_store(keys: KeyStore) -> AsyncIterator[Finding]:
    """Ask the vault and the keychain how they are doing. A keychain that hangs takes three seconds."""
    places = await keys.status()
    stored = keys.all_stored()
    for place in (places.vault, places.keychain):
        yield _place(place, stored)
    if places.for_new:
        yield Finding(SUBJECT, f"A new key goes into {places.for_new}.")
    else:
        yield Finding(
            SUBJECT,
            "There is no safe place for a new key: Parley stores none, and never writes one in plain text.",
            Verdict.NOTE,
            places.vault.hint or places.keychain.hint or "Keys in the environment go on as they are.",
        )
    for notice in places.notices:
        yield Finding(SUBJECT, notice, Verdict.WARNING)


def _place(place: PlaceStatus, stored: tuple[StoredKey, ...]) -> Finding:
    """A place that is out of reach is a problem only when a key is in it."""
    names = sorted({key.provider for key in stored if place.name in key.place})
    holding = f"; keys of {', '.join(names)}" if names else ""
    what = f"{place.name.capitalize()}: {place.words.rstrip('.')}{holding}."
    if place.is_usable:
        return Finding(SUBJECT, what, Verdict.NOTE if place.hint else Verdict.OK, place.hint)
    if names:
        return Finding(SUBJECT, what, Verdict.PROBLEM, place.hint)
    return Finding(SUBJECT, what, Verdict.NOTE)
