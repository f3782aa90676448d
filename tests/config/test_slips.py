"""A slip in config.toml does nothing that whoever wrote the file did not want."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.config.load import load_bytes, load_text

OWN = '[providers.p]\ntype = "groq"\n[providers.p.budget]\n'


@pytest.mark.parametrize(
    "text",
    [
        "offline = true\nbroken = = 1\n",
        '  "offline"=true # at home\n[providers\n',
        "offline = yes\n",
        'offline = "true"\n',
        "offline = 1\n",
        "offline = true\nnumber = " + "1" * 5000,
    ],
)
def test_a_slip_in_the_file_does_not_take_anybody_online(text: str) -> None:
    loaded = load_text(text, {})
    assert loaded.problems
    assert loaded.settings.offline


@pytest.mark.parametrize("text", ["offline = false\nbroken = = 1\n", "# offline = true\nbroken = = 1\n", "x = = 1\n"])
def test_a_slip_takes_nobody_offline_who_did_not_ask_for_it(text: str) -> None:
    assert not load_text(text, {}).settings.offline


def test_a_file_in_another_encoding_does_not_take_anybody_online() -> None:
    assert load_bytes("offline = true # für daheim\n".encode("latin-1"), {}).settings.offline


@pytest.mark.parametrize(
    "text",
    [
        '[budget]\ndaily = "5 USD"\n',
        "[budget]\ndayly = 5\n",
        "budget = 5\n",
        f'{OWN}daily = "a few dollars"\n',
        "[budget]\ndaily = 5\n[providers\n",
        "[providers.work.budget]\nmonthly = 5\nbroken = = 1\n",
        "budget.daily = 5\nbroken = = 1\n",
    ],
)
def test_a_slip_in_the_file_lifts_no_budget(text: str) -> None:
    loaded = load_text(text, {})
    assert loaded.problems
    assert loaded.settings.budget.per_message == 0


def test_what_is_right_of_a_wrong_budget_holds_all_the_same() -> None:
    budget = load_text('[budget]\ndaily = 5\nmonthly = "a lot"\non_exceed = "block"\n', {}).settings.budget
    assert (budget.per_message, budget.daily, budget.on_exceed) == (Decimal(0), Decimal(5), "block")


@pytest.mark.parametrize("text", ["# [budget]\nx = = 1\n", 'label = "budget"\nx = = 1\n', "[budget]\ndaily = 5\n[x]\n"])
def test_a_slip_elsewhere_limits_nothing(text: str) -> None:
    loaded = load_text(text, {})
    assert loaded.problems
    assert loaded.settings.budget.per_message is None
