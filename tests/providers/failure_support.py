"""What the tests of failures share: error bodies in the shapes of the big APIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.errors import ProviderError
from providers.failures import from_response
from providers.request import Endpoint, WireFormat

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
URL = "https://me:hunter2@api.example.com/v1/chat/completions?key=hunter2"


def endpoint(wire_format: WireFormat = WireFormat.OPENAI_CHAT, quirks: Quirks = NO_QUIRKS, **more: Any) -> Endpoint:
    return Endpoint("work", wire_format, "https://me:hunter2@api.example.com/v1", quirks=quirks, **more)


def failure(
    status: int, body: object = b"", headers: dict[str, str] | None = None, at: Endpoint | None = None
) -> ProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return from_response(
        status, headers or {}, raw, endpoint=at or endpoint(), url=URL, model="gpt-x", clock=lambda: NOW
    )


def openai(message: str, type_: str | None = None, code: object = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type_, "param": param, "code": code}}


def anthropic(type_: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": type_, "message": message}, "request_id": "req_body"}


def openrouter(code: int, message: str, **metadata: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "metadata": metadata}, "user_id": "user_1"}


def google(code: int, message: str, status: str, *details: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"error": {"code": code, "message": message, "status": status, "details": list(details)}}]


HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
