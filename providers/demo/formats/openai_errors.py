"""Errors as OpenAI's two APIs tell them: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from providers.demo.formats.base import Json
from providers.demo.problems import STATUS, Kind, Problem

_TYPE_AND_CODE: dict[Kind, tuple[str, str | None]] = {
    Kind.BAD_REQUEST: ("invalid_request_error", None),
    Kind.AUTH: ("invalid_request_error", "invalid_api_key"),
    Kind.PERMISSION: ("invalid_request_error", "permission_denied"),
    Kind.MODEL: ("invalid_request_error", "model_not_found"),
    Kind.PATH: ("invalid_request_error", "unknown_url"),
    Kind.METHOD: ("invalid_request_error", "method_not_supported"),
    Kind.TOO_LARGE: ("invalid_request_error", "request_too_large"),
    Kind.CONTEXT: ("invalid_request_error", "context_length_exceeded"),
    Kind.RATE: ("requests", "rate_limit_exceeded"),
    Kind.QUOTA: ("insufficient_quota", "insufficient_quota"),
    Kind.SERVER: ("server_error", None),
    Kind.UNAVAILABLE: ("service_unavailable_error", None),
    Kind.OVERLOADED: ("service_unavailable_error", "overloaded"),
}


def error_of(problem: Problem) -> Json:
    """The inner object."""
    type_, code = _TYPE_AND_CODE[problem.kind]
    return {"message": problem.message, "type": type_, "param": problem.param or None, "code": code}


def answer(problem: Problem) -> tuple[int, Json]:
    return problem.status or STATUS[problem.kind], {"error": error_of(problem)}


def unknown_model(name: str) -> str:
    return f"The model '{name}' does not exist or you do not have access to it."
