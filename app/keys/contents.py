"""What the record of stored keys says, as values. No key is among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.keys.places import VAULT


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored key.

    Attributes:
        header: the name of a secret header; "" for the API key.
        place: the id of a place, see `app.keys.places`.
        account: what it is called there: the name of its provider at first, which a rename does not change.
        host: the host it was given for; "" when that was not known.
    """

    provider: str
    header: str
    place: str
    account: str
    host: str

    def is_for(self, provider: str, header: str | None) -> bool:
        """Whether it is that key; None stands for all of a provider. Headers match in any spelling."""
        return self.provider == provider and (header is None or self.header.lower() == header.lower())


@dataclass(frozen=True, slots=True)
class Consent:
    """The user allowed the key from a place to go to a host that it does not belong to.

    Attributes:
        place: in words: "the vault", "$ANTHROPIC_API_KEY".
    """

    provider: str
    place: str
    host: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Attributes:
    entries: at most one for each key in each place, the newest last.
    """

    entries: tuple[Entry, ...] = ()
    consents: tuple[Consent, ...] = ()

    def of(self, provider: str, header: str | None) -> tuple[Entry, ...]:
        """The entries for one key, or for all of a provider (None)."""
        return tuple(entry for entry in self.entries if entry.is_for(provider, header))

    def account(self, provider: str, header: str, place: str, plain: str) -> str:
        """What to call a key in a place: as before, or its plain name, changed where that belongs to another key."""
        taken = set()
        for entry in self.entries:
            if (entry.place == VAULT) is (place == VAULT):
                if entry.is_for(provider, header):
                    return entry.account
                taken.add(entry.account)
        account, count = plain, 1
        while account in taken:
            count += 1
            account = f"{plain} ({count})"
        return account

    def with_entry(self, entry: Entry) -> Contents:
        """With one more entry, in the place of an older one for the same key and place."""
        others = tuple(
            each for each in self.entries if each.place != entry.place or not each.is_for(entry.provider, entry.header)
        )
        return replace(self, entries=(*others, entry))

    def without(self, *entries: Entry) -> Contents:
        return replace(self, entries=tuple(each for each in self.entries if each not in entries))

    def with_consent(self, consent: Consent) -> Contents:
        return replace(self, consents=tuple(dict.fromkeys((*self.consents, consent))))

    def without_consents(self, provider: str) -> Contents:
        return replace(self, consents=tuple(each for each in self.consents if each.provider != provider))

    def renamed(self, old: str, new: str) -> Contents:
        """With everything that belongs to one provider given to another name."""
        return Contents(
            tuple(replace(each, provider=new) if each.provider == old else each for each in self.entries),
            tuple(replace(each, provider=new) if each.provider == old else each for each in self.consents),
        )
