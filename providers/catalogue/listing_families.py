"""What each family of servers writes about one model in its list.

A function per family: a row to a `ModelInfo`, or None for a row that is no chat model. The shapes are those
of the vendors' API references; anything missing or odd stays None.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from providers.catalogue import listing_prices as prices
from providers.catalogue.listing_rows import Row, is_plainly_not_chat
from providers.catalogue.records import ModelInfo


def openai(row: Row, checked: date | None) -> ModelInfo | None:
    """OpenAI's four fields, and those that its imitators add (vLLM, Groq, Moonshot, LiteLLM, Cerebras …)."""
    model_id = row.text("id", "name", "model", "key")
    if not model_id or is_plainly_not_chat(model_id) or row.flag("active") is False:
        return None
    return ModelInfo(
        model_id,
        name=row.text("display_name"),
        context_window=row.count("context_window", "max_model_len", "context_length", "max_context_length"),
        max_output_tokens=row.count("max_completion_tokens", "max_output_tokens"),
        can_reason=row.flag("supports_reasoning"),
        supports_vision=row.flag("supports_image_in", "supports_image_input", "supports_vision"),
        supports_function_calling=row.flag("supports_tools", "supports_function_calling"),
    )


def anthropic(row: Row, checked: date | None) -> ModelInfo | None:
    """Capabilities may be null, all of them or one by one."""
    model_id = row.text("id")
    if not model_id or row.text("lifecycle") == "retired":
        return None
    able = row.row("capabilities")
    return ModelInfo(
        model_id,
        name=row.text("display_name"),
        context_window=row.count("max_input_tokens"),
        max_output_tokens=row.count("max_tokens"),
        can_reason=able.row("thinking").flag("supported"),
        supports_attachments=able.row("pdf_input").flag("supported"),
        supports_vision=able.row("image_input").flag("supported"),
        note=_retirement(row.text("retires_at")),
    )


def ollama(row: Row, checked: date | None) -> ModelInfo | None:
    """`/api/tags`. A model on the machine costs nothing; one run by Ollama's cloud (`remote_model`) may."""
    model_id = row.text("name", "model", "id")
    able = row.words("capabilities")
    if not model_id or (able and "completion" not in able) or (able is None and is_plainly_not_chat(model_id)):
        return None
    details = row.row("details")
    is_remote = row.has("remote_model")
    detail = (
        details.text("parameter_size"),
        details.text("quantization_level"),
        "cloud" if is_remote else _size(row.size("size")),
    )
    return ModelInfo(
        model_id,
        rates=prices.unpriced(checked) if is_remote else prices.free(checked),
        detail=" · ".join(part for part in detail if part),
        **_ollama_abilities(able),
    )


def ollama_show(row: Row) -> ModelInfo:
    """`/api/show`: what `/api/tags` leaves out. The id is the caller's."""
    configured = re.search(r"^num_ctx\s+(\d{1,9})\s*$", row.text("parameters", longest=10_000), re.ASCII | re.MULTILINE)
    about = row.row("model_info")
    architecture = about.text("general.architecture")
    trained = about.count(f"{architecture}.context_length")
    return ModelInfo(
        "",
        # `num_ctx` in the model file is the window that the server really uses.
        context_window=int(configured[1]) or trained if configured else trained,
        **_ollama_abilities(row.words("capabilities")),
    )


def openrouter(row: Row, checked: date | None) -> ModelInfo | None:
    """What is in and out, and which parameters are understood, tell what a model can do."""
    model_id, architecture = row.text("id"), row.row("architecture")
    reads, writes = architecture.words("input_modalities"), architecture.words("output_modalities")
    if not model_id or (writes is not None and "text" not in writes):
        return None
    parameters = row.words("supported_parameters")
    return ModelInfo(
        model_id,
        name=row.text("name"),
        rates=prices.openrouter(row, checked),
        context_window=row.count("context_length"),
        max_output_tokens=row.row("top_provider").count("max_completion_tokens"),
        can_reason=None if parameters is None else "reasoning" in parameters,
        supports_attachments=None if reads is None else "file" in reads,
        supports_vision=None if reads is None else "image" in reads,
        supports_function_calling=None if parameters is None else "tools" in parameters,
    )


def lmstudio(row: Row, checked: date | None) -> ModelInfo | None:
    """`/api/v0/models` or the newer `/api/v1/models`. What is not loaded loads on its first call."""
    kind = row.text("type")
    if kind.startswith("embedding"):
        return None
    model = openai(row, checked)
    if model is None:
        return None
    able = row.words("capabilities")
    quantization = row.text("quantization") or row.row("quantization").text("name")
    return replace(
        model,
        rates=prices.free(checked),
        context_window=row.count("loaded_context_length", "max_context_length"),
        supports_vision=True if kind == "vlm" else row.row("capabilities").flag("vision"),
        supports_function_calling=(
            row.row("capabilities").flag("trained_for_tool_use") if able is None else "tool_use" in able
        ),
        detail=" · ".join(part for part in (quantization, row.text("state").replace("-", " ")) if part),
    )


