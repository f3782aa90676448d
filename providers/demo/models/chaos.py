"""Fails in the way the prompt asks for, so that every failure can be seen without waiting for a real one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from providers.catalogue.records import ModelInfo
from providers.demo.models.rates import usd
from providers.demo.problems import Kind, Problem
from providers.demo.script import (
    Ask,
    Corrupt,
    DemoModel,
    Drop,
    End,
    Fail,
    Mangled,
    Pause,
    Raw,
    Refuse,
    Say,
    Stall,
    Step,
    Stop,
)

_WINDOW = 128_000
_RETRY_AFTER_S = 2.0
_SOME_TEXT = "This is the beginning of an answer. It goes well so far, and then "
_NOT_JSON = b'{"choices": [{"delta": oops, this is not JSON'
_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n"
    b"<body><h1>Welcome to the hotel network</h1><p>Please accept the terms to go online.</p></body></html>\n"
)


def _fail(kind: Kind, message: str, **more: float | int | None) -> Callable[[], Iterator[Step]]:
    retry_after_s = more.get("retry_after_s")
    problem = Problem(kind, message, retry_after_s=retry_after_s, status=int(more.get("status") or 0))
    return lambda: iter((Fail(problem),))


def _some_text_then(*steps: Step) -> Callable[[], Iterator[Step]]:
    return lambda: iter((Say(_SOME_TEXT), Pause(0.3), *steps))


_RATE_MESSAGE = "Rate limit reached for requests: 3 per minute."

_MODES: Mapping[str, tuple[str, Callable[[], Iterator[Step]]]] = {
    "401": ("the key is refused", _fail(Kind.AUTH, "Incorrect API key provided.")),
    "403": ("no access to this model", _fail(Kind.PERMISSION, "Your account has no access to this model.")),
    "404 path": ("a wrong base URL", lambda: iter((Raw(404, "text/plain", b"404 page not found\n"),))),
    "404": ("no such model", _fail(Kind.MODEL, "The model 'chaos' does not exist: model 'chaos' not found")),
    "413": ("the request is too large", _fail(Kind.TOO_LARGE, "Request exceeds the maximum size.")),
    "429": (
        "too many requests, with Retry-After",
        _fail(Kind.RATE, _RATE_MESSAGE, retry_after_s=_RETRY_AFTER_S),
    ),
    "500": (
        "trouble inside the server",
        _fail(Kind.SERVER, "The server had an error while processing your request."),
    ),
    "503": (
        "no free capacity",
        _fail(Kind.UNAVAILABLE, "server busy, please try again.  maximum pending requests exceeded"),
    ),
    "529": ("overloaded, in every format", _fail(Kind.OVERLOADED, "Overloaded", status=529)),
    "context": (
        "the conversation is too long",
        _fail(Kind.CONTEXT, f"prompt is too long: {_WINDOW + 5123} tokens > {_WINDOW} maximum context length"),
    ),
    "quota": (
        "no credit left",
        _fail(Kind.QUOTA, "You exceeded your current quota: your credit balance is too low."),
    ),
    "error in stream": (
        "an error after some text",
        _some_text_then(Fail(Problem(Kind.OVERLOADED, "Overloaded while answering."))),
    ),
    "drop": ("the connection is cut in the middle", _some_text_then(Drop())),
    "truncate": ("the stream ends in order, but without its end", _some_text_then(Drop(is_clean=True))),
    "stall": ("silence for ever after some text", _some_text_then(Stall())),
    "garbage": ("something that is not JSON", _some_text_then(Corrupt(_NOT_JSON), Drop(is_clean=True))),
    "html": (
        "a web page in place of an answer",
        lambda: iter((Raw(200, "text/html; charset=utf-8", _HTML),)),
    ),
    "empty": ("an empty 200", lambda: iter((Raw(200, "application/json", b""),))),
    "utf8": (
        "bytes that are not UTF-8",
        lambda: iter(
            (
                Say("Between these brackets "),
                Mangled("[\ufffd]"),
                Say(" two bytes are broken. The rest is fine."),
            )
        ),
    ),
    "filter": ("a content filter stops it", _some_text_then(End(Stop.FILTER))),
    "refusal": ("the model refuses", lambda: iter((Refuse("I would rather not answer that."),))),
    "length": ("the limit is reached in mid-sentence", _some_text_then(End(Stop.LENGTH))),
}
"""Words of the prompt, what each brings about, and how. `404 path` stands before the `404` in it."""

_WORDS = re.compile("|".join(rf"\b{re.escape(mode)}\b" for mode in _MODES), re.IGNORECASE)
_THEN_OK = re.compile(r"\bthen ok\b", re.IGNORECASE)
_WAIT = re.compile(r"\b429\s+(?:after|wait|in)?\s*(\d{1,6})\b", re.IGNORECASE)


def _behave(ask: Ask) -> Iterator[Step]:
    named = _WORDS.search(ask.prompt)
    if named is None:
        return iter((Say(_menu()),))
    mode = named.group().lower()
    if _THEN_OK.search(ask.prompt) and ask.attempt > 1:
        return iter((Say(f"Attempt {ask.attempt} went well: the `{mode}` is over."),))
    if mode == "429" and (wait := _WAIT.search(ask.prompt)):
        return _fail(Kind.RATE, _RATE_MESSAGE, retry_after_s=float(wait[1]))()
    return _MODES[mode][1]()


def _menu() -> str:
    lines = "\n".join(f"- `{mode}`: {meaning}" for mode, (meaning, _) in _MODES.items())
    return (
        "I fail on request. Say one of these words:\n\n"
        f"{lines}\n\n"
        "Two more things can be said:\n\n"
        "1. `429 60` asks you to wait 60 seconds.\n"
        "2. With `then ok` behind any of them (`429 then ok`) the same question succeeds the second time."
    )


MODEL = DemoModel(
    ModelInfo(
        id="chaos",
        name="Chaos",
        rates=usd("0.25", "1.00"),
        context_window=_WINDOW,
        max_output_tokens=4_096,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=False,
        note="fails on request",
    ),
    "Fails in the way you ask for.",
    _behave,
    tokens_per_second=60,
)
