"""A provider while a foreign file is being read, in the words of that file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.importing.keys import Style, is_placeholder, plain, read_headers, read_key
from app.importing.tables import Table
from app.importing.values import NO_KEY, ImportedKey
from providers.catalogue.records import ModelInfo
from providers.costs import Rates
from providers.credentials import Secret
from providers.request import WireFormat


@dataclass(slots=True)
class Draft:
    """What one program says about one provider; `assemble` makes settings of it.

    Attributes:
        name: as the program calls it; "" to be named after what it is.
        kind: a preset or a bare kind of Parley's; "" when only the address says what it is.
        wire: the wire format the program speaks to it; None for one that Parley does not have.
        key_elsewhere: it has a key, and the file does not hold it, or not so that Parley could take it.
        own_variable: where the program looks for a key that the file does not hold.
        aliases: ids by which the program calls models, to those by which the server knows them.
        refusal: why Parley cannot take it over; "" when it can.
    """

    name: str
    kind: str = ""
    wire: WireFormat | None = WireFormat.OPENAI_CHAT
    base_url: str = ""
    address_has_variables: bool = False
    key: ImportedKey = NO_KEY
    key_elsewhere: bool = False
    own_variable: str = ""
    label: str = ""
    auth: str = ""
    model: str = ""
    enabled: bool = True
    auto_connect: bool = True
    timeout: float | None = None
    proxy: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    secret_headers: dict[str, Secret] = field(default_factory=dict)
    secret_header_names: tuple[str, ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    models: list[ModelInfo] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    refusal: str = ""

    def read_address(self, value: str, style: Style = plain) -> None:
        """The base URL, as the program writes it."""
        read = style(value)
        if read.problem:
            self.refusal = f"its address {read.problem}"
        self.base_url = read.literal or read.text
        self.address_has_variables = read.is_reference

    def read_key(self, value: str, style: Style = plain) -> None:
        if value:
            self.key = read_key(value, style, self.notes)
            self.key_elsewhere = not self.key and not is_placeholder(style(value).literal)

    def key_is_kept(self, place: str) -> None:
        """Its key is not in the file. Args: place: to be read after "its key is kept"."""
        self.key_elsewhere = True
        self.notes.append(f"its key is kept {place}, not in this file")

    def read_headers(self, headers: Mapping[str, str], style: Style = plain) -> None:
        shown, secret = read_headers(headers, style, self.notes)
        self.headers |= shown
        self.secret_headers |= secret

    def finish(self, table: Table) -> None:
        """Name what nobody read in the provider's table."""
        self.left_out += table.left_out()


@dataclass(slots=True)
class Reading:
    """Everything one file says, in the words of the program it belongs to.

    Attributes:
        default: the provider and the model that answer when nobody chooses; "" for a provider's own model.
        left_out: what stands beside the providers and means nothing to Parley.
    """

    drafts: list[Draft] = field(default_factory=list)
    default: tuple[str, str] | None = None
    fallback: tuple[str, str] | None = None
    left_out: list[str] = field(default_factory=list)


def rates(**prices: Any) -> Rates | None:
    """Prices as config.toml has them; None when there is none."""
    found = Rates(**prices)
    return None if found == Rates() else Rates(**prices, source="config")


def split_reference(text: str, separator: str) -> tuple[str, str] | None:
    """A reference to a model as another program writes it; None for a text that is none."""
    provider, found, model = text.partition(separator)
    return (provider, model) if found and provider and model else None
