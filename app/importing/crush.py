"""`crush.json` of Crush (https://github.com/charmbracelet/crush): its `providers` and the model it starts with."""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.catwalk import PRESET_BY_ID, read_models, read_type
from app.importing.drafts import Draft, Reading, split_reference
from app.importing.keys import shell
from app.importing.tables import Table
from app.importing.unsupported import OAUTH

_PROVIDER_KEYS = frozenset(
    (
        "api_key",
        "base_url",
        "disable",
        "disable_tools",
        "discover_models",
        "extra_body",
        "extra_headers",
        "id",
        "models",
        "name",
        "oauth",
        "provider_options",
        "system_prompt_prefix",
        "type",
    )
)
_FOREIGN_KEYS = frozenset(("auth", "model", "label", "endpoint", "default_model"))
"""What providers have in files of KruxOS, and never here."""


def is_crush(content: object) -> bool:
    if not isinstance(content, Mapping):
        return False
    if "crush" in str(content.get("$schema", "")) and ("providers" in content or "models" in content):
        return True
    providers = content.get("providers")
    if not isinstance(providers, Mapping) or not providers:
        return False
    tables = [table for table in providers.values() if isinstance(table, Mapping)]
    keys = {key for table in tables for key in table}
    return bool(tables) and (not keys or bool(keys & _PROVIDER_KEYS)) and not keys & _FOREIGN_KEYS


def read_crush(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) else {})
    top.skip("$schema", "recent_models")
    reading = Reading([_draft(name, table) for name, table in top.entries("providers", apart=True)])
    large = top.table("models").table("large")
    reading.default = split_reference(f"{large.text('provider')}/{large.text('model')}", "/")
    reading.left_out = list(top.left_out())
    return reading


def _draft(name: str, table: Table) -> Draft:
    identifier = table.text("id") or name
    draft = Draft(name, label=table.text("name"))
    read_type(draft, table, identifier)
    if table.text("base_url"):
        draft.read_address(table.text("base_url"), shell)
    elif identifier in PRESET_BY_ID:
        draft.kind = PRESET_BY_ID[identifier]
    if "oauth" in table:
        table.skip("oauth")
        draft.refusal = draft.refusal or OAUTH
    draft.read_key(table.text("api_key"), shell)
    draft.read_headers(table.string_table("extra_headers"), shell)
    body = table.raw("extra_body")
    draft.extra_body = body if isinstance(body, Mapping) else {}
    draft.enabled = not table.flag("disable")
    read_models(draft, table)
    draft.finish(table)
    return draft
