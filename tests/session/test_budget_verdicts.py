"""Whether a turn may be sent, for any ledger and any limits: the same as a naive recomputation says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.config.settings import BudgetLimits, BudgetSettings, ProviderSettings, Settings
from app.session.budgets.budgets import Budgets
from app.session.budgets.expected import affordable_output, unusual
from app.session.budgets.limits import Limit, OnExceed, Period, all_limits, limits_for
from app.session.budgets.verdict import NO_PERMISSION, judge
from app.session.budgets.words import refusal
from app.session.quote import quote
from app.session.session import Session
from app.storage.records import LedgerRow
from app.storage.reservations import Outlay, Reservation, Spent
from providers.catalogue.records import ModelInfo
from providers.costs import NO_WRITE_RULE, UNKNOWN_COST, Cost, CostStatus, Rates
from providers.reference import ModelRef
from providers.usage import Usage
from tests.session.making import session_with
from tests.storage.stories import NOON, ledger_row

REF = ModelRef("a", "m")
BERLIN = ZoneInfo("Europe/Berlin")
amounts = st.decimals(0, 10, places=12) | st.sampled_from([Decimal(0), Decimal(1), Decimal("0.1")])
modes = st.sampled_from(["warn", "ask", "block"])
limits = st.builds(
    BudgetLimits,
    per_message=st.none() | amounts,
    daily=st.none() | amounts,
    monthly=st.none() | amounts,
    on_exceed=st.just("") | modes,
)
budgets = st.builds(
    BudgetSettings,
    per_message=st.none() | amounts,
    daily=st.none() | amounts,
    monthly=st.none() | amounts,
    on_exceed=modes,
)
moments = st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.lists(st.tuples(moments, st.sampled_from("ab"), st.none() | amounts), max_size=12)


def estimated(usd: Decimal) -> Cost:
    return Cost(usd, CostStatus.ESTIMATED)


def settings_of(everywhere: BudgetSettings, own: BudgetLimits) -> Settings:
    entries = {name: ProviderSettings(name, "openai-compat", base_url="http://127.0.0.1:9") for name in "ab"}
    entries["a"] = ProviderSettings("a", "openai-compat", base_url="http://127.0.0.1:9", budget=own)
    return Settings(budget=everywhere, providers=entries)


async def opened(home: Path, configured: Settings, now: datetime = NOON) -> Session:
    session = session_with(configured, home, now=lambda: now, zone=lambda: BERLIN)
    await session.open()
    return session


async def fill(session: Session, told: Sequence[tuple[datetime, str, Decimal | None]]) -> None:
    store = session._runtime.store
    assert store is not None
    for moment, provider, usd in told:
        number = len(await store.ledger.rows())
        amount = None if usd is None else str(usd)
        await store.ledger.add(ledger_row(f"r{number}", started_at=moment, provider=provider, usd=amount))


@settings(max_examples=40)
@given(rows, rows, budgets, limits, amounts, moments)
def test_the_verdict_is_that_of_a_naive_sum(
    before: list[tuple[datetime, str, Decimal | None]],
    after: list[tuple[datetime, str, Decimal | None]],
    everywhere: BudgetSettings,
    own: BudgetLimits,
    cost: Decimal,
    now: datetime,
) -> None:
    """Rows come in two portions, the second one after a first look: it is read on top of what is known."""

    def naive() -> set[tuple[str, str]]:
        here = now.astimezone(BERLIN)
        exceeded = set()
        for scope, written in (("", everywhere), ("a", own)):
            of_scope = [
                (moment.astimezone(BERLIN), Fraction(usd))
                for moment, provider, usd in told
                if usd is not None and scope in ("", provider)
            ]
            day = sum(usd for moment, usd in of_scope if moment.date() == here.date())
            month = sum(usd for moment, usd in of_scope if (moment.year, moment.month) == (here.year, here.month))
            pairs = ((written.per_message, 0), (written.daily, day), (written.monthly, month))
            for key, (limit, spent) in zip(("per_message", "daily", "monthly"), pairs, strict=True):
                if limit is not None and spent + Fraction(cost) > Fraction(limit):
                    exceeded.add((scope, key))
        return exceeded

    async def verdict(session: Session) -> set[tuple[str, str]]:
        found = await session.budgets.verdict(REF, estimated(cost), NO_PERMISSION)
        worst = [each.limit.on_exceed for each in found.exceeded]
        assert found.action == max(worst, key=list(OnExceed).index, default=None)
        return {(each.limit.provider, each.limit.key) for each in found.exceeded}

    async def compare() -> None:
        session = await opened(Path(home), settings_of(everywhere, own), now)
        await fill(session, told)
        assert await verdict(session) == naive()
        told.extend(after)
        await fill(session, after)
        assert await verdict(session) == naive()
        await session.close()

    told = list(before)
    with TemporaryDirectory() as home:
        asyncio.run(compare())


turns = st.lists(
    st.tuples(st.sampled_from("ab"), amounts, st.decimals("0.5", 3, places=2), st.integers(0, 2)), max_size=12
)


@settings(max_examples=30)
@given(turns, amounts, st.sampled_from([0, 2]))
def test_blocked_turns_never_spend_more_than_one_overshoot_beyond_the_limit(
    sequence: list[tuple[str, Decimal, Decimal, int]], limit: Decimal, longest: int
) -> None:
    """Turns are let in one by one, in two Parleys; each costs other than was expected of it, and may end later."""

    async def spend() -> None:
        configured = settings_of(BudgetSettings(daily=limit, on_exceed="block"), BudgetLimits())
        sessions = [await opened(Path(home), configured) for _ in range(2)]
        running: list[tuple[Budgets, LedgerRow, int]] = []
        total, overshoots = Decimal(0), [Decimal(0)]

        async def end(budgets: Budgets, row: LedgerRow) -> None:
            store = sessions[0]._runtime.store
            assert store is not None
            await store.ledger.add(row)
            await budgets.release(row.id)

        for number, (provider, expected, factor, lasts) in enumerate(sequence):
            desk = sessions[number % 2].budgets
            ref, name = ModelRef(provider, "m"), f"t{number}"
            wanted = Reservation(name, provider, expected)
            found, _ = await desk.reserve(wanted, ref, estimated(expected), NO_PERMISSION)
            if not found.is_refused:
                actual = expected * factor
                total += actual
                overshoots.append(max(Decimal(0), actual - expected))
                row = ledger_row(name, started_at=NOON, provider=provider, usd=str(actual))
                running.append((desk, row, number + min(lasts, longest)))
            for desk, row, until in [each for each in running if each[2] <= number]:
                running.remove((desk, row, until))
                await end(desk, row)
            (standing,) = await sessions[0].budgets.standings()
            assert standing.spent <= limit + sum(overshoots)
        for desk, row, _ in running:
            await end(desk, row)
        (standing,) = await sessions[1].budgets.standings()
        assert standing.spent == total
        if not longest:  # One after the other, the last one alone can go beyond.
            assert total <= limit + max(overshoots)
        for session in sessions:
            await session.close()

    with TemporaryDirectory() as home:
        asyncio.run(spend())


def test_limits_come_from_both_tables_and_a_provider_takes_over_what_to_do() -> None:
    everywhere = BudgetSettings(daily=Decimal(5), on_exceed="block")
    configured = settings_of(everywhere, BudgetLimits(per_message=Decimal(1)))
    assert limits_for(configured, "a") == (
        Limit("", Period.DAY, Decimal(5), OnExceed.BLOCK),
        Limit("a", Period.MESSAGE, Decimal(1), OnExceed.BLOCK),
    )
    assert limits_for(configured, "b") == limits_for(configured, "nobody") == limits_for(configured, "a")[:1]
    assert all_limits(configured) == limits_for(configured, "a")


@pytest.mark.parametrize("status", [CostStatus.FREE, CostStatus.FLAT])
def test_free_models_exceed_nothing_even_when_too_much_was_spent(status: CostStatus) -> None:
    limit = Limit("", Period.DAY, Decimal(0), OnExceed.BLOCK)
    outlay = Outlay({"a": Spent(Decimal(9), Decimal(9))})
    assert judge([limit], outlay, Cost(Decimal(0), status)).action is None
    assert judge([limit], outlay, estimated(Decimal("0.01"))).action is OnExceed.BLOCK
    assert judge([limit], outlay, UNKNOWN_COST).unpriced == (limit,)


def test_a_refusal_names_the_decisive_limits_the_sums_and_the_way_out() -> None:
    daily = Limit("", Period.DAY, Decimal(5), OnExceed.BLOCK)
    monthly = Limit("my.proxy", Period.MONTH, Decimal(20), OnExceed.BLOCK)
    mild = Limit("", Period.MESSAGE, Decimal("0.01"), OnExceed.WARN)
    outlay = Outlay({"my.proxy": Spent(Decimal("4.92"), Decimal("19.99"))})
    info = ModelInfo("m", rates=Rates(Decimal(3), Decimal(15)), default_max_tokens=12_000)
    quoted = quote(REF, info, NO_WRITE_RULE, input_tokens=40_000, typical_output=664)
    error = refusal(judge([daily, monthly, mild], outlay, quoted.typical), REF, quoted)
    assert error.summary == (
        "A budget stops this turn. "
        "Today $4.92 of $5.00; this turn ≈ $0.13 with a reply of 664 tokens. "
        "This month at my.proxy $19.99 of $20.00; this turn ≈ $0.13 with a reply of 664 tokens."
    )
    assert error.hint == (
        'Raise daily in [budget] and monthly in [providers."my.proxy".budget] of config.toml, '
        "choose a cheaper model, or wait until next month."
    )


def row_of(usd: str, output: int = 100) -> LedgerRow:
    return ledger_row("r", usd=usd, usage=Usage(input_tokens=10, output_tokens=output))


@pytest.mark.parametrize(("usual", "limit", "typical"), [(300, 500, 300), (9_000, 500, 500), (300, None, 300)])
def test_a_reply_is_expected_to_be_as_long_as_usual_and_never_longer_than_it_may_be(
    usual: int, limit: int | None, typical: int
) -> None:
    info = ModelInfo("m", rates=Rates(Decimal(1), Decimal(1_000_000)), default_max_tokens=limit)
    quoted = quote(REF, info, NO_WRITE_RULE, input_tokens=0, typical_output=usual)
    assert (quoted.typical.usd, quoted.typical_output) == (Decimal(typical), typical)
    assert affordable_output(quoted, Decimal("77.9")) == 77
    assert affordable_output(quoted, Decimal(-1)) == 1


def test_a_model_with_half_a_price_has_none() -> None:
    quoted = quote(REF, ModelInfo("m", rates=Rates(Decimal(1))), NO_WRITE_RULE, input_tokens=10)
    assert quoted.typical.usd is None
    assert affordable_output(quoted, Decimal(1)) is None


@pytest.mark.parametrize(
    ("told", "expected", "factor", "times"),
    [
        (["0.01", "0.02", "0.03"], "0.21", 10, 10),
        (["0.01", "0.02", "0.03"], "0.20", 10, None),
        (["0.01", "0.02", "0.03"], "0.21", 0, None),
        (["0.01", "0.03"], "0.21", 10, 10),
        (["0.01", "0.02", "0", "0"], "0.16", 10, 10),
        (["0.02"], "0.20", 10, None),
        (["0.02"], "0.21", 10, 10),
        (["0", "0"], "9", 10, None),
        ([], "9", 10, None),
        (["0.0001", "0.0001", "0.0001"], "0.0099", 10, None),
        (["0.0001", "0.0001", "0.0001"], "0.0100", 10, 100),
    ],
)
def test_ten_times_the_median_is_unusual(told: list[str], expected: str, factor: int, times: int | None) -> None:
    found = unusual([row_of(usd) for usd in told], estimated(Decimal(expected)), factor)
    assert (found.times if found else None) == times


def test_a_day_has_23_or_25_hours_where_the_clocks_change() -> None:
    from app.storage.periods import day_of, month_of

    spring, autumn = (day_of(datetime(2026, month, day, 12, tzinfo=UTC), BERLIN) for month, day in ((3, 29), (10, 25)))
    hours = [(end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(hours=1) for start, end in (spring, autumn)]
    assert hours == [23, 25]
    start, end = month_of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), BERLIN)
    assert (start.isoformat(), end.isoformat()) == ("2027-01-01T00:00:00+01:00", "2027-02-01T00:00:00+01:00")


def test_what_is_written_to_a_cache_is_expected_at_its_own_price() -> None:
    info = ModelInfo("m", rates=Rates(Decimal(3), Decimal(15), cache_write=Decimal(6)))
    written = quote(
        ModelRef("p", "m"),
        info,
        NO_WRITE_RULE,
        input_tokens=1_000,
        cached_tokens=200,
        is_written=True,
        typical_output=1,
    )
    assert written.least.usd == Decimal("0.0054")
    assert written.typical.usd == Decimal("0.005415")
