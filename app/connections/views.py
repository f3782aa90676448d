"""What screens and commands may know about providers and their models, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from app.connections.consent import Consent
    from providers.catalogue.records import Abilities, ModelInfo
    from providers.connection import Connection, ConnectionState
    from providers.reference import ModelRef


@dataclass(frozen=True, slots=True)
class ProviderView:
    """One provider as the sidebar shows it; the fields after `found` are for its card only.

    Attributes:
        found: why an unconfigured provider is offered; "" for a configured one.
        type: as configured: a preset id or a bare kind.
        format: the wire format spoken.
        url: the base URL, without user, password and query; `connection.url` is what the last check called.
        is_local: it runs on this machine or in a private network.
        key_source: where its key comes from, in words; "" when it has none.
        key_hides: the other places that have a key, too, which is not used.
        needs_key: whether a request without a key is pointless.
        default_model: the id its turns go to when nobody chose; "" when that is for the user to say.
        abilities: what its preset offers; None for an endpoint about which nothing is known.
        consents: what the user has to allow before its key is sent.
        warnings: sentences about its configuration, each with what to do.
        has_plain_secrets: its key or a secret header stands in config.toml for everybody to read.
        next_try_at: when a failed one is tried again by itself.
    """

    name: str
    label: str
    connection: Connection
    found: str = ""
    type: str = ""
    format: str = ""
    url: str = ""
    is_local: bool = False
    key_source: str = ""
    key_hides: tuple[str, ...] = ()
    needs_key: bool = False
    default_model: str = ""
    abilities: Abilities | None = None
    consents: tuple[Consent, ...] = ()
    warnings: tuple[str, ...] = ()
    has_plain_secrets: bool = False
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One row of the model picker.

    Attributes:
        is_local: it runs on this machine or in a private network.
        is_configured: it stands in config.toml, whatever the server and the catalogue say.
    """

    ref: ModelRef
    info: ModelInfo
    provider_label: str
    state: ConnectionState
    is_local: bool = False
    is_configured: bool = False
