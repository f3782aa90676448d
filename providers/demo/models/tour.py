"""A guided tour of Parley: an overview first, then a chapter for each word that names one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from providers.catalogue.records import ModelInfo
from providers.demo.models.rates import usd
from providers.demo.script import Ask, DemoModel, Say, Step

_TEXTS = Path(__file__).parent.parent / "texts"
_CHAPTERS = {
    "tables": ("table", "tables", "column", "columns"),
    "code": ("code", "python", "sql", "rust", "program", "snippet"),
    "unicode": ("unicode", "emoji", "cjk", "chinese", "japanese", "korean", "arabic", "hebrew"),
    "keys": ("key", "keys", "keyboard", "shortcut", "shortcuts", "help"),
    "costs": ("cost", "costs", "price", "prices", "money", "budget", "tokens", "stats"),
    "switch": ("switch", "model", "models", "provider", "providers", "sidebar"),
}


def _behave(ask: Ask) -> Iterator[Step]:
    overview = _read("overview")
    has_seen_overview = any(turn.role == "assistant" and turn.text.startswith(overview[:40]) for turn in ask.turns)
    chapter = _chapter(ask.prompt)
    if chapter and (len(ask.prompts) > 1 or len(ask.prompt.split()) == 1):
        yield Say(_read(chapter))
    else:
        yield Say(_read("chapters") if has_seen_overview else overview)


def _read(name: str) -> str:
    return (_TEXTS / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


def _chapter(prompt: str) -> str:
    """The chapter whose word comes first in the prompt; "" when none does."""
    for word in re.findall(r"[a-z]+", prompt.lower()):
        for chapter, words in _CHAPTERS.items():
            if word in words:
                return chapter
    return ""


MODEL = DemoModel(
    ModelInfo(
        id="tour",
        name="Tour",
        rates=usd("0.50", "1.50", cached="0.05"),
        context_window=32_768,
        max_output_tokens=8_192,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=False,
        note="start here",
    ),
    "Shows what Parley can do, chapter by chapter.",
    _behave,
    tokens_per_second=160,
)
