"""What is said about config.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.load import load
from app.doctor.configuration import configuration, holds_secret
from app.doctor.findings import Finding, Verdict
from app.doctor.written import keys_in, providers_in, text_of, urls_in
from tests.doctor.reading import bad, saying


def told(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[Finding]:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return list(configuration(path, load(path, environ or {})))


def test_no_file_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    [finding] = configuration(path, load(path, {}))
    assert finding.verdict is Verdict.OK
    assert "There is no config.toml" in finding.what


def test_a_good_file_says_how_many_providers_it_has(tmp_path: Path) -> None:
    findings = told(tmp_path, '[providers.local]\ntype = "ollama"\n')
    assert not bad(findings)
    saying(findings, "config.toml is right: 1 provider configured.")


def test_mistakes_are_problems_with_line_and_key(tmp_path: Path) -> None:
    findings = told(tmp_path, 'themes = "x"\n[budget]\ndaily = -1\n')
    assert [finding.verdict for finding in findings] == [Verdict.PROBLEM, Verdict.PROBLEM]
    assert findings[0].what == "config.toml, line 1: themes: is not a key that Parley knows."
    assert findings[0].advice == "Did you mean theme?"
    assert "this is not TOML" in saying(told(tmp_path, "= 3"), "line 1").what


def test_unset_variables_are_warnings_that_name_them(tmp_path: Path) -> None:
    text = '[providers.a]\ntype = "anthropic"\napi_key = "$MY_KEY"\n'
    assert "MY_KEY is not set" in bad(told(tmp_path, text))[0].what
    assert not bad(told(tmp_path, text, {"MY_KEY": "k"}))


def test_a_default_that_is_disabled_is_a_warning(tmp_path: Path) -> None:
    text = 'default_model = "a/m"\n[providers.a]\ntype = "ollama"\nenabled = false\n'
    assert "is disabled" in bad(told(tmp_path, text))[0].what


@pytest.mark.parametrize(
    ("line", "is_there"),
    [
        ('api_key = "abc"', True),
        ('api_key = "$OPENAI_API_KEY"', False),
        ('api_key = "${KEY:-abc}"', True),
        ('extra_headers = { X-Api-Key = "abc" }', True),
        ('extra_headers = { X-Team = "blue" }', False),
        ('proxy = "http://eve:abc@proxy.example:1"', True),
        ('# api_key = "abc"', False),
    ],
)
def test_a_secret_in_the_file_is_told_from_one_in_a_variable(tmp_path: Path, line: str, is_there: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[providers.a]\ntype = "openai"\n{line}\n')
    assert holds_secret(path, load(path, {}).settings) is is_there


@pytest.mark.parametrize("mistake", ["not_a_key = 1", "this is no TOML"])
@pytest.mark.parametrize(("key", "is_there"), [("abc", True), ("$OPENAI_API_KEY", False)])
def test_a_key_is_seen_in_a_file_with_mistakes(tmp_path: Path, mistake: str, key: str, is_there: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[providers.a]\ntype = "openai"\napi_key = "{key}"\n{mistake}\n')
    assert holds_secret(path, load(path, {}).settings) is is_there


def test_what_stands_in_a_file_with_mistakes_is_found_by_its_lines() -> None:
    text = """
[providers.acme-internal]
base_url = "https://llm.acme.example/v1"   # theirs
api_key='abc'
[[providers."my own".models]]
[ providers . third ]
# api_key = "a comment"
x = { api_key = "inline", proxy = "http://p:1" }
"""
    assert providers_in(text) == ("acme-internal", "my own", "third")
    assert keys_in(text) == ("abc", "inline")
    assert urls_in(text) == ("https://llm.acme.example/v1", "http://p:1")
    assert text_of(Path("/nowhere/config.toml")) == ""
