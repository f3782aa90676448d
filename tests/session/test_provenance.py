"""Where the figures of a reply come from, over real HTTP and from a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest

from app import format as fmt
from app.session.explained import as_text, explained, summary
from app.session.provenance import Provenance, of_reply, of_row
from app.session.reply import Reply
from app.session.session import Session
from providers.costs import Cost, CostStatus, Rates, Tier, price
from providers.errors import Rejected
from providers.events import Finished, Notice, StopReason, TextDelta, UsageReport
from providers.formats import wire_format
from providers.reference import ModelRef
from providers.request import WireFormat
from providers.usage import NO_USAGE, Usage
from tests.session.test_turns import ask, ask_and_stop
from tests.storage.stories import ledger_row

RATES = Rates(
    Decimal(3),
    Decimal(15),
    cached_input=Decimal("0.30"),
    cache_write=Decimal("3.75"),
    tiers=(Tier(200_000, Decimal(6), Decimal("22.5")),),
    source="catalogue",
    checked=date(2026, 11, 20),
)
FULL = Usage(
    input_tokens=8000,
    cached_tokens=1600,
    cache_write_tokens=400,
    cache_write_1h_tokens=100,
    output_tokens=96,
    reasoning_tokens=64,
    service_tier="standard",
)
EVIL = "\x1b]0;owned\x07[b]\u202egnp\nnext"


def told(of: Provenance) -> str:
    return "\n".join(as_text(explained(of, UTC)))


def priced(usage: Usage, rates: Rates | None = RATES, **changes: Any) -> Provenance:
    """Of a request with these counts, priced as every request is."""
    factors = wire_format(WireFormat.ANTHROPIC_MESSAGES).WRITE_FACTORS
    return of_row(replace(ledger_row("r", usage=usage, rates=rates), cost=price(usage, rates, factors), **changes))


def in_flight(*events: Any, rates: Rates | None = RATES) -> Reply:
    reply = Reply("m1", ModelRef("claude", "sonnet"), rates=rates, input_estimate=6000)
    for number, event in enumerate(events, 1):
        reply.fold(event, 100 * number)
    return reply


def test_everything_about_a_reply_in_aligned_lines() -> None:
    assert told(priced(FULL)).splitlines() == [
        "input           6,000 ×    $3/M =  $0.0180",
        "cached          1,600 ×  $0.3/M = $0.00048",
        "cache write 5m    300 × $3.75/M =  $0.0011",
        "cache write 1h    100 ×    $6/M = $0.00060",
        "output             96 ×   $15/M =  $0.0014",
        "  reasoning        64",
        "cost                               $0.0216",
        "                $0.021645: computed from reported tokens",
        "rates           Parley's catalogue, read on 2026-11-20",
        "tier            standard",
        "model           claude/claude-sonnet-4-6",
        "request         reply over anthropic-messages sent 2026-11-21 12:00:00",
        "time            first token after 900 ms · 64 tok/s · 2.4 s in all",
        "ended           complete",
    ]


def test_the_tier_that_a_long_input_reaches_is_named_and_its_rates_are_shown() -> None:
    text = " ".join(told(priced(Usage(input_tokens=300_000, output_tokens=10))).split())
    assert "300,000 × $6/M = $1.80" in text
    assert "those for more than 200,000 tokens of input" in text


def test_each_run_of_a_request_is_charged_by_itself() -> None:
    runs = (Usage(input_tokens=1000, output_tokens=10), Usage(input_tokens=300_000, output_tokens=20))
    of = priced(Usage(input_tokens=301_000, output_tokens=30, runs=runs))
    assert of.adds_up
    text = " ".join(told(of).split())
    assert "run 1 input 1,000 × $3/M = $0.0030" in text
    assert "run 2 input 300,000 × $6/M = $1.80" in text


def test_a_batch_is_told_at_half_the_rates() -> None:
    of = priced(replace(FULL, service_tier="batch"))
    assert of.adds_up
    assert "6,000 × $1.5/M" in " ".join(told(of).split())


def test_what_the_server_did_not_say_is_not_zero() -> None:
    text = told(priced(Usage(input_tokens=10, output_tokens=5)))
    assert "cached       not said" in text
    assert "cache write  not said" in text
    assert "reasoning  not said" in text


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (priced(replace(FULL, cost_usd=Decimal("0.5"))), "reported by the provider"),
        (priced(FULL), "computed from reported tokens"),
        (priced(replace(FULL, service_tier="priority")), "because the rates do not cover the service tier “priority”"),
        (priced(replace(FULL, is_approximate=True)), "more than the counted tokens is charged, or at other rates"),
        (priced(FULL, Rates(Decimal(0), Decimal(0), source="catalogue")), "free"),
        (priced(FULL, Rates(Decimal(0), Decimal(0), source="config")), "free or untracked"),
        (priced(FULL, Rates(is_flat=True)), "paid by subscription, not by token"),
        (priced(FULL, None), "unknown, because nobody knows a price of this model"),
        (priced(FULL, Rates(Decimal(1), None)), "unknown, because there is no rate for this kind of tokens: output"),
        (priced(NO_USAGE), "unknown, because nobody knows what it counted"),
        (of_reply(in_flight(TextDelta("a")), ()), "our own estimate, because the reply is still arriving"),
        (of_reply(in_flight(TextDelta("a"), Finished(StopReason.STOP)), ()), "the server did not say what it counted"),
    ],
)
def test_the_kind_of_figure_is_said_in_words(of: Provenance, words: str) -> None:
    assert of.why.endswith(words)
    assert words in told(of)


def test_what_a_provider_reports_is_not_claimed_to_be_the_sum_of_our_rates() -> None:
    text = told(priced(replace(FULL, cost_usd=Decimal("0.5"))))
    assert "=" not in text
    assert "$0.50" in text


def test_a_sum_that_no_longer_comes_out_is_not_shown_as_one() -> None:
    of = of_row(ledger_row("r", usage=FULL, rates=RATES, usd="0.9"))
    assert not of.adds_up
    assert "=" not in told(of)


def test_a_running_reply_marks_what_is_its_own_count() -> None:
    reply = in_flight(TextDelta("word " * 50), UsageReport(Usage(input_tokens=6100, output_tokens=1)))
    of = of_reply(reply, ())
    text = told(of)
    assert of.cost.status is CostStatus.ESTIMATED
    assert of.adds_up
    assert "6,100 ×" in text
    assert f"≈ {reply.output_tokens_estimate} ×" in text
    assert "state        still arriving" in text
    assert summary(of) == f"{fmt.cost(of.cost)} · ≈ 6.1k in · {reply.output_tokens_estimate} out"


def test_foreign_words_stay_words() -> None:
    reply = in_flight(Notice(EVIL), TextDelta("a"))
    reply.raw_stop = EVIL
    reply.fail(Rejected(EVIL), 400)
    attempt = ledger_row("r", message_id="m1", model=EVIL, error=EVIL)
    text = told(of_reply(reply, (attempt,)))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert text.count("]0;owned[b]gnp next") == 5
    assert "\nnext" not in text


async def test_each_failed_attempt_is_told_with_its_error_and_its_cost(session: Session) -> None:
    chat = session.new_chat()
    reply, _ = await ask(chat, "429 then ok", "chat/chaos")
    of = of_reply(reply, chat.rows)
    assert [(row.attempt, row.stop) for row in of.earlier] == [(1, StopReason.ERROR)]
    assert of.cost == chat.rows[-1].cost
    assert of.usage == chat.rows[-1].usage
    attempt, together = (line for line in explained(of, UTC) if line.name in ("attempt 1", "together"))
    assert attempt.text.startswith("$0.00 · ")
    assert "Rate limit" in attempt.text
    assert together.text.endswith("for 2 attempts")


async def test_attempts_at_a_reply_that_was_read_back_are_still_its_own(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat()
    await ask(chat, "Hello", "chat/eliza")
    live, _ = await ask(chat, "429 then ok", "chat/chaos")
    other = reopen()
    await other.open()
    stored = await other.latest_chat()
    assert stored is not None
    kept = stored.entries[-1]
    assert isinstance(kept, Reply)
    before, after = of_reply(live, chat.rows), of_reply(kept, stored.rows)
    assert replace(after, raw_stop=before.raw_stop) == before


async def test_a_stopped_reply_keeps_its_estimate_and_says_why(session: Session) -> None:
    chat = session.new_chat()
    reply = await ask_and_stop(chat, "stall", "chat/chaos")
    of = of_reply(reply, chat.rows)
    assert of.cost.status is CostStatus.ESTIMATED
    assert of.adds_up
    assert of.usage.output_tokens is None
    assert of.counted.output_tokens
    assert "because the reply was stopped before the server said what it counted" in told(of)


async def test_a_request_that_was_refused_is_said_to_cost_nothing(session: Session) -> None:
    chat = session.new_chat()
    reply, _ = await ask(chat, "401", "chat/chaos")
    of = of_reply(reply, chat.rows)
    assert of.why == "refused, nothing billed"
    assert "failed: " in told(of)


async def test_a_reply_that_was_never_sent_is_told_too(session: Session) -> None:
    chat = session.new_chat()
    reply, _ = await ask(chat, "Hello", "keyless/eliza")
    assert chat.rows == []
    assert "refused, nothing billed" in told(of_reply(reply, chat.rows))


async def test_while_the_next_attempt_runs_the_failed_one_stands_before_it(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.ask("429 then ok", ModelRef.parse("chat/chaos"))
    seen = [(turn.reply.attempt, len(of_reply(turn.reply, chat.rows).earlier)) async for _ in turn.run()]
    assert (2, 1) in seen
    assert all(attempt == earlier + 1 for attempt, earlier in seen)


async def test_what_was_spent_never_drops_while_a_reply_becomes_a_row(session: Session) -> None:
    chat = session.new_chat()
    await ask(chat, "What is 6 * 7?", "chat/thinker")
    (settled,) = chat.spent().totals
    assert settled.usd
    turn = chat.ask("What is 7 * 8?", ModelRef.parse("chat/thinker"))
    during = [chat.spent() async for _ in turn.run()]
    assert {spent.totals[0].requests for spent in during} == {2}
    assert all((spent.totals[0].usd or 0) >= settled.usd for spent in during)
    assert during[0].guessed == {ModelRef.parse("chat/thinker")}
    assert during[0].totals[0].estimated_usd > 0
    (after,) = chat.spent().totals
    assert after.requests == 2
    assert not after.estimated_usd
    assert not chat.spent().guessed
    assert after.usd == settled.usd + (turn.reply.cost.usd or 0)


async def test_what_was_spent_holds_the_counts_of_a_stopped_reply(session: Session) -> None:
    chat = session.new_chat()
    reply = await ask_and_stop(chat, "stall", "chat/chaos")
    (total,) = chat.spent().totals
    assert total.usage.output_tokens == reply.output_tokens_estimate
    assert chat.spent().guessed == {reply.ref}


async def test_what_was_refused_counts_no_tokens(session: Session) -> None:
    chat = session.new_chat()
    await ask(chat, "401", "chat/chaos")
    (total,) = chat.totals()
    assert total.usage == NO_USAGE
    assert not chat.spent().guessed


async def test_a_reply_that_was_never_sent_was_not_spent_on(session: Session) -> None:
    chat = session.new_chat()
    await ask(chat, "Hello", "keyless/eliza")
    assert chat.totals() == ()


def test_an_unknown_cost_of_no_request_at_all_says_so() -> None:
    of = of_row(ledger_row("r", usage=NO_USAGE, rates=None, format="", usd=None))
    assert of.cost == Cost(None, CostStatus.UNKNOWN)
    assert "nobody knows what it counted" in of.why
