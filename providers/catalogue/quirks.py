"""Oddities of providers, as named flags. Presets switch them on; formats read them; nobody asks for names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """One flag per oddity; every default is the plain behaviour of `openai-compat`."""

    max_completion_tokens: bool = False
    """The output limit is called `max_completion_tokens`, not `max_tokens` (OpenAI's own chat API)."""
    developer_role: bool = False
    """The system prompt travels under the role `developer`."""
    no_stream_options: bool = False
    """`stream_options` is refused; usage arrives without asking, or not at all."""
    output_excludes_reasoning: bool = False
    """`completion_tokens` leaves reasoning tokens out, though they are billed (xAI chat)."""
    output_from_total: bool = False
    """Thoughts are in `total_tokens` only: output is total minus prompt when that is larger (Gemini)."""
    cache_hit_tokens: bool = False
    """Cache reads are in `prompt_cache_hit_tokens` (DeepSeek)."""
    top_level_cached_tokens: bool = False
    """Cache reads are in `usage.cached_tokens` (Moonshot)."""
    reported_cost: bool = False
    """`usage.cost` is what was charged, in USD; with a key of one's own it is the fee, and
    `cost_details.upstream_inference_cost` is the rest (OpenRouter)."""
    cost_ticks: bool = False
    """`usage.cost_in_usd_ticks` is what was charged; a tick is 1e-10 USD (xAI)."""
    total_cost: bool = False
    """`usage.cost.total_cost` is what was charged, in USD (Perplexity)."""
    strict_alternation: bool = False
    """User and assistant messages must alternate, starting with the user (Perplexity)."""
    models_prefix: bool = False
    """Listed ids start with `models/`, which is cut off for display (Gemini)."""
    base_resp_errors: bool = False
    """Errors hide in `base_resp` of a 200 (MiniMax)."""
    thinking_tags: bool = False
    """Reasoning arrives as `<think>…</think>` at the start of the content."""
    thought_tags: bool = False
    """Reasoning arrives as `<thought>…</thought>` at the start of the content (Gemini)."""
    reasoning_echo: bool = False
    """The reasoning of a turn with tool calls must be sent back in `reasoning_content` (DeepSeek)."""
    no_unknown_fields: bool = False
    """Fields beyond the documented ones are refused (Cohere)."""
    azure: bool = False
    """Azure's URLs: deployments, `api-version`, `api-key` header."""
    no_version_segment: bool = False
    """The API lives without `/v1` (Perplexity)."""
    counts_as_responses: bool = False
    """Tokens are counted before they are sent by the Responses API, for the chat API too (OpenAI)."""
    store_false_required: bool = False
    """Responses are refused unless `store` is false (Codex)."""
    no_encrypted_reasoning: bool = False
    """Encrypted reasoning is refused: asked for (models that do not reason) or sent back (another key's)."""
    public_list: bool = False
    """The model list needs no key, so an answer proves nothing about the key (OpenRouter)."""
    key_optional: bool = False
    """Works without a key; one is sent when there is one (vLLM, LM Studio, Ollama)."""


NO_QUIRKS = Quirks()
