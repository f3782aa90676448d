"""What a request for a turn must look like at each vendor, for each preset and each format it speaks.

Written down by hand from the vendors' references: nothing here knows the presets. The request is for the model `m`,
with the system prompt "Be brief.", the message "Hello" and 1000 tokens at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KEY = "k-0123456789"
BEARER = {"authorization": f"Bearer {KEY}"}
X_API_KEY = {"x-api-key": KEY}
API_KEY = {"api-key": KEY}
ALL_KEY_HEADERS = {"authorization", "x-api-key", "api-key"}
ANTHROPIC = {"anthropic-version": "2023-06-01"}
TITLE = {"x-title": "Parley", "http-referer": "https://parley.invalid"}

CHAT: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_tokens": 1000,
}
OPENAI_CHAT: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 1000,
}
AZURE_CHAT = {**CHAT, "max_completion_tokens": 1000}
del AZURE_CHAT["max_tokens"]
MISTRAL_CHAT = {**CHAT}
del MISTRAL_CHAT["stream_options"]
RESPONSES: dict[str, Any] = {
    "model": "m",
    "instructions": "Be brief.",
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
    "stream": True,
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "max_output_tokens": 1000,
}
MESSAGES: dict[str, Any] = {
    "model": "m",
    "system": "Be brief.",
    "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    "stream": True,
    "max_tokens": 1000,
}
OLLAMA: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
    "stream": True,
    "options": {"num_predict": 1000},
}


@dataclass(frozen=True)
class Expected:
    """What has to arrive; `base_url` for presets that have none of their own."""

    preset: str
    url: str
    body: dict[str, Any]
    key: dict[str, str] = field(default_factory=lambda: BEARER)
    headers: dict[str, str] = field(default_factory=dict)
    format: str = ""
    base_url: str = ""


def chat(preset: str, url: str, body: dict[str, Any] = CHAT, **more: Any) -> Expected:
    return Expected(preset, url, body, **{"format": "openai-chat", **more})


def responses(preset: str, url: str, **more: Any) -> Expected:
    return Expected(preset, url, RESPONSES, **{"format": "openai-responses", **more})


def messages(preset: str, url: str, key: dict[str, str], **more: Any) -> Expected:
    headers = {**ANTHROPIC, **more.pop("headers", {})}
    return Expected(preset, url, MESSAGES, key=key, headers=headers, format="anthropic-messages", **more)


AZURE = "https://res.openai.azure.com"
TABLE = (
    messages("anthropic", "https://api.anthropic.com/v1/messages", X_API_KEY),
    chat("anyscale", "https://s.anyscaleuserdata.com/v1/chat/completions", base_url="https://s.anyscaleuserdata.com"),
    chat(
        "azure",
        f"{AZURE}/openai/deployments/m/chat/completions?api-version=2024-10-21",
        AZURE_CHAT,
        key=API_KEY,
        base_url=AZURE,
    ),
    responses("azure", f"{AZURE}/openai/v1/responses", key=API_KEY, base_url=AZURE),
    chat("cohere", "https://api.cohere.com/compatibility/v1/chat/completions"),
    chat("deepseek", "https://api.deepseek.com/v1/chat/completions"),
    responses("deepseek", "https://api.deepseek.com/v1/responses"),
    messages("deepseek", "https://api.deepseek.com/anthropic/v1/messages", BEARER),
    chat("falcon", "https://api.ai71.ai/v1/chat/completions"),
    chat("fireworks", "https://api.fireworks.ai/inference/v1/chat/completions"),
    responses("fireworks", "https://api.fireworks.ai/inference/v1/responses"),
    chat("gemini", "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"),
    chat("glm", "https://api.z.ai/api/paas/v4/chat/completions"),
    messages("glm", "https://api.z.ai/api/anthropic/v1/messages", BEARER),
    chat("grok", "https://api.x.ai/v1/chat/completions"),
    responses("grok", "https://api.x.ai/v1/responses"),
    chat("groq", "https://api.groq.com/openai/v1/chat/completions"),
    responses("groq", "https://api.groq.com/openai/v1/responses"),
    chat("jais", "https://api.core42.ai/v1/chat/completions"),
    chat("litellm", "http://localhost:4000/v1/chat/completions"),
    responses("litellm", "http://localhost:4000/v1/responses"),
    messages("litellm", "http://localhost:4000/v1/messages", BEARER),
    chat("llamacpp", "http://localhost:8080/v1/chat/completions"),
    responses("llamacpp", "http://localhost:8080/v1/responses"),
    messages("llamacpp", "http://localhost:8080/v1/messages", BEARER),
    chat("lmstudio", "http://localhost:1234/v1/chat/completions"),
    responses("lmstudio", "http://localhost:1234/v1/responses"),
    messages("lmstudio", "http://localhost:1234/v1/messages", BEARER),
    chat("minimax", "https://api.minimax.io/v1/chat/completions"),
    responses("minimax", "https://api.minimax.io/v1/responses"),
    messages("minimax", "https://api.minimax.io/anthropic/v1/messages", BEARER),
    chat("mistral", "https://api.mistral.ai/v1/chat/completions", MISTRAL_CHAT),
    chat("moonshot", "https://api.moonshot.ai/v1/chat/completions"),
    Expected("ollama", "http://localhost:11434/api/chat", OLLAMA, format="ollama-chat"),
    chat("ollama", "http://localhost:11434/v1/chat/completions"),
    responses("ollama", "http://localhost:11434/v1/responses"),
    messages("ollama", "http://localhost:11434/v1/messages", BEARER),
    chat("openai", "https://api.openai.com/v1/chat/completions", OPENAI_CHAT),
    responses("openai", "https://api.openai.com/v1/responses"),
    responses("openai-codex", "https://chatgpt.com/backend-api/codex/responses"),
    chat("openrouter", "https://openrouter.ai/api/v1/chat/completions", headers=TITLE),
    responses("openrouter", "https://openrouter.ai/api/v1/responses", headers=TITLE),
    messages("openrouter", "https://openrouter.ai/api/v1/messages", BEARER, headers=TITLE),
    chat("osaurus", "http://localhost:1337/v1/chat/completions"),
    chat("perplexity", "https://api.perplexity.ai/chat/completions"),
    chat("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions"),
    chat("sansa", "https://api.sansaml.com/v1/chat/completions"),
    chat("together", "https://api.together.xyz/v1/chat/completions"),
    chat("venice", "https://api.venice.ai/api/v1/chat/completions"),
    chat("vercel", "https://ai-gateway.vercel.sh/v1/chat/completions", headers=TITLE),
    messages("vercel", "https://ai-gateway.vercel.sh/v1/messages", BEARER, headers=TITLE),
    chat("vllm", "http://localhost:8000/v1/chat/completions"),
    responses("vllm", "http://localhost:8000/v1/responses"),
    chat("yi", "https://api.lingyiwanwu.com/v1/chat/completions"),
)
