"""What the catalogue knows: models and presets, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.costs import Rates


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model at one provider. None everywhere means: nobody said.

    Attributes:
        id: as the server knows it.
        name: for people; the id when there is no better one.
        context_window: tokens, input and output together.
        max_output_tokens: the most it can generate in one reply.
        default_max_tokens: what to ask for when the user does not say.
        note: the preset's own word ("recommended", "fast", "previous generation", "retires on 2026-11-30").
        detail: for local models: size, parameters, quantisation.
    """

    id: str
    name: str = ""
    rates: Rates | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    default_max_tokens: int | None = None
    can_reason: bool | None = None
    supports_attachments: bool | None = None
    supports_vision: bool | None = None
    supports_function_calling: bool | None = None
    note: str = ""
    detail: str = ""

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Preset:
    """A catalogue record that ships with Parley: one TOML file in `data/`.

    Attributes:
        format: the wire format spoken by default, as its string; `formats` lists all that are spoken.
        base_url: "" where people have an address of their own (azure).
        format_base_urls: base URLs of other wire formats where they differ from `base_url`.
        base_url_env: environment variables that may hold the base URL, in order.
        hosts: hosts that belong to it besides those of its URLs (`*.` in front: and everything below).
        wrong_base_urls: URLs people were told elsewhere that do not work, corrected to `base_url`.
        auth: `bearer`, `x-api-key`, `api-key` or `none`.
        key_env: environment variables that may hold the key, in order.
        default_is_first_listed: without a default model, the first one that the server lists is it (Ollama).
        listing: how models are listed (a name in `catalogue.listing`); "" when there is no dependable list.
        models: known models, the recommended one first.
        rates: what a model costs that has no price of its own (0 on a machine of one's own); None: unknown.
        source: what was read; `checked`: when.
    """

    id: str
    name: str
    format: str
    base_url: str
    formats: tuple[str, ...] = ()
    format_base_urls: dict[str, str] = field(default_factory=dict)
    base_url_env: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    wrong_base_urls: tuple[str, ...] = ()
    auth: str = "bearer"
    key_env: tuple[str, ...] = ()
    key_url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    default_model: str = ""
    default_is_first_listed: bool = False
    listing: str = ""
    quirks: Quirks = NO_QUIRKS
    models: tuple[ModelInfo, ...] = ()
    rates: Rates | None = None
    start_hint: str = ""
    source: str = ""
    checked: date | None = None

    def base_url_for(self, wire_format: str) -> str:
        """Where that wire format is spoken; "" where only the user knows."""
        return self.format_base_urls.get(wire_format, self.base_url)
