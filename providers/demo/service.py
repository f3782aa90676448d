"""From a request to an answer: paths, keys, models. Knows HTTP only as values."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from providers.demo.counting import Spent, count
from providers.demo.formats import chat, messages, ollama, responses
from providers.demo.formats.base import Envelope, Format, Json, dump
from providers.demo.http import Answer, HttpError, Request, StreamedAnswer
from providers.demo.listing import anthropic_list, anthropic_model, ollama_show, ollama_tags, openai_list, openai_model
from providers.demo.memory import Attempts, PromptCache
from providers.demo.performance import Performance, retry_after
from providers.demo.problems import Kind, Problem, RequestProblem, bad_request
from providers.demo.script import Ask, DemoModel, Turn

LOCKED = "/locked"
"""Every path below it answers 401, whatever the key."""
_DEEPEST = 64

_CHAT_PATHS: Mapping[str, Format] = MappingProxyType(
    {
        "/v1/chat/completions": chat,
        "/v1/responses": responses,
        "/v1/messages": messages,
        "/api/chat": ollama,
    }
)
_METHODS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_CHAT_PATHS, "POST"),
        "/v1/messages/count_tokens": "POST",
        "/v1/responses/input_tokens": "POST",
        "/v1/models": "GET",
        "/api/tags": "GET",
        "/api/show": "POST",
        "/api/version": "GET",
        "/": "GET",
    }
)


class Service:
    """Answers requests. All its state is in memory and dies with it.

    Attributes:
        clock: seconds since the epoch.
        rng: makes ids and cuts replies into deltas.
        pace: a factor on every delay; 0 for none.
    """

    def __init__(
        self,
        models: Mapping[str, DemoModel],
        clock: Callable[[], float],
        rng: random.Random,
        pace: float,
    ) -> None:
        self._models = models
        self._clock = clock
        self._rng = rng
        self._pace = pace
        self._cache = PromptCache(clock)
        self._attempts = Attempts()

    async def answer(self, request: Request) -> Answer | StreamedAnswer:
        """Every request gets an answer; failures have the body of the format that the path belongs to."""
        format_ = _format_of(request)
        request_id = Envelope("", 0, self._rng).make_id("req_")
        try:
            answer = await self._route(request, format_)
        except RequestProblem as failure:
            answer = self._told(failure.problem, format_, request_id)
        if not format_.REQUEST_ID:
            return answer
        return replace(answer, headers={**answer.headers, format_.REQUEST_ID: request_id})

    def refuse(self, error: HttpError) -> Answer:
        """For bytes that are no request: nobody knows which format they were meant to be."""
        return Answer(error.status, dump({"error": {"message": error.message, "type": "invalid_request_error"}}))

    async def _route(self, request: Request, format_: Format) -> Answer | StreamedAnswer:
        path = request.path.removeprefix(LOCKED).rstrip("/") or "/"
        is_one_model = path.startswith("/v1/models/")
        method = "GET" if is_one_model else _METHODS.get(path)
        if method is None:
            raise RequestProblem(Problem(Kind.PATH, f"Unknown request URL: {request.method} {request.path}."))
        if request.method != method and not (method == "GET" and request.method == "HEAD"):
            message = f"{request.method} is not allowed on {request.path}; use {method}."
            raise RequestProblem(Problem(Kind.METHOD, message))
        if path.startswith("/v1/"):
            _check_key(request)
        if is_one_model:
            model = self._model(path.removeprefix("/v1/models/"), format_)
            return _json(anthropic_model(model) if format_ is messages else openai_model(model))
        match path:
            case "/":
                return Answer(200, b"The Parley demo server is running.\n", "text/plain; charset=utf-8")
            case "/v1/models" if format_ is messages:
                return _json(anthropic_list(tuple(self._models.values()), request.query))
            case "/v1/models":
                return _json(openai_list(tuple(self._models.values())))
            case "/api/tags":
                return _json(ollama_tags(tuple(self._models.values())))
            case "/api/version":
                return _json({"version": "0.30.0-parley-demo"})
        if format_ is messages and "anthropic-version" not in request.headers:
            raise bad_request("anthropic-version: header is required")
        body = _object(request.body)
        match path:
            case "/api/show":
                name = str(body.get("model") or body.get("name") or "")
                return _json(ollama_show(self._model(name.removesuffix(":latest"), format_)))
            case "/v1/messages/count_tokens":
                return _json({"input_tokens": _sent(messages.read_countable(body))})
            case "/v1/responses/input_tokens":
                return _json({"object": "response.input_tokens", "input_tokens": _sent(responses.read(body))})
        return await self._chat(format_, body)

    async def _chat(self, format_: Format, body: Json) -> Answer | StreamedAnswer:
        ask = format_.read(body)
        model = self._model(ask.model, format_)
        scope = (format_.__name__, model.id)
        conversation = hash((scope, ask.segments))
        ask = replace(ask, attempt=self._attempts.number(conversation))
        spent = self._cache.spend(scope, ask.segments) if ask.caches else Spent(_sent(ask))
        if spent.sent > model.context_window:
            raise RequestProblem(too_long(spent.sent, model.context_window))

        def settle(reply: Turn | None) -> None:
            if reply is None:
                self._attempts.failed(conversation)
                return
            self._attempts.succeeded(conversation)
            if ask.caches:
                self._cache.remember(scope, (*ask.segments, reply.counted))

        performance = Performance(
            ask,
            model,
            format_.render(body, Envelope(model.id, self._clock(), self._rng)),
            spent,
            pace=self._pace,
            rng=self._rng,
            settle=settle,
        )
        if performance.raw is not None:
            return performance.raw
        if ask.is_stream:
            return StreamedAnswer(performance.stream(), format_.STREAM_TYPE)
        return await performance.whole()

    def _model(self, name: str, format_: Format) -> DemoModel:
        """Raises: RequestProblem, in the words of the format."""
        model = self._models.get(name)
        if model is not None:
            return model
        raise RequestProblem(Problem(Kind.MODEL, format_.unknown_model(name), "model"))

    def _told(self, problem: Problem, format_: Format, request_id: str) -> Answer:
        status, body = format_.problem(problem, request_id)
        headers = retry_after(problem, self._pace)
        if problem.kind is Kind.METHOD:
            headers["allow"] = problem.message.rsplit(" ", 1)[-1].rstrip(".")
        return Answer(status, dump(body), headers=headers)


def too_long(sent: int, window: int) -> Problem:
    return Problem(
        Kind.CONTEXT,
        f"prompt is too long: {sent} tokens > {window} maximum context length",
        "messages",
    )


def _format_of(request: Request) -> Format:
    """Which format's rules and error bodies hold for this request."""
    path = request.path.removeprefix(LOCKED)
    if path.startswith("/api/"):
        return ollama
    if path.startswith("/v1/messages"):
        return messages
    if path.startswith("/v1/models") and "anthropic-version" in request.headers:
        return messages
    return responses if path.startswith("/v1/responses") else chat


def _check_key(request: Request) -> None:
    """Any key will do, but for `wrong-key` and those that start with `bad`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token if scheme.lower() == "bearer" else ""
    key = (request.headers.get("x-api-key") or request.headers.get("api-key") or bearer).strip()
    if request.path.startswith(LOCKED):
        message = "This part of the demo is locked: no key opens it."
    elif not key:
        message = "You did not provide an API key. The demo takes any, for example 'demo-key'."
    elif key == "wrong-key" or key.startswith("bad"):
        message = "Incorrect API key provided. The demo refuses this one on purpose; almost any other will do."
    else:
        return
    raise RequestProblem(Problem(Kind.AUTH, message))


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request("We could not parse the JSON body of your request.") from error
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object.")
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for node in level
            if isinstance(node, dict | list)
            for inner in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return value
    raise bad_request(f"The body is nested more than {_DEEPEST} levels deep.")


def _sent(ask: Ask) -> int:
    return sum(count(segment) for segment in ask.segments)


def _json(value: Json) -> Answer:
    return Answer(200, dump(value))
