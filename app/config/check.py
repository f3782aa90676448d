"""From a parsed `config.toml` to settings. What is read here is what the file may contain, key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.config.check_models import read_models
from app.config.expand import UnsetVariable, failures, readable
from app.config.problems import nearest
from app.config.reader import Complaints, TableReader
from app.config.settings import BudgetLimits, BudgetSettings, ProviderSettings, Settings
from providers.catalogue.loader import KINDS, Catalogue
from providers.reference import ModelRef
from providers.request import WireFormat

AUTH_KINDS = ("api_key", "bearer", "oauth", "none")
ON_EXCEED = ("warn", "ask", "block")

_OAUTH_PRESET = "openai-codex"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)


def is_header_name(text: str) -> bool:
    return _HEADER_NAME.fullmatch(text) is not None


class Checker:
    """Reads one file's tables.

    Attributes:
        unset: variables that are not set here, with the key that names them: they stop the provider that
            needs them, not the file.
        warnings: what works, but should not be left like that.
    """

    def __init__(self, text: str, environ: Mapping[str, str], catalogue: Catalogue) -> None:
        self.complaints = Complaints(text)
        self.unset = Complaints(text)
        self.warnings = Complaints(text)
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
            # What is no flag is a mistake, and on this side the one that sends nothing.
            download_tokenizer=top.flag("download_tokenizer", "download_tokenizer" not in top),
            offline=top.flag("offline", "offline" in top),
            budget=_budget(top.table("budget")),
            providers=self._providers(top.table("providers")),
        )
        top.finish()
        self._doubt_models(settings)
        if self.complaints.about_budgets():
            # As above: a slip lifts no limit.
            return replace(settings, budget=replace(settings.budget, per_message=Decimal(0)))
        return settings

    def _doubt_models(self, settings: Settings) -> None:
        """A model of a provider that is neither configured nor a preset, which may be found, is never asked."""
        for key in ("default_model", "fallback_model"):
            ref: ModelRef | None = getattr(settings, key)
            known = (*settings.providers, *self._catalogue.preset_ids())
            if ref is not None and ref.provider not in known:
                meant = nearest(ref.provider, known)
                hint = f"Did you mean {meant}/{ref.model}?" if meant else "Add it, or choose a model of another one."
                self.warnings.add((key,), f"names a provider that is not there: {ref.provider}", hint)

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
            type=table.text("type"),
            format=table.text("format"),
            label=table.text("label"),
            base_url=table.text("base_url"),
            api_key=table.text("api_key"),
            auth=table.text("auth"),
            model=table.text("model"),
            enabled=table.flag("enabled", True),
            auto_connect=table.flag("auto_connect", True),
            retries=table.whole("retries", 2),
            retry_wait_max=table.seconds("retry_wait_max", 30, may_be_zero=True),
            timeout=table.seconds("timeout", 60),
            stream_timeout=table.seconds("stream_timeout", 300),
            extra_headers=_headers(table),
            secret_headers=table.strings("secret_headers"),
            extra_body=table.free_table("extra_body"),
            models=read_models(table),
            proxy=table.text("proxy"),
            ca_file=table.text("ca_file"),
            budget=_limits(table.table("budget")),
        )
        table.finish()
        self._note_references(table, provider)
        shown = readable(provider, self._environ)
        self._check_type(table, provider, shown)
        table.check_choice("format", shown.format, tuple(WireFormat))
        self._check_format(table, shown)
        table.check_choice("auth", shown.auth, AUTH_KINDS)
        _check_oauth(table, shown)
        _check_secret_headers(table, shown)
        _check_url(table, shown)
        _check_proxy(table, shown)
        self._warn(table, provider, shown)
        self._doubt_prices(table, provider)
        return provider

    def _note_references(self, table: TableReader, provider: ProviderSettings) -> None:
        """A variable that is not set stops this provider; a `$` that starts nothing is a mistake in the file."""
        for error in failures(provider, self._environ):
            if not isinstance(error, UnsetVariable):
                table.complain(error.key, str(error), "Write $VAR, ${VAR} or ${VAR:-default}; a dollar sign is $$.")
            elif provider.enabled:
                hint = f"Set {error.name}, or write ${{{error.name}:-default}}."
                self.unset.add((*table.path, *error.key), str(error), hint)

    def _check_type(self, table: TableReader, written: ProviderSettings, shown: ProviderSettings) -> None:
        kind = shown.type
        presets = self._catalogue.preset_ids()
        known = tuple(dict.fromkeys((*presets, *KINDS)))
        if kind in known:
            if kind not in presets and not written.base_url:
                table.complain(
                    "type", f"{written.type!r} is no preset, so base_url is needed", 'Add base_url = "https://…".'
                )
        elif "type" not in table:
            example = nearest(shown.name, known) or "anthropic"
            hint = f'Add type = "{example}", or another preset from docs/providers.md.'
            table.complain("", "has no type", hint)
        elif kind:
            meant = nearest(kind, known)
            hint = f'Did you mean type = "{meant}"?' if meant else "docs/providers.md lists the types."
            table.complain("type", f"{written.type!r} is no preset that Parley knows", hint)
        elif not written.type and table.is_good:
            table.complain("type", "is empty", "docs/providers.md lists the types.")

    def _check_format(self, table: TableReader, provider: ProviderSettings) -> None:
        preset = self._catalogue.preset(provider.type) if provider.format and not provider.base_url else None
        if preset is None:
            return
        spoken = preset.formats or (preset.format,)
        if provider.format in tuple(WireFormat) and provider.format not in spoken:
            table.complain("format", f"{preset.name} does not speak {provider.format}", f"Use {' or '.join(spoken)}.")

    def _warn(self, table: TableReader, written: ProviderSettings, shown: ProviderSettings) -> None:
        if not (written.api_key or written.extra_headers or written.secret_headers or written.proxy):
            return  # The usual case costs no import.
        from app.config.cautions import cautions

        for caution in cautions(written, shown):
            self.warnings.add((*table.path, *caution.key), caution.message, caution.hint)

    def _doubt_prices(self, table: TableReader, provider: ProviderSettings) -> None:
        if all(model.rates is None for model in provider.models) or not table.is_good:
            return  # The usual case costs no import.
        from app.config.price_doubts import price_doubts

        for number, model in enumerate(provider.models):
            for doubt in price_doubts(model):
                self.warnings.add((*table.path, "models", number, *doubt.key), doubt.message, doubt.hint)


def _check_oauth(table: TableReader, provider: ProviderSettings) -> None:
    if provider.auth == "oauth" and provider.type not in ("", _OAUTH_PRESET):
        table.complain(
            "auth",
            f"is oauth, which only {_OAUTH_PRESET} knows",
            'Leave it out, or write auth = "bearer" and a token as api_key.',
        )


def _check_url(table: TableReader, provider: ProviderSettings) -> None:
    if not provider.base_url:
        return
    from providers.formats.urls import base_url_problem

    wrong = base_url_problem(provider.base_url)
    if wrong:
        message, _, hint = wrong.partition("; ")
        table.complain("base_url", message.removeprefix("base_url "), hint[:1].upper() + hint[1:])


def _check_proxy(table: TableReader, provider: ProviderSettings) -> None:
    if not provider.proxy:
        return
    from app.config.proxies import proxy_problem

    wrong = proxy_problem(provider.proxy)
    if wrong is not None:
        table.complain("proxy", *wrong)


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
    for index, text in enumerate(table.strings(key)):
        try:
            refs.append(ModelRef.parse(text))
        except ValueError:
            table.complain((key, index), f"{text!r} is not a model reference", "Write provider/model-id.")
    return tuple(refs)


def _budget(table: TableReader) -> BudgetSettings:
    confirm_switch = table.money("confirm_switch")
    budget = BudgetSettings(
        per_message=table.money("per_message"),
        daily=table.money("daily"),
        monthly=table.money("monthly"),
        on_exceed=table.choice("on_exceed", ON_EXCEED, "ask"),
        guard_factor=table.whole("guard_factor", 10),
        confirm_switch=BudgetSettings().confirm_switch if confirm_switch is None else confirm_switch,
    )
    table.finish()
    return budget


def _limits(table: TableReader) -> BudgetLimits:
    limits = BudgetLimits(
        per_message=table.money("per_message"),
        daily=table.money("daily"),
        monthly=table.money("monthly"),
        on_exceed=table.choice("on_exceed", ON_EXCEED, ""),
    )
    table.finish()
    return limits


def _check_name(table: TableReader, name: str) -> None:
    if "/" in name:
        table.complain("", "has a slash in its name", "Model references are split at the first slash: rename it.")
    elif not name.strip() or name != name.strip() or not name.isprintable():
        table.complain("", "needs a name of visible characters, without blanks around it")


def _headers(table: TableReader) -> dict[str, str]:
    headers = table.string_table("extra_headers")
    for name, value in headers.items():
        if not is_header_name(name):
            table.complain("extra_headers", f"{name!r} is not the name of a header")
        elif any(not character.isprintable() and character != "\t" for character in value):
            table.complain("extra_headers", f"the value of {name} contains characters that headers may not have")
    return headers


def _check_secret_headers(table: TableReader, provider: ProviderSettings) -> None:
    for name in provider.secret_headers:
        if name and not is_header_name(name):
            table.complain(
                "secret_headers",
                "contains something that is not the name of a header",
                "Only names of headers stand here.",
            )
