"""Whatever a file holds: an import or one sentence, and never a key where it could be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config.settings import Settings
from app.importing.files import import_bytes, import_file
from app.importing.plan import plan_import
from app.importing.report import plan_lines
from app.importing.values import Imported, ImportFailed
from providers.catalogue.loader import Catalogue
from tests.importing.support import PLANTED, SAMPLES

FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".txt")
CATALOGUE = Catalogue()
SECRET = "Zq7planted9Xw"


def _everything_shown(imported: Imported) -> str:
    plan = plan_import(imported, Settings(), {}, CATALOGUE)
    return "\n".join((repr(imported), repr(plan), *plan_lines(plan)))


def _try(content: bytes, name: str) -> str:
    outcome: Imported | ImportFailed
    try:
        outcome = import_bytes(content, name, CATALOGUE)
    except ImportFailed as failure:
        outcome = failure
    if isinstance(outcome, Imported):
        assert outcome.providers
        return _everything_shown(outcome)
    assert outcome.message
    assert "\n" not in outcome.message
    assert outcome.__context__ is None
    return f"{outcome.message} {outcome.hint}"


@given(st.binary(max_size=300), st.sampled_from(["x.json", "x.yaml", "x.toml", "x", ""]))
def test_any_bytes_give_an_import_or_one_sentence(content: bytes, name: str) -> None:
    _try(content, name)


@given(st.text(max_size=300), st.sampled_from(["x.json", "x.yaml", "x.toml", "x"]))
def test_any_text_gives_an_import_or_one_sentence(text: str, name: str) -> None:
    _try(text.encode("utf-8", "surrogatepass"), name)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.data())
def test_any_change_of_a_sample_gives_an_import_or_one_sentence(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(FILES))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 30))
        content[start : start + length] = data.draw(
            st.binary(max_size=12) | st.sampled_from([b"{", b"[", b'"', b"\n", b":"])
        )
    _try(bytes(content), path.name)


_keys = st.sampled_from(
    [
        "$schema",
        "providers",
        "provider",
        "clients",
        "llm",
        "llmConnections",
        "models",
        "defaults",
        "model",
        "type",
        "id",
        "name",
        "base_url",
        "baseURL",
        "baseUrl",
        "api_base",
        "endpoint",
        "api_endpoint",
        "host",
        "port",
        "basePath",
        "providerProtocol",
        "authType",
        "providerType",
        "options",
        "headers",
        "extra_headers",
        "extra_body",
        "cost",
        "pricing",
        "limit",
        "large",
        "chat",
        "npm",
        "label",
        "enabled",
        "disable",
        "timeout",
        "customEndpoint",
        "model_id",
        "api_key_name",
        "customHeaders",
        "secretHeaderKeys",
        "manualModelIds",
        "default_large_model_id",
    ]
)
_words = st.sampled_from(
    [
        "openai",
        "anthropic",
        "openai-compat",
        "local",
        "claude",
        "pi_compat",
        "anthropic_compat",
        "https://a.example.com/v1",
        "localhost:11434",
        "@ai-sdk/anthropic",
        "http",
        "none",
        "$KEY",
        "{env:KEY}",
        "http://[",
        "https://u:p@h/v1",
        "a/b",
        "",
    ]
)
_documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys | st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.dictionaries(_keys, _documents, max_size=4) | st.lists(st.dictionaries(_keys, _documents), max_size=3))
def test_any_document_with_the_right_words_gives_an_import_or_one_sentence(document: object) -> None:
    _try(json.dumps(document).encode(), "config.json")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_no_secret_of_a_sample_can_be_seen(path: Path) -> None:
    imported = import_file(path, CATALOGUE)
    shown = _everything_shown(imported)
    # The one planted word that is no secret: an organisation, which is sent openly.
    assert PLANTED not in shown.replace("org-planted", "")
    assert PLANTED in path.read_text("utf-8") or not any(provider.key for provider in imported.providers)


_SECRET_PLACES = st.sampled_from(
    [
        {"providers": {"a": {"base_url": "https://a.example.com/v1", "api_key": "KEY"}}},
        {"providers": {"a": {"base_url": "https://me:KEY@a.example.com/v1"}}},
        {"providers": {"a": {"base_url": "https://a.example.com/v1?key=KEY"}}},
        {"providers": {"a": {"base_url": "https://a.example.com/v1", "extra_headers": {"X-Api-Key": "KEY"}}}},
        {"providers": {"a": {"base_url": "https://a.example.com/v1", "extra_body": {"api_key": "KEY"}}}},
        {"providers": {"a": {"base_url": "https://a.example.com/v1", "extra_body": {"x": [{"secret": "KEY"}]}}}},
        {"provider": {"a": {"options": {"baseURL": "https://a.example.com/v1", "apiKey": "KEY"}}}},
        {"openai": {"type": "api", "key": "KEY"}},
        {"anthropic": {"type": "oauth", "access": "KEY"}, "openai": {"type": "api", "key": "KEY"}},
        {"// Note": "", "openai": "KEY"},
        {"clients": [{"type": "openai", "api_key": "KEY"}, {"type": "bedrock", "secret_access_key": "KEY"}]},
        {"llm": {"a": {"provider": "openai", "api_key": "KEY"}}},
        {"llmConnections": [{"providerType": "anthropic", "apiKey": "KEY"}]},
        {"providers": [{"name": "a", "host": "me:KEY@h.example.com", "basePath": "/v1", "authType": "apiKey"}]},
    ]
)


@given(
    _SECRET_PLACES,
    st.sampled_from(["{}", "${{X:-{}}}", "$(echo {})", "sk-{}-$X", " {} ", "{{env:X}}{}", "Bearer {}", "{}$"]),
)
def test_a_key_is_never_seen_wherever_it_stands(document: object, shape: str) -> None:
    text = json.dumps(document).replace("KEY", json.dumps(shape.format(SECRET))[1:-1])
    assert SECRET not in _try(text.encode(), "config.json")


@given(st.integers(1, 60), _SECRET_PLACES)
def test_a_broken_file_says_nothing_of_the_key_in_it(cut: int, document: object) -> None:
    text = json.dumps(document).replace("KEY", SECRET)
    assert SECRET not in _try(text[:-cut].encode(), "config.json")
    assert SECRET not in _try(text[cut:].encode(), "config.yaml")
