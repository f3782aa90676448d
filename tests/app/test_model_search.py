"""Finding models: what people expect first comes first, among thousands too."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.connections.views import ModelChoice, ProviderView
from app.screens.model_search import Search
from providers.catalogue.records import ModelInfo
from providers.connection import Connection, ConnectionState
from providers.reference import ModelRef

CONNECTED = Connection(ConnectionState.CONNECTED, "connected")


def choice(provider: str, model_id: str, name: str = "") -> ModelChoice:
    return ModelChoice(ModelRef(provider, model_id), ModelInfo(model_id, name), provider, ConnectionState.CONNECTED)


def search(*choices: ModelChoice, labels: dict[str, str] | None = None) -> Search:
    names = dict.fromkeys(each.ref.provider for each in choices)
    views = [ProviderView(name, (labels or {}).get(name, name), CONNECTED) for name in names]
    return Search(choices, views)


def found(searched: Search, typed: str) -> list[str]:
    """The references that match, the best first."""
    return [str(hit.choice.ref) for hit in sorted(searched.find(typed), key=lambda hit: -hit.score)]


SONNETS = (
    choice("claude", "claude-sonnet-4-6", "Claude Sonnet 4.6"),
    choice("openrouter", "anthropic/claude-sonnet-4.6", "Anthropic: Claude Sonnet 4.6"),
    choice("openrouter", "perplexity/sonar", "Perplexity: Sonar"),
    choice("openai", "gpt-5.4", "GPT-5.4"),
)


def test_words_may_match_name_id_and_provider() -> None:
    assert found(search(*SONNETS), "or sonn") == ["openrouter/anthropic/claude-sonnet-4.6"]
    assert found(search(*SONNETS), "perplexity/") == ["openrouter/perplexity/sonar"]
    assert found(search(*SONNETS), "sonnet claude/")[0] == "claude/claude-sonnet-4-6"


def test_both_words_of_a_label_begin_it() -> None:
    searched = search(choice("a", "one"), choice("b", "two"), labels={"a": "LM Studio", "b": "Mistral"})
    assert found(searched, "lms") == ["a/one"]


def test_a_reference_finds_its_model() -> None:
    assert found(search(*SONNETS), "openrouter/perp") == ["openrouter/perplexity/sonar"]


def test_letters_that_merely_stand_somewhere_are_left_out_where_others_match_closely() -> None:
    searched = search(choice("p", "gpt-5"), choice("p", "magic-optimus"))
    assert found(searched, "gpt") == ["p/gpt-5"]
    assert found(search(choice("p", "magic-optimus")), "gpt") == ["p/magic-optimus"]


def test_the_same_search_gives_the_same_whether_typed_at_once_or_letter_by_letter() -> None:
    stepwise = search(*SONNETS)
    for typed in ("s", "so", "son", "son ", "son 4", "son", "e", "e/", "e/cl", ""):
        assert found(stepwise, typed) == found(search(*SONNETS), typed)


LETTERS = st.text(alphabet="abA-/. 4İ", max_size=6)


@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=5), st.lists(LETTERS, max_size=4))
def test_narrowing_never_loses_and_never_keeps_anything(
    models: Sequence[tuple[str, str]], queries: Sequence[str]
) -> None:
    choices = [choice("a-b", model_id or "x", name) for model_id, name in models]
    searched = search(*choices)
    for typed in queries:
        assert found(searched, typed) == found(search(*choices), typed)


def test_a_provider_without_models_is_found_by_its_own_name() -> None:
    views = [ProviderView("gpu-box", "vLLM", CONNECTED)]
    searched = Search((), views)
    assert searched.names(views[0], "vllm")
    assert searched.names(views[0], "gpu v")
    assert not searched.names(views[0], "ollama")


def test_endless_names_take_no_time() -> None:
    searched = search(*(choice("p", f"{number}" + "a " * 5_000) for number in range(500)))
    started = time.perf_counter()
    searched.find("aaaaaaaaaaaab")
    assert time.perf_counter() - started < 1
