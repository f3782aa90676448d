"""The wire formats. Each one is a module of its own, imported when it is first spoken."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from providers.formats.base import WireFormatModule
from providers.request import WireFormat

FORMATS: Mapping[WireFormat, str] = {
    WireFormat.OPENAI_CHAT: "providers.formats.chat",
    WireFormat.OPENAI_RESPONSES: "providers.formats.responses",
    WireFormat.ANTHROPIC_MESSAGES: "providers.formats.messages",
    WireFormat.OLLAMA_CHAT: "providers.formats.ollama",
}
"""The module that speaks each format, by name: importing one does not import the others."""


def wire_format(name: WireFormat) -> WireFormatModule:
    """The module that speaks a format."""
    return cast(WireFormatModule, import_module(FORMATS[name]))
