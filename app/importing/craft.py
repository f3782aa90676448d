"""Connections of Craft Agents (https://agents.craft.do): its `config.json`, one connection, or an array of them.

Keys are in its encrypted store, not in the file; a connection as its documentation prints it may have one.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading
from app.importing.names import slug
from app.importing.tables import Table, shown
from app.importing.unsupported import OAUTH, UNSUPPORTED
from providers.catalogue.records import ModelInfo
from providers.request import WireFormat

_KIND_BY_TYPE: Mapping[str, str] = {
    "anthropic": "anthropic",
    "anthropic_compat": "anthropic",
    "openai": "openai",
    "openai_compat": "openai-compat",
    "pi": "",
    "pi_compat": "openai-compat",
}
_PRESET_BY_PI: Mapping[str, str] = {
    "anthropic": "anthropic",
    "azure-openai-responses": "azure",
    "deepseek": "deepseek",
    "google": "gemini",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "vercel-ai-gateway": "vercel",
    "xai": "grok",
    "zai": "glm",
}
"""What the library that it calls Pi calls providers."""

_MESSAGES = "anthropic-messages"
_REFUSED_AUTH: Mapping[str, str] = {
    "oauth": OAUTH,
    "iam_credentials": UNSUPPORTED["bedrock"],
    "service_account_file": UNSUPPORTED["vertexai"],
}


def is_craft(content: object) -> bool:
    connections = _connections(content)
    return bool(connections) and all(isinstance(item, Mapping) and "providerType" in item for item in connections)


def read_craft(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) and "llmConnections" in content else {})
    rows = Table({"llmConnections": _connections(content)}).tables("llmConnections", apart=True)
    top.skip("llmConnections")
    reading = Reading([_draft(table) for table in rows])
    default = top.text("defaultLlmConnection")
    reading.default = (default, "") if default else None
    reading.left_out = list(top.left_out())
    return reading


def _connections(content: object) -> list[object]:
    if isinstance(content, Mapping):
        inner = content.get("llmConnections", [content])
        return inner if isinstance(inner, list) else []
    return content if isinstance(content, list) else []


def _draft(table: Table) -> Draft:
    label = table.text("name")
    kind, pi = table.text("providerType"), table.text("piAuthProvider")
    endpoint = table.table("customEndpoint")
    api = endpoint.text("api")
    images = endpoint.flag("supportsImages")
    draft = Draft(table.text("slug") or slug(label), label=label)
    draft.kind = _PRESET_BY_PI.get(pi, "") if kind == "pi" else _KIND_BY_TYPE.get(kind, "")
    if api == _MESSAGES or (kind == "pi_compat" and not api and pi == "anthropic"):
        draft.kind = "anthropic"
    draft.wire = WireFormat.ANTHROPIC_MESSAGES if draft.kind == "anthropic" else wire_of(draft.kind)
    auth = table.text("authType")
    draft.refusal = UNSUPPORTED.get(kind, "") or UNSUPPORTED.get(pi, "") or _REFUSED_AUTH.get(auth, "")
    if not draft.kind and not draft.refusal:
        draft.refusal = f"its provider {shown(pi or kind)} is unknown here"
    draft.read_address(table.text("baseUrl"))
    draft.read_key(table.text("apiKey"))
    draft.auth = {"none": "none", "bearer_token": "bearer"}.get(auth, "")
    if auth.startswith(("api_key", "bearer")) and "apiKey" not in table:
        draft.key_is_kept("in the store of Craft Agents")
    draft.model = table.text("defaultModel").removeprefix("pi/")
    for row in table.items("models"):
        draft.models += _models(row, images)
    table.skip("createdAt", "lastUsedAt", "modelSelectionMode", "type")
    draft.finish(table)
    return draft


def _models(row: Table | str, images: bool | None) -> list[ModelInfo]:
    if isinstance(row, str):
        return [ModelInfo(row.removeprefix("pi/"), supports_vision=images)]
    model_id = row.text("id").removeprefix("pi/")
    name = row.text("name")
    own_images = row.flag("supportsImages")
    row.skip("description", "provider", "shortName")
    if not model_id:
        return []
    return [
        ModelInfo(
            id=model_id,
            name=name if name != model_id else "",
            context_window=row.count("contextWindow"),
            can_reason=row.flag("supportsThinking"),
            supports_vision=images if own_images is None else own_images,
        )
    ]
