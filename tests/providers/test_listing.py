"""Model lists as servers write them (tests/wire/listings) to what Parley knows about a model."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.catalogue.listing import LISTINGS, parse, parse_page, parse_show
from providers.catalogue.records import ModelInfo
from providers.costs import Rates
from providers.errors import ProtocolError

LISTS = Path(__file__).parents[1] / "wire" / "listings"
TODAY = date(2026, 11, 21)


def listed(family: str, file_name: str) -> dict[str, ModelInfo]:
    models = parse(family, (LISTS / f"{file_name}.json").read_bytes(), checked=TODAY)
    return {model.id: model for model in models}


def body(*rows: object) -> bytes:
    return json.dumps({"data": rows}).encode()


def from_server(**rates: str) -> Rates:
    known: dict[str, Any] = {name: Decimal(rate) for name, rate in rates.items()}
    return Rates(**known, source="server", checked=TODAY)


def test_openai_lists_chat_models_only() -> None:
    assert list(listed("openai", "openai")) == ["gpt-5.4", "gpt-4o-mini"]


def test_openai_says_nothing_but_the_id() -> None:
    assert listed("openai", "openai")["gpt-5.4"] == ModelInfo("gpt-5.4")


def test_a_list_without_created_is_read() -> None:
    assert list(listed("openai", "deepseek")) == ["deepseek-chat", "deepseek-reasoner"]


def test_vllm_tells_the_window_it_serves() -> None:
    assert listed("openai", "vllm")["Qwen/Qwen2.5-7B-Instruct"].context_window == 32768


def test_llama_cpp_tells_the_window_of_a_slot_and_what_its_file_is() -> None:
    about = {"n_ctx": 8192, "n_ctx_train": 131072, "n_params": 7_615_616_512, "size": 4_677_120_000, "ftype": "Q4_K_M"}
    row = {"id": "qwen.gguf", "owned_by": "llamacpp", "meta": about, "capabilities": ["completion", "multimodal"]}
    (model,) = parse("llamacpp", body(row), checked=TODAY)
    assert model.context_window == 8192
    assert model.detail == "7.6B · Q4_K_M · 4.7 GB"
    assert model.supports_vision
    assert model.rates == from_server(input="0", output="0")


def test_what_llama_cpp_passes_on_from_others_is_not_free() -> None:
    (model,) = parse("llamacpp", body({"id": "gpt-5.4", "owned_by": "openai"}), checked=TODAY)
    assert model == ModelInfo("gpt-5.4")


def test_groq_tells_the_limits_and_leaves_inactive_models_out() -> None:
    models = listed("openai", "groq")
    assert list(models) == ["llama-3.3-70b-versatile"]
    assert models["llama-3.3-70b-versatile"].context_window == 131072
    assert models["llama-3.3-70b-versatile"].max_output_tokens == 32768


def test_moonshot_tells_what_a_model_can() -> None:
    model = listed("openai", "moonshot")["kimi-k2.6"]
    assert (model.context_window, model.supports_vision, model.can_reason) == (262144, True, True)


def test_litellm_lists_the_operators_aliases() -> None:
    assert list(listed("openai", "litellm")) == ["our-fast-model"]


def test_anthropic_pages_follow_each_other() -> None:
    first = parse_page("anthropic", (LISTS / "anthropic_page_1.json").read_bytes())
    second = parse_page("anthropic", (LISTS / "anthropic_page_2.json").read_bytes())
    asked = LISTINGS["anthropic"]
    assert asked.query == {"limit": "1000"}
    assert asked.next_query(first) == {"limit": "1000", "after_id": "claude-sonnet-4-5-20250929"}
    assert asked.next_query(second) is None


def test_anthropic_capabilities_are_taken_over() -> None:
    assert listed("anthropic", "anthropic_page_1")["claude-sonnet-4-6"] == ModelInfo(
        "claude-sonnet-4-6",
        name="Claude Sonnet 4.6",
        context_window=1_000_000,
        max_output_tokens=128_000,
        can_reason=True,
        supports_attachments=True,
        supports_vision=True,
    )


def test_anthropic_null_capabilities_are_unknown_and_not_false() -> None:
    model = listed("anthropic", "anthropic_page_2")["claude-haiku-4-5-20251001"]
    assert model == ModelInfo("claude-haiku-4-5-20251001", name="Claude Haiku 4.5")


def test_anthropic_retirement_is_announced_and_retired_models_are_gone() -> None:
    first, second = listed("anthropic", "anthropic_page_1"), listed("anthropic", "anthropic_page_2")
    assert first["claude-sonnet-4-5-20250929"].note == "retires on 2026-11-30"
    assert "claude-opus-4-20250514" not in second


def test_ollama_describes_local_models_and_they_are_free() -> None:
    model = listed("ollama", "ollama_tags")["llama3.1:latest"]
    assert model.detail == "8.0B · Q4_K_M · 4.9 GB"
    assert model.rates is not None
    assert model.rates.are_free
    assert model.can_reason is None


def test_an_ollama_model_of_some_megabytes_is_not_one_of_no_gigabytes() -> None:
    row = {"name": "tiny", "size": 1_400_000, "details": {"parameter_size": "", "quantization_level": ""}}
    (model,) = parse("ollama", json.dumps({"models": [row]}).encode())
    assert model.detail == "1.4 MB"


def test_ollama_models_that_run_in_its_cloud_have_no_known_price() -> None:
    model = listed("ollama", "ollama_tags")["gpt-oss:120b-cloud"]
    assert model.detail == "116.8B · MXFP4 · cloud"
    assert model.rates is not None
    assert not model.rates.are_free
    assert model.rates.input is None


def test_ollama_embedding_models_are_left_out_by_capability_or_by_name() -> None:
    assert list(listed("ollama", "ollama_tags")) == ["llama3.1:latest", "qwen3:8b", "gpt-oss:120b-cloud"]


def test_ollama_capabilities_are_taken_over() -> None:
    model = listed("ollama", "ollama_tags")["qwen3:8b"]
    assert (model.can_reason, model.supports_function_calling, model.supports_vision) == (True, True, False)


def test_ollama_show_tells_the_window_that_is_really_used() -> None:
    shown = parse_show("llama3.1:latest", (LISTS / "ollama_show.json").read_bytes())
    assert shown == ModelInfo(
        "llama3.1:latest",
        context_window=8192,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=True,
    )


def test_ollama_show_without_num_ctx_tells_the_models_own_window() -> None:
    shown = {"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960}}
    assert parse_show("qwen3:8b", json.dumps(shown).encode()).context_window == 40960


def test_openrouter_prices_per_token_become_prices_per_million() -> None:
    model = listed("openrouter", "openrouter")["anthropic/claude-sonnet-4.6"]
    assert model.rates == from_server(input="3", output="15", cached_input="0.3", cache_write="3.75")
    assert (model.context_window, model.max_output_tokens) == (1_000_000, 128_000)
    assert (model.can_reason, model.supports_attachments, model.supports_vision) == (True, True, True)
    assert model.supports_function_calling is True


def test_openrouter_minus_one_is_unknown_and_zero_is_free() -> None:
    models = listed("openrouter", "openrouter")
    assert models["openrouter/auto"].rates == Rates(source="server", checked=TODAY)
    free = models["meta-llama/llama-3.3-70b-instruct:free"].rates
    assert free is not None
    assert free.are_free


def test_openrouter_fee_per_request_leaves_the_price_unknown() -> None:
    assert listed("openrouter", "openrouter")["perplexity/sonar-pro"].rates == Rates(source="server", checked=TODAY)


def test_openrouter_models_that_answer_in_text_stay_whatever_their_name() -> None:
    models = listed("openrouter", "openrouter")
    assert "google/gemini-2.5-flash-image" in models
    assert "vendor/draws-only" not in models


def test_mistral_capabilities_aliases_and_deprecation() -> None:
    models = listed("mistral", "mistral")
    assert list(models) == ["mistral-large-2512", "mistral-large-latest", "open-mixtral-8x22b"]
    assert models["mistral-large-latest"].detail == "alias of mistral-large-2512"
    assert models["mistral-large-latest"].supports_vision is True
    assert models["open-mixtral-8x22b"].note == "retires on 2026-12-31"
    assert models["open-mixtral-8x22b"].context_window == 65536


def test_gemini_ids_lose_their_prefix() -> None:
    models = listed("gemini", "gemini")
    assert list(models) == ["gemini-2.5-flash"]
    assert models["gemini-2.5-flash"].name == "Gemini 2.5 Flash"


def test_xai_integer_prices() -> None:
    models = listed("xai", "xai")
    assert models["grok-4-0709"].rates == from_server(input="3", output="15", cached_input="0.75")
    assert models["grok-3-mini"].rates == from_server(input="0.3", output="0.5")


def test_xai_aliases_are_models_too() -> None:
    models = listed("xai", "xai")
    assert list(models) == ["grok-4-0709", "grok-4", "grok-4-latest", "grok-3-mini"]
    assert models["grok-4"].detail == "alias of grok-4-0709"
    assert models["grok-4"].rates == models["grok-4-0709"].rates


def test_together_bare_array_with_prices_per_million() -> None:
    model = listed("together", "together")["meta-llama/Llama-3.3-70B-Instruct-Turbo"]
    assert model.rates == from_server(input="0.88", output="0.88")
    assert model.context_window == 131072


def test_together_zero_is_free_only_where_the_name_says_so() -> None:
    models = listed("together", "together")
    free = models["meta-llama/Llama-3.3-70B-Instruct-Turbo-Free"].rates
    assert free is not None
    assert free.are_free
    assert models["someone/rented-by-the-hour"].rates is None
    assert len(models) == 3


def test_fireworks_chat_models_with_what_they_can() -> None:
    models = listed("fireworks", "fireworks")
    assert list(models) == ["accounts/fireworks/models/deepseek-v4-pro"]
    model = models["accounts/fireworks/models/deepseek-v4-pro"]
    assert (model.label, model.context_window) == ("deepseek-v4-pro", 1_048_576)
    assert (model.supports_function_calling, model.supports_vision) == (True, False)


def test_vercel_language_models_with_prices_per_token() -> None:
    models = listed("vercel", "vercel")
    assert list(models) == ["anthropic/claude-sonnet-4.6"]
    model = models["anthropic/claude-sonnet-4.6"]
    assert model.rates == from_server(input="3", output="15", cached_input="0.3", cache_write="3.75")
    assert (model.context_window, model.max_output_tokens, model.can_reason) == (1_000_000, 128_000, True)


def test_venice_text_models_with_prices_per_million() -> None:
    models = listed("venice", "venice")
    assert list(models) == ["venice-uncensored"]
    model = models["venice-uncensored"]
    assert model.rates == from_server(input="0.2", output="0.9")
    assert (model.name, model.context_window, model.can_reason) == ("Venice Uncensored", 32768, False)


def test_lmstudio_tells_the_window_of_a_loaded_model() -> None:
    models = listed("lmstudio", "lmstudio_v0")
    assert list(models) == ["qwen2.5-vl-7b-instruct", "openai/gpt-oss-20b"]
    assert models["qwen2.5-vl-7b-instruct"].supports_vision is True
    assert models["qwen2.5-vl-7b-instruct"].detail == "Q4_K_M · not loaded"
    assert models["openai/gpt-oss-20b"].context_window == 8192
    assert models["openai/gpt-oss-20b"].supports_function_calling is True


def test_lmstudio_newer_list_is_read_too() -> None:
    models = listed("lmstudio", "lmstudio_v1")
    assert list(models) == ["openai/gpt-oss-20b"]
    assert models["openai/gpt-oss-20b"].label == "gpt-oss 20B"
    assert models["openai/gpt-oss-20b"].supports_function_calling is True


@pytest.mark.parametrize("family", LISTINGS)
def test_every_family_reads_the_plain_list_of_an_older_server(family: str) -> None:
    assert [model.id for model in parse(family, body({"id": "some-model", "object": "model"}))] == ["some-model"]


@pytest.mark.parametrize("family", LISTINGS)
def test_an_odd_row_is_skipped_and_the_rest_stays(family: str) -> None:
    rows: list[Any] = [None, 7, [], "text", {}, {"id": 5}, {"id": ""}, {"id": "good"}]
    assert [model.id for model in parse(family, body(*rows))] == ["good"]


@pytest.mark.parametrize("family", LISTINGS)
def test_an_empty_list_is_no_error(family: str) -> None:
    assert parse(family, b'{"data": []}') == parse(family, b'{"models": null}') == ()


def test_a_model_listed_twice_is_there_once() -> None:
    assert len(parse("openai", body({"id": "a"}, {"id": "a"}))) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<!doctype html><title>Sign in</title>", "it is a web page"),
        (b"404 page not found", "it is not JSON"),
        (b"", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"1" * 5_000, "it is not JSON"),
        (b'{"error": {"message": "no"}}', "it has no list of models"),
        (b'{"data": "nothing"}', "it has no list of models"),
        (b'"text"', "it has no list of models"),
    ],
)
def test_what_is_no_list_says_so_in_one_sentence(answer: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse("openai", answer)
    assert caught.value.summary == f"The server's answer is not a model list: {reason}."
    assert caught.value.hint


@pytest.mark.parametrize(
    "price", ["-1", "NaN", "Infinity", "sNaN", "1e999999999", "1E-9999999", "abc", "", True, None, [], 10**30]
)
def test_an_absurd_price_is_unknown(price: object) -> None:
    row = {"id": "a", "pricing": {"prompt": price, "completion": "0.000001"}}
    rates = parse("openrouter", body(row))[0].rates
    assert rates is not None
    assert (rates.input, rates.output) == (None, Decimal(1))


@pytest.mark.parametrize("count", [0, -1, 1.5, "4096", True, None, 10**15])
def test_an_absurd_window_is_unknown(count: object) -> None:
    assert parse("openai", body({"id": "a", "context_window": count}))[0].context_window is None


def test_prices_are_exact_decimals() -> None:
    row = b'[{"id": "a", "pricing": {"input": 0.1, "output": 30.0}}]'
    rates = parse("together", row)[0].rates
    assert rates is not None
    assert (str(rates.input), str(rates.output)) == ("0.1", "30")


@pytest.mark.parametrize(
    "model_id",
    [
        "text-embedding-3-small",
        "nomic-embed-text:latest",
        "bge-m3",
        "tts-1",
        "gpt-4o-mini-tts",
        "whisper-1",
        "dall-e-3",
        "gpt-image-1",
        "distil-whisper-large-v3-en",
        "models/imagen-4.0",
        "grok-2-image",
        "babbage-002",
    ],
)
def test_ids_that_are_plainly_no_chat_models_are_left_out(model_id: str) -> None:
    assert parse("openai", body({"id": model_id})) == ()


@pytest.mark.parametrize(
    "model_id",
    [
        "gpt-4o",
        "claude-sonnet-4-6",
        "llama-3.3-70b-versatile",
        "imagination-7b",
        "openai/gpt-oss-20b",
        "our-live-model",
        "meta-llama/Llama-3.2-11B-Vision-Instruct",
        "mistral-small-24b-instruct-2501",
        "qwen2.5-coder:32b",
    ],
)
def test_ids_of_chat_models_stay(model_id: str) -> None:
    assert [model.id for model in parse("openai", body({"id": model_id}))] == [model_id]
