"""Preset files: all that ship are sound, and a broken one says what is wrong in one sentence."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

import providers.catalogue
from providers.catalogue.document import markdown
from providers.catalogue.hosts import host_of, is_local
from providers.catalogue.loader import KINDS, Catalogue
from providers.catalogue.preset_file import CatalogueError, parse_preset
from providers.catalogue.quirks import NO_QUIRKS
from providers.catalogue.records import Abilities, ModelInfo, Preset
from providers.costs import CostStatus, price
from providers.formats.urls import base_url_problem, chat_url
from providers.request import WireFormat
from providers.usage import Usage

DATA = Path(providers.catalogue.__path__[0]) / "data"
CATALOGUE = Catalogue()
PRESETS = CATALOGUE.all_presets()
PROMISED = """
    anthropic anyscale azure cohere deepseek falcon fireworks gemini glm grok groq jais litellm llamacpp lmstudio
    minimax mistral moonshot ollama openai openai-codex openrouter osaurus perplexity qwen sansa
    together venice vercel vllm yi
"""
MATRIX = "anthropic openai openai-codex gemini deepseek glm grok mistral groq openrouter ollama"
SOUND = """
id = "x"
name = "X"
format = "openai-chat"
auth = "bearer"
source = "somewhere"
checked = 2026-11-20
"""

each_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)


def preset(preset_id: str) -> Preset:
    found = CATALOGUE.preset(preset_id)
    assert found is not None
    return found


def model(preset_id: str, model_id: str) -> ModelInfo:
    return next(model for model in preset(preset_id).models if model.id == model_id)


# ── what ships ────────────────────────────────────────────────────────────────


def test_every_promised_preset_is_there() -> None:
    assert list(CATALOGUE.preset_ids()) == PROMISED.split()


@each_preset
def test_addresses_can_be_called(preset: Preset) -> None:
    for wire_format in preset.formats:
        url = preset.base_url_for(wire_format)
        if url:
            assert base_url_problem(url) is None
            assert chat_url(url, WireFormat(wire_format), preset.quirks, "a-model").startswith(url.rstrip("/"))


@each_preset
def test_a_vendor_has_a_key_and_a_page_where_keys_are_made(preset: Preset) -> None:
    if not is_local(host_of(preset.base_url)) and not preset.sign_in:
        assert preset.key_env
        assert preset.key_url.startswith("https://")


@each_preset
def test_a_local_server_needs_no_key_and_says_how_it_is_started(preset: Preset) -> None:
    if is_local(host_of(preset.base_url)):
        assert preset.quirks.key_optional
        assert preset.start_hint
        assert preset.server is not None
        assert host_of(preset.base_url) == f"localhost:{preset.server.port}"


@each_preset
def test_limits_are_plausible(preset: Preset) -> None:
    for known in preset.models:
        window, most = known.context_window, known.max_output_tokens
        assert window is None or 4096 <= window <= 10_000_000
        assert most is None or window is None or most < window
        assert known.default_max_tokens is None or most is None or known.default_max_tokens <= most


def test_default_models_are_those_that_exist() -> None:
    defaults = {preset.id: preset.default_model for preset in PRESETS if preset.default_model}
    assert defaults["anthropic"] == "claude-sonnet-4-6"
    assert defaults["openai"] == "gpt-5.4"
    assert defaults["openrouter"] == "anthropic/claude-sonnet-4.6"
    assert defaults["groq"] == "llama-3.3-70b-versatile"
    assert defaults["moonshot"] == "kimi-k2.6"
    assert not {"ollama", "vllm", "lmstudio", "litellm", "azure"} & set(defaults)
    assert preset("ollama").default_is_first_listed
    assert not preset("vllm").default_is_first_listed


def test_retirement_is_announced() -> None:
    assert "retires on 2026-11-30" in model("anthropic", "claude-sonnet-4-5-20250929").note


def test_local_models_are_free() -> None:
    free = preset("ollama").rates
    assert free is not None
    assert free.are_free
    assert preset("vllm").rates is None


def test_a_subscription_is_paid_flat() -> None:
    codex = preset("openai-codex")
    assert codex.sign_in == "oauth"
    assert not codex.key_env
    assert codex.rates is not None
    assert price(Usage(1000, output_tokens=1000), codex.rates).status is CostStatus.FLAT


@each_preset
def test_abilities_are_short_phrases(preset: Preset) -> None:
    for ability in fields(preset.abilities):
        phrase = getattr(preset.abilities, ability.name)
        assert len(phrase) <= 60
        assert phrase == phrase.strip().rstrip(".")


def test_the_matrix_of_abilities_is_the_promised_one() -> None:
    for preset_id in MATRIX.split():
        abilities = preset(preset_id).abilities
        assert abilities.thinking
        assert abilities.caching
        assert abilities.compaction
        assert abilities.batch
    assert "half price" in preset("anthropic").abilities.batch
    assert preset("deepseek").abilities.caching == "automatic"
    assert preset("mistral").abilities.compaction == "none"
    assert preset("sansa").abilities == Abilities()


def test_openrouter_is_told_who_calls() -> None:
    assert preset("openrouter").headers["X-Title"] == "Parley"
    assert "HTTP-Referer" in preset("openrouter").headers


# ── asking for a preset ───────────────────────────────────────────────────────


def test_an_unknown_id_is_nothing_and_the_nearest_is_named() -> None:
    assert CATALOGUE.preset("antropic") is None
    assert CATALOGUE.preset("../anthropic") is None
    assert CATALOGUE.hint_for("antropic") == "; did you mean 'anthropic'?"
    assert CATALOGUE.hint_for("zzzzzz") == "."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gemini", "gemini"),
        ("Google", "gemini"),
        ("xai", "grok"),
        ("zai", "glm"),
        ("kimi", "moonshot"),
        ("claude", "anthropic"),
        ("llama-cpp", "llamacpp"),
        ("local", "ollama"),
        ("LM Studio", "lmstudio"),
        (" Vercel AI Gateway ", "vercel"),
        ("codex", "openai-codex"),
        ("openai-compat", None),
        ("nobody", None),
        ("", None),
    ],
)
def test_a_preset_is_found_by_id_alias_and_name_in_any_case(typed: str, meant: str | None) -> None:
    assert CATALOGUE.find(typed) == meant


def test_an_alias_is_no_type_but_leads_to_one() -> None:
    assert CATALOGUE.preset("google") is None
    assert CATALOGUE.hint_for("google") == "; did you mean 'gemini'?"
    assert CATALOGUE.hint_for("googel") == "; did you mean 'gemini'?"


def test_no_name_leads_to_two_presets() -> None:
    names = [name.lower() for each in PRESETS for name in {each.id, each.name.lower(), *each.aliases}]
    assert len(names) == len(set(names))
    assert not set(names) & (set(KINDS) - set(CATALOGUE.preset_ids()))


def test_local_servers_are_recognised_by_what_only_they_say() -> None:
    servers = {each.id: each.server for each in PRESETS if each.server}
    assert {name: server.port for name, server in servers.items()} == {
        "litellm": 4000,
        "llamacpp": 8080,
        "lmstudio": 1234,
        "ollama": 11434,
        "osaurus": 1337,
        "vllm": 8000,
    }
    assert {each.id for each in PRESETS if each.is_local} == set(servers) - {"litellm"}


def test_only_the_wanted_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(SOUND)
    (tmp_path / "broken.toml").write_text("id = ")
    catalogue = Catalogue(tmp_path)
    assert catalogue.preset_ids() == ("broken", "x")
    found = catalogue.preset("x")
    assert found is not None
    assert catalogue.preset("x") is found
    with pytest.raises(CatalogueError, match=r"^broken\.toml: "):
        catalogue.preset("broken")


def test_importing_the_catalogue_loads_nothing_heavy() -> None:
    code = (
        "import sys; from providers.catalogue.loader import Catalogue; Catalogue().preset('openai');"
        "print([name for name in ('pydantic', 'httpx', 'genai_prices', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ── models of a provider ──────────────────────────────────────────────────────


def test_a_preset_without_a_dependable_list_keeps_its_models() -> None:
    assert [model.id for model in CATALOGUE.models(preset("qwen"), [ModelInfo("other")])] == ["qwen-plus", "other"]


def test_any_model_can_be_described() -> None:
    assert CATALOGUE.model(preset("anthropic"), "claude-sonnet-4-6").note == "recommended"
    retired = CATALOGUE.model(preset("anthropic"), "claude-opus-4-20250514").rates
    assert retired is not None
    assert retired.input == Decimal(15)
    assert CATALOGUE.model(preset("anthropic"), "unheard-of") == ModelInfo("unheard-of")
    assert CATALOGUE.model(preset("ollama"), "llama3.1").rates == preset("ollama").rates


def test_the_page_in_the_documentation_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "providers.md"
    assert page.read_text("utf-8") == markdown(CATALOGUE)


# ── bare kinds ────────────────────────────────────────────────────────────────


def kind(name: str, base_url: str) -> Preset:
    found = CATALOGUE.kind_preset(name, base_url)
    assert found is not None
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_speaks_its_format_wherever_it_is(name: str) -> None:
    for url in ("https://proxy.example/v1", "https://openrouter.ai/api", "https://api.z.ai/v1"):
        found = kind(name, url)
        assert found.format == KINDS[name]
        assert found.format in found.formats


def test_openai_elsewhere_means_openais_rules() -> None:
    gateway = kind("openai", "https://my-proxy.example.com/v1")
    assert gateway.quirks == preset("openai").quirks
    assert gateway.models == preset("openai").models
    assert gateway.key_env == ("OPENAI_API_KEY",)


def test_openai_at_a_known_host_means_that_hosts_rules() -> None:
    deepseek = kind("openai", "https://api.deepseek.com/v1")
    assert deepseek.id == "deepseek"
    assert deepseek.quirks.cache_hit_tokens
    assert not deepseek.quirks.max_completion_tokens
    assert deepseek.default_model == "deepseek-chat"
    assert deepseek.key_env == ("DEEPSEEK_API_KEY",)


def test_openai_compat_elsewhere_is_plain() -> None:
    plain = kind("openai-compat", "https://llm.example.com")
    assert plain.quirks.key_optional
    assert (plain.models, plain.key_env, plain.auth) == ((), (), "bearer")
    assert plain.listing == "openai"


def test_anthropic_through_a_bearer_gateway_sends_a_bearer_key() -> None:
    assert kind("anthropic", "https://openrouter.ai/api").auth == "bearer"
    assert kind("anthropic", "https://my-anthropic-proxy.com").auth == "x-api-key"


def test_openai_compat_at_anthropic_sends_the_key_as_openai_does() -> None:
    assert kind("openai-compat", "https://api.anthropic.com/v1").auth == "bearer"


def test_keys_of_a_vendor_still_belong_to_its_host_behind_a_gateway() -> None:
    assert host_of(kind("openai", "https://my-proxy.example.com/v1").base_url) == "api.openai.com"
    assert host_of(kind("anthropic", "https://my-anthropic-proxy.com").base_url) == "api.anthropic.com"


def test_ollama_on_another_machine_is_still_ollama() -> None:
    assert kind("ollama", "http://192.168.1.100:11434") == preset("ollama")


def test_no_such_kind_is_nothing() -> None:
    assert CATALOGUE.kind_preset("deepseek", "https://proxy.example") is None


# ── broken files ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id = ", "x.toml: Invalid value"),
        (SOUND.replace('name = "X"', ""), "x.toml: name is missing."),
        (SOUND.replace('"x"', '"y"'), "x.toml: the id is 'y', but the file is called x.toml."),
        (
            SOUND.replace("openai-chat", "openai-chta"),
            "'openai-chta' is not a wire format; did you mean",
        ),
        (SOUND + 'base_ulr = ""', "x.toml: 'base_ulr' is not known here; did you mean 'base_url'?"),
        (SOUND + 'formats = ["ollama-chat"]', "x.toml: formats must contain format."),
        (SOUND + 'listing = "opnai"', "x.toml: listing 'opnai' is not known; did you mean 'openai'?"),
        (SOUND.replace("bearer", "beaver"), "x.toml: auth 'beaver' is not known."),
        (SOUND + 'key_env = "KEY"', "x.toml: key_env must be a list of texts."),
        (SOUND + "headers = { X = 1 }", "x.toml: headers must be a table of texts."),
        (SOUND + "default_model = 4", "x.toml: default_model must be a text in quotes."),
        (SOUND.replace("2026-11-20", '"today"'), "x.toml: checked must be a date such as 2026-11-20."),
        (SOUND + "[quirks]\nazur = true", "x.toml: 'azur' is not known here; did you mean 'azure'?"),
        (SOUND + "[quirks]\nazure = 1", "x.toml: a quirk must be true or false."),
        (SOUND + "[rates]\ncost = 1", "x.toml: 'cost' is not known here"),
        (SOUND + "rates = 1", "x.toml: rates must be a table."),
        (SOUND + "models = [1]", "x.toml: models must be tables, each under [[models]]."),
        (SOUND + "[models]", "x.toml: models must be tables, each under [[models]]."),
        (SOUND + '[[models]]\nname = "A"', "x.toml: model 1 (without an id): a model needs an id."),
        (SOUND + '[[models]]\nid = "a"\n[[models]]\nid = "a"', "x.toml: model 2: 'a' is there twice."),
        (
            SOUND + '[[models]]\nid = "a"\ncost_per_1m_in = "three"',
            "x.toml: model 1 (a): cost_per_1m_in must be a price in USD per 1M tokens, such as 0.30.",
        ),
        (SOUND + '[[models]]\nid = "a"\ncost_per_1m_in = "-1"', "cost_per_1m_in must be 0 or more USD per 1M tokens."),
        (SOUND + '[[models]]\nid = "a"\ncontext_window = 0', "context_window must be a whole number above 0."),
        (SOUND + '[[models]]\nid = "a"\ncan_reason = "yes"', "can_reason must be true or false."),
        (SOUND + '[[models]]\nid = "a"\ntiers = [{}]', "a tier needs above_input"),
        (SOUND + '[[models]]\nid = "a"\ntiers = 1', "tiers must be a list of tables."),
        (
            SOUND + '[[models]]\nid = "a"\ncost_per_1m_in = "1"',
            "x.toml: model 1 (a): a price that is not in prices.json needs source and checked.",
        ),
        (
            SOUND.replace("name", 'default_model = "b"\nname') + '[[models]]\nid = "a"',
            "x.toml: default_model 'b' is not one of the models.",
        ),
    ],
)
def test_a_broken_file_says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_preset(text, "x.toml")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_with_nothing_but_the_necessary_is_sound() -> None:
    found = parse_preset(SOUND, "x.toml")
    assert (found.id, found.formats, found.quirks, found.models) == ("x", ("openai-chat",), NO_QUIRKS, ())


json_like = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "tiers", "x"]), inner),
)


@given(key=st.sampled_from(["models", "quirks", "rates", "headers", "formats", "tiers"]), value=json_like)
def test_a_value_of_the_wrong_kind_never_crashes(key: str, value: object) -> None:
    with suppress(CatalogueError):
        parse_preset(SOUND + tomli_w.dumps({key: value}), "x.toml")
