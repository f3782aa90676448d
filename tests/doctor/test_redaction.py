"""What may be pasted in public holds no key, no host, no name and no folder of the person."""

from __future__ import annotations

import string
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doctor.redaction import (
    Private,
    Redactor,
    keys_remover,
    passwords_in,
    secrets_in_environment,
)

without_keys = keys_remover()

KEY = "kq7VerySecretValue"
PRIVATE = Private(
    secrets=(KEY, "p4ss/w0rd!"),
    home="/home/adelaide",
    users=("adelaide",),
    hosts=("llm.acme-corp.example", "gpu-box", "10.1.2.3", "fd00::7"),
    names=(("acme-proxy", "ACME Proxy"), ("work",)),
    models=("acme-secret-7b",),
    public_hosts=frozenset({"api.anthropic.com", "api.openai.com", "openrouter.ai"}),
)
PLANTED = (KEY, "p4ss/w0rd!", quote("p4ss/w0rd!", safe=""), "/home/adelaide", "adelaide", "llm.acme-corp.example")
"""Never to be seen, whatever stands before and behind it."""

SURROUNDINGS = st.text(
    st.one_of(
        st.sampled_from(" \n\t/:@?#=&\"'()[]{}<>.,;-_~$%\\é界"), st.sampled_from(string.ascii_letters + "0123456789")
    ),
    max_size=24,
)


def public(text: str) -> str:
    return Redactor(PRIVATE)(text)


@given(SURROUNDINGS, st.sampled_from(PLANTED), SURROUNDINGS, st.sampled_from(PLANTED), SURROUNDINGS)
def test_what_is_planted_is_never_seen(before: str, first: str, between: str, second: str, after: str) -> None:
    shown = public(before + first + between + second + after).lower()
    for planted in PLANTED:
        assert planted.lower() not in shown


@given(
    st.sampled_from(["http", "https", "socks5"]),
    st.text("abcXYZ0189-._~!:", max_size=12),
    st.sampled_from(["", ":8443", ":80"]),
    st.text("abc/0-_", max_size=12),
    st.text("abcKEY019=&%", max_size=16),
    SURROUNDINGS,
)
def test_urls_show_neither_host_nor_user_nor_query(
    scheme: str, userinfo: str, port: str, path: str, query: str, around: str
) -> None:
    userinfo = f"{userinfo}{KEY}@" if userinfo else ""
    url = f"{scheme}://{userinfo}llm.acme-corp.example{port}/{path}?k={query}tokenvalue#part"
    shown = public(f"{around} {url} {around}")
    assert "acme-corp" not in shown
    assert "tokenvalue" not in shown
    assert KEY not in shown
    assert f"host-1{port}/{path}" in public(url)


@given(st.one_of(SURROUNDINGS, st.text(max_size=60)), st.sampled_from(("", *PLANTED, "http://x.y:1/z?q=1", "a@b.com")))
def test_redaction_is_idempotent(text: str, planted: str) -> None:
    redactor = Redactor(PRIVATE)
    once = redactor(text + planted + text)
    assert redactor(once) == once
    assert without_keys(without_keys(text + planted)) == without_keys(text + planted)


@given(
    st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+=!@:", min_size=8, max_size=60),
    SURROUNDINGS,
)
def test_a_known_key_of_any_form_is_gone_in_every_spelling(key: str, around: str) -> None:
    for spelling in (key, quote(key, safe=""), key.upper()):
        shown = keys_remover((key,))(f"{around}{spelling}{around}")
        assert spelling not in shown.replace("[key]", "\0")


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-AbCdEf0123456789",
        "sk-ant-api03-abc_def-0123456789AA",
        "sk-or-v1-0123456789abcdef",
        "sk-planted-by-a-test",
        "gsk_0123456789abcdefABCDEF",
        "xai-0123456789abcdef",
        "AIzaSyA0123456789-abcdefghijklmno",
        "hf_abcdef0123456789",
        "ghp_0123456789abcdefABCDEF0123456789abcd",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_a_key_nobody_knows_is_told_by_its_form(key: str) -> None:
    for text in (key, f"Incorrect API key provided: {key}.", f'{{"key": "{key}"}}', f"GET /v1/models?key={key}"):
        assert key not in without_keys(text)


