"""`--demo`: a server on this machine and the seven providers that talk to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.config.settings import ProviderSettings, Settings
from providers.reference import ModelRef

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.demo import DemoServer

ENVIRON = {"DEMO_KEY": "demo-key"}
"""All that the demo knows of an environment: nobody's key is sent to it."""


class Demo:
    """The demo server's life. Nothing is imported before `start`: the first frame shows the providers without it."""

    def __init__(self) -> None:
        self._server: DemoServer | None = None

    def start(self, settings: Settings) -> Settings:
        """Start the server; returns the settings with its providers in front. Takes some 30 ms."""
        from providers.demo import DemoServer

        self._server = DemoServer()
        self._server.start()
        return self.settings(settings)

    def settings(self, settings: Settings) -> Settings:
        """The settings with the providers of the running demo in front."""
        from providers.demo import demo_models

        return demo_settings(settings, self._server.url, demo_models()) if self._server else demo_settings(settings)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()


def demo_settings(settings: Settings, url: str = "", models: Sequence[ModelInfo] = ()) -> Settings:
    """The user's settings with the demo's seven providers in front.

    Four speak one wire format each, the other three show the lamps of a provider that does not work.

    Args:
        url: of the running server; "" before it runs.
        models: what it serves, with prices.
    """

    def provider(name: str, kind: str, label: str, path: str = "/v1", **more: object) -> ProviderSettings:
        entry = ProviderSettings(
            name, kind, label=label, base_url=url + path, api_key="$DEMO_KEY", models=tuple(models)
        )
        return replace(entry, **more)  # type: ignore[arg-type]

    demo = (
        provider("chat", "openai-compat", "Chat", model="tour"),
        provider("responses", "openai-responses", "Responses", model="eliza"),
        provider("messages", "anthropic", "Messages", model="thinker"),
        provider("ollama", "ollama", "Ollama", path="", model="toolsmith"),
        provider("locked", "openai-compat", "Locked", path="/locked/v1", model="eliza"),
        provider("paused", "openai-compat", "Paused", enabled=False, model="eliza"),
        provider("keyless", "openai-compat", "Keyless", api_key="", auth="api_key", model="eliza"),
    )
    return replace(
        settings,
        providers={entry.name: entry for entry in demo} | dict(settings.providers),
        default_model=settings.default_model or ModelRef("chat", "tour"),
    )
