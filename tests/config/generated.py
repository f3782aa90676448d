"""Providers as settings, made by hypothesis: everything that a valid file can say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.config.settings import BudgetLimits, ProviderSettings
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

ENVIRON = {"KEY": "k-1", "TEAM": "blue"}

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="$")
texts = st.text(_characters, max_size=8) | st.sampled_from(["$TEAM", "a ${TEAM} b", "${NO:-x}", "$$", '"\\', "\x7f"])
names = st.sampled_from(["claude", "my.proxy", "Ünï", 'quo"te', "a b", "-"])
_header_values = st.text("abc =;,/", max_size=8) | st.just("$KEY")
_secrets = _header_values | st.sampled_from(["Bearer hunter2", "hunter2", "Bearer $KEY", "${NO:-hunter2}"])
_headers = st.fixed_dictionaries(
    {},
    optional={
        "X-Team": _header_values,
        "x-b": _header_values,
        "$": _header_values,
        "X-Gateway-Token": _secrets,
        "Authorization": _secrets,
    },
)
_prices = (
    st.none() | st.decimals(0, 999_999, places=9) | st.sampled_from([Decimal(0), Decimal("0.30"), Decimal("1E+2")])
)
_counts = st.none() | st.integers(1, 10**7)
_flags = st.none() | st.booleans()

_json = st.recursive(
    st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

_tiers = st.builds(
    Tier,
    st.integers(0, 10**6),
    input=_prices,
    output=_prices,
    cached_input=_prices,
    cache_write=_prices,
    cache_write_1h=_prices,
)


_limits = st.builds(
    BudgetLimits,
    per_message=_prices,
    daily=_prices,
    monthly=_prices,
    on_exceed=st.sampled_from(["", "warn", "ask", "block"]),
)


def _rates(source: str) -> st.SearchStrategy[Rates]:
    return st.builds(
        Rates,
        input=_prices,
        output=_prices,
        cached_input=_prices,
        cached_output=_prices,
        cache_write=_prices,
        cache_write_1h=_prices,
        tiers=st.lists(_tiers, max_size=2).map(tuple),
        source=st.just(source),
    )


def _says_something(rates: Rates) -> bool:
    return rates != Rates(source=rates.source)


configured_models = st.builds(
    ModelInfo,
    st.text(_characters, min_size=1, max_size=8),
    name=texts,
    rates=st.none() | _rates("config").filter(_says_something),
    context_window=_counts,
    max_output_tokens=_counts,
    default_max_tokens=_counts,
    can_reason=_flags,
    supports_attachments=_flags,
    supports_vision=_flags,
    supports_function_calling=_flags,
)


@st.composite
def provider_settings(draw: st.DrawFn) -> ProviderSettings:
    """Valid in a file where ENVIRON is set; keys that hold secrets hold "hunter2" where they are plain."""
    kind, formats = draw(
        st.sampled_from(
            [
                ("openrouter", ["", "openai-chat", "anthropic-messages"]),
                ("openai-compat", ["", "openai-responses"]),
                ("ollama", ["", "ollama-chat"]),
            ]
        )
    )
    urls = [
        "https://llm.example.com/v1",
        "http://localhost:1/v1?api-version=1",
        "https://x.example/v1?api_key=hunter2&a=1",
    ]
    optional: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "label": texts,
                "api_key": st.sampled_from(["$KEY", "${KEY}", "hunter2", "${NO:-hunter2}", "Bearer $KEY", "$KEY$TEAM"]),
                "auth": st.sampled_from(["api_key", "bearer", "none"]),
                "model": texts,
                "enabled": st.booleans(),
                "auto_connect": st.booleans(),
                "retries": st.integers(0, 99),
                "retry_wait_max": st.floats(0, 86_400).map(lambda number: float(round(number, 6))),
                "timeout": st.sampled_from([1.0, 0.25, 60.0, 86_400.0, 12.5]),
                "stream_timeout": st.sampled_from([1.0, 0.1, 300.0, 1e-05]),
                "extra_headers": _headers,
                "budget": _limits,
                "secret_headers": st.lists(st.sampled_from(["X-Gateway-Token", "X-Team", "x-B"]), unique=True).map(
                    tuple
                ),
                "extra_body": st.dictionaries(texts, _json, max_size=3),
                "proxy": st.sampled_from(["none", "http://p:1", "http://me:hunter2@p:1", "http://me:$KEY@p:1"]),
                "ca_file": texts,
            },
        )
    )
    models = draw(st.lists(configured_models, max_size=3, unique_by=lambda model: model.id))
    base_url = draw(st.sampled_from(urls)) if kind == "openai-compat" else draw(st.sampled_from(["", *urls]))
    return ProviderSettings(
        draw(names), kind, format=draw(st.sampled_from(formats)), base_url=base_url, models=tuple(models), **optional
    )
