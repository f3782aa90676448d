"""Files that are not what they say: one sentence each, and nothing of what they hold."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.importing.documents import LONGEST
from app.importing.files import import_bytes, import_file
from app.importing.reading import read_import
from app.importing.values import ImportFailed

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
UNKNOWN = "but no configuration of a program that Parley knows."
NESTED_JSON = '{"providers": ' + "[" * 5000 + "]" * 5000 + "}"
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _failure(content: bytes | str, name: str) -> ImportFailed:
    with pytest.raises(ImportFailed) as failed:
        import_bytes(content if isinstance(content, bytes) else content.encode(), name)
    return failed.value


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (PNG, "crush.json", "is not a text file."),
        (b"\x1f\x8b\x08\x00" + b"\x00\x01\x02" * 50, "crush.json", "is not a text file."),
        (b"", "crush.json", "is empty."),
        (b"\xef\xbb\xbf \n\t ", "crush.json", "is empty."),
        (b'{"providers": {"x": "caf\xe9"}}', "crush.json", "is not in UTF-8."),
        (b"<!DOCTYPE html><html></html>", "config.yaml", "is a web page or a picture, not a configuration."),
        (b"Dear diary, today I did nothing.", "notes.txt", "holds no configuration."),
        (b'{"providers": {"a": {', "crush.json", "is not readable as JSON in line 1: a key is missing."),
        (
            b'{\n "a": 1\n "b": 2}',
            "crush.json",
            "is not readable as JSON in line 3: a comma or a closing bracket is missing.",
        ),
        (b"clients:\n  - type: [openai\n", "config.yaml", "is not readable as YAML in line 3: it is not well-formed."),
        (b"[providers.a\n", "config.toml", "is not readable as TOML in line 1: it is not well-formed."),
        (b'{"name": "parley", "version": "1"}', "package.json", f"is JSON, {UNKNOWN}"),
        (b"services:\n  web:\n    image: nginx\n", "compose.yaml", f"is YAML, {UNKNOWN}"),
        (b"[project]\nname = 'x'\n", "pyproject.toml", f"is TOML, {UNKNOWN}"),
        (b"[]", "crush.json", f"is JSON, {UNKNOWN}"),
        (b'{"openai": "OpenAI", "groq": "Groq"}', "strings.json", f"is JSON, {UNKNOWN}"),
        (b"[providers]\n", "config.toml", f"is TOML, {UNKNOWN}"),
        (b'{"llmConnections": []}', "config.json", f"is JSON, {UNKNOWN}"),
        (
            b'{"$schema": "https://opencode.ai/config.json", "theme": "x"}',
            "opencode.json",
            "is a file of opencode, but Parley can take over none of it: theme.",
        ),
        (
            b'{"$schema": "https://opencode.ai/config.json"}',
            "opencode.json",
            "is a file of opencode, but it holds no providers.",
        ),
    ],
    ids=range(20),
)
def test_what_is_no_importable_file_is_said_in_one_sentence(content: bytes, name: str, message: str) -> None:
    assert _failure(content, name).message == f"{name} {message}"


def test_a_file_whose_providers_are_all_unsupported_names_them() -> None:
    text = json.dumps({"providers": {"b": {"type": "bedrock", "models": []}, "v": {"type": "vertexai", "models": []}}})
    failure = _failure(text, "crush.json")
    assert failure.message == (
        "crush.json is a file of Crush, but Parley can take over none of it: "
        "b: Amazon Bedrock is not supported; v: Google Vertex AI is not supported."
    )
    assert failure.hint


def test_a_file_that_could_be_of_two_programs_is_decided_by_its_name_or_asked_about() -> None:
    both = json.dumps(
        {
            "providers": {"a": {"base_url": "https://a.example.com/v1", "type": "openai-compat"}},
            "provider": {"b": {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": "https://b.example.com/v1"}}},
        }
    )
    assert read_import(both, "/home/me/crush.json").source == "Crush"
    assert read_import(both, "opencode.json").source == "opencode"
    failure = _failure(both, "settings.json")
    assert failure.message == "settings.json could be a file of opencode or of Crush."
    assert failure.hint == "Rename it to opencode.json or crush.json, so that Parley knows."


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (NESTED_JSON, "crush.json", "it is nested too deeply"),
        (NESTED_JSON.replace('"', "'"), "crush.json", "it is nested too deeply"),
        ('{"a": ' * 150 + "1" + "}" * 150, "crush.json", "it is nested too deeply"),
        ("- " * 3000 + "x", "config.yaml", "it is nested too deeply"),
        ("a: &a [*a]", "config.yaml", "it is nested too deeply"),
        ("a: &a\n  <<: *a\n", "config.yaml", "it is nested too deeply"),
        (LAUGHS, "config.yaml", "its aliases expand beyond all bounds"),
        ("a: x\n" * 300_000, "config.yaml", "it is too large for a YAML file of this kind"),
        ('{"a": ' + "9" * 5000 + "}", "crush.json", "a number in it is too long"),
        ('{"a": 0.' + "9" * 5000 + "}", "crush.json", "a number in it is too long"),
        ("a = " + "[" * 3000 + "]" * 3000, "config.toml", "it is nested too deeply"),
    ],
    ids=range(11),
)
def test_what_would_break_a_reader_is_refused(text: str, name: str, reason: str) -> None:
    assert reason in _failure(text, name).message


def test_a_huge_file_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "crush.json"
    with path.open("wb") as file:
        file.truncate(50 * LONGEST)
    with pytest.raises(ImportFailed, match="is too large for a configuration"):
        import_file(path)


def test_what_is_no_readable_file_is_said(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    for path, message in (
        (tmp_path, f"{tmp_path.name} is a directory."),
        (tmp_path / "crush.json", "There is no file crush.json."),
        (pipe, "pipe.json is not a regular file."),
        (Path("bad\0name.json"), "badname.json cannot be read: it is no path."),
    ):
        with pytest.raises(ImportFailed) as failed:
            import_file(path)
        assert failed.value.message == message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(encoding: str) -> None:
    text = '{"providers": {"café": {"base_url": "https://a.example.com/v1"}}}'
    (provider,) = import_bytes(text.encode(encoding), "crush.json").providers
    assert provider.name == "café"


def test_absurd_numbers_are_left_out_and_named() -> None:
    row = {
        "id": "m",
        "context_window": 10**30,
        "default_max_tokens": -5,
        "cost_per_1m_in": 1e9,
        "cost_per_1m_out": -1,
        "can_reason": "perhaps",
    }
    text = json.dumps({"providers": {"a": {"base_url": "https://a.example.com/v1", "models": [row, {"name": "x"}, 7]}}})
    (provider,) = read_import(text, "crush.json").providers
    (model,) = provider.settings.models
    assert (model.context_window, model.default_max_tokens, model.rates, model.can_reason) == (None, None, None, None)
    assert set(provider.left_out) == {
        "models[]",
        "models[].context_window",
        "models[].default_max_tokens",
        "models[].cost_per_1m_in",
        "models[].cost_per_1m_out",
        "models[].can_reason",
        "models[].id",
        "models[].name",
    }


def test_two_names_that_differ_only_in_case_do_not_collide() -> None:
    text = json.dumps(
        {"providers": {name: {"base_url": "https://a.example.com/v1"} for name in ("Work", "work", "work/", " ")}}
    )
    imported = read_import(text, "crush.json")
    assert [provider.name for provider in imported.providers] == ["Work", "work-2", "work-", "a"]
    assert imported.providers[1].notes == ("called work-2 here, because work is taken",)


def test_an_address_that_is_none_leaves_the_provider_out_by_name() -> None:
    text = json.dumps(
        {
            "providers": {
                "good": {"base_url": "https://a.example.com/v1"},
                "odd": {"base_url": "https://{RESOURCE}.example.com"},
                "command": {"base_url": "$(cat url)"},
                "mixed": {"base_url": "https://user:planted@${HOST}/v1"},
            }
        }
    )
    imported = read_import(text, "crush.json")
    assert [provider.name for provider in imported.providers] == ["good"]
    assert imported.left_out == (
        "odd: its address is not a URL",
        "command: its address comes from a command, which Parley does not run",
        "mixed: its address mixes variables and credentials",
    )
