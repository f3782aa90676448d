"""Where a provider's key comes from, what it hides, and what is said about that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.config.settings import ProviderSettings
from app.keys.advice import advice
from app.keys.ladder import Header, Ladder, is_movable, is_plain_text, key_ladder, needs_consent
from app.keys.store import KeyStore
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset
from providers.credentials import KeyKind, Secret
from tests.keys.support import KEY, PASSPHRASE, SECRET, Drawer, key_store

CATALOGUE = Catalogue()
VENDOR = "api.anthropic.com"


def preset(preset_id: str = "anthropic") -> Preset:
    found = CATALOGUE.preset(preset_id)
    assert found is not None
    return found


def ladder(entry: ProviderSettings, store: KeyStore, environ: Mapping[str, str]) -> Ladder:
    return key_ladder(entry, CATALOGUE.preset(entry.type), environ, store)


def stored(home: Path, environ: Mapping[str, str] = PASSPHRASE, header: str = "", host: str = VENDOR) -> KeyStore:
    store = key_store(home, environ, Drawer())
    asyncio.run(store.write("claude", SECRET, host=host, header=header))
    return store


def advised(told: Ladder, host: str, store: KeyStore) -> tuple[str, ...]:
    return advice("claude", told, preset(), host, store, CATALOGUE.owner_of)


def test_the_stored_key_hides_the_configured_one_and_the_environment(tmp_path: Path) -> None:
    entry = ProviderSettings("claude", "anthropic", api_key="sk-ant-0123456789")
    told = ladder(entry, stored(tmp_path), {"ANTHROPIC_API_KEY": "k"})
    assert str(told) == "the vault, hides api_key in config.toml and $ANTHROPIC_API_KEY"
    assert [rung.kind for rung in told.rungs] == [KeyKind.STORED, KeyKind.CONFIG, KeyKind.ENVIRONMENT]
    assert [rung.is_plain_text for rung in told.rungs] == [False, True, False]
    assert told.rungs[0].host == VENDOR


def test_a_key_in_the_vault_hides_an_older_one_in_the_keychain(tmp_path: Path) -> None:
    drawer = Drawer()
    for environ in ({}, PASSPHRASE):
        store = key_store(tmp_path, environ, drawer)
        asyncio.run(store.write("claude", SECRET, host=VENDOR))
    told = ladder(ProviderSettings("claude", "anthropic"), store, {})
    assert str(told) == "the vault, hides the keychain (KWallet)"


def test_an_unset_variable_stays_in_use_and_hides_the_environment(tmp_path: Path) -> None:
    entry = ProviderSettings("claude", "anthropic", api_key="$MINE")
    store = key_store(tmp_path, {})
    told = ladder(entry, store, {"ANTHROPIC_API_KEY": "k"})
    assert str(told) == "$MINE: $MINE is not set, hides $ANTHROPIC_API_KEY"
    assert advised(told, VENDOR, store) == ("claude has no key: $MINE is not set.",)


def test_a_variable_that_is_configured_does_not_hide_itself(tmp_path: Path) -> None:
    entry = ProviderSettings("claude", "anthropic", api_key="$ANTHROPIC_API_KEY")
    told = ladder(entry, key_store(tmp_path, {}), {"ANTHROPIC_API_KEY": "k"})
    assert str(told) == "$ANTHROPIC_API_KEY"


def test_without_a_key_it_says_where_was_looked(tmp_path: Path) -> None:
    told = ladder(ProviderSettings("claude", "anthropic"), key_store(tmp_path, {}), {"ANTHROPIC_API_KEY": "  "})
    assert (str(told), told.in_use, told.looked_for) == ("no key", None, ("$ANTHROPIC_API_KEY",))


def test_servers_that_need_no_key_say_so(tmp_path: Path) -> None:
    store = key_store(tmp_path, {})
    assert str(ladder(ProviderSettings("local", "ollama"), store, {})) == "none needed"
    told = ladder(ProviderSettings("local", "ollama", auth="none"), store, {"OLLAMA_API_KEY": "k"})
    assert str(told) == "none is sent, hides $OLLAMA_API_KEY"


def test_a_vault_without_its_passphrase_is_known_without_opening_it(tmp_path: Path) -> None:
    stored(tmp_path)
    store = key_store(tmp_path, {}, Drawer())
    told = ladder(ProviderSettings("claude", "anthropic"), store, {})
    assert str(told) == "the vault: PARLEY_VAULT_PASSPHRASE is not set"
    assert advised(told, VENDOR, store) == (
        "claude has no key: it is in the vault, and PARLEY_VAULT_PASSPHRASE is not set.",
    )


def test_an_unknown_type_looks_at_no_variable(tmp_path: Path) -> None:
    told = key_ladder(ProviderSettings("x", "nonsense"), None, {"ANTHROPIC_API_KEY": "k"}, key_store(tmp_path, {}))
    assert str(told) == "no key"


def test_secret_headers_say_where_their_value_is(tmp_path: Path) -> None:
    store = stored(tmp_path, header="X-Token")
    asyncio.run(store.write("claude", SECRET, host=VENDOR, header="X-Forgotten"))
    entry = ProviderSettings(
        "claude",
        "anthropic",
        secret_headers=("x-token", "X-Empty"),
        extra_headers={"X-Team": "blue", "Authorization": f"Bearer {KEY}", "X-Key": "$MINE"},
    )
    told = ladder(entry, store, {})
    assert told.headers == (
        Header("x-token", "the vault", VENDOR),
        Header("X-Empty", ""),
        Header("X-Forgotten", "the vault", VENDOR, is_named=False),
        Header("Authorization", "extra_headers in config.toml", is_plain_text=True),
    )
    assert KEY not in repr(told)
    assert advised(told, VENDOR, store) == (
        "claude: the secret header X-Empty has no value. `parley keys set claude --header X-Empty` stores one.",
        "claude: the stored header X-Forgotten is not sent: it is not among the secret_headers of [providers.claude].",
        "claude: the header Authorization stands in plain text in config.toml. `parley keys move claude` moves it into "
        "the key store.",
    )


def test_plain_text_is_warned_about_with_the_way_out(tmp_path: Path) -> None:
    store = key_store(tmp_path, {})
    for text, expected in (
        ("sk-ant-0123456789", "`parley keys move claude` moves it into the key store."),
        ("${MINE:-sk-ant-0123456789}", "Leave it out, and store it with `parley keys set claude`."),
    ):
        told = ladder(ProviderSettings("claude", "anthropic", api_key=text), store, {})
        (sentence,) = advised(told, VENDOR, store)
        assert "in plain text in config.toml" in sentence
        assert sentence.endswith(expected)
        assert "0123456789" not in sentence


def test_a_key_that_would_go_elsewhere_is_said_until_it_is_allowed(tmp_path: Path) -> None:
    store = stored(tmp_path)
    entry = ProviderSettings("claude", "anthropic", base_url="https://proxy.example.com")
    told = ladder(entry, store, {})
    (sentence,) = advised(told, "proxy.example.com", store)
    assert "the key in the vault was not given for proxy.example.com" in sentence
    assert "`parley keys allow claude`" in sentence
    store.allow("claude", "the vault", "proxy.example.com")
    assert advised(told, "proxy.example.com", store) == ()


@pytest.mark.parametrize(
    ("text", "is_plain", "can_move"),
    [
        ("sk-0123456789", True, True),
        ("sk-$$0123", True, True),
        ("$VAR", False, False),
        ("Bearer ${VAR}", False, False),
        ("${VAR:-sk-0123}", True, False),
        ("${VAR:-EMPTY}", False, False),
        ("lm-studio", False, False),
        ("", False, False),
        ("sk-$1", True, True),
    ],
)
def test_what_is_plain_text(text: str, is_plain: bool, can_move: bool) -> None:
    assert (is_plain_text(text), is_movable(text)) == (is_plain, can_move)


@pytest.mark.parametrize(
    ("kind", "given_for", "preset_id", "host", "expected"),
    [
        (KeyKind.STORED, VENDOR, "anthropic", VENDOR, False),
        (KeyKind.STORED, "proxy.example.com", "anthropic", "proxy.example.com", False),
        (KeyKind.STORED, VENDOR, "anthropic", "proxy.example.com", True),
        (KeyKind.STORED, "", "anthropic", VENDOR, True),
        (KeyKind.ENVIRONMENT, "", "anthropic", VENDOR, False),
        (KeyKind.ENVIRONMENT, "", "anthropic", "proxy.example.com", True),
        (KeyKind.CONFIG, "", "anthropic", "proxy.example.com", False),
        *((KeyKind.STORED, "a", runs_anywhere, "b", False) for runs_anywhere in ("vllm", "azure", "litellm", "ollama")),
        (KeyKind.ENVIRONMENT, "", "lmstudio", "gpu.example.com", False),
        # A key that a vendor gave out does not become one for anywhere when the type is changed.
        (KeyKind.STORED, VENDOR, "litellm", "proxy.example.com", True),
        (KeyKind.STORED, "mine.openai.azure.com", "vllm", "gpu.example.com", True),
        (KeyKind.STORED, "mine.openai.azure.com", "azure", "other.openai.azure.com", False),
        (KeyKind.STORED, "localhost:11434", "litellm", "proxy.example.com", False),
    ],
)
def test_which_keys_wait_for_a_confirmation(
    kind: KeyKind, given_for: str, preset_id: str, host: str, expected: bool
) -> None:
    assert needs_consent(kind, given_for, preset(preset_id), host, CATALOGUE.owner_of) is expected


def test_a_key_for_a_server_of_ones_own_stays_with_its_host() -> None:
    custom = CATALOGUE.kind_preset("openai-compat", "https://llm.example.com/v1")
    assert custom is not None
    assert needs_consent(KeyKind.STORED, "llm.example.com", custom, "elsewhere.example.com", CATALOGUE.owner_of)
    assert not needs_consent(KeyKind.STORED, "llm.example.com", custom, "llm.example.com", CATALOGUE.owner_of)


def test_the_ladder_shows_no_key(tmp_path: Path) -> None:
    entry = ProviderSettings("claude", "anthropic", api_key=KEY, extra_headers={"X-Token": KEY})
    store = stored(tmp_path)
    told = ladder(entry, store, {"ANTHROPIC_API_KEY": KEY})
    assert KEY not in repr((told, str(told), advised(told, VENDOR, store), Secret(KEY)))
