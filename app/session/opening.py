"""How a session comes about: from config.toml, or from the demo server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from app.config.load import load
from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.session.session import Session
from providers.reference import ModelRef

if TYPE_CHECKING:
    from providers.demo import DemoServer

_DEMO_KEY = "demo-key"


def session_for(locations: Locations, environ: Mapping[str, str], demo: DemoServer | None = None) -> Session:
    """A session, not opened yet. A broken config.toml does not stop it: `problems` says what is wrong."""
    loaded = load(locations.config_file, environ)
    settings = loaded.settings
    if demo is not None:
        settings = demo_settings(settings, demo.url)
        environ = {}
    return Session(settings, locations, environ, problems=loaded.problems)


@contextmanager
def demo_server(is_wanted: bool) -> Iterator[DemoServer | None]:
    """The demo server while the body runs; None, and nothing imported, when it is not wanted."""
    if not is_wanted:
        yield None
        return
    from providers.demo import DemoServer

    with DemoServer() as server:
        yield server


def demo_settings(settings: Settings, url: str) -> Settings:
    """The user's settings with the demo's seven providers in front.

    Four speak one wire format each, the other three show the lamps of a provider that does not work.
    """
    from providers.demo import demo_models

    models = demo_models()

    def provider(name: str, kind: str, label: str, path: str = "/v1", **more: object) -> ProviderSettings:
        entry = ProviderSettings(name, kind, label=label, base_url=url + path, api_key=_DEMO_KEY, models=models)
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
