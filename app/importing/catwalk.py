"""Provider files of Catwalk (https://github.com/charmbracelet/catwalk), the catalogue behind Crush.

One provider is an object, several are an array. Types and prices come in an older and a newer spelling; files of
Crush have the same models in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading, rates
from app.importing.keys import is_reference, shell
from app.importing.prices import CachedPriceReader
from app.importing.tables import Table, shown
from app.importing.unsupported import UNSUPPORTED
from providers.catalogue.records import ModelInfo
from providers.costs import Rates

KIND_BY_TYPE: Mapping[str, str] = {
    "openai": "openai",
    "openai-compat": "openai-compat",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "google": "gemini",
    "azure": "azure",
    "openrouter": "openrouter",
    "vercel": "vercel",
    # The newer spelling names the endpoint.
    "completions": "openai-compat",
    "responses": "openai-responses",
    "messages": "anthropic",
}
PRESET_BY_ID: Mapping[str, str] = {
    "anthropic": "anthropic",
    "azure": "azure",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "gemini": "gemini",
    "groq": "groq",
    "lmstudio": "lmstudio",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "ollama": "ollama",
    "openai": "openai",
    "openrouter": "openrouter",
    "venice": "venice",
    "vercel": "vercel",
    "xai": "grok",
    "zai": "glm",
}
"""Catwalk's own identifiers, for providers that Crush knows without an address."""

_THINKS = {"always": True, "toggleable": True, "never": False}


def is_catwalk(content: object) -> bool:
    items = content if isinstance(content, list) else [content]
    return bool(items) and all(
        isinstance(item, Mapping)
        and isinstance(item.get("id"), str)
        and isinstance(item.get("models"), list)
        and bool({"api_endpoint", "default_large_model_id", "default_small_model_id"} & set(item))
        for item in items
    )


def read_catwalk(content: object) -> Reading:
    items = content if isinstance(content, list) else [content]
    return Reading(drafts=[_draft(Table(item)) for item in items if isinstance(item, Mapping)])


def read_type(draft: Draft, table: Table, identifier: str) -> None:
    """The type of a provider, and what to think of it without one."""
    kind = table.text("type").lower()
    draft.kind = KIND_BY_TYPE.get(kind, "")
    draft.wire = wire_of(draft.kind)
    draft.refusal = UNSUPPORTED.get(kind, "") or UNSUPPORTED.get(identifier, "")
    if kind and not draft.kind and not draft.refusal:
        draft.refusal = f"its type {shown(kind)} is unknown here"


def _draft(table: Table) -> Draft:
    identifier = table.text("id")
    draft = Draft(identifier, label=table.text("name"))
    read_type(draft, table, identifier)
    preset = PRESET_BY_ID.get(identifier, "")
    endpoint = table.text("api_endpoint")
    if preset and preset != "azure" and is_reference(endpoint):
        # Only a way for Crush's users to go elsewhere: without the variable, the vendor's own address holds.
        draft.kind = preset
        draft.notes.append(f"its address is the usual one; {endpoint} is not asked for another")
    elif endpoint:
        draft.read_address(endpoint, shell)
    elif preset:
        draft.kind = preset
    draft.read_key(table.text("api_key"), shell)
    draft.read_headers(table.string_table("default_headers"), shell)
    draft.model = table.text("default_large_model_id")
    read_models(draft, table)
    draft.finish(table)
    return draft


def read_models(draft: Draft, table: Table) -> None:
    """The models of a provider, their cached prices sorted out row by row."""
    cached = CachedPriceReader()
    for row in table.tables("models"):
        model = _model(row, cached)
        if model is not None:
            draft.models.append(model)
    draft.notes += cached.sentences()


def _model(row: Table, cached: CachedPriceReader) -> ModelInfo | None:
    model_id = row.text("id")
    if not model_id:
        row.leave_out("id")
        return None
    capabilities = row.table("capabilities")
    thinking = row.table("reasoning").text("thinking")
    can_reason = row.flag("can_reason")
    vision = row.flag("supports_vision")
    return ModelInfo(
        id=model_id,
        name=row.text("name"),
        rates=_newer_rates(row.table("pricing")) if "pricing" in row else _older_rates(row, model_id, cached),
        context_window=row.count("context_window"),
        default_max_tokens=row.count("default_max_tokens"),
        can_reason=_THINKS.get(thinking) if can_reason is None else can_reason,
        supports_attachments=row.flag("supports_attachments"),
        supports_vision=capabilities.flag("vision") if vision is None else vision,
        supports_function_calling=row.flag("supports_function_calling"),
    )


def _older_rates(row: Table, model_id: str, cached: CachedPriceReader) -> Rates | None:
    input_price = row.usd("cost_per_1m_in")
    pair = row.usd("cost_per_1m_in_cached"), row.usd("cost_per_1m_out_cached")
    sorted_out = cached.read(model_id, input_price, *pair)
    return rates(
        input=input_price,
        output=row.usd("cost_per_1m_out"),
        cached_input=sorted_out.read,
        cache_write=sorted_out.write,
    )


def _newer_rates(row: Table) -> Rates | None:
    """The newer spelling says what it means; 0 for a cached price still means that nobody said."""
    return rates(
        input=row.usd("input"),
        output=row.usd("output"),
        cached_input=row.usd("cache_hit") or None,
        cache_write=row.usd("cache_create") or None,
    )
