"""What screens and commands may know about providers and their models, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.connection import Connection, ConnectionState
    from providers.reference import ModelRef


@dataclass(frozen=True, slots=True)
class ProviderView:
    """One provider as the sidebar shows it.

    Attributes:
        url: as it will be called, without user, password and query.
        key_source: where its key comes from, in words; "" when it has none.
        default_model: the id its turns go to when nobody chose; "" when that is for the user to say.
        found: why an unconfigured provider is offered; "" for a configured one.
    """

    name: str
    label: str
    connection: Connection
    format: str = ""
    url: str = ""
    key_source: str = ""
    default_model: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One row of the model picker."""

    ref: ModelRef
    info: ModelInfo
    provider_label: str
    state: ConnectionState
