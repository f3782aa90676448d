"""`config.yaml` of aichat (https://github.com/sigoden/aichat): its `clients` and its `model`."""

from __future__ import annotations

from collections.abc import Mapping

from app.importing.addresses import wire_of
from app.importing.drafts import Draft, Reading, rates, split_reference
from app.importing.tables import Table, shown
from app.importing.unsupported import EMBEDDING, UNSUPPORTED
from providers.catalogue.records import ModelInfo

_KIND_BY_TYPE: Mapping[str, str] = {
    "openai": "openai",
    "openai-compatible": "openai-compat",
    "claude": "anthropic",
    "gemini": "gemini",
    "cohere": "cohere",
    "ollama": "ollama",
    "azure-openai": "azure",
    "qianwen": "qwen",
    "localai": "openai-compat",
}
_ADDRESS_BY_PLATFORM: Mapping[str, str] = {
    "anyscale": "https://api.endpoints.anyscale.com/v1",
    "deepinfra": "https://api.deepinfra.com/v1/openai",
    "deepseek": "https://api.deepseek.com",
    "fireworks": "https://api.fireworks.ai/inference/v1",
    "github": "https://models.inference.ai.azure.com",
    "groq": "https://api.groq.com/openai/v1",
    "lingyiwanwu": "https://api.lingyiwanwu.com/v1",
    "mistral": "https://api.mistral.ai/v1",
    "moonshot": "https://api.moonshot.cn/v1",
    "octoai": "https://text.octoai.run/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "perplexity": "https://api.perplexity.ai",
    "qianwen": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "together": "https://api.together.xyz/v1",
    "xai": "https://api.x.ai/v1",
    "zhipuai": "https://open.bigmodel.cn/api/paas/v4",
}
"""What aichat uses for an openai-compatible client of such a name when it gives no address."""

_MAINLAND_QWEN = "https://dashscope.aliyuncs.com/compatible-mode/v1"
_USUAL_ENDPOINT = "/chat/completions"


def is_aichat(content: object) -> bool:
    clients = content.get("clients") if isinstance(content, Mapping) else None
    return isinstance(clients, list) and any(isinstance(item, Mapping) and "type" in item for item in clients)


def read_aichat(content: object) -> Reading:
    top = Table(content if isinstance(content, Mapping) else {})
    reading = Reading([_draft(table) for table in top.tables("clients", apart=True)])
    reading.default = split_reference(top.text("model"), ":")
    reading.left_out = list(top.left_out())
    return reading


def _draft(table: Table) -> Draft:
    kind = table.text("type")
    name = table.text("name") or kind
    draft = Draft(name, _KIND_BY_TYPE.get(kind, ""), refusal=UNSUPPORTED.get(kind, ""))
    draft.wire = wire_of(draft.kind)
    if not draft.kind and not draft.refusal:
        draft.refusal = f"its type {shown(kind)} is unknown here"
    address = table.text("api_base")
    if not address and kind == "openai-compatible":
        address = _ADDRESS_BY_PLATFORM.get(name, "")
    elif not address and kind == "qianwen":
        address = _MAINLAND_QWEN
    draft.read_address(address)
    draft.read_key(table.text("api_key"))
    if not draft.key and not draft.notes and kind not in ("ollama", "localai"):
        draft.own_variable = f"{name.upper().replace('-', '_')}_API_KEY"
    _read_headers(draft, table)
    extra = table.table("extra")
    _read_proxy(draft, extra)
    draft.timeout = extra.seconds("connect_timeout")
    if table.text("chat_endpoint") not in ("", _USUAL_ENDPOINT):
        table.leave_out("chat_endpoint")
    for row in table.tables("models"):
        _read_model(draft, row)
    draft.finish(table)
    return draft


def _read_headers(draft: Draft, table: Table) -> None:
    headers = {"OpenAI-Organization": table.text("organization_id"), "Authorization": table.text("api_auth")}
    draft.read_headers({name: value for name, value in headers.items() if value})


def _read_proxy(draft: Draft, extra: Table) -> None:
    proxy = extra.text("proxy")
    if proxy.startswith(("http://", "https://")) and "@" not in proxy:
        draft.proxy = proxy
    elif proxy:
        extra.leave_out("proxy")


def _read_model(draft: Draft, row: Table) -> None:
    name = row.text("name")
    model_id = row.text("real_name") or name
    if row.text("type") not in ("", "chat"):
        draft.left_out.append(f"{shown(name)} ({EMBEDDING})")
        row.skip(*row.names)
        return
    if not model_id:
        row.leave_out("name")
        return
    draft.aliases[name] = model_id
    draft.models.append(
        ModelInfo(
            id=model_id,
            name=name if name != model_id else "",
            rates=rates(input=row.usd("input_price"), output=row.usd("output_price")),
            context_window=row.count("max_input_tokens"),
            max_output_tokens=row.count("max_output_tokens", "max_output_tokens?"),
            can_reason=row.flag("supports_reasoning"),
            supports_vision=row.flag("supports_vision"),
            supports_function_calling=row.flag("supports_function_calling"),
        )
    )
