"""Every provider's lamp, against the demo server."""

from __future__ import annotations

import asyncio

from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.session.session import Session
from providers.connection import ConnectionState


async def states(session: Session) -> dict[str, tuple[str, str]]:
    await asyncio.gather(*(session.check(name) for name in session.names_to_connect()))
    return {view.name: (view.connection.state.value, view.connection.word) for view in session.providers()}


async def test_the_demo_shows_every_kind_of_lamp(session: Session) -> None:
    assert await states(session) == {
        "chat": ("connected", "connected"),
        "responses": ("connected", "connected"),
        "messages": ("connected", "connected"),
        "ollama": ("connected", "connected"),
        "locked": ("error", "key rejected"),
        "paused": ("disabled", "disabled"),
        "keyless": ("disconnected", "no key"),
    }


async def test_a_failed_check_says_what_to_do(session: Session) -> None:
    await states(session)
    error = session.provider("locked").connection.error
    assert error is not None
    assert error.summary
    assert error.hint


async def test_a_connected_provider_lists_the_models_of_its_server(session: Session) -> None:
    await states(session)
    for name in ("chat", "responses", "messages", "ollama"):
        listed = {info.id for info in session.provider(name).connection.models}
        assert {"tour", "eliza", "thinker"} <= listed


async def test_the_lamp_is_told_to_whoever_listens(session: Session) -> None:
    told: list[tuple[str, ConnectionState]] = []
    session.on_provider_changed = lambda name: told.append((name, session.provider(name).connection.state))
    await session.check("chat")
    assert told == [("chat", ConnectionState.CONNECTING), ("chat", ConnectionState.CONNECTED)]


async def test_a_dead_host_ends_as_an_error_with_a_hint(tmp_path: object) -> None:
    settings = Settings(providers={"dead": ProviderSettings("dead", "ollama", base_url="http://127.0.0.1:9")})
    session = Session(settings, Locations.under(tmp_path), {})  # type: ignore[arg-type]
    await session.open()
    assert await states(session) == {"dead": ("error", "no answer")}
    error = session.provider("dead").connection.error
    assert error is not None
    assert "127.0.0.1:9" in error.summary
    await session.close()


async def test_disabling_a_provider_stops_offering_its_models(session: Session) -> None:
    await session.set_enabled("chat", False)
    assert not [choice for choice in session.choices() if choice.ref.provider == "chat"]
    await session.check("chat")
    assert session.provider("chat").connection.state is ConnectionState.DISABLED
