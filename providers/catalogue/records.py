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
class Abilities:
    """What a provider's API offers beside replies, a short phrase each; "" means that nobody said.

    Attributes:
        thinking: how much a model thinks, and how that is controlled.
        caching: of prompts.
        compaction: of conversations that grow too long, by the server.
        batch: requests that may take a day and cost less.
        counting: of tokens before a request is sent.
    """

    thinking: str = ""
    caching: str = ""
    compaction: str = ""
    batch: str = ""
    counting: str = ""


NO_ABILITIES = Abilities()


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that people run themselves: where it listens, and how it is recognised.

    Attributes:
        port: where it listens unless it was told otherwise.
        list_path: what is asked, from the root of the server.
        row: fields of a model row with values that only this server gives them; one row must have all of them.
        row_fields: fields that are filled in the rows of this server only.
        is_own_port: nothing else is usually on that port, so that an address alone tells who is there; 8000 and
            8080 tell nothing, and what costs nothing at one server may cost something at another.
    """

    port: int
    list_path: str
    row: dict[str, str | int] = field(default_factory=dict)
    row_fields: tuple[str, ...] = ()
    is_own_port: bool = False


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
        aliases: other names that people know it by; they are understood, but no `type`.
        server: where its server is found when it runs on this machine; None for a vendor's.
        is_local: its models run where its server runs (Ollama; not LiteLLM, which only passes requests on).
        sign_in: "oauth" for a vendor who wants that instead of a key; Parley cannot do it.
        key_check: a path below the API whose GET answers 200 to a good key only; "" where nobody documents one.
        start_hint: how its server is started; a sentence for errors, as `model_hint` (where a model comes from that
            it has not got, with `{model}` for the id) and `policy_hint` (when a privacy setting stands in the way).
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
    aliases: tuple[str, ...] = ()
    abilities: Abilities = NO_ABILITIES
    server: LocalServer | None = None
    is_local: bool = False
    sign_in: str = ""
    key_check: str = ""
    start_hint: str = ""
    model_hint: str = ""
    policy_hint: str = ""
    source: str = ""
    checked: date | None = None

    def base_url_for(self, wire_format: str) -> str:
        """Where that wire format is spoken; "" where only the user knows."""
        return self.format_base_urls.get(wire_format, self.base_url)
