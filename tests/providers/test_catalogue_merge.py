"""What the person, the server and the catalogue say about models becomes one list."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.merge import merge_models
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

TIER = Tier(200_000, input=Decimal(6))
OURS = Rates(Decimal(3), Decimal(15), Decimal("0.3"), tiers=(TIER,), source="catalogue", checked=date(2026, 11, 20))


def ids(models: tuple[ModelInfo, ...]) -> list[str]:
    return [model.id for model in models]


def test_without_a_list_the_catalogue_stands_in() -> None:
    assert ids(merge_models([ModelInfo("a"), ModelInfo("b")], [], [])) == ["a", "b"]


def test_a_list_decides_which_models_there_are() -> None:
    known = [ModelInfo("a", name="A"), ModelInfo("retired")]
    merged = merge_models(known, [ModelInfo("new"), ModelInfo("a")], [])
    assert ids(merged) == ["a", "new"]
    assert merged[0].name == "A"


def test_an_incomplete_list_takes_nothing_away() -> None:
    merged = merge_models([ModelInfo("default")], [ModelInfo("new")], [], keep_unlisted=True)
    assert ids(merged) == ["default", "new"]


def test_what_a_person_wrote_down_comes_first_and_stays_unlisted() -> None:
    merged = merge_models([ModelInfo("a")], [ModelInfo("a")], [ModelInfo("mine")])
    assert ids(merged) == ["mine", "a"]


def test_the_person_wins_over_the_server_and_the_server_over_the_catalogue() -> None:
    known = ModelInfo("a", name="ours", context_window=1, max_output_tokens=1, note="fast")
    listed = ModelInfo("a", name="theirs", context_window=2)
    mine = ModelInfo("a", name="mine")
    assert merge_models([known], [listed], [mine]) == (
        ModelInfo("a", name="mine", context_window=2, max_output_tokens=1, note="fast"),
    )


def test_false_is_something_said_and_none_is_not() -> None:
    known = ModelInfo("a", can_reason=True, supports_vision=True)
    listed = ModelInfo("a", can_reason=False)
    merged = merge_models([known], [listed], [])[0]
    assert (merged.can_reason, merged.supports_vision) == (False, True)


def test_a_persons_rates_replace_all_others_even_where_they_say_less() -> None:
    mine = Rates(Decimal(1), source="config")
    merged = merge_models([ModelInfo("a", rates=OURS)], [ModelInfo("a", rates=OURS)], [ModelInfo("a", rates=mine)])
    assert merged[0].rates == mine


def test_the_servers_rates_replace_the_catalogues() -> None:
    theirs = Rates(Decimal(2), Decimal(10), source="server")
    assert merge_models([ModelInfo("a", rates=OURS)], [ModelInfo("a", rates=theirs)], [])[0].rates == theirs


def test_equal_base_prices_keep_the_tiers_and_cache_prices_that_the_list_leaves_out() -> None:
    theirs = Rates(Decimal(3), Decimal(15), cache_write=Decimal(4), source="server")
    merged = merge_models([ModelInfo("a", rates=OURS)], [ModelInfo("a", rates=theirs)], [])[0].rates
    assert merged == replace(theirs, cached_input=Decimal("0.3"), tiers=(TIER,))


def test_a_server_that_says_unknown_is_believed() -> None:
    unknown = Rates(source="server")
    assert merge_models([ModelInfo("a", rates=OURS)], [ModelInfo("a", rates=unknown)], [])[0].rates == unknown


def test_default_rates_hold_for_models_that_nobody_prices() -> None:
    free = Rates(Decimal(0), Decimal(0))
    merged = merge_models([ModelInfo("a", rates=OURS)], [ModelInfo("a"), ModelInfo("b")], [], free)
    assert [model.rates for model in merged] == [OURS, free]


prices = st.none() | st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(3)])
rates = st.builds(
    Rates,
    prices,
    prices,
    prices,
    tiers=st.sampled_from([(), (TIER,)]),
    source=st.sampled_from(["config", "server", "catalogue"]),
)
counts = st.none() | st.integers(1, 3)
flags = st.none() | st.booleans()
texts = st.sampled_from(["", "x", "y"])
models = st.lists(
    st.builds(
        ModelInfo,
        st.sampled_from("abcd"),
        name=texts,
        rates=st.none() | rates,
        context_window=counts,
        can_reason=flags,
        note=texts,
    ),
    max_size=4,
    unique_by=lambda model: model.id,
)


@given(models, models, models, st.none() | rates)
def test_merging_again_changes_nothing(known: Any, listed: Any, mine: Any, default: Rates | None) -> None:
    once = merge_models(known, listed, mine, default)
    assert merge_models(once, listed, mine, default) == once


@given(models, models, models)
def test_every_field_comes_from_somebody_and_none_hides_nothing(known: Any, listed: Any, mine: Any) -> None:
    sources = [*mine, *listed, *known]
    for merged in merge_models(known, listed, mine):
        for field in fields(ModelInfo):
            if field.name in ("id", "rates"):
                continue
            said = [getattr(model, field.name) for model in sources if model.id == merged.id]
            value = getattr(merged, field.name)
            assert value == next((v for v in said if v not in (None, "")), value)
            assert value in (*said, None, "")
