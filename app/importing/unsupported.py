"""What other programs can reach and Parley cannot, whatever they call it."""

from __future__ import annotations

from collections.abc import Mapping

_BEDROCK = "Amazon Bedrock is not supported"
_VERTEX = "Google Vertex AI is not supported"
_COPILOT = "GitHub Copilot is not supported"
_CHATGPT = "signing in with a ChatGPT account is not supported"

UNSUPPORTED: Mapping[str, str] = {
    "amazon-bedrock": _BEDROCK,
    "aws-bedrock": _BEDROCK,
    "bedrock": _BEDROCK,
    "bedrock-europe": _BEDROCK,
    "google-vertex": _VERTEX,
    "google-vertex-anthropic": _VERTEX,
    "vertex": _VERTEX,
    "vertex-ai": _VERTEX,
    "vertexai": _VERTEX,
    "vertexai-claude": _VERTEX,
    "copilot": _COPILOT,
    "github-copilot": _COPILOT,
    "github-copilot-enterprise": _COPILOT,
    "codex": _CHATGPT,
    "openai-codex": _CHATGPT,
    "openAICodex": _CHATGPT,
    "cloudflare": "Cloudflare Workers AI is not supported",
    "cloudflare-workers-ai": "Cloudflare Workers AI is not supported",
    "ernie": "Baidu's own API is not supported",
    "replicate": "Replicate is not supported",
    "rag-dedicated": "it serves embeddings, not chats",
    "sap-ai-core": "SAP AI Core is not supported",
    "osaurus": "agents of another Osaurus are not supported",
}
"""The reason, by type or name."""

OAUTH = "it signs in with OAuth, which Parley does not do"
EMBEDDING = "it is no model for chats"
