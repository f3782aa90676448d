"""opencode (https://opencode.ai): `opencode.json`, with comments or without, and the keys in its `auth.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading, rates, split_reference
from app.importing.keys import braces, plain
from app.importing.tables import Table
from app.importing.unsupported import OAUTH, UNSUPPORTED
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from providers.request import WireFormat

_KIND_BY_PACKAGE: Mapping[str, str] = {
    "@ai-sdk/openai-compatible": "openai-compat",
    "@ai-sdk/openai": "openai",
    "@ai-sdk/anthropic": "anthropic",
    "@ai-sdk/google": "gemini",
    "@ai-sdk/azure": "azure",
    "@ai-sdk/cohere": "cohere",
    "@ai-sdk/deepseek": "deepseek",
    "@ai-sdk/fireworks": "fireworks",
    "@ai-sdk/gateway": "vercel",
    "@ai-sdk/groq": "groq",
    "@ai-sdk/mistral": "mistral",
    "@ai-sdk/perplexity": "perplexity",
    "@ai-sdk/togetherai": "together",
    "@ai-sdk/xai": "grok",
    "@openrouter/ai-sdk-provider": "openrouter",
    "ollama-ai-provider": "ollama",
    "ollama-ai-provider-v2": "ollama",
}
_REFUSED_PACKAGES: Mapping[str, str] = {
    "@ai-sdk/amazon-bedrock": UNSUPPORTED["bedrock"],
    "@ai-sdk/google-vertex": UNSUPPORTED["vertexai"],
    "@ai-sdk/google-vertex/anthropic": UNSUPPORTED["vertexai"],
}
_PRESET_BY_ID: Mapping[str, str] = {
    "alibaba": "qwen",
    "anthropic": "anthropic",
    "azure": "azure",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks-ai": "fireworks",
    "google": "gemini",
    "groq": "groq",
    "lmstudio": "lmstudio",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshotai": "moonshot",
    "ollama": "ollama",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "togetherai": "together",
    "venice": "venice",
    "vercel": "vercel",
    "xai": "grok",
    "zai": "glm",
}
"""Identifiers of models.dev, by which opencode knows providers without an address."""

_LONG_CONTEXT = 200_000
_AUTH_TYPES = ("api", "oauth", "wellknown")
_PACKAGE_VERSION = re.compile(r"(?<=.)@[^/@]*$")


def is_config(content: object) -> bool:
    if not isinstance(content, Mapping):
        return False
    providers = content.get("provider")
    if isinstance(providers, Mapping):
        return any(isinstance(inner, Mapping) for inner in providers.values())
    return "opencode.ai" in str(content.get("$schema", ""))


def is_auth(content: object) -> bool:
    return (
        isinstance(content, Mapping)
        and bool(content)
        and all(isinstance(entry, Mapping) and entry.get("type") in _AUTH_TYPES for entry in content.values())
    )


def read_config(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) else {})
    top.skip("$schema", "autoupdate")
    disabled = set(top.texts("disabled_providers"))
    reading = Reading([_draft(name, table) for name, table in top.entries("provider", apart=True)])
    for draft in reading.drafts:
        draft.enabled = draft.name not in disabled
    reading.default = split_reference(top.text("model"), "/")
    reading.left_out = list(top.left_out())
    return reading


def read_auth(content: object) -> Reading:
    entries = Table({"auth": content}).entries("auth", apart=True)
    return Reading([_draft_of_key(name, table) for name, table in entries])


def _draft(name: str, table: Table) -> Draft:
    identifier = table.text("id") or name
    package = _PACKAGE_VERSION.sub("", table.text("npm"))
    options = table.table("options")
    draft = Draft(name, label=table.text("name"))
    draft.kind = _KIND_BY_PACKAGE.get(package) or _PRESET_BY_ID.get(identifier, "")
    draft.wire = wire_of(draft.kind)
    draft.read_address(_address(options, draft.kind) or table.text("api"), braces)
    if draft.base_url and package == "@ai-sdk/openai":
        draft.wire = WireFormat.OPENAI_RESPONSES
    refusal = UNSUPPORTED.get(identifier, "") or _REFUSED_PACKAGES.get(package, "")
    draft.refusal = draft.refusal or refusal
    draft.read_key(options.text("apiKey"), braces)
    draft.own_variable = next(iter(table.texts("env")), "")
    draft.read_headers(options.string_table("headers"), braces)
    for key, row in table.entries("models"):
        _read_model(draft, key, row)
    draft.finish(table)
    return draft


def _address(options: Table, kind: str) -> str:
    address = options.text("baseURL", "endpoint")
    resource = options.text("resourceName") if kind == "azure" else ""
    return address or (f"https://{resource}.openai.azure.com" if resource else "")


def _read_model(draft: Draft, key: str, row: Table) -> None:
    model_id = row.text("id") or key.strip()
    if not model_id:
        return
    draft.aliases[key] = model_id
    limit = row.table("limit")
    inputs = row.table("modalities").texts("input")
    name = row.text("name")
    row.skip("family", "release_date", "last_updated", "knowledge", "open_weights", "temperature")
    draft.models.append(
        ModelInfo(
            id=model_id,
            name=name if name != model_id else "",
            rates=_rates(row.table("cost")),
            context_window=limit.count("context"),
            max_output_tokens=limit.count("output"),
            can_reason=row.flag("reasoning"),
            supports_attachments=row.flag("attachment"),
            supports_vision=("image" in inputs) if inputs else None,
            supports_function_calling=row.flag("tool_call"),
        )
    )


def _rates(cost: Table) -> Rates | None:
    """USD per million tokens, named for what they are; another price for long contexts is a tier."""
    long = cost.table("context_over_200k")
    tier = Tier(
        above_input=_LONG_CONTEXT,
        input=long.usd("input"),
        output=long.usd("output"),
        cached_input=long.usd("cache_read"),
        cache_write=long.usd("cache_write"),
    )
    return rates(
        input=cost.usd("input"),
        output=cost.usd("output"),
        cached_input=cost.usd("cache_read"),
        cache_write=cost.usd("cache_write"),
        tiers=() if tier == Tier(_LONG_CONTEXT) else (tier,),
    )


def _draft_of_key(name: str, table: Table) -> Draft:
    draft = Draft(name, _PRESET_BY_ID.get(name, ""), refusal=UNSUPPORTED.get(name, ""))
    draft.wire = wire_of(draft.kind)
    if table.text("type") != "api":
        draft.refusal = draft.refusal or OAUTH
    elif not draft.kind and not table.text("baseURL"):
        draft.refusal = draft.refusal or "its address is in opencode.json: import that, then give it the key"
    draft.read_address(table.text("baseURL"), plain)
    draft.read_key(table.text("key"), plain)
    table.skip("type", "refresh", "access", "expires", "accountId", "enterpriseUrl", "token", "metadata")
    draft.finish(table)
    return draft