def test_headers_and_assignments_keep_their_names_only() -> None:
    assert without_keys("Authorization: Bearer hunter-two") == "Authorization: [key]"
    assert without_keys("'x-api-key': 'hunter-two', 'a': 1") == "'x-api-key': '[key]', 'a': 1"
    assert without_keys('api_key = "hunter-two"') == 'api_key = "[key]"'
    assert without_keys("sent with bearer ab.cd-12") == "sent with bearer [key]"


def test_what_is_no_key_stays() -> None:
    for text in (
        "claude-sonnet-4-5-20250929 answered in 412 ms",
        "api_key = $ANTHROPIC_API_KEY, max_tokens=400, 1,200 tokens",
        "line 3: providers.a.api_key: the environment variable MY_KEY is not set",
        "set PARLEY_VAULT_PASSPHRASE in the environment; the basic configuration",
        'File "app/transcript/document.py", line 290, in test_a_key_nobody_knows_is_told_by_its_form',
    ):
        assert without_keys(text) == text


def test_everybody_s_hosts_and_this_machine_stay() -> None:
    for text in (
        "https://api.anthropic.com/v1/models",
        "Nothing answers at http://localhost:11434/api/tags",
        "http://127.0.0.1:8000/v1 and http://[::1]:8000/v1 and http://gpu.localhost/",
        "api.openai.com gave up waiting; see config.toml and app.screens.chat",
    ):
        assert public(text) == text


def test_hosts_have_the_same_stand_in_everywhere() -> None:
    redactor = Redactor(PRIVATE)
    assert redactor("Nothing answers at llm.acme-corp.example:8000.") == "Nothing answers at host-1:8000."
    assert redactor("https://LLM.acme-corp.example/v1 gpu-box") == "https://host-1/v1 host-2"
    # Servers and certificates name hosts that no configuration knows.
    assert redactor("its certificate is for eu.other.com, not for 10.9.8.7") == (
        "its certificate is for host-5, not for host-6"
    )
    assert redactor("http://eu.other.com/x http://[fd00::7]:1/y") == "http://host-5/x http://host-4:1/y"


def test_providers_models_people_and_folders_have_stand_ins() -> None:
    assert public("acme-proxy: ACME Proxy has no model acme-secret-7b") == "provider-1: provider-1 has no model model-1"
    assert public("work and network") == "provider-2 and network"
    assert public("/home/adelaide/.config/parley/config.toml") == "~/.config/parley/config.toml"
    assert public("/home/somebody-else/x, C:\\Users\\Eve\\x") == "~/x, ~\\x"
    assert public("account adelaide@acme.com of Adelaide") == "account [address] of [user]"


def test_words_that_are_stand_ins_themselves_tell_nothing() -> None:
    odd = Private(home="/", users=("user",), hosts=("host-9", "host"), names=(("provider",), ("1",), ("key",)))
    assert Redactor(odd)("user key 1 http://host-9/ provider") == "user key 1 http://host-9/ provider"


def test_a_home_right_below_the_root_is_replaced_as_a_whole_only() -> None:
    redactor = Redactor(Private(home="/root", users=("root",)))
    assert redactor("/root/.config, /root: /srv/roots") == "~/.config, ~: /srv/roots"


def test_secrets_are_known_by_the_names_of_their_variables() -> None:
    environ = {
        "OPENAI_API_KEY": "k1",
        "GITHUB_TOKEN": "k2",
        "DB_PASSWORD": "k3",
        "HTTPS_PROXY": "http://eve:k4@proxy:3128",
        "KEYBOARD": "us",
        "TOKENIZERS_PARALLELISM": "false",
        "EMPTY_KEY": "",
    }
    assert secrets_in_environment(environ) == ("k1", "k2", "k3", "k4")


def test_the_password_of_a_url_is_found() -> None:
    assert passwords_in("http://user:secret@host/x") == ("secret",)
    assert passwords_in("http://token@host/x") == ("token",)
    assert passwords_in("http://host/x?a@b") == ()


@pytest.mark.parametrize(
    "piece", ["a", "1a", "a.", "sk-", "://", "a@", "key=", "?a=b&", "/home/", "api_key='", "eyJ", "bearer "]
)
def test_long_lines_take_no_long_time(piece: str) -> None:
    started = time.process_time()
    public(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5
