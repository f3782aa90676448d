"""From settings to TOML and back: what Parley writes says what was meant, and an export holds no key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config.edit import add_provider, replace_provider
from app.config.exporting import export_toml, without_secrets
from app.config.load import Loaded, load_text
from app.config.settings import ProviderSettings
from app.config.writing import table_of
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from tests.config.generated import ENVIRON, provider_settings

EXISTING = 'theme = "x"\n\n# others\n[providers.other]\ntype = "groq"\n'
on_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(text: str) -> Loaded:
    loaded = load_text(text, ENVIRON)
    assert (loaded.problems, loaded.unset) == ((), ())
    return loaded


def test_a_table_holds_only_what_differs_from_the_defaults() -> None:
    assert table_of(ProviderSettings("p", "groq")) == {"type": "groq"}
    assert table_of(ProviderSettings("p", "groq", found="found in environment", timeout=60, retries=2)) == {
        "type": "groq"
    }


def test_a_table_keeps_the_order_of_the_documentation_and_every_digit() -> None:
    rates = Rates(
        Decimal("3.00"),
        Decimal(15),
        cached_output=Decimal(0),
        tiers=(Tier(200_000, output=Decimal("22.50")),),
        source="config",
    )
    entry = ProviderSettings(
        "p",
        "groq",
        label="P",
        api_key="$K",
        timeout=12.5,
        stream_timeout=600.0,
        extra_headers={"X-A": "b"},
        extra_body={"temperature": 1.0},
        models=(ModelInfo("m", "M", rates, context_window=5, can_reason=False, note="fast", detail="7B"),),
    )
    table = table_of(entry)
    assert str(table) == str(
        {
            "type": "groq",
            "label": "P",
            "api_key": "$K",
            "timeout": Decimal("12.5"),
            "stream_timeout": 600,
            "extra_headers": {"X-A": "b"},
            "extra_body": {"temperature": Decimal("1.0")},
            "models": [
                {
                    "id": "m",
                    "name": "M",
                    "cost_per_1m_in": Decimal("3.00"),
                    "cost_per_1m_out": Decimal("15"),
                    "cost_per_1m_out_cached": Decimal("0"),
                    "context_window": 5,
                    "can_reason": False,
                    "tiers": [{"above_input": 200_000, "cost_per_1m_out": Decimal("22.50")}],
                }
            ],
        }
    )


@given(provider_settings())
def test_what_is_written_is_read_back_as_the_same_settings(entry: ProviderSettings) -> None:
    text = tomli_w.dumps({"providers": {entry.name: table_of(entry)}})
    assert read(text).settings.providers == {entry.name: entry}


@on_a_file
@given(provider_settings())
def test_a_provider_added_to_a_file_is_the_same_there(tmp_path: Path, entry: ProviderSettings) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EXISTING)
    loaded = add_provider(path, entry.name, table_of(entry), ENVIRON)
    assert loaded.settings.providers[entry.name] == entry
    assert path.read_text().startswith(EXISTING)


@on_a_file
@given(provider_settings(), provider_settings())
def test_a_provider_replaced_by_another_is_that_one(
    tmp_path: Path, before: ProviderSettings, after: ProviderSettings
) -> None:
    after = replace(after, name=before.name)
    path = tmp_path / "config.toml"
    path.write_text(EXISTING)
    add_provider(path, before.name, table_of(before), ENVIRON)
    loaded = replace_provider(path, before.name, table_of(after), ENVIRON)
    assert loaded.settings.providers[before.name] == after


# ── exports ──────────────────────────────────────────────────────────────────


@given(provider_settings(), st.sampled_from(["", EXISTING]))
def test_an_export_can_be_pasted_and_holds_no_secret(entry: ProviderSettings, file: str) -> None:
    exported = export_toml(entry.name, entry)
    # Bodies are the person's own words to the server; nothing in them is known to be a key.
    assert "hunter2" not in exported
    pasted = read(f"{file}\n{exported}").settings.providers[entry.name]
    assert pasted == without_secrets(entry)
    for name in ("type", "format", "label", "auth", "model", "retries", "extra_body", "models", "ca_file", "timeout"):
        assert getattr(pasted, name) == getattr(entry, name)


def test_references_stay_and_secret_headers_become_names() -> None:
    entry = ProviderSettings(
        "work",
        "openai-compat",
        base_url="https://llm.example.com/v1?api_key=hunter2&v=1",
        api_key="$WORK_KEY",
        extra_headers={"X-Team": "blue", "Authorization": "Basic hunter2", "X-Token": "$T", "X-Odd": "hunter2"},
        secret_headers=("x-odd",),
        proxy="http://me:hunter2@proxy:8080",
    )
    assert export_toml("work", entry) == (
        '[providers.work]\ntype = "openai-compat"\nbase_url = "https://llm.example.com/v1?v=1"\napi_key = "$WORK_KEY"\n'
        'secret_headers = [\n    "x-odd",\n    "Authorization",\n]\n\n'
        '[providers.work.extra_headers]\nX-Team = "blue"\nX-Token = "$T"\n'
    )


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Upstream", "sk-ant-hunter2-0123456789"),
        ("X-Forwarded", "Bearer hunter2-0123456789"),
        ("Cookie", "session=hunter2"),
        ("Proxy-Passwd", "hunter2"),
    ],
)
def test_what_looks_like_a_credential_by_its_value_is_left_out_too(header: str, value: str) -> None:
    exported = export_toml("p", ProviderSettings("p", "groq", extra_headers={header: value, "X-Team": "blue"}))
    assert "hunter2" not in exported
    assert header in exported
    assert "blue" in exported


@pytest.mark.parametrize("key", ["hunter2", "${KEY:-hunter2}", "Bearer $KEY"])
def test_a_key_that_is_more_than_a_reference_is_left_out(key: str) -> None:
    assert "api_key" not in export_toml("p", ProviderSettings("p", "groq", api_key=key))
