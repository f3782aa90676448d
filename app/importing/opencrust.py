"""`config.yml` of OpenCrust (https://github.com/opencrust-org/opencrust): its `llm` section."""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading
from app.importing.tables import Table, shown
from app.importing.unsupported import UNSUPPORTED

_TYPES = frozenset(
    (
        "anthropic",
        "cohere",
        "deepseek",
        "falcon",
        "gemini",
        "jais",
        "minimax",
        "mistral",
        "moonshot",
        "ollama",
        "openai",
        "openrouter",
        "qwen",
        "sansa",
        "vllm",
        "yi",
    )
)
"""Its provider types; Parley's presets are called the same."""

_OWN_ADDRESSES: Mapping[str, str] = {"moonshot": "https://api.moonshot.cn/v1"}
"""Where OpenCrust's usual address is another than Parley's, and a key of the one is unknown at the other."""


def is_opencrust(content: object) -> bool:
    llm = content.get("llm") if isinstance(content, Mapping) else None
    return isinstance(llm, Mapping) and any(
        isinstance(inner, Mapping) and "provider" in inner for inner in llm.values()
    )


def read_opencrust(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) else {})
    reading = Reading([_draft(name, table) for name, table in top.entries("llm", apart=True)])
    reading.left_out = list(top.left_out())
    return reading


def _draft(name: str, table: Table) -> Draft:
    kind = table.text("provider").lower()
    draft = Draft(name, kind if kind in _TYPES else "", refusal=UNSUPPORTED.get(kind, ""))
    # It speaks to Gemini by the interface that imitates OpenAI.
    draft.wire = wire_of("openai-compat" if kind == "gemini" else kind)
    if not draft.kind and not draft.refusal:
        draft.refusal = f"its provider {shown(kind)} is unknown here"
    address = table.text("base_url")
    if not address and kind in _OWN_ADDRESSES:
        address = _OWN_ADDRESSES[kind]
        draft.notes.append(f"OpenCrust reaches it at {address}, where its key belongs")
    draft.read_address(address)
    draft.read_key(table.text("api_key"))
    draft.model = table.text("model")
    draft.finish(table)
    return draft
