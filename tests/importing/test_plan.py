"""What an import would change: compared with what is configured, in values and in sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.config.edit import add_provider, set_value
from app.config.expand import expanded
from app.config.load import load
from app.config.settings import ProviderSettings, Settings
from app.config.writing import table_of
from app.importing.plan import Change, ImportPlan, PlannedProvider, plan_import
from app.importing.reading import read_import
from app.importing.report import plan_lines
from app.importing.values import Imported, ImportedProvider
from providers.catalogue.records import ModelInfo
from providers.credentials import Secret
from providers.reference import ModelRef
from tests.connections.making import roster_of
from tests.importing.support import SAMPLES, by_name, config_table, sample

DEEPSEEK = ProviderSettings(name="deepseek", type="deepseek", api_key="$DEEPSEEK_API_KEY")


def _imported(*providers: ProviderSettings, **changes: object) -> Imported:
    return replace(Imported("Crush", tuple(ImportedProvider(settings) for settings in providers)), **changes)  # type: ignore[arg-type]


def _existing(*providers: ProviderSettings, default: ModelRef | None = None) -> Settings:
    return Settings(default_model=default, providers={settings.name: settings for settings in providers})


def _only(plan: ImportPlan) -> PlannedProvider:
    (planned,) = plan.providers
    return planned


def test_a_provider_nobody_has_is_new() -> None:
    planned = _only(plan_import(_imported(DEEPSEEK), Settings(), {"DEEPSEEK_API_KEY": "k"}))
    assert planned == PlannedProvider(DEEPSEEK, Change.NEW)


def test_a_provider_that_is_here_exactly_so_changes_nothing() -> None:
    plan = plan_import(_imported(DEEPSEEK), _existing(DEEPSEEK), {})
    assert _only(plan).change is Change.IDENTICAL
    assert plan.changes_nothing


def test_a_provider_of_the_same_name_would_be_replaced_and_the_differences_are_named() -> None:
    mine = replace(DEEPSEEK, api_key="", retries=5, label="Mine")
    planned = _only(plan_import(_imported(DEEPSEEK), _existing(mine), {}))
    assert planned.change is Change.REPLACES
    assert planned.differing == ("label", "api_key", "retries")


def test_names_that_differ_only_in_case_are_one_provider() -> None:
    planned = _only(plan_import(_imported(replace(DEEPSEEK, name="DeepSeek")), _existing(DEEPSEEK), {}))
    assert planned.name == "deepseek"
    assert planned.change is Change.IDENTICAL
    assert planned.notes == ("called deepseek here, as the one you have",)


def test_both_can_be_kept_under_names_of_their_own() -> None:
    others = replace(DEEPSEEK, base_url="https://proxy.example.com/v1")
    imported = _imported(others, replace(others, name="deepseek-2"), default_model="deepseek/deepseek-chat")
    plan = plan_import(imported, _existing(DEEPSEEK), {}, keep_both=True)
    assert [planned.name for planned in plan.providers] == ["deepseek-3", "deepseek-2"]
    assert [planned.change for planned in plan.providers] == [Change.NEW, Change.NEW]
    assert plan.default_model == ModelRef("deepseek-3", "deepseek-chat")


def test_a_default_is_set_only_where_there_is_none() -> None:
    imported = _imported(DEEPSEEK, default_model="deepseek/deepseek-chat", fallback_model="deepseek/deepseek-chat")
    plan = plan_import(imported, _existing(default=ModelRef("claude", "claude-sonnet-4-6")), {})
    assert plan.default_model is None
    assert plan.other_default == ModelRef("deepseek", "deepseek-chat")
    assert plan.fallback_model == ModelRef("deepseek", "deepseek-chat")
    assert "default_model stays as it is; the file has deepseek/deepseek-chat." in plan_lines(plan)


def test_variables_that_are_not_set_here_are_named() -> None:
    settings = replace(
        DEEPSEEK, base_url="https://${HOST}/v1", extra_headers={"X-Team": "$TEAM", "X-Plan": "${PLAN:-team}"}
    )
    planned = _only(plan_import(_imported(settings), Settings(), {"TEAM": "blue"}))
    assert planned.unset == ("HOST", "DEEPSEEK_API_KEY")


@pytest.mark.parametrize(
    ("settings", "environ", "needs_key"),
    [
        (ProviderSettings(name="a", type="anthropic"), {}, True),
        (ProviderSettings(name="a", type="anthropic"), {"ANTHROPIC_API_KEY": "k"}, False),
        (
            ProviderSettings(name="a", type="anthropic", base_url="https://p.example.com"),
            {"ANTHROPIC_API_KEY": "k"},
            True,
        ),
        (ProviderSettings(name="a", type="anthropic", auth="none"), {}, False),
        (ProviderSettings(name="a", type="ollama"), {}, False),
        (ProviderSettings(name="a", type="openai-compat", base_url="https://p.example.com"), {}, False),
        (ProviderSettings(name="a", type="openai", api_key="$KEY"), {}, False),
    ],
)
def test_a_provider_without_any_key_is_said_to_need_one(
    settings: ProviderSettings, environ: dict[str, str], needs_key: bool
) -> None:
    assert _only(plan_import(_imported(settings), Settings(), environ)).needs_key is needs_key


def test_a_key_that_stayed_behind_is_needed_even_where_keys_are_optional() -> None:
    settings = ProviderSettings(name="a", type="openai-compat", base_url="https://p.example.com")
    imported = Imported("opencode", (ImportedProvider(settings, key_elsewhere=True),))
    assert _only(plan_import(imported, Settings(), {})).needs_key


def test_a_key_for_an_identical_provider_is_something_to_do() -> None:
    imported = Imported("llm", (ImportedProvider(DEEPSEEK, key=Secret("sk-planted")),))
    assert not plan_import(imported, _existing(DEEPSEEK), {}).changes_nothing


def test_the_plan_in_sentences() -> None:
    existing = _existing(ProviderSettings(name="ollama", type="ollama"), ProviderSettings(name="openai", type="openai"))
    lines = plan_lines(plan_import(sample("crush/crush.json"), existing, {"DEEPSEEK_API_KEY": "k"}))
    assert lines == [
        "Crush: 6 providers.",
        "deepseek: new (type deepseek, https://api.deepseek.com/v1, 1 model).",
        "  Its key is read from $DEEPSEEK_API_KEY.",
        "  1 model has a cached price of more than twice the input price, which was left out (deepseek-chat).",
        "  The host api.deepseek.com belongs to DeepSeek, so its type is deepseek.",
        "ollama: replaces yours, in which label, base_url, models would change "
        "(type ollama, http://localhost:11434/v1/, 1 model).",
        "  The host localhost:11434 belongs to Ollama, so its type is ollama.",
        "  It is spoken to in ollama-chat here, not in openai-chat.",
        "custom-anthropic: new (type anthropic, https://llm.corp.example/anthropic, 1 model).",
        "  Its key goes into the key store.",
        "  The value of its header X-Gateway-Token goes into the key store.",
        "  Its extra_headers.X-Team takes what $TEAM holds.",
        "  $TEAM is not set here: set it before you use custom-anthropic.",
        "  1 model has two cached prices: the lower was taken for cache reads, the higher for cache writes "
        "(claude-sonnet-4-20250514).",
        "  Left out: system_prompt_prefix, models[].reasoning_levels, extra_body.stop.",
        "openai: replaces yours, in which enabled would change (type openai, disabled).",
        "  It has no key yet: `parley keys set openai` gives it one.",
        "  Its key comes from a command, which Parley does not run.",
        "llama-server: new (type openai-compat, http://localhost:8080/v1).",
        "  A server in the own network is taken for one that imitates OpenAI.",
        "  What stands for its key is a placeholder and was left out.",
        "work-gateway: new (type openai, https://gateway.example.com/openai).",
        "  Its key is read from ${GATEWAY_KEY}.",
        "  $GATEWAY_KEY is not set here: set it before you use work-gateway.",
        "  Called work-gateway here, because a name holds no slash and nothing invisible.",
        "  What stands beside the variable of its key was left out: it would be a key in plain text.",
        "default_model becomes deepseek/deepseek-chat.",
        "Left out: vertexai: Google Vertex AI is not supported.",
        "Left out: copilot: GitHub Copilot is not supported.",
        "Left out: cerebras: the file gives no address for it, and Parley knows none.",
        "Left out, because it has no place here: lsp, mcp, models.small, models.large.max_tokens.",
    ]


def test_names_from_a_file_cannot_command_the_terminal() -> None:
    name = "evil\x1b]0;title\x07\u202ename\nsecond line"
    text = json.dumps({"providers": {name: {"base_url": "https://a.example.com/v1", "type": "openai-compat", name: 1}}})
    lines = plan_lines(plan_import(read_import(text, "crush.json"), Settings(), {}))
    assert all(line.isprintable() for line in lines)
    assert lines[1].startswith("evil]0;titlename second line: new")


FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".txt")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_what_a_plan_holds_can_be_written_and_leads_to_a_server(path: Path, tmp_path: Path) -> None:
    imported = sample(str(path.relative_to(SAMPLES)))
    config = tmp_path / "config.toml"
    for planned in plan_import(imported, Settings(), {}).providers:
        set_value(config, ("providers", planned.name), config_table(planned.settings), {})
    loaded = load(config, {})
    assert loaded.problems == ()
    assert loaded.settings.providers == {name: provider.settings for name, provider in by_name(imported).items()}
    environ = {problem.message.split()[3]: "value" for problem in loaded.unset}
    roster = roster_of(*loaded.settings.providers.values(), **environ)
    for name in roster.names:
        assert roster.route(name).endpoint.base_url.startswith("http")


def test_every_variable_that_would_leave_is_said_before_anything_is_written() -> None:
    settings = replace(
        DEEPSEEK,
        base_url="https://llm.example.com",
        extra_headers={"X-Trace": "$AWS_SECRET_ACCESS_KEY"},
        extra_body={"user": {"name": "${OTHER:-x}"}},
        models=(ModelInfo("$THIRD"),),
    )
    lines = plan_lines(plan_import(_imported(settings), Settings(), dict.fromkeys(("AWS_SECRET_ACCESS_KEY",), "s")))
    assert "  Its extra_headers.X-Trace takes what $AWS_SECRET_ACCESS_KEY holds." in lines
    assert "  Its extra_body.user.name takes what $OTHER holds." in lines
    assert "  Its models[0].id takes what $THIRD holds." in lines
    assert "  $THIRD is not set here: set it before you use deepseek." in lines


def test_a_key_that_would_replace_a_stored_one_is_said_to_do_so() -> None:
    provider = ImportedProvider(
        DEEPSEEK, Secret("sk-planted"), {"X-Gate": Secret("planted"), "X-New": Secret("planted")}
    )
    plan = plan_import(
        replace(_imported(), providers=(provider,)), Settings(), {}, is_stored=lambda name, header: header != "X-New"
    )
    assert plan_lines(plan)[2:5] == [
        "  Its key goes into the key store, in the place of the one that is there.",
        "  The value of its header X-Gate goes into the key store, in the place of the one that is there.",
        "  The value of its header X-New goes into the key store.",
    ]


def test_a_dollar_sign_of_another_program_is_no_variable(tmp_path: Path) -> None:
    """A name, a model or a field of a body that reads `$HOME` must not become what that variable holds."""
    document = {
        "$schema": "https://charm.land/crush.json",
        "providers": {
            "p": {
                "type": "openai-compat",
                "name": "Cash $",
                "base_url": "https://llm.example.com/v1",
                "extra_body": {"user": "$HOME", "note": ["costs $5", {"deep": "$"}], "$HOME": 1},
                "models": [{"id": "$HOME", "name": "a $ b"}],
            }
        },
        "models": {"large": {"provider": "p", "model": "$HOME"}},
    }
    imported = read_import(json.dumps(document), "crush.json")
    path = tmp_path / "config.toml"
    loaded = add_provider(path, "p", table_of(imported.providers[0].settings), {})
    shown = expanded(loaded.settings.providers["p"], {"HOME": "/home/planted"})
    assert shown.label == "Cash $"
    assert shown.base_url == "https://llm.example.com/v1"
    assert shown.extra_body == {"user": "$HOME", "note": ["costs $5", {"deep": "$"}], "$HOME": 1}
    assert [(model.id, model.name) for model in shown.models] == [("$HOME", "a $ b")]
    assert imported.default_model == "p/$HOME"