def llamacpp(row: Row, checked: date | None) -> ModelInfo | None:
    """`meta` tells what the file says, and the window that the server gives each of its slots."""
    model = openai(row, checked)
    if model is None:
        return None
    about, able = row.row("meta"), row.words("capabilities")
    detail = (_parameters(about.size("n_params")), about.text("ftype"), _size(about.size("size")))
    return replace(
        model,
        rates=prices.free(checked) if row.text("owned_by") == "llamacpp" else None,
        context_window=about.count("n_ctx", "n_ctx_train") or model.context_window,
        supports_vision=None if able is None else "multimodal" in able,
        detail=" · ".join(part for part in detail if part),
    )


def mistral(row: Row, checked: date | None) -> ModelInfo | None:
    """A model appears once per alias; `name` is then the model behind it."""
    able = row.row("capabilities")
    model = openai(row, checked)
    if model is None or able.flag("completion_chat") is False:
        return None
    name = row.text("name")
    return replace(
        model,
        can_reason=able.flag("reasoning"),
        supports_vision=able.flag("vision"),
        supports_function_calling=able.flag("function_calling"),
        note=_retirement(row.text("deprecation")),
        detail=f"alias of {name}" if name and name != model.id else "",
    )


def gemini(row: Row, checked: date | None) -> ModelInfo | None:
    """Ids start with `models/`; requests take them with and without."""
    model = openai(row, checked)
    return None if model is None else replace(model, id=model.id.removeprefix("models/"))


def xai(row: Row, checked: date | None) -> ModelInfo | None:
    """`/v1/language-models`: what `/v1/models` says, and prices."""
    model_id, reads = row.text("id"), row.words("input_modalities")
    if not model_id:
        return None
    return ModelInfo(
        model_id,
        rates=prices.xai(row, checked),
        context_window=row.count("context_window", "context_length"),
        supports_vision=None if reads is None else "image" in reads,
    )


def together(row: Row, checked: date | None) -> ModelInfo | None:
    """Chat models stand between those that draw and those that embed."""
    model = openai(row, checked)
    if model is None or row.text("type") not in ("", "chat", "language", "code"):
        return None
    return replace(model, rates=prices.together(row, checked))


def fireworks(row: Row, checked: date | None) -> ModelInfo | None:
    """Ids are resource names; the last part is what people call the model."""
    model = openai(row, checked)
    if model is None or row.flag("supports_chat") is False:
        return None
    return replace(model, name=model.name or model.id.rpartition("/")[2])


def vercel(row: Row, checked: date | None) -> ModelInfo | None:
    """Every field that people want to know, and `tags` for what a model can do."""
    if row.text("type") not in ("", "language"):
        return None
    model_id, tags = row.text("id"), row.words("tags")
    if not model_id:
        return None
    return ModelInfo(
        model_id,
        name=row.text("name"),
        rates=prices.vercel(row, checked),
        context_window=row.count("context_window"),
        max_output_tokens=row.count("max_tokens"),
        can_reason=None if tags is None else "reasoning" in tags,
        supports_attachments=None if tags is None else "file-input" in tags,
        supports_vision=None if tags is None else "vision" in tags,
        supports_function_calling=None if tags is None else "tool-use" in tags,
    )


def venice(row: Row, checked: date | None) -> ModelInfo | None:
    """Everything is in `model_spec`."""
    model_id = row.text("id")
    if not model_id or row.text("type") not in ("", "text"):
        return None
    spec = row.row("model_spec")
    able = spec.row("capabilities")
    return ModelInfo(
        model_id,
        name=spec.text("name"),
        rates=prices.venice(row, checked),
        context_window=spec.count("availableContextTokens"),
        can_reason=able.flag("supportsReasoning"),
        supports_vision=able.flag("supportsVision"),
        supports_function_calling=able.flag("supportsFunctionCalling"),
    )


def _ollama_abilities(able: tuple[str, ...] | None) -> dict[str, Any]:
    if not able:
        return {}
    return {
        "can_reason": "thinking" in able,
        "supports_vision": "vision" in able,
        "supports_function_calling": "tools" in able,
    }


def _retirement(moment: str) -> str:
    """A note from a date in ISO form, with or without a time."""
    try:
        return f"retires on {date.fromisoformat(moment[:10])}"
    except ValueError:
        return ""


def _parameters(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.0f}M"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
