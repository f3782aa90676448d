"""From a parsed `config.toml` to settings. What is read here is what the file may contain, key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.config.expand import BrokenReference, UnsetVariable, expand
from app.config.problems import nearest
from app.config.reader import Complaints, TableReader
from app.config.settings import BudgetSettings, ProviderSettings, Settings
from providers.catalogue.loader import KINDS, Catalogue
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from providers.reference import ModelRef
from providers.request import WireFormat

AUTH_KINDS = ("api_key", "bearer", "oauth", "none")
ON_EXCEED = ("warn", "ask", "block")

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)


class Checker:
    """Reads one file's tables.

    Attributes:
        unset: variables that are not set here, with the key that names them: they stop the provider that
            needs them, not the file.
    """

    def __init__(self, text: str, environ: Mapping[str, str], catalogue: Catalogue) -> None:
        self.complaints = Complaints(text)
        self.unset = Complaints(text)
        self._environ = environ
        self._catalogue = catalogue

    def settings(self, table: Mapping[str, Any]) -> Settings:
        """What could be read; a provider with anything wrong in it is left out."""
        top = TableReader(table, (), self.complaints)
        settings = Settings(
            default_model=_model_ref(top, "default_model"),
            fallback_model=_model_ref(top, "fallback_model"),
            theme=top.text("theme"),
            enter_sends=top.flag("enter_sends", True),
            keys=top.string_table("keys"),
            favourite_models=_model_refs(top, "favourite_models"),
            discover=top.flag("discover", True),
            offline=top.flag("offline", False),
            budget=_budget(top.table("budget")),
            providers=self._providers(top.table("providers")),
        )
        top.finish()
        return settings

    def _providers(self, tables: TableReader) -> dict[str, ProviderSettings]:
        providers: dict[str, ProviderSettings] = {}
        seen: dict[str, str] = {}
        for name, table in tables.named_tables().items():
            twin = seen.setdefault(name.lower(), name)
            if twin != name:
                table.complain("", f"differs from {twin!r} only in upper and lower case", "Rename one of them.")
            _check_name(table, name)
            provider = self._provider(table, name)
            if table.is_good:
                providers[name] = provider
        return providers

    def _provider(self, table: TableReader, name: str) -> ProviderSettings:
        provider = ProviderSettings(
            name=name,
            type=self._type(table, name),
            format=table.choice("format", tuple(WireFormat), ""),
            label=table.text("label"),
            base_url=table.text("base_url"),
            api_key=table.text("api_key"),
            auth=table.choice("auth", AUTH_KINDS, ""),
            model=table.text("model"),
            enabled=table.flag("enabled", True),
            auto_connect=table.flag("auto_connect", True),
            retries=table.whole("retries", 2),
            retry_wait_max=table.seconds("retry_wait_max", 30, may_be_zero=True),
            timeout=table.seconds("timeout", 60),
            stream_timeout=table.seconds("stream_timeout", 300),
            extra_headers=_headers(table),
            secret_headers=_secret_headers(table),
            extra_body=table.free_table("extra_body"),
            models=_models(table),
            proxy=table.text("proxy"),
            ca_file=table.text("ca_file"),
        )
        table.finish()
        self._check_format(table, provider)
        self._check_url(table, provider)
        self._expanded(table, "api_key", provider.api_key, note=provider.enabled)
        for value in provider.extra_headers.values():
            self._expanded(table, "extra_headers", value, note=provider.enabled)
        return provider

    def _type(self, table: TableReader, name: str) -> str:
        kind = table.text("type")
        presets = self._catalogue.preset_ids()
        known = tuple(dict.fromkeys((*presets, *KINDS)))
        if kind in known:
            if kind not in presets and not table.text("base_url"):
                table.complain("type", f"{kind!r} is no preset, so base_url is needed", 'Add base_url = "https://…".')
            return kind
        if "type" not in table:
            example = nearest(name, known) or "anthropic"
            hint = f'Add type = "{example}", or another preset from docs/providers.md.'
            table.complain("", "has no type", hint)
        elif kind:
            meant = nearest(kind, known)
            hint = f'Did you mean type = "{meant}"?' if meant else "docs/providers.md lists the types."
            table.complain("type", f"{kind!r} is no preset that Parley knows", hint)
        elif table.is_good:
            table.complain("type", "is empty", "docs/providers.md lists the types.")
        return kind

    def _check_format(self, table: TableReader, provider: ProviderSettings) -> None:
        preset = self._catalogue.preset(provider.type) if provider.format and not provider.base_url else None
        if preset is None:
            return
        spoken = preset.formats or (preset.format,)
        if provider.format not in spoken:
            table.complain("format", f"{preset.name} does not speak {provider.format}", f"Use {' or '.join(spoken)}.")

    def _check_url(self, table: TableReader, provider: ProviderSettings) -> None:
        if not provider.base_url:
            return
        url = self._expanded(table, "base_url", provider.base_url, note=provider.enabled)
        if url is None:
            return
        from providers.formats.urls import base_url_problem

        wrong = base_url_problem(url)
        if wrong:
            message, _, hint = wrong.partition("; ")
            table.complain("base_url", message.removeprefix("base_url "), hint[:1].upper() + hint[1:])

    def _expanded(self, table: TableReader, key: str, text: str, *, note: bool) -> str | None:
        try:
            return expand(text, self._environ)
        except UnsetVariable as error:
            if note:
                self.unset.add(
                    (*table.path, key), str(error), f"Set {error.name}, or write ${{{error.name}:-default}}."
                )
        except BrokenReference as error:
            table.complain(key, str(error), "Write $VAR, ${VAR} or ${VAR:-default}; a dollar sign is $$.")
        return None


def _model_ref(table: TableReader, key: str) -> ModelRef | None:
    text = table.text(key)
    if not text:
        return None
    try:
        return ModelRef.parse(text)
    except ValueError:
        table.complain(key, f"{text!r} is not a model reference", "Write provider/model-id.")
        return None


def _model_refs(table: TableReader, key: str) -> tuple[ModelRef, ...]:
    refs: list[ModelRef] = []
    for text in table.strings(key):
        try:
            refs.append(ModelRef.parse(text))
        except ValueError:
            table.complain(key, f"{text!r} is not a model reference", "Write provider/model-id.")
    return tuple(refs)


def _budget(table: TableReader) -> BudgetSettings:
    budget = BudgetSettings(
        per_message=table.money("per_message"),
        daily=table.money("daily"),
        monthly=table.money("monthly"),
        on_exceed=table.choice("on_exceed", ON_EXCEED, "ask"),
    )
    table.finish()
    return budget


def _check_name(table: TableReader, name: str) -> None:
    if "/" in name:
        table.complain("", "has a slash in its name", "Model references are split at the first slash: rename it.")
    elif not name.strip() or name != name.strip() or not name.isprintable():
        table.complain("", "needs a name of visible characters, without blanks around it")


def _headers(table: TableReader) -> dict[str, str]:
    headers = table.string_table("extra_headers")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            table.complain("extra_headers", f"{name!r} is not the name of a header")
        elif any(not character.isprintable() and character != "\t" for character in value):
            table.complain("extra_headers", f"the value of {name} contains characters that headers may not have")
    return headers


def _secret_headers(table: TableReader) -> tuple[str, ...]:
    names = table.strings("secret_headers")
    for name in names:
        if not _HEADER_NAME.fullmatch(name):
            table.complain(
                "secret_headers",
                "contains something that is not the name of a header",
                "Only names of headers stand here.",
            )
    return names


def _models(table: TableReader) -> tuple[ModelInfo, ...]:
    models: dict[str, ModelInfo] = {}
    for row in table.tables("models"):
        model = _model(row)
        if not model.id:
            row.complain("", "has no id", "Add the id of the model as the server knows it.")
        elif model.id in models:
            row.complain("id", f"{model.id!r} is listed twice", "Keep one of the two.")
        models[model.id] = model
    return tuple(models.values())


def _model(row: TableReader) -> ModelInfo:
    rates = Rates(
        input=row.money("cost_per_1m_in"),
        output=row.money("cost_per_1m_out"),
        cached_input=row.money("cost_per_1m_in_cached"),
        cached_output=row.money("cost_per_1m_out_cached"),
        cache_write=row.money("cost_per_1m_cache_write"),
        cache_write_1h=row.money("cost_per_1m_cache_write_1h"),
        tiers=tuple(_tier(tier) for tier in row.tables("tiers")),
    )
    model = ModelInfo(
        id=row.text("id"),
        name=row.text("name"),
        rates=None if rates == Rates() else replace(rates, source="config"),
        context_window=row.optional_whole("context_window", least=1),
        max_output_tokens=row.optional_whole("max_output_tokens", least=1),
        default_max_tokens=row.optional_whole("default_max_tokens", least=1),
        can_reason=row.optional_flag("can_reason"),
        supports_attachments=row.optional_flag("supports_attachments"),
        supports_vision=row.optional_flag("supports_vision"),
        supports_function_calling=row.optional_flag("supports_function_calling"),
    )
    row.finish()
    return model


def _tier(table: TableReader) -> Tier:
    if "above_input" not in table:
        table.complain("", "has no above_input", "Add the number of input tokens above which these prices hold.")
    tier = Tier(
        above_input=table.whole("above_input", 0),
        input=table.money("cost_per_1m_in"),
        output=table.money("cost_per_1m_out"),
        cached_input=table.money("cost_per_1m_in_cached"),
        cache_write=table.money("cost_per_1m_cache_write"),
        cache_write_1h=table.money("cost_per_1m_cache_write_1h"),
    )
    table.finish()
    return tier
