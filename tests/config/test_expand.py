"""References to variables: in one string, and in every string of a provider."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.expand import (
    BrokenReference,
    CannotExpand,
    UnsetVariable,
    expand,
    expanded,
    failures,
    is_plain_text,
    is_reference_only,
    readable,
    variables,
)
from app.config.load import load_text
from app.config.settings import ProviderSettings
from providers.catalogue.records import ModelInfo


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("no variable", "no variable"),
        ("$KEY", "k"),
        ("${KEY}", "k"),
        ("a-$KEY-b", "a-k-b"),
        ("${KEY}text", "ktext"),
        ("${UNSET:-default}", "default"),
        ("${UNSET:-}", ""),
        ("${EMPTY:-default}", "default"),
        ("${KEY:-default}", "k"),
        ("$$KEY", "$KEY"),
        ("$$$KEY", "$k"),
        ("$NESTED", "$KEY"),
        ("https://${HOST:-localhost:8000}/v1", "https://localhost:8000/v1"),
    ],
)
def test_variables_are_replaced_once(text: str, value: str) -> None:
    assert expand(text, {"KEY": "k", "EMPTY": "", "NESTED": "$KEY"}) == value


@pytest.mark.parametrize(("text", "name"), [("$UNSET", "UNSET"), ("x${UNSET}", "UNSET"), ("$EMPTY", "EMPTY")])
def test_an_unset_variable_is_named(text: str, name: str) -> None:
    with pytest.raises(UnsetVariable, match=f"{name} is not set") as caught:
        expand(text, {"EMPTY": ""})
    assert caught.value.name == name


@pytest.mark.parametrize("text", ["$", "sk-secret$", "${", "${}", "${A", "$1", "${A:+x}", "$ A", "${A-b}"])
def test_a_dollar_sign_that_means_nothing_is_refused_without_showing_the_text(text: str) -> None:
    with pytest.raises(BrokenReference) as caught:
        expand(text, {"A": "a"})
    assert "secret" not in str(caught.value)


@given(st.text(max_size=20))
def test_a_text_with_doubled_dollar_signs_comes_out_as_it_was(text: str) -> None:
    assert expand(text.replace("$", "$$"), {}) == text


def test_the_variables_of_a_string() -> None:
    assert variables("$A-${B}-${C:-x}-$$D-$A") == ("A", "B", "C")


@pytest.mark.parametrize(
    ("text", "is_plain", "is_reference"),
    [
        ("", False, False),
        ("sk-1", True, False),
        ("$$sk-1", True, False),
        ("$KEY", False, True),
        ("${KEY:-}", False, True),
        ("${KEY:-sk-1}", True, False),
        ("Bearer $KEY", False, False),
        ("$A$B", False, True),
    ],
)
def test_what_stands_in_plain_text_is_told_from_what_is_only_named(
    text: str, is_plain: bool, is_reference: bool
) -> None:
    assert (is_plain_text(text), is_reference_only(text)) == (is_plain, is_reference)


EVERYWHERE = """
[providers.p]
type = "${KIND:-openai-compat}"
format = "${FORMAT:-openai-chat}"
label = "$X label"
base_url = "http://localhost:${PORT:-1234}/v1"
api_key = "$X"
auth = "${AUTH:-bearer}"
model = "m-$X"
proxy = "http://$X:8080"
ca_file = "~/$X.pem"
extra_headers = { X-A = "a-$X" }
secret_headers = ["X-$X"]
extra_body = { a = "$X", b = { c = ["$X", 1, { d = "$$X" }] }, e = true }
models = [{ id = "id-$X", name = "name $X" }]
"""


def test_every_string_of_a_provider_is_expanded() -> None:
    loaded = load_text(EVERYWHERE, {"X": "ex"})
    assert (loaded.problems, loaded.unset) == ((), ())
    written = loaded.settings.providers["p"]
    assert written.label == "$X label"
    assert expanded(written, {"X": "ex"}) == ProviderSettings(
        "p",
        "openai-compat",
        format="openai-chat",
        label="ex label",
        base_url="http://localhost:1234/v1",
        api_key="ex",
        auth="bearer",
        model="m-ex",
        proxy="http://ex:8080",
        ca_file="~/ex.pem",
        extra_headers={"X-A": "a-ex"},
        secret_headers=("X-ex",),
        extra_body={"a": "ex", "b": {"c": ["ex", 1, {"d": "$X"}]}, "e": True},
        models=(ModelInfo("id-ex", "name ex"),),
    )


def test_every_unset_variable_is_noted_with_its_line_and_key() -> None:
    loaded = load_text(EVERYWHERE, {})
    assert loaded.problems == ()
    assert [(problem.line, problem.key.removeprefix("providers.p.")) for problem in loaded.unset] == [
        (5, "label"),
        (7, "api_key"),
        (9, "model"),
        (10, "proxy"),
        (11, "ca_file"),
        (12, "extra_headers.X-A"),
        (13, "secret_headers[0]"),
        (14, "extra_body.a"),
        (14, "extra_body.b.c[0]"),
        (15, "models[0].id"),
        (15, "models[0].name"),
    ]


def test_every_broken_reference_is_a_problem_that_shows_no_text() -> None:
    text = EVERYWHERE.replace("$X", "hunter2$(").replace("$$X", "")
    loaded = load_text(text, {})
    assert "extra_body.b.c[0]" in {problem.key.removeprefix("providers.p.") for problem in loaded.problems}
    assert all(problem.hint for problem in loaded.problems)
    starts_nothing = [problem for problem in loaded.problems if "starts no variable" in problem.message]
    assert len(starts_nothing) == 11
    assert "hunter2" not in " ".join(str(problem) for problem in starts_nothing)


@pytest.mark.parametrize(
    ("line", "key"), [('type = "$T"', "type"), ('format = "$T"', "format"), ('auth = "$T"', "auth")]
)
def test_a_word_from_a_variable_is_checked_like_a_written_one(line: str, key: str) -> None:
    lines = {"type": 'type = "groq"', key: line}
    text = "[providers.p]\n" + "\n".join(lines.values())
    (problem,) = load_text(text, {"T": "nonsense"}).problems
    assert problem.key == f"providers.p.{key}"
    assert load_text(text, {}).problems == ()
    assert [unset.key for unset in load_text(text, {}).unset] == [f"providers.p.{key}"]


def test_expanding_names_the_key_that_failed() -> None:
    provider = ProviderSettings("p", "groq", extra_body={"a": [{"b": "$NO"}]})
    with pytest.raises(UnsetVariable) as unset:
        expanded(provider, {})
    assert (unset.value.key, unset.value.name) == (("extra_body", "a", 0, "b"), "NO")
    with pytest.raises(BrokenReference) as broken:
        expanded(ProviderSettings("p", "groq", model="$"), {})
    assert broken.value.key == ("model",)


def test_what_is_shown_leaves_out_what_cannot_be_expanded_and_keeps_keys_unread() -> None:
    provider = ProviderSettings(
        "p",
        "groq",
        label="$NO",
        api_key="$KEY",
        model="$NO",
        extra_headers={"Authorization": "$KEY"},
        models=(ModelInfo("$NO"), ModelInfo("m", "$NO")),
    )
    shown = readable(provider, {"KEY": "sk-1"})
    assert shown.display == "p"
    assert (shown.model, shown.models) == ("", (ModelInfo("m"),))
    assert (shown.api_key, shown.extra_headers) == ("$KEY", {"Authorization": "$KEY"})


def test_a_provider_without_references_is_the_same_object() -> None:
    provider = ProviderSettings("p", "groq", api_key="k", extra_body={"a": ["b"]}, models=(ModelInfo("m"),))
    assert expanded(provider, {}) is provider
    assert readable(provider, {}) is provider


bodies = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text("ab", max_size=3), bodies, max_size=3))
def test_a_body_with_doubled_dollar_signs_comes_out_as_it_was(body: dict[str, object]) -> None:
    doubled = json.loads(json.dumps(body).replace("$", "$$"))
    provider = ProviderSettings("p", "groq", extra_body=doubled)
    assert expanded(provider, {}).extra_body == json.loads(json.dumps(body))


@given(st.dictionaries(st.text("ab$", max_size=3), bodies, max_size=3), st.text("$A{}:-", max_size=6))
def test_expanding_fails_exactly_when_there_are_failures(body: dict[str, object], text: str) -> None:
    provider = ProviderSettings("p", "groq", label=text, extra_body=body)
    found = failures(provider, {"A": "a"})
    if not found:
        expanded(provider, {"A": "a"})
        return
    with pytest.raises(CannotExpand) as caught:
        expanded(provider, {"A": "a"})
    assert (str(caught.value), caught.value.key) == (str(found[0]), found[0].key)
