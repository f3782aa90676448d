"""From settings, preset and environment to a server and its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.settings import ProviderSettings
from providers.catalogue.hosts import host_of
from providers.catalogue.loader import Catalogue
from providers.credentials import Secret
from providers.errors import BadConfig
from providers.request import AuthScheme, WireFormat
from tests.connections.making import connected, routed
from tests.providers.recording import Answer, RecordingServer

CATALOGUE = Catalogue()


def test_a_preset_needs_nothing_but_its_key_in_the_environment() -> None:
    way = routed(ProviderSettings("claude", "anthropic"), ANTHROPIC_API_KEY="sk-ant-1")
    assert way.endpoint.base_url == "https://api.anthropic.com"
    assert way.endpoint.auth is AuthScheme.X_API_KEY
    assert way.key is not None
    assert (way.key.secret.reveal(), way.key.place) == ("sk-ant-1", "$ANTHROPIC_API_KEY")


def test_the_configured_key_wins_over_the_environment() -> None:
    entry = ProviderSettings("claude", "anthropic", api_key="$MINE")
    way = routed(entry, ANTHROPIC_API_KEY="theirs", MINE="mine")
    assert way.key is not None
    assert (way.key.secret.reveal(), way.key.place) == ("mine", "$MINE")


def test_an_unset_variable_is_an_error_that_names_it_and_does_not_fall_through() -> None:
    entry = ProviderSettings("claude", "anthropic", api_key="$MINE")
    with pytest.raises(BadConfig, match="MINE is not set"):
        routed(entry, ANTHROPIC_API_KEY="theirs")


def test_every_string_may_name_variables_and_the_error_says_which_one_does() -> None:
    entry = ProviderSettings("it", "groq", extra_body={"user": {"id": "${WHO:-me}"}}, extra_headers={"X-A": "$A"})
    way = routed(entry, GROQ_API_KEY="k", A="a")
    assert way.endpoint.extra_body == {"user": {"id": "me"}}
    assert way.endpoint.headers["X-A"] == "a"
    assert way.endpoint.secret_headers == ("X-A",)
    with pytest.raises(BadConfig, match=r"\$A is not set, and extra_headers\.X-A under \[providers\.it\] needs it"):
        routed(entry, GROQ_API_KEY="k")
    with pytest.raises(BadConfig, match=r"label under \[providers\.it\] has a \$ that starts no variable"):
        routed(ProviderSettings("it", "groq", label="5 $"))


def test_the_place_of_a_key_is_what_is_written() -> None:
    way = routed(ProviderSettings("it", "groq", api_key="${MINE:-}"), MINE="k")
    assert way.key is not None
    assert way.key.place == "$MINE"
    assert way.endpoint.key_places == ("$MINE",)


async def test_a_refused_key_is_looked_for_where_it_came_from(tmp_path: Path) -> None:
    refusing = Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)
    with RecordingServer(lambda request: refusing) as server:
        config = f'[providers.it]\ntype = "groq"\nbase_url = "{server.url}"\n'
        async with connected(tmp_path, config, {"GROQ_API_KEY": "k-environment"}) as connections:
            connections.allow("it")
            hints = []
            for stored in (False, True):
                if stored:
                    await connections.keys.write("it", Secret("k-stored"), host=host_of(server.url))
                await connections.check("it")
                error = connections.roster.connection("it").error
                assert error is not None
                hints.append(error.hint)
    assert "Check $GROQ_API_KEY:" in hints[0]
    assert "Check the key in the vault:" in hints[1]


def test_a_key_from_the_environment_is_not_sent_to_another_host() -> None:
    entry = ProviderSettings("proxy", "anthropic", base_url="https://proxy.example.com")
    (consent,) = routed(entry, ANTHROPIC_API_KEY="sk-ant-1").consents
    assert consent.host == "proxy.example.com"


def test_a_key_written_beside_another_host_goes_there() -> None:
    entry = ProviderSettings(
        "proxy", "anthropic", base_url="https://proxy.example.com", api_key="$ANTHROPIC_API_KEY", auth="bearer"
    )
    way = routed(entry, ANTHROPIC_API_KEY="sk-ant-1")
    assert way.key is not None
    assert way.endpoint.auth is AuthScheme.BEARER


def test_a_base_url_that_is_known_to_be_wrong_is_corrected_and_said() -> None:
    way = routed(ProviderSettings("glm", "glm", base_url="https://api.z.ai/v1"), ZAI_API_KEY="k")
    assert way.endpoint.base_url == "https://api.z.ai/api/paas/v4"
    assert "api.z.ai/v1" in way.correction


def test_a_local_server_needs_no_key_and_listens_to_its_own_variable() -> None:
    way = routed(ProviderSettings("local", "ollama"), OLLAMA_HOST="192.168.1.7:11434")
    assert way.endpoint.base_url == "http://192.168.1.7:11434"
    assert not way.endpoint.needs_key
    assert way.key is None


def test_another_format_of_a_preset_is_spoken_when_asked_for() -> None:
    entry = ProviderSettings("or", "openrouter", format="anthropic-messages")
    way = routed(entry, OPENROUTER_API_KEY="sk-or-1")
    assert way.endpoint.format is WireFormat.ANTHROPIC_MESSAGES
    assert way.endpoint.auth is AuthScheme.BEARER


def test_a_format_that_the_preset_does_not_speak_is_refused_with_those_it_does() -> None:
    with pytest.raises(BadConfig) as caught:
        routed(ProviderSettings("groq", "groq", format="ollama-chat"))
    assert "openai-chat" in caught.value.hint


def test_openrouter_is_told_who_asks_unless_the_user_says_otherwise() -> None:
    entry = ProviderSettings("or", "openrouter", extra_headers={"X-Title": "$TITLE"})
    headers = routed(entry, OPENROUTER_API_KEY="sk-or-1", TITLE="Mine").endpoint.headers
    assert headers["X-Title"] == "Mine"
    assert headers["HTTP-Referer"]


def test_no_key_appears_in_the_representation_of_a_route() -> None:
    way = routed(ProviderSettings("claude", "anthropic"), ANTHROPIC_API_KEY="sk-ant-planted")
    assert "planted" not in repr(way)


def test_every_preset_with_a_server_of_its_own_makes_a_route() -> None:
    for preset in CATALOGUE.all_presets():
        if preset.base_url and preset.sign_in != "oauth":
            environ = dict.fromkeys(preset.key_env, "k")
            way = routed(ProviderSettings("it", preset.id), **environ)
            assert way.endpoint.base_url.startswith("http")
            assert (way.key is not None) == bool(preset.key_env and way.endpoint.auth is not AuthScheme.NONE)
