"""What was read from a file of another program, as plain values. Nothing here is written anywhere yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from providers.credentials import Secret


class ImportFailed(Exception):
    """Nothing could be read. The message is one sentence and shows nothing of what the file holds.

    Attributes:
        hint: what to do about it; "" when the message says it all.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class ImportedKey:
    """A key as a file gives it.

    Attributes:
        secret: the key itself, for the key store; None when the file only refers to one.
        reference: `$VAR`, which stays one in config.toml; "" when there is none.
    """

    secret: Secret | None = None
    reference: str = ""

    def __bool__(self) -> bool:
        return bool(self.secret or self.reference)


NO_KEY = ImportedKey()


@dataclass(frozen=True, slots=True)
class ImportedProvider:
    """One provider, in Parley's words.

    Attributes:
        settings: `api_key` is a reference or "", never a key.
        key: for the key store.
        secret_headers: values for the key store, by header; `settings.secret_headers` may name more, whose
            values the file does not hold.
        key_elsewhere: it has a key, but not one that could be taken from the file.
        notes: what was decided on the way, one sentence each.
        left_out: the keys of the file that mean nothing to Parley, dotted.
    """

    settings: ProviderSettings
    key: Secret | None = None
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    key_elsewhere: bool = False
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.settings.name


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything a file says.

    Attributes:
        source: the program it belongs to ("Crush").
        default_model: a model reference, with the providers' names as they are here; "" when the file has none.
        fallback_model: the same.
        left_out: providers that Parley cannot reach, with the reason, and keys beside the providers.
    """

    source: str
    providers: tuple[ImportedProvider, ...]
    default_model: str = ""
    fallback_model: str = ""
    left_out: tuple[str, ...] = ()
