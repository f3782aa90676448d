"""What a key or a header tells about itself: whose it is, and that it is a secret. Looks only; sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from providers.catalogue.hosts import has_vendor_host

if TYPE_CHECKING:
    from providers.catalogue.records import Preset
    from providers.credentials import Secret


class _Vendor(NamedTuple):
    """Attributes:
    presets: the ids of those that take such keys; empty when Parley has no preset for the vendor.
    """

    name: str
    presets: tuple[str, ...] = ()


_OPENROUTER = "sk-or-"
_PREFIXES: Mapping[str, _Vendor] = {
    _OPENROUTER: _Vendor("OpenRouter", ("openrouter",)),
    "sk-ant-": _Vendor("Anthropic", ("anthropic",)),
    "sk-proj-": _Vendor("OpenAI", ("openai",)),
    "sk-svcacct-": _Vendor("OpenAI", ("openai",)),
    "sk-admin-": _Vendor("OpenAI", ("openai",)),
    "gsk_": _Vendor("Groq", ("groq",)),
    "AIza": _Vendor("Google Gemini", ("gemini",)),
    "xai-": _Vendor("xAI", ("grok",)),
    "pplx-": _Vendor("Perplexity", ("perplexity",)),
    "fw_": _Vendor("Fireworks", ("fireworks",)),
    "tgp_v1_": _Vendor("Together AI", ("together",)),
    "vck_": _Vendor("Vercel AI Gateway", ("vercel",)),
    "r8_": _Vendor("Replicate"),
    "hf_": _Vendor("Hugging Face"),
    "nvapi-": _Vendor("NVIDIA"),
    "csk-": _Vendor("Cerebras"),
    "ghp_": _Vendor("GitHub"),
    "github_pat_": _Vendor("GitHub"),
}
"""How the vendors' own keys begin. Plain `sk-` says nothing: half of them use it."""

_SECRET_NAME = re.compile(r"auth|token|secret|key|credential|passw|passphrase|cookie", re.IGNORECASE)
_SCHEME = re.compile(r"(bearer|basic|token|apikey)\s+", re.IGNORECASE)
_SHORTEST_CREDENTIAL = 8
_PLACEHOLDERS = frozenset(
    {
        "-", "x", "xxx", "none", "null", "empty", "dummy", "test", "anything", "unused", "local", "localhost",
        "no-key", "no-key-needed", "no-key-required", "sk-no-key-required", "not-needed", "token-abc123",
        "ollama", "lmstudio", "lm-studio",
    }
)  # fmt: skip
"""What manuals of local servers tell people to write, because clients insist on a key (vLLM, LM Studio, llama.cpp)."""


def hint_for_key(key: Secret, preset: Preset | None) -> str:
    """A sentence when a key obviously belongs to another provider; "" when nothing speaks against it.

    Args:
        preset: the one that the key is for; None for a server about which nothing is known. Servers that run
            anywhere, and gateways, may take any key.
    """
    if preset is None or not preset.key_env or not has_vendor_host(preset):
        return ""
    text = key.reveal()
    prefix = next((prefix for prefix in _PREFIXES if text.startswith(prefix)), "")
    if prefix:
        vendor = _PREFIXES[prefix]
        if preset.id in vendor.presets:
            return ""
        return f"A key that starts with {prefix} is usually one for {vendor.name}, not for {preset.name}."
    if preset.id in _PREFIXES[_OPENROUTER].presets and text:
        return f"Keys for {preset.name} start with {_OPENROUTER}, and this one does not."
    return ""


def names_a_secret(header: str) -> bool:
    """Whether a header's name says that its value is a secret. Also true of some that are none (`X-Max-Tokens`)."""
    return _SECRET_NAME.search(header) is not None


def holds_secret(header: str, value: str) -> bool:
    """Whether the value of a header must not be shown: the header's name says so, or the value itself."""
    return names_a_secret(header) or looks_like_credential(header, value)


def without_scheme(value: str) -> str:
    """The value of a header without the word for the scheme: `Bearer`, `Basic`."""
    return _SCHEME.sub("", value.strip(), count=1)


def looks_like_credential(header: str, value: str) -> bool:
    """Whether a header that is written out in a configuration should rather be kept with the keys."""
    bare = without_scheme(value)
    if bare.startswith(tuple(_PREFIXES)) and len(bare) >= _SHORTEST_CREDENTIAL:
        return True
    has_scheme = bare != value.strip()
    is_count = bare.isdecimal() and not has_scheme
    is_long = len(bare) >= _SHORTEST_CREDENTIAL and not is_count
    return (names_a_secret(header) or has_scheme) and is_long and not is_placeholder(bare)


def is_placeholder(key: str) -> bool:
    """Whether a key is only what a manual told people to write where none is needed."""
    return key.strip().lower() in _PLACEHOLDERS
