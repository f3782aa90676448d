"""Settings as plain values. Reading and checking the file is `app.config.load`; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.reference import ModelRef


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What may be spent, in USD; None means no limit, 0 that nothing may be spent.

    Attributes:
        on_exceed: warn, ask or block; "" for what `[budget]` says.
    """

    per_message: Decimal | None = None
    daily: Decimal | None = None
    monthly: Decimal | None = None
    on_exceed: str = ""


@dataclass(frozen=True, slots=True)
class BudgetSettings(BudgetLimits):
    """The `[budget]` table: for all providers together.

    Attributes:
        guard_factor: a turn that costs more than so many times the usual turn of its conversation is asked about
            first; 0 asks never.
        confirm_switch: a change of models that makes the next turn dearer by more than this is asked about; 0 asks
            about each.
    """

    on_exceed: str = "ask"
    guard_factor: int = 10
    confirm_switch: Decimal = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One `[providers.NAME]` table. Strings are as written: `$VAR` is not expanded yet.

    Attributes:
        type: a preset id, or a bare kind (openai, openai-compat, openai-responses, anthropic, ollama).
        format: another wire format that the preset also speaks; "" for its own.
        auth: `api_key`, `bearer`, `oauth`, `none`; "" for the preset's own.
        retry_wait_max: seconds; `timeout`, `stream_timeout` too.
        models: adds to or overrides the catalogue and what the server lists.
        proxy: the URL of an HTTP proxy for this provider; "" leaves it to HTTP(S)_PROXY, "none" uses none.
        ca_file: PEM certificates to trust for this provider, instead of the usual ones; "" for those.
        budget: what may be spent at this provider, beside the budget for all of them.
        found: "" for a configured provider; else why it is offered ("found in environment").
    """

    name: str
    type: str
    format: str = ""
    label: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    auth: str = ""
    model: str = ""
    enabled: bool = True
    auto_connect: bool = True
    retries: int = 2
    retry_wait_max: float = 30
    timeout: float = 60
    stream_timeout: float = 300
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_headers: tuple[str, ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[ModelInfo, ...] = ()
    proxy: str = field(default="", repr=False)
    ca_file: str = ""
    budget: BudgetLimits = BudgetLimits()
    found: str = ""

    @property
    def display(self) -> str:
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set.

    Attributes:
        theme: the name of a theme; "" for the default.
        enter_sends: False swaps send and newline.
        keys: action id to keys, over the defaults of `app.keymap`.
        favourite_models: first in the model picker.
        discover: whether local servers are looked for on their usual ports.
        download_tokenizer: whether OpenAI's rank file may be downloaded, to count tokens as OpenAI does.
        offline: whether every host but this machine and private networks is out of reach.
    """

    default_model: ModelRef | None = None
    fallback_model: ModelRef | None = None
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    budget: BudgetSettings = BudgetSettings()
    theme: str = ""
    enter_sends: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    favourite_models: tuple[ModelRef, ...] = ()
    discover: bool = True
    download_tokenizer: bool = True
    offline: bool = False
