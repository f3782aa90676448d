"""Which error an answer becomes, status by status and body by body."""

from __future__ import annotations

import pytest

from providers.errors import (
    BadCredential,
    DataPolicy,
    ModelNotFound,
    NotAllowed,
    OutOfCredit,
    Overloaded,
    PathNotFound,
    ProviderError,
    RateLimited,
    Rejected,
    ServerTrouble,
    TimedOut,
    TooLong,
)
from tests.providers.failure_support import HTML, anthropic, failure, google, openai, openrouter


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        # 400: many things.
        (400, openai("Unknown parameter: 'x'.", "invalid_request_error", "unknown_parameter", "x"), Rejected, False),
        (400, anthropic("invalid_request_error", "Your credit balance is too low to access"), OutOfCredit, False),
        (
            400,
            {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***yz."},
            BadCredential,
            False,
        ),
        (
            400,
            google(
                400,
                "API key not valid. Please pass a valid API key.",
                "INVALID_ARGUMENT",
                {"reason": "API_KEY_INVALID"},
            ),
            BadCredential,
            False,
        ),
        (
            400,
            openai("The requested model 'gpt-x' does not exist.", "invalid_request_error", "model_not_found", "model"),
            ModelNotFound,
            False,
        ),
        (400, openai("Model Not Exist", "invalid_request_error", "invalid_request_error"), ModelNotFound, False),
        (
            400,
            {"object": "error", "message": "Invalid model: gpt-x", "type": "invalid_model", "code": "1500"},
            ModelNotFound,
            False,
        ),
        (400, openrouter(400, "gpt-x is not a valid model ID"), ModelNotFound, False),
        (400, {"error": '"gpt-x" does not support thinking'}, Rejected, False),
        (400, openai("'temperature' does not exist for this model", None, None, "temperature"), Rejected, False),
        (
            400,
            {
                "error": {
                    "message": "The response was filtered",
                    "code": "content_filter",
                    "innererror": {
                        "code": "ResponsibleAIPolicyViolation",
                        "content_filter_result": {"hate": {"filtered": False}, "self_harm": {"filtered": True}},
                    },
                }
            },
            NotAllowed,
            False,
        ),
        # Context too long.
        (
            400,
            openai("This model's maximum context length is 8192 tokens.", None, "context_length_exceeded"),
            TooLong,
            False,
        ),
        (400, anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), TooLong, False),
        (
            400,
            anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 3"),
            TooLong,
            False,
        ),
        (
            400,
            google(
                400, "The input token count (1200000) exceeds the maximum number of tokens allowed", "INVALID_ARGUMENT"
            ),
            TooLong,
            False,
        ),
        (
            400,
            openai("Prompt contains 40000 tokens, too large for model with 32768 maximum context length"),
            TooLong,
            False,
        ),
        (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size",
                    "type": "exceed_context_size_error",
                }
            },
            TooLong,
            False,
        ),
        (400, openai("Your input exceeds the context window of this model."), TooLong, False),
        (413, anthropic("request_too_large", "Request exceeds the maximum size"), TooLong, False),
        (
            413,
            openai(
                "Request too large for model `x` on tokens per minute (TPM): Limit 6000",
                "tokens",
                "rate_limit_exceeded",
            ),
            TooLong,
            False,
        ),
        (413, HTML, TooLong, False),
        # Keys.
        (401, openai("Incorrect API key provided", "invalid_request_error", "invalid_api_key"), BadCredential, False),
        (401, anthropic("authentication_error", "invalid x-api-key"), BadCredential, False),
        (401, HTML, BadCredential, False),
        (401, b"", BadCredential, False),
        (
            401,
            openai("You have insufficient permissions for this operation. Missing scopes: model.request"),
            NotAllowed,
            False,
        ),
        # Money.
        (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error"}}, OutOfCredit, False),
        (402, anthropic("billing_error", "billing"), OutOfCredit, False),
        (
            429,
            openai(
                "You exceeded your current quota, please check your plan", "insufficient_quota", "insufficient_quota"
            ),
            OutOfCredit,
            False,
        ),
        (
            429,
            {"error": {"code": "1113", "message": "Insufficient balance or no resource package"}},
            OutOfCredit,
            False,
        ),
        (429, {"code": "x", "error": "Your team has used all available credits"}, OutOfCredit, False),
        (
            429,
            {
                "error": {
                    "type": "usage_limit_reached",
                    "message": "The usage limit has been reached",
                    "resets_in_seconds": 900,
                }
            },
            OutOfCredit,
            False,
        ),
        (
            429,
            google(
                429,
                "You exceeded your current quota",
                "RESOURCE_EXHAUSTED",
                {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
            ),
            OutOfCredit,
            False,
        ),
        (
            429,
            google(
                429,
                "You exceeded your current quota",
                "RESOURCE_EXHAUSTED",
                {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]},
                {"retryDelay": "27s"},
            ),
            RateLimited,
            True,
        ),
        # What is not allowed.
        (403, anthropic("permission_error", "Your API key does not have permission"), NotAllowed, False),
        (403, openrouter(403, "Input was flagged", reasons=["violence"], flagged_input="x"), NotAllowed, False),
        (
            404,
            openrouter(404, "No endpoints found matching your data policy. Enable prompt training here"),
            DataPolicy,
            False,
        ),
        # Models and paths.
        (
            404,
            openai(
                "The model `gpt-x` does not exist or you do not have access to it.",
                "invalid_request_error",
                "model_not_found",
            ),
            ModelNotFound,
            False,
        ),
        (404, anthropic("not_found_error", "model: gpt-x"), ModelNotFound, False),
        (
            404,
            {
                "error": {
                    "code": "DeploymentNotFound",
                    "message": "The API deployment for this resource does not exist.",
                }
            },
            ModelNotFound,
            False,
        ),
        (404, {"error": "model 'gpt-x' not found"}, ModelNotFound, False),
        (
            404,
            {"object": "error", "message": "The model `gpt-x` does not exist.", "type": "NotFoundError", "code": 404},
            ModelNotFound,
            False,
        ),
        (404, openrouter(404, "No endpoints found for gpt-x."), ModelNotFound, False),
        (404, openrouter(404, "No endpoints found that support tool use."), Rejected, False),
        (404, {"detail": "Not Found"}, PathNotFound, False),
        (404, b"404 page not found", PathNotFound, False),
        (404, HTML, PathNotFound, False),
        (404, b"", PathNotFound, False),
        (
            404,
            openai("Unknown request URL: POST /v1/v1/chat/completions.", "invalid_request_error", "unknown_url"),
            PathNotFound,
            False,
        ),
        (404, {"error": {"code": "404", "message": "Resource not found"}}, PathNotFound, False),
        (405, {"detail": "Method Not Allowed"}, PathNotFound, False),
        (301, b"", PathNotFound, False),
        (404, openai("Invalid URL (POST /v1/openai/deployments/gpt-x/chat)"), PathNotFound, False),
        (404, openai("No route for chat-gpt-x2"), PathNotFound, False),
        (403, google(403, "Method doesn't allow unregistered callers", "PERMISSION_DENIED"), BadCredential, False),
        # Fields.
        (
            422,
            {
                "detail": [
                    {
                        "type": "extra_forbidden",
                        "loc": ["body", "stream_options"],
                        "msg": "Extra inputs are not permitted",
                    }
                ]
            },
            Rejected,
            False,
        ),
        (
            422,
            {
                "object": "error",
                "message": {"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "no"}]},
                "type": "invalid_request_error",
            },
            Rejected,
            False,
        ),
        # Weather.
        (408, b"", TimedOut, True),
        (409, b"", ServerTrouble, True),
        (429, openai("Rate limit reached", "tokens", "rate_limit_exceeded"), RateLimited, True),
        (429, openai("The engine is currently overloaded", "engine_overloaded_error"), Overloaded, True),
        (498, b"", Overloaded, True),
        (499, b"", ServerTrouble, False),
        (500, anthropic("api_error", "Internal server error"), ServerTrouble, True),
        (502, HTML, ServerTrouble, True),
        (
            502,
            openrouter(
                502,
                "Provider returned error",
                provider_name="Anthropic",
                raw='{"error":{"message":"prompt is too long: 3 > 2"}}',
            ),
            TooLong,
            False,
        ),
        (503, {"error": "server busy, please try again.  maximum pending requests exceeded"}, Overloaded, True),
        (503, google(503, "The model is overloaded.", "UNAVAILABLE"), Overloaded, True),
        (504, anthropic("timeout_error", "Timed out"), ServerTrouble, True),
        (522, HTML, ServerTrouble, True),
        (529, anthropic("overloaded_error", "Overloaded"), Overloaded, True),
        (501, b"", ServerTrouble, False),
        (418, b"teapot", Rejected, False),
    ],
)
def test_every_answer_becomes_the_error_it_means(
    status: int, body: object, kind: type[ProviderError], retryable: bool
) -> None:
    error = failure(status, body)
    assert type(error) is kind
    assert error.is_retryable is retryable
    assert error.status == status
    assert error.provider == "work"
    assert error.summary.endswith(".")
    assert "\n" not in error.summary
    assert error.hint or kind is Rejected
