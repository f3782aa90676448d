"""`models.yaml` of KruxOS (https://github.com/altvale/kruxos): its `providers` and `defaults`.

Keys are in its vault, not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading
from app.importing.tables import Table, shown
from app.importing.unsupported import OAUTH, UNSUPPORTED

_KIND_BY_TYPE: Mapping[str, str] = {
    "anthropic": "anthropic",
    "openai": "openai",
    "gemini": "gemini",
    "openrouter": "openrouter",
    "ollama": "ollama",
    "local": "ollama",
}
_OWN_KEYS = frozenset(("auth", "default_model", "endpoint", "label", "model", "thinking_effort"))
"""What providers have here, and never in files of Crush."""


def is_kruxos(content: object) -> bool:
    providers = content.get("providers") if isinstance(content, Mapping) else None
    if not isinstance(providers, Mapping):
        return False
    tables = [table for table in providers.values() if isinstance(table, Mapping)]
    return any("type" in table and _OWN_KEYS & set(table) for table in tables)


def read_kruxos(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) else {})
    top.skip("version")
    reading = Reading([_draft(name, table) for name, table in top.entries("providers", apart=True)])
    defaults = top.table("defaults")
    chat, fallback = defaults.text("chat"), defaults.text("fallback")
    reading.default = (chat, "") if chat else None
    reading.fallback = (fallback, "") if fallback else None
    reading.left_out = list(top.left_out())
    return reading


def _draft(name: str, table: Table) -> Draft:
    kind = table.text("type").lower()
    address = table.text("base_url", "endpoint")
    draft = Draft(name, _KIND_BY_TYPE.get(kind, ""), refusal=UNSUPPORTED.get(kind, ""))
    if kind == "local" and address.rstrip("/").endswith("/v1"):
        draft.kind = "openai-compat"
    draft.wire = wire_of(draft.kind)
    if not draft.kind and not draft.refusal:
        draft.refusal = f"its type {shown(kind)} is unknown here"
    draft.read_address(address)
    draft.read_key(table.text("api_key"))
    match table.text("auth").lower().replace("-", "_"):
        case "none":
            draft.auth = "none"
        case "oauth":
            draft.refusal = draft.refusal or OAUTH
        case "api_key" if not draft.key and not draft.refusal:
            draft.key_is_kept("in the vault of KruxOS")
        case _:
            pass
    draft.model = table.text("model", "default_model")
    draft.label = table.text("label")
    enabled = table.flag("enabled")
    draft.enabled = enabled is not False
    draft.finish(table)
    return draft
