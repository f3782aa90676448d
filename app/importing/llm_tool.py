"""`llm` (https://llm.datasette.io): `keys.json` and `extra-openai-models.yaml`, which name each other's keys."""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.drafts import Draft, Reading
from app.importing.tables import Table, shown
from providers.catalogue.records import ModelInfo
from providers.request import WireFormat

_PRESET_BY_KEY: Mapping[str, str] = {
    "anthropic": "anthropic",
    "claude": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "gemini": "gemini",
    "grok": "grok",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "venice": "venice",
    "xai": "grok",
    "zai": "glm",
}
"""The names under which llm and its plugins keep keys."""

_NOTE = "// Note"
_NO_KEY_NAMES = frozenset(("", "none"))


def is_keys(content: object) -> bool:
    return isinstance(content, Mapping) and _NOTE in content


def is_models(content: object) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(item, Mapping) and "model_id" in item for item in content)
    )


def read_keys(content: object) -> Reading:
    table = Table(content if isinstance(content, Mapping) else {})
    drafts: list[Draft] = []
    for name in table.names:
        if name == _NOTE or not table.text(name):
            continue
        draft = Draft(name, _PRESET_BY_KEY.get(name, ""))
        if not draft.kind:
            draft.refusal = "it is a key of no provider that Parley knows: give it with `parley keys set`"
        draft.read_key(table.text(name))
        drafts.append(draft)
    return Reading(drafts)


def read_models(content: object) -> Reading:
    """Models at one address, with one key and the same headers, are one provider here."""
    top = Table({"models": content})
    by_server: dict[tuple[object, ...], Draft] = {}
    for row in top.tables("models", apart=True):
        key_name, address = row.text("api_key_name"), row.text("api_base")
        headers = row.string_table("headers")
        wire = WireFormat.OPENAI_RESPONSES if row.flag("responses") else WireFormat.OPENAI_CHAT
        if row.flag("completion"):
            name = shown(row.text("model_id"))
            draft = Draft(name, refusal="it uses the old API for completions, which Parley does not speak")
            by_server[(name,)] = draft
            continue
        server = (address, key_name, wire, tuple(sorted(headers.items())))
        draft = by_server.get(server) or _draft(address, key_name, wire, headers)
        by_server[server] = draft
        _read_model(draft, row)
    return Reading(list(by_server.values()))


def _draft(address: str, key_name: str, wire: WireFormat, headers: Mapping[str, str]) -> Draft:
    named = "" if key_name.lower() in _NO_KEY_NAMES else key_name
    draft = Draft(named, "openai-compat" if address else "openai", wire)
    draft.read_address(address)
    draft.read_headers(headers)
    if named:
        draft.key_is_kept(f"under the name {shown(named)} in keys.json of llm")
    return draft


def _read_model(draft: Draft, row: Table) -> None:
    name = row.text("model_id")
    model_id = row.text("model_name") or name
    row.skip("can_stream", "supports_schema")
    if model_id:
        draft.models.append(
            ModelInfo(
                id=model_id,
                name=name if name != model_id else "",
                can_reason=row.flag("reasoning"),
                supports_vision=row.flag("vision"),
                supports_function_calling=row.flag("supports_tools"),
            )
        )
    draft.left_out += (f"[].{key}" for key in row.left_out())
