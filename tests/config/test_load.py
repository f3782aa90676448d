"""Reading config.toml: everything that may stand in it, and everything that is wrong with it at once."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.load import Loaded, load, load_text
from app.config.settings import BudgetLimits, BudgetSettings, Settings
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from providers.reference import ModelRef

OWN = '[providers.p]\ntype = "groq"\n[providers.p.budget]\n'

EVERYTHING = """
default_model  = "claude/claude-sonnet-4-6"
fallback_model = "local/llama3.1"
theme = "parley-light"
enter_sends = false
favourite_models = ["claude/claude-sonnet-4-6", "openrouter/x/y"]
discover = false
download_tokenizer = false
offline = true

[keys]
"prompt.send" = "ctrl+s"

[budget]
per_message = 1.00
daily = "5.25"
monthly = 100
on_exceed = "block"
guard_factor = 3

[providers.claude]
type = "anthropic"
format = "anthropic-messages"
label = "Claude"
base_url = "https://proxy.example.com/v1"
api_key = "$ANTHROPIC_API_KEY"
auth = "bearer"
model = "claude-sonnet-4-6"
enabled = false
auto_connect = false
retries = 0
retry_wait_max = 0
timeout = 12.5
stream_timeout = 600
extra_headers = { X-Team = "blue" }
secret_headers = ["X-Gateway-Token"]
proxy = "http://proxy:8080"
ca_file = "certs/ca.pem"
budget = { per_message = "0.50", daily = 0, on_exceed = "warn" }
extra_body = { temperature = 0.2, metadata = { tags = ["a", 1, true] } }
[[providers.claude.models]]
id = "claude-sonnet-4-6"
name = "Claude Sonnet 4.6"
cost_per_1m_in = 3
cost_per_1m_out = "15.000"
cost_per_1m_in_cached = 0.30
cost_per_1m_out_cached = 0
cost_per_1m_cache_write = 3.75
cost_per_1m_cache_write_1h = 6
context_window = 200000
max_output_tokens = 64000
default_max_tokens = 8192
can_reason = true
supports_attachments = true
supports_vision = false
supports_function_calling = true
tiers = [{ above_input = 200000, cost_per_1m_in = 6, cost_per_1m_out = 22.5 }]
"""


def problems(text: str, **environ: str) -> list[tuple[int | None, str, str]]:
    return [(each.line, each.key, each.message) for each in load_text(text, environ).problems]


def provider(lines: str) -> str:
    """A provider with some lines; they start on line 4."""
    return f'[providers.proxy]\ntype = "openai-compat"\nbase_url = "https://x.example/v1"\n{lines}\n'


def test_everything_that_may_stand_in_the_file_is_read() -> None:
    loaded = load_text(EVERYTHING, {"ANTHROPIC_API_KEY": "k"})
    assert (loaded.problems, loaded.unset) == ((), ())
    settings = loaded.settings
    assert settings.default_model == ModelRef("claude", "claude-sonnet-4-6")
    assert settings.fallback_model == ModelRef("local", "llama3.1")
    assert (settings.theme, settings.enter_sends, settings.keys) == (
        "parley-light",
        False,
        {"prompt.send": "ctrl+s"},
    )
    assert settings.favourite_models == (
        ModelRef("claude", "claude-sonnet-4-6"),
        ModelRef("openrouter", "x/y"),
    )
    assert (settings.discover, settings.download_tokenizer, settings.offline) == (False, False, True)
    assert settings.budget == BudgetSettings(Decimal(1), Decimal("5.25"), Decimal(100), "block", 3)
    claude = settings.providers["claude"]
    assert (claude.type, claude.format, claude.display) == ("anthropic", "anthropic-messages", "Claude")
    assert (claude.api_key, claude.auth, claude.model) == ("$ANTHROPIC_API_KEY", "bearer", "claude-sonnet-4-6")
    assert (claude.enabled, claude.auto_connect, claude.retries) == (False, False, 0)
    assert claude.budget == BudgetLimits(Decimal("0.5"), Decimal(0), None, "warn")
    assert (claude.retry_wait_max, claude.timeout, claude.stream_timeout) == (0, 12.5, 600)
    assert claude.extra_headers == {"X-Team": "blue"}
    assert claude.secret_headers == ("X-Gateway-Token",)
    assert (claude.proxy, claude.ca_file) == ("http://proxy:8080", "certs/ca.pem")
    assert claude.extra_body == {"temperature": 0.2, "metadata": {"tags": ["a", 1, True]}}
    assert isinstance(claude.extra_body["temperature"], float)
    assert claude.models == (
        ModelInfo(
            "claude-sonnet-4-6",
            name="Claude Sonnet 4.6",
            rates=Rates(
                input=Decimal(3),
                output=Decimal(15),
                cached_input=Decimal("0.30"),
                cached_output=Decimal(0),
                cache_write=Decimal("3.75"),
                cache_write_1h=Decimal(6),
                tiers=(Tier(200000, Decimal(6), Decimal("22.5")),),
                source="config",
            ),
            context_window=200000,
            max_output_tokens=64000,
            default_max_tokens=8192,
            can_reason=True,
            supports_attachments=True,
            supports_vision=False,
            supports_function_calling=True,
        ),
    )


def test_prices_are_the_decimals_that_were_written() -> None:
    text = provider('models = [{ id = "m", cost_per_1m_in = 0.1, cost_per_1m_out = "0.123456789012345" }]')
    (model,) = load_text(text, {}).settings.providers["proxy"].models
    assert model.rates is not None
    assert str(model.rates.input) == "0.1"
    assert str(model.rates.output) == "0.123456789012345"


def test_a_model_without_prices_has_no_rates_rather_than_free_ones() -> None:
    text = provider('models = [{ id = "unpriced" }, { id = "free", cost_per_1m_in = 0, cost_per_1m_out = 0 }]')
    unpriced, free = load_text(text, {}).settings.providers["proxy"].models
    assert unpriced.rates is None
    assert free.rates is not None
    assert free.rates.are_free


def test_an_absent_file_is_an_empty_one(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml", {}) == Loaded()
    assert Loaded().settings == Settings()


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ('\n\ndefualt_model = "a/b"', 3, "defualt_model", "not a key"),
        ('default_model = "claude"', 1, "default_model", "not a model reference"),
        ('fallback_model = "/x"', 1, "fallback_model", "not a model reference"),
        ('enter_sends = "yes"', 1, "enter_sends", "must be true or false"),
        ("theme = 3", 1, "theme", "must be a string"),
        ("[keys]\nquit = 3", 2, "keys.quit", "must be a string"),
        ("budget = 5", 1, "budget", "must be a table"),
        ("[budget]\ndaily = -1", 2, "budget.daily", "not negative"),
        ("[budget]\ndaily = nan", 2, "budget.daily", "not negative"),
        ("[budget]\ndaily = inf", 2, "budget.daily", "not negative"),
        ('[budget]\ndaily = "five"', 2, "budget.daily", "not negative"),
        ("[budget]\ndaily = true", 2, "budget.daily", "not negative"),
        ("[budget]\ndaily = 1e300", 2, "budget.daily", "not negative"),
        ("[budget]\ndaily = 1e-300", 2, "budget.daily", "not negative"),
        ('[budget]\non_exceed = "explode"', 2, "budget.on_exceed", "one of warn, ask, block"),
        ("[budget]\nyearly = 3", 2, "budget.yearly", "not a key"),
        ("[budget]\nguard_factor = -1", 2, "budget.guard_factor", "a whole number, 0 or more"),
        ("[budget]\nguard_factor = 2.5", 2, "budget.guard_factor", "a whole number, 0 or more"),
        (f"{OWN}daily = -0.01", 4, "providers.p.budget.daily", "not negative"),
        (f"{OWN}monthly = nan", 4, "providers.p.budget.monthly", "not negative"),
        (f'{OWN}on_exceed = "stop"', 4, "providers.p.budget.on_exceed", "one of warn, ask, block"),
        (f"{OWN}guard_factor = 5", 4, "providers.p.budget.guard_factor", "not a key"),
        ('[providers.p]\ntype = "groq"\nbudget = 5', 3, "providers.p.budget", "must be a table"),
        ('providers = "x"', 1, "providers", "must be a table"),
        ("[providers]\nx = 3", 2, "providers.x", "must be a table"),
        ("[providers.x]", 1, "providers.x", "has no type"),
        ('[providers.x]\ntype = "antropic"', 2, "providers.x.type", "no preset"),
        ('[providers.x]\ntype = ""', 2, "providers.x.type", "is empty"),
        ("[providers.x]\ntype = 4", 2, "providers.x.type", "must be a string"),
        ('[providers.x]\ntype = "openai-compat"', 2, "providers.x.type", "base_url is needed"),
        ('[providers."a/b"]\ntype = "openai"', 1, 'providers."a/b"', "slash"),
        ('[providers." a"]\ntype = "openai"', 1, 'providers." a"', "visible characters"),
        ('[providers."\\u001b"]\ntype = "openai"', 1, 'providers."\\u001b"', "visible characters"),
        ('[providers.a]\ntype = "openai"\n[providers.A]\ntype = "openai"', 3, "providers.A", "upper and lower"),
        ('[providers.a]\ntype = "anthropic"\nformat = "ollama-chat"', 3, "providers.a.format", "does not speak"),
        (provider("tpye = 1"), 4, "providers.proxy.tpye", "not a key"),
        (provider('format = "smoke-signals"'), 4, "providers.proxy.format", "one of openai-chat"),
        (provider('auth = "telepathy"'), 4, "providers.proxy.auth", "one of api_key"),
        ('[providers.x]\ntype = "groq"\nauth = "oauth"', 3, "providers.x.auth", "only openai-codex knows"),
        ('favourite_models = ["a/b", "c"]', 1, "favourite_models[1]", "not a model reference"),
        ('favourite_models = "a/b"', 1, "favourite_models", "an array of strings"),
        (provider("proxy = 1"), 4, "providers.proxy.proxy", "a string"),
        (provider("ca_file = true"), 4, "providers.proxy.ca_file", "a string"),
        (provider("retries = 1.5"), 4, "providers.proxy.retries", "a whole number"),
        (provider("retries = -1"), 4, "providers.proxy.retries", "0 or more"),
        (provider("retries = true"), 4, "providers.proxy.retries", "a whole number"),
        (provider("timeout = 0"), 4, "providers.proxy.timeout", "above 0"),
        (provider('timeout = "60"'), 4, "providers.proxy.timeout", "a number of seconds"),
        (provider("timeout = 1e99"), 4, "providers.proxy.timeout", "a day at most"),
        (provider("enabled = 1"), 4, "providers.proxy.enabled", "true or false"),
        (provider('api_key = "${BROKEN"'), 4, "providers.proxy.api_key", "starts no variable"),
        (provider("extra_headers = { X-A = 1 }"), 4, "providers.proxy.extra_headers.X-A", "a string"),
        (provider('extra_headers = { "X A" = "1" }'), 4, "providers.proxy.extra_headers", "name of a header"),
        (provider('extra_headers = { X-A = "1\\r\\nX-B: 2" }'), 4, "providers.proxy.extra_headers", "may not have"),
        (provider("secret_headers = [1]"), 4, "providers.proxy.secret_headers", "array of strings"),
        (provider('secret_headers = ["X: secret"]'), 4, "providers.proxy.secret_headers", "not the name"),
        (provider("extra_body = 1"), 4, "providers.proxy.extra_body", "a table"),
        (provider("extra_body = { when = 2026-11-21 }"), 4, "providers.proxy.extra_body", "JSON does not have"),
        (provider("extra_body = { top = [inf] }"), 4, "providers.proxy.extra_body", "JSON does not have"),
        (provider("models = 3"), 4, "providers.proxy.models", "array of tables"),
        (provider('models = ["m"]'), 4, "providers.proxy.models", "array of tables"),
        (provider("models = [{ }]"), 4, "providers.proxy.models[0]", "has no id"),
        (
            provider('models = [{ id = "m" },\n { id = "m" }]'),
            5,
            "providers.proxy.models[1].id",
            "listed twice",
        ),
        (
            provider('models = [{ id = "m", cost_per_1m_in = -3 }]'),
            4,
            "providers.proxy.models[0].cost_per_1m_in",
            "not negative",
        ),
        (
            provider('models = [{ id = "m", context_window = 0 }]'),
            4,
            "providers.proxy.models[0].context_window",
            "1 or more",
        ),
        (
            provider('models = [{ id = "m", tiers = [{ cost_per_1m_in = 3 }] }]'),
            4,
            "providers.proxy.models[0].tiers[0]",
            "above_input",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_key(text: str, line: int, key: str, message: str) -> None:
    (found,) = problems(text)
    assert found[:2] == (line, key)
    assert message in found[2]
    assert "\n" not in found[2]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('defualt_model = "a/b"', "default_model"),
        ('[providers.x]\ntype = "antropic"', '"anthropic"'),
        ('[providers.openrouter]\nbase_url = "https://x/v1"', 'type = "openrouter"'),
        (provider('bas_url = "x"'), "base_url"),
        ('[budget]\non_exceed = "blok"', "block"),
        (f"{OWN}dayly = 1", "Did you mean daily?"),
        (provider('models = [{ id = "m", cost_per_1m_input = 3 }]'), "cost_per_1m_in"),
        ("zzz = 1", "Known here: budget, default_model"),
    ],
)
def test_the_nearest_known_word_is_suggested(text: str, hint: str) -> None:
    (problem,) = load_text(text, {}).problems
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("url", "corrected"),
    [
        ("localhost:8000/v1", 'base_url = "http://localhost:8000/v1"'),
        ("https://user:hunter2@x.example/v1", 'base_url = "https://x.example/v1"'),
        ("ftp://x.example/v1", 'base_url = "https://x.example/v1"'),
        ("$BASE", 'base_url = "https://x.example"'),
    ],
)
def test_a_bad_base_url_shows_the_corrected_line_and_no_password(url: str, corrected: str) -> None:
    text = f'[providers.x]\ntype = "openai"\nbase_url = "{url}"'
    (problem,) = load_text(text, {"BASE": "x.example"}).problems
    assert (problem.line, problem.key) == (3, "providers.x.base_url")
    assert corrected in problem.hint
    assert "hunter2" not in f"{problem} {problem.hint}"


def test_all_problems_are_said_at_once_and_in_order() -> None:
    text = 'theme = 1\n[providers.a]\ntype = "nope"\nretries = "x"\nwhat = 1\n[budget]\ndaily = -1\n'
    assert [line for line, _, _ in problems(text)] == [1, 3, 4, 5, 7]


def test_the_good_parts_of_a_bad_file_are_read() -> None:
    bad = '[providers.bad]\ntype = "openai"\n[[providers.bad.models]]\nid = 3\n'
    text = f'theme = 1\n[providers.good]\ntype = "openai"\n{bad}[providers.too]\ntype = "groq"\n'
    settings = load_text(text, {}).settings
    assert list(settings.providers) == ["good", "too"]
    assert settings.theme == ""


def test_an_unset_variable_is_named_and_leaves_the_file_valid() -> None:
    loaded = load_text(provider('api_key = "$WORK_KEY"\nextra_headers = { X-A = "${TEAM}" }'), {})
    assert loaded.problems == ()
    assert list(loaded.settings.providers) == ["proxy"]
    assert [(each.line, each.key) for each in loaded.unset] == [
        (4, "providers.proxy.api_key"),
        (5, "providers.proxy.extra_headers.X-A"),
    ]
    assert "WORK_KEY is not set" in loaded.unset[0].message
    assert load_text(provider('api_key = "$WORK_KEY"\nenabled = false'), {}).unset == ()
    assert load_text(provider('api_key = "$WORK_KEY"'), {"WORK_KEY": "k"}).unset == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = \n", 1), ('x = 1\ny = "open\n', 2), ("x = 1\nx = 2\n", 2), ("\n\n[providers.x\n", 3), ("x = [1,\n", 2)],
)
def test_broken_toml_is_one_sentence_with_its_line(text: str, line: int) -> None:
    ((found, key, message),) = problems(text)
    assert (found, key) == (line, "")
    assert "this is not TOML" in message


@pytest.mark.parametrize("text", ["a = " + "[" * 10_000, "a = " + "9" * 5_000])
def test_hostile_toml_is_one_sentence(text: str) -> None:
    assert len(problems(text)) == 1


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin1").write_bytes('theme = "x"\nlabel = "Zürich"\n'.encode("latin-1"))
    (problem,) = load(tmp_path / "latin1", {}).problems
    assert (problem.line, problem.message) == (2, "is not UTF-8")
    (problem,) = load(tmp_path, {}).problems
    assert "is a directory" in problem.message


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0)
    assert "cannot be read" in load(path, {}).problems[0].message


def test_a_byte_order_mark_and_crlf_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbf# windows\r\ntheme = "x"\r\n[budget]\r\ndaily = -1\r\n')
    loaded = load(path, {})
    assert loaded.settings.theme == "x"
    assert [problem.line for problem in loaded.problems] == [4]


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda content: content.decode("latin-1")))
def test_any_text_gives_settings_or_problems(text: str) -> None:
    loaded = load_text(text, {})
    for problem in loaded.problems:
        assert str(problem)


toml_values = st.sampled_from(
    ["1", "-1", "0.5", "true", '"x"', '""', "[]", "[1]", "{}", "{ a = 1 }", "2026-11-21", "nan", "[{}]", '["a"]']
)


SOME_KEYS = [
    *("default_model", "theme", "keys", "budget", "daily", "providers", "type", "base_url", "api_key", "format"),
    *("models", "id", "tiers", "cost_per_1m_in", "retries", "timeout", "extra_headers", "secret_headers"),
]


@given(
    st.sampled_from(["", "[budget]", "[providers.p]", "[[providers.p.models]]", "[keys]", "[providers]"]),
    st.dictionaries(
        st.sampled_from(SOME_KEYS),
        toml_values,
        max_size=5,
    ),
)
def test_no_value_of_any_type_is_more_than_a_problem(header: str, values: dict[str, str]) -> None:
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    for problem in load_text(f"{header}\n{lines}", {}).problems:
        assert problem.line is not None
        assert "\n" not in problem.message


def test_a_default_of_a_provider_that_is_not_there_is_doubted_with_the_nearest() -> None:
    loaded = load_text('default_model = "wrok/m"\nfallback_model = "groq/m"\n[providers.work]\ntype = "openai"\n', {})
    assert loaded.problems == ()
    (warning,) = loaded.warnings
    assert (warning.line, warning.key) == (1, "default_model")
    assert "work/m" in warning.hint
