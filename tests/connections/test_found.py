"""Providers that nobody configured: a key in the environment, a server on this machine."""

from __future__ import annotations

from pathlib import Path

from app.config.settings import ProviderSettings
from app.connections.found import IN_ENVIRONMENT, ON_THIS_MACHINE, found_on_this_machine
from providers.catalogue.loader import Catalogue
from providers.discovery import Discovered
from tests.connections.making import connected

CATALOGUE = Catalogue()


async def test_a_key_in_the_environment_is_all_it_takes(tmp_path: Path) -> None:
    async with connected(tmp_path, environ={"ANTHROPIC_API_KEY": "sk-ant-1"}) as connections:
        assert connections.names == ("anthropic",)
        assert connections.roster.entry("anthropic").found == IN_ENVIRONMENT
        ref = connections.default_model()
        assert ref is not None
        assert ref.provider == "anthropic"
        assert "claude" in ref.model


async def test_a_configured_preset_is_not_offered_twice(tmp_path: Path) -> None:
    config = '[providers.mine]\ntype = "anthropic"\n'
    async with connected(tmp_path, config, {"ANTHROPIC_API_KEY": "sk-ant-1"}) as connections:
        assert connections.names == ("mine",)


async def test_what_is_configured_goes_before_what_was_found(tmp_path: Path) -> None:
    config = '[providers.mine]\ntype = "groq"\n'
    async with connected(tmp_path, config, {"ANTHROPIC_API_KEY": "sk-ant-1"}) as connections:
        ref = connections.default_model()
    assert ref is not None
    assert ref.provider == "mine"


def test_a_server_on_its_usual_port_needs_no_address() -> None:
    server = Discovered("ollama", "http://localhost:11434", ())
    (found,) = found_on_this_machine([server], (), CATALOGUE, ())
    assert found == ProviderSettings("ollama", "ollama", label="Ollama", found=ON_THIS_MACHINE)


def test_a_server_on_another_port_keeps_its_address() -> None:
    server = Discovered("vllm", "http://localhost:1234", ())
    (found,) = found_on_this_machine([server], (), CATALOGUE, ["vllm"])
    assert (found.name, found.base_url) == ("vllm-2", "http://localhost:1234")


def test_a_server_that_is_configured_already_is_not_offered() -> None:
    server = Discovered("ollama", "http://localhost:11434", ())
    assert found_on_this_machine([server], ("localhost:11434",), CATALOGUE, ()) == ()


async def test_nothing_is_looked_for_when_that_is_switched_off(tmp_path: Path) -> None:
    async with connected(tmp_path, "discover = false\n") as connections:
        assert await connections.discover() == ()
