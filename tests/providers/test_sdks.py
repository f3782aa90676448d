"""The official SDKs as clients of the demo server: they keep it faithful to the real ones."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from providers.demo import DemoServer, demo_models
from providers.demo.counting import count

IDS = [model.id for model in demo_models()]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
}
WEATHER = "How warm is it in Lisbon, in fahrenheit?"
FUNCTION = {"name": "get_weather", "description": "The weather in a city", "parameters": SCHEMA}
CHAT_TOOLS = [{"type": "function", "function": FUNCTION}]


def sdk(name: str) -> ModuleType:
    """The SDK, or a skip that says why."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        pytest.skip(f"the {name} SDK is not installed (pip install parley[sdks])")


@pytest.fixture
def openai() -> ModuleType:
    return sdk("openai")


@pytest.fixture
def anthropic() -> ModuleType:
    return sdk("anthropic")


@pytest.fixture
def ollama() -> ModuleType:
    return sdk("ollama")


@pytest.fixture
def gpt(openai: ModuleType, demo: DemoServer) -> Iterator[Any]:
    with openai.OpenAI(api_key="demo-key", base_url=f"{demo.url}/v1", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def claude(anthropic: ModuleType, demo: DemoServer) -> Iterator[Any]:
    with anthropic.Anthropic(api_key="demo-key", base_url=demo.url, max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def llama(ollama: ModuleType, demo: DemoServer) -> Any:
    return ollama.Client(host=demo.url, timeout=10)


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


# --- OpenAI, Chat Completions


def test_openai_lists_and_looks_up_models(gpt: Any) -> None:
    assert [model.id for model in gpt.models.list()] == IDS
    assert gpt.models.retrieve("tour").owned_by == "parley-demo"


def test_openai_chat_streams_text_and_usage(gpt: Any) -> None:
    chunks = list(
        gpt.chat.completions.create(
            model="eliza", messages=[user("Hello")], stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Hello. How are you today?"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.prompt_tokens == count("Hello")
    assert chunks[-1].usage.completion_tokens == count(text)


def test_openai_chat_answers_whole(gpt: Any) -> None:
    answer = gpt.chat.completions.create(model="eliza", messages=[user("My name is Ada")])
    assert answer.choices[0].message.content == "It is good to meet you, Ada. What is on your mind?"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_openai_chat_helper_assembles_a_tool_call_and_its_result_is_told(gpt: Any) -> None:
    messages: list[Any] = [user(WEATHER)]
    with gpt.chat.completions.stream(model="toolsmith", messages=messages, tools=CHAT_TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    call = message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Lisbon", "unit": "fahrenheit"}
    messages += [message, {"role": "tool", "tool_call_id": call.id, "content": "68 degrees"}]
    answer = gpt.chat.completions.create(model="toolsmith", messages=messages, tools=CHAT_TOOLS)
    assert "`get_weather` answered:\n\n> 68 degrees" in answer.choices[0].message.content


def test_openai_names_every_failure(openai: ModuleType, gpt: Any, demo: DemoServer) -> None:
    classes = {
        "401": openai.AuthenticationError,
        "403": openai.PermissionDeniedError,
        "404": openai.NotFoundError,
        "429": openai.RateLimitError,
        "500": openai.InternalServerError,
        "503": openai.InternalServerError,
        "context": openai.BadRequestError,
        "drop": openai.APIConnectionError,
    }
    for mode, error in classes.items():
        with pytest.raises(error) as failure:
            gpt.chat.completions.create(model="chaos", messages=[user(mode)])
        assert mode == "drop" or failure.value.request_id.startswith("req_")
    with pytest.raises(openai.BadRequestError) as too_long:
        gpt.chat.completions.create(model="chaos", messages=[user("context")])
    assert too_long.value.code == "context_length_exceeded"
    with pytest.raises(openai.AuthenticationError) as wrong:
        gpt.with_options(api_key="wrong-key").models.list()
    assert wrong.value.code == "invalid_api_key"


def test_openai_raises_an_error_inside_the_stream(openai: ModuleType, gpt: Any) -> None:
    with pytest.raises(openai.APIError, match="Overloaded while answering"):
        list(gpt.chat.completions.create(model="chaos", messages=[user("error in stream")], stream=True))


def test_openai_retries_by_itself_until_the_demo_gives_in(gpt: Any) -> None:
    patient = gpt.with_options(max_retries=2)
    answer = patient.chat.completions.create(model="chaos", messages=[user("429 then ok, said the SDK")])
    assert answer.choices[0].message.content.startswith("Attempt 2 went well")


# --- OpenAI, Responses


def test_openai_responses_helper_follows_every_event(gpt: Any) -> None:
    with gpt.responses.stream(model="thinker", input="What is 12 * 12?", reasoning={"summary": "auto"}) as stream:
        names = [event.type for event in stream]
        response = stream.get_final_response()
    assert "response.reasoning_summary_text.delta" in names
    assert names[-1] == "response.completed"
    assert response.output_text.startswith("**12 * 12 = 144**")
    assert "12 × 12 = 144" in response.output[0].summary[0].text
    assert response.usage.output_tokens_details.reasoning_tokens > 0


def test_openai_responses_answer_whole_and_call_tools(gpt: Any) -> None:
    tools = [{"type": "function", "strict": False, **FUNCTION}]
    response = gpt.responses.create(model="toolsmith", input=WEATHER, tools=tools)
    call = response.output[-1]
    assert (call.type, call.name) == ("function_call", "get_weather")
    assert json.loads(call.arguments) == {"city": "Lisbon", "unit": "fahrenheit"}
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "68 degrees"}
    again = gpt.responses.create(model="toolsmith", input=[user(WEATHER), *response.output, result], tools=tools)
    assert "> 68 degrees" in again.output_text


def test_openai_responses_tell_refusal_length_and_failure(openai: ModuleType, gpt: Any) -> None:
    refused = gpt.responses.create(model="chaos", input="refusal")
    assert refused.output[0].content[0].type == "refusal"
    short = gpt.responses.create(model="novel", input="A story", max_output_tokens=20)
    assert (short.status, short.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert short.usage.output_tokens == 20
    with pytest.raises(openai.BadRequestError) as unknown:
        gpt.responses.create(model="nobody", input="Hello")
    assert unknown.value.code == "model_not_found"
    assert gpt.responses.input_tokens.count(model="tour", input="One two three").input_tokens == 3


# --- Anthropic


def test_anthropic_lists_models_page_by_page(claude: Any) -> None:
    assert [model.id for model in claude.models.list(limit=2)] == IDS
    assert claude.models.retrieve("eliza").display_name == "Eliza"


def test_anthropic_streams_thinking_and_text(claude: Any) -> None:
    with claude.messages.stream(model="thinker", max_tokens=2000, messages=[user("(1 + 2) * 3")]) as stream:
        names = [event.type for event in stream]
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert "3 × 3 = 9" in message.content[0].thinking
    assert message.content[0].signature
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens == count("(1 + 2) * 3")
    assert names[-1] == "message_stop"


def test_anthropic_calls_a_tool_and_hears_its_result(claude: Any) -> None:
    tools = [{"name": "get_weather", "description": "The weather in a city", "input_schema": SCHEMA}]
    messages: list[Any] = [user(WEATHER)]
    message = claude.messages.create(model="toolsmith", max_tokens=500, messages=messages, tools=tools)
    call = message.content[-1]
    assert message.stop_reason == "tool_use"
    assert (call.name, call.input) == ("get_weather", {"city": "Lisbon", "unit": "fahrenheit"})
    with claude.messages.stream(model="toolsmith", max_tokens=500, messages=messages, tools=tools) as stream:
        assert stream.get_final_message().content[-1].input == call.input
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "68 degrees"}
    messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    answer = claude.messages.create(model="toolsmith", max_tokens=500, messages=messages, tools=tools)
    assert "> 68 degrees" in answer.content[0].text


def test_anthropic_reads_the_cache_on_the_second_turn(claude: Any) -> None:
    opening = {"type": "text", "text": "A long letter about the sea. " * 30, "cache_control": {"type": "ephemeral"}}
    messages: list[Any] = [{"role": "user", "content": [opening]}]
    first = claude.messages.create(model="eliza", max_tokens=100, messages=messages)
    assert first.usage.cache_creation_input_tokens == count(opening["text"])  # type: ignore[arg-type]
    messages += [{"role": "assistant", "content": first.content}, user("And then?")]
    second = claude.messages.create(model="eliza", max_tokens=100, messages=messages)
    assert second.usage.cache_read_input_tokens > first.usage.cache_creation_input_tokens


def test_anthropic_counts_tokens(claude: Any) -> None:
    counted = claude.messages.count_tokens(model="tour", messages=[user("One two three")])
    assert counted.input_tokens == 3


def test_anthropic_names_every_failure(anthropic: ModuleType, claude: Any) -> None:
    classes = {
        "401": anthropic.AuthenticationError,
        "403": anthropic.PermissionDeniedError,
        "404": anthropic.NotFoundError,
        "413": anthropic.RequestTooLargeError,
        "429": anthropic.RateLimitError,
        "500": anthropic.InternalServerError,
        "529": anthropic.OverloadedError,
        "context": anthropic.BadRequestError,
    }
    for mode, error in classes.items():
        with pytest.raises(error) as failure:
            claude.messages.create(model="chaos", max_tokens=100, messages=[user(mode)])
        assert failure.value.request_id.startswith("req_")
        assert failure.value.body["type"] == "error"
    with pytest.raises(anthropic.AuthenticationError):
        claude.with_options(api_key="bad-key").models.list()


def test_anthropic_tells_refusal_and_an_error_inside_the_stream(anthropic: ModuleType, claude: Any) -> None:
    refused = claude.messages.create(model="chaos", max_tokens=100, messages=[user("refusal")])
    assert (refused.stop_reason, refused.content) == ("refusal", [])
    with (
        pytest.raises(anthropic.APIStatusError, match="Overloaded while answering"),
        claude.messages.stream(model="chaos", max_tokens=100, messages=[user("error in stream")]) as stream,
    ):
        stream.until_done()


# --- Ollama


def test_ollama_lists_and_shows_models(llama: Any) -> None:
    assert [model.model for model in llama.list().models] == IDS
    shown = llama.show("toolsmith")
    assert shown.capabilities == ["completion", "tools"]
    assert shown.modelinfo["demo.context_length"] == 128_000


def test_ollama_streams_thinking_and_text(llama: Any) -> None:
    parts = list(llama.chat(model="thinker", messages=[user("9 * 9")], stream=True, think=True))
    assert "9 × 9 = 81" in "".join(part.message.thinking or "" for part in parts)
    assert "".join(part.message.content or "" for part in parts).startswith("**9 * 9 = 81**")
    assert parts[-1].done_reason == "stop"
    assert parts[-1].prompt_eval_count == count("9 * 9")


def test_ollama_answers_whole_and_calls_tools(llama: Any) -> None:
    messages: list[Any] = [user(WEATHER)]
    answer = llama.chat(model="toolsmith", messages=messages, tools=CHAT_TOOLS)
    call = answer.message.tool_calls[0].function
    assert (call.name, call.arguments) == ("get_weather", {"city": "Lisbon", "unit": "fahrenheit"})
    messages += [answer.message, {"role": "tool", "tool_name": call.name, "content": "68 degrees"}]
    assert "> 68 degrees" in llama.chat(model="toolsmith", messages=messages, tools=CHAT_TOOLS).message.content


def test_ollama_names_every_failure(ollama: ModuleType, llama: Any) -> None:
    for mode, status in {"404": 404, "500": 500, "503": 503}.items():
        with pytest.raises(ollama.ResponseError) as failure:
            llama.chat(model="chaos", messages=[user(mode)])
        assert failure.value.status_code == status
    with pytest.raises(ollama.ResponseError, match="model 'nobody' not found"):
        llama.chat(model="nobody", messages=[user("Hello")])
    with pytest.raises(ollama.ResponseError, match="Overloaded while answering"):
        list(llama.chat(model="chaos", messages=[user("error in stream")], stream=True))
