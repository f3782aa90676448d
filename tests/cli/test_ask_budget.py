"""`parley ask` and budgets, as scripts meet them: a process of its own, a demo server, an exit code of 4."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.demo import DemoServer
from tests.cli.test_ask import CONFIG, Runner

THINKER = ("-m", "chat/thinker", "What is 6 * 7?")
"""Costs 2 and 8 dollars a million tokens."""


@pytest.fixture
def parley(demo: DemoServer, tmp_path: Path) -> Runner:
    return Runner(tmp_path, demo.url)


def budget(text: str) -> str:
    return f"{CONFIG}[budget]\n{text}\n"


NOVEL = '[[providers.chat.models]]\nid = "novel"\ncost_per_1m_in = 0\ncost_per_1m_out = 100\n'


def priced(model: str, text: str) -> str:
    """A budget, and a model of `chat` with a price."""
    return budget(text).replace("[providers.responses]", f"{model}[providers.responses]")


@pytest.mark.parametrize(("limit", "on_exceed"), [("per_message", "ask"), ("daily", "block"), ("monthly", "ask")])
def test_a_budget_stops_it_before_anything_is_sent(parley: Runner, limit: str, on_exceed: str) -> None:
    parley.configure(budget(f'{limit} = 0\non_exceed = "{on_exceed}"'))
    result = parley("ask", *THINKER)
    assert (result.returncode, result.stdout) == (4, "")
    line, hint = result.stderr.splitlines()
    assert line.startswith("parley: A budget stops this turn. ")
    assert line.endswith("$0.00; this turn ≈ $0.0040 with a reply of 500 tokens.")
    assert f"Raise {limit} in [budget] of config.toml" in hint
    assert hint.endswith("--over-budget sends it all the same.")
    assert '"requests": 0' in parley("stats", "--json").stdout
    assert parley("conversations", "list", "--json").stdout.strip() == "[]"


def test_json_says_budget(parley: Runner) -> None:
    parley.configure(budget('daily = "0"'))
    answer = parley.object(*THINKER, code=4)
    assert answer["error"]["category"] == "budget"
    assert "--over-budget" in answer["error"]["hint"]
    assert (answer["text"], answer["stop_reason"], answer["conversation"]) == ("", "error", None)


@pytest.mark.parametrize("named", [(), ("-m", "thinker")])
def test_json_names_the_model_that_was_not_asked_in_full(parley: Runner, named: tuple[str, ...]) -> None:
    parley.configure('default_model = "chat/thinker"\n' + budget("daily = 0"))
    answer = parley.object(*named, "What is 6 * 7?", code=4)
    assert answer["model"] == "chat/thinker"


def test_over_budget_sends_it_all_the_same(parley: Runner) -> None:
    parley.configure(budget('daily = 0\non_exceed = "block"'))
    answer = parley.object("--over-budget", *THINKER)
    assert "42" in answer["text"]
    assert answer["error"] is None


def test_a_warning_is_a_note_beside_the_reply(parley: Runner) -> None:
    parley.configure(budget('daily = 0\non_exceed = "warn"'))
    result = parley("ask", *THINKER)
    assert result.returncode == 0
    assert "42" in result.stdout
    assert result.stderr.startswith("Over budget: Today $0.00 of $0.00; this turn ≈ $")
    assert len(result.stderr.splitlines()) == 1
    assert parley("ask", "--quiet", *THINKER).stderr == ""


def test_free_models_and_other_providers_are_not_stopped(parley: Runner) -> None:
    parley.configure(f'{CONFIG}[providers.chat.budget]\nmonthly = 0\non_exceed = "block"\n')
    assert parley("ask", *THINKER).returncode == 4
    assert parley("ask", "-m", "messages/thinker", "What is 6 * 7?").returncode == 0


def test_a_model_without_a_price_is_refused_and_the_hint_says_what_to_write(parley: Runner) -> None:
    parley.configure(budget("monthly = 5"))
    result = parley("ask", "-m", "chat/snail", "Hello")
    assert result.returncode == 4
    assert "chat/snail has no price" in result.stderr
    assert "[[providers.chat.models]]" in result.stderr


@pytest.mark.parametrize("on_exceed", ["", 'on_exceed = "ask"\n', 'on_exceed = "block"\n'])
def test_a_reply_that_is_cut_off_by_a_budget_keeps_its_text_and_exits_with_4(parley: Runner, on_exceed: str) -> None:
    """The price is in the file, the most that the model may write is not: it is watched while it arrives."""
    parley.configure(priced(NOVEL, f"per_message = 0.05\n{on_exceed}"))
    answer = parley.object("-m", "chat/novel", "4000 tokens", code=4)
    assert answer["error"]["category"] == "budget"
    assert answer["stop_reason"] == "cancelled"
    assert 200 < len(answer["text"].split()) < 900
    assert answer["cost"]["status"] == "estimated"


LIMITED = NOVEL + "default_max_tokens = 4000\n"


@pytest.mark.parametrize("on_exceed", ["ask", "block"])
def test_a_reply_is_told_to_end_where_the_budget_does(parley: Runner, on_exceed: str) -> None:
    parley.configure(priced(LIMITED, f'per_message = 0.06\non_exceed = "{on_exceed}"'))
    result = parley("ask", "-m", "chat/novel", "3000 tokens")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.split()) < 900
    assert "The budget had room for 600 tokens of reply." in result.stderr


def test_a_reply_over_budget_goes_on_where_a_warning_is_enough_or_it_was_allowed(parley: Runner) -> None:
    for on_exceed, more in (("warn", ()), ("ask", ("--over-budget",))):
        parley.configure(priced(LIMITED, f'per_message = 0.06\non_exceed = "{on_exceed}"'))
        answer = parley.object(*more, "-m", "chat/novel", "3000 tokens")
        assert (answer["stop_reason"], answer["error"]) == ("stop", None)


def test_a_wrong_amount_is_one_sentence_with_line_and_key(parley: Runner) -> None:
    parley.configure("[budget]\ndaily = nan\n")
    result = parley("ask", "Hello")
    assert result.returncode == 2
    assert "line 2: budget.daily: must be an amount of USD that is not negative" in result.stderr
