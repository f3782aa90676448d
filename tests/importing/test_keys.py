"""Keys in the syntaxes of other programs: what is a key, what refers to one, what only shows where one belongs."""

from __future__ import annotations

import pytest

from app.importing.keys import Style, braces, is_credential, is_credential_field, plain, read_headers, read_key, shell


@pytest.mark.parametrize(
    ("style", "value", "secret", "reference"),
    [
        (shell, "sk-planted", "sk-planted", ""),
        (shell, " sk-planted \n", "sk-planted", ""),
        (shell, "$KEY", None, "$KEY"),
        (shell, "${KEY}", None, "${KEY}"),
        (shell, "${KEY:-sk-planted}", None, "${KEY}"),
        (shell, "${KEY:?no key}", None, "${KEY}"),
        (shell, "$(cat ~/.key)", None, ""),
        (shell, "`cat ~/.key`", None, ""),
        (shell, "$(echo $KEY)", None, ""),
        (shell, "sk-$KEY", None, ""),
        (shell, "pa$$word", None, ""),
        (shell, "$", None, ""),
        (braces, "{env:KEY}", None, "$KEY"),
        (braces, "{env: KEY }", None, "$KEY"),
        (braces, "{file:~/.secrets/key}", None, ""),
        (braces, "sk-planted$1", "sk-planted$1", ""),
        (braces, "sk-{env:KEY}", None, ""),
        (plain, "sk-planted$1", "sk-planted$1", ""),
        (plain, "$KEY", None, "$KEY"),
        (plain, "${KEY:-sk-planted}", None, "${KEY}"),
    ],
)
def test_a_key_is_stored_and_a_variable_stays_one(style: Style, value: str, secret: str | None, reference: str) -> None:
    notes: list[str] = []
    key = read_key(value, style, notes)
    assert (key.secret and key.secret.reveal(), key.reference) == (secret, reference)
    assert key or notes
    assert not any("planted" in note or ".key" in note for note in notes)


@pytest.mark.parametrize(
    "value",
    ["sk-...", "sk-ant-…", "<your key>", "xxx", "sk-xxx", "YOUR_API_KEY", "your-key-here", "{key}", "***", "changeme"],
)
def test_a_placeholder_is_no_key(value: str) -> None:
    notes: list[str] = []
    assert not read_key(value, plain, notes)
    assert notes == ["what stands for its key is a placeholder and was left out"]


def test_headers_that_look_like_credentials_are_set_apart_and_references_stay() -> None:
    notes: list[str] = []
    shown, secret = read_headers(
        {
            "X-Team": "blue $5",
            "X-Api-Key": "planted",
            "Authorization": "Bearer {env:TOKEN}",
            "X-Token": "<your token>",
            "Cookie": "{file:cookie.txt}",
            "bad header": "planted",
            "X-Bad-Value": "a\x1bb",
        },
        braces,
        notes,
    )
    assert shown == {"X-Team": "blue $$5", "Authorization": "Bearer ${TOKEN}"}
    assert {name: value.reveal() for name, value in secret.items()} == {"X-Api-Key": "planted"}
    assert notes == [
        "what stands for its header X-Token is a placeholder and was left out",
        "its header Cookie is read from another file, which Parley does not open",
        "a header that no request may carry was left out",
        "a header that no request may carry was left out",
    ]


@pytest.mark.parametrize(
    "name", ["Authorization", "api-key", "X-API-Key", "apikey", "X-Auth-Token", "Cookie", "X-Secret"]
)
def test_the_name_of_a_header_tells_a_credential(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize("name", ["HTTP-Referer", "X-Title", "anthropic-version", "OpenAI-Organization", "X-Team"])
def test_ordinary_headers_are_no_credentials(name: str) -> None:
    assert not is_credential(name)


def test_fields_of_a_body_are_told_more_carefully() -> None:
    assert is_credential_field("api_key")
    assert is_credential_field("access_token")
    assert not is_credential_field("max_tokens")
    assert not is_credential_field("prompt_cache_key")
