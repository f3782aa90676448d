"""The model lists, in the shape of each kind of server."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from providers.demo.formats.base import Json
from providers.demo.problems import Kind, Problem, RequestProblem, bad_request
from providers.demo.script import DemoModel

_CREATED = 1_760_000_000
_CREATED_AT = "2025-10-09T08:53:20Z"
_LARGEST_PAGE = 1000


def openai_list(models: Sequence[DemoModel]) -> Json:
    return {"object": "list", "data": [openai_model(model) for model in models]}


def openai_model(model: DemoModel) -> Json:
    return {"id": model.id, "object": "model", "created": _CREATED, "owned_by": "parley-demo"}


def anthropic_list(models: Sequence[DemoModel], query: Mapping[str, str]) -> Json:
    """One page: `limit`, `after_id`, `before_id`. Raises: RequestProblem."""
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= _LARGEST_PAGE:
        raise bad_request(f"limit: must be a number from 1 to {_LARGEST_PAGE}", "limit")
    ids = [model.id for model in models]
    if "before_id" in query:
        end = _position(ids, query["before_id"])
        start = max(0, end - int(limit))
        has_more = start > 0
    else:
        start = _position(ids, query["after_id"]) + 1 if "after_id" in query else 0
        end = min(len(ids), start + int(limit))
        has_more = end < len(ids)
    page = models[start:end]
    return {
        "data": [anthropic_model(model) for model in page],
        "has_more": has_more,
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
    }


def anthropic_model(model: DemoModel) -> Json:
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.info.label,
        "created_at": _CREATED_AT,
        "max_input_tokens": model.context_window,
        "max_tokens": model.info.max_output_tokens,
        "capabilities": None,
    }


def _position(ids: Sequence[str], wanted: str) -> int:
    if wanted not in ids:
        raise RequestProblem(Problem(Kind.BAD_REQUEST, f"no model with the id '{wanted}' in the list"))
    return ids.index(wanted)


def ollama_tags(models: Sequence[DemoModel]) -> Json:
    return {"models": [_ollama_tag(model) for model in models]}


def _ollama_tag(model: DemoModel) -> Json:
    return {
        "name": model.id,
        "model": model.id,
        "modified_at": _CREATED_AT,
        "size": 1_000_000 + zlib.crc32(model.description.encode()) % 1_000_000,
        "digest": f"{zlib.crc32(model.id.encode()):08x}" * 8,
        "details": _ollama_details(),
    }


def ollama_show(model: DemoModel) -> Json:
    return {
        "modelfile": f"# {model.description}\nFROM {model.id}",
        "parameters": f"num_ctx {model.context_window}",
        "template": "{{ .Prompt }}",
        "license": "",
        "details": _ollama_details(),
        "model_info": {"general.architecture": "demo", "demo.context_length": model.context_window},
        "capabilities": list(model.capabilities),
        "modified_at": _CREATED_AT,
    }


def _ollama_details() -> Json:
    return {
        "parent_model": "",
        "format": "script",
        "family": "demo",
        "families": ["demo"],
        # A script has neither.
        "parameter_size": "",
        "quantization_level": "",
    }
