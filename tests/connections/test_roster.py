"""The providers as the user has them."""

from __future__ import annotations

import pytest

from app.config.settings import ProviderSettings
from app.connections.models import Models
from app.connections.viewing import in_full
from providers.catalogue.records import ModelInfo
from providers.errors import BadConfig
from tests.connections.making import roster_of


def test_what_names_an_unset_variable_is_shown_without_it() -> None:
    entry = ProviderSettings("work", "$KIND", label="$LABEL", base_url="$URL", model="$MODEL", api_key="$KEY")
    providers = roster_of(entry)
    models = Models(providers)
    view = in_full(providers, models, "work")
    assert (view.label, view.url, view.default_model) == ("work", "", "")
    assert models.default("work") == ""
    assert models.choices() == ()
    with pytest.raises(BadConfig, match=r"\$KIND is not set, and type under \[providers\.work\] needs it"):
        providers.route("work")


def test_variables_are_replaced_in_what_is_shown() -> None:
    entry = ProviderSettings(
        "work",
        "openai-compat",
        label="The $TEAM",
        base_url="https://$HOST/v1",
        model="$MODEL",
        api_key="$KEY",
        models=(ModelInfo("$MODEL", "Our $MODEL"),),
    )
    providers = roster_of(entry, TEAM="team", HOST="llm.example.com", MODEL="m-1", KEY="k")
    models = Models(providers)
    view = in_full(providers, models, "work")
    assert (view.label, view.url, view.default_model) == ("The team", "https://llm.example.com/v1", "m-1")
    assert [choice.info.label for choice in models.choices()] == ["Our m-1"]
    way = providers.route("work")
    assert way.key is not None
    assert way.key.place == "$KEY"


def test_disabling_a_provider_keeps_its_variables() -> None:
    providers = roster_of(ProviderSettings("work", "groq", api_key="$KEY"), KEY="k")
    providers.set_enabled("work", False)
    assert not providers.is_enabled("work")
    providers.set_enabled("work", True)
    way = providers.route("work")
    assert way.key is not None
    assert way.key.place == "$KEY"


def test_the_model_that_somebody_chose_is_offered_though_no_list_names_it() -> None:
    models = Models(roster_of(ProviderSettings("local", "ollama", model="llama3.3:8b")))
    (choice,) = models.choices()
    assert choice.ref.model == "llama3.3:8b"
    assert choice.info.rates is not None
    assert choice.info.rates.are_free
