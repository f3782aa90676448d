"""A field that a server knows under another name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.adjust import other_way
from providers.catalogue.quirks import Quirks
from providers.errors import Rejected
from providers.request import Endpoint, WireFormat

CHAT = Endpoint("it", WireFormat.OPENAI_CHAT, "https://example.com/v1")


def rejected(detail: str, parameter: str = "", status: int = 400) -> Rejected:
    return Rejected("The request was refused.", detail=detail, parameter=parameter, status=status)


def taught(error: Rejected, endpoint: Endpoint = CHAT) -> Quirks | None:
    lesson = other_way(error, endpoint)
    return lesson.quirks if lesson else None


def test_a_server_without_stream_options_is_asked_without_them() -> None:
    assert taught(rejected("unknown field stream_options")) == Quirks(no_stream_options=True)


def test_a_server_that_goes_on_complaining_is_believed() -> None:
    endpoint = replace(CHAT, quirks=Quirks(no_stream_options=True))
    assert taught(rejected("unknown field stream_options"), endpoint) is None


@pytest.mark.parametrize(
    ("has_new_name", "detail", "parameter"),
    [
        (False, "Unsupported parameter: use 'max_completion_tokens' instead.", "max_tokens"),
        (True, "extra inputs are not permitted: max_completion_tokens", "max_completion_tokens"),
    ],
)
def test_the_output_limit_is_sent_under_its_other_name(has_new_name: bool, detail: str, parameter: str) -> None:
    endpoint = replace(CHAT, quirks=Quirks(max_completion_tokens=has_new_name))
    assert taught(rejected(detail, parameter), endpoint) == Quirks(max_completion_tokens=not has_new_name)


@pytest.mark.parametrize(
    "detail",
    [
        "Unrecognized request argument supplied: max_tokens",
        "max_tokens: Extra inputs are not permitted",
        "Unknown parameter: 'max_tokens'.",
        "'max_tokens' is not supported with this model.",
        "Did you mean max_completion_tokens?",
    ],
)
def test_a_server_may_refuse_the_name_of_the_limit_in_many_words(detail: str) -> None:
    assert taught(rejected(detail)) == Quirks(max_completion_tokens=True)


@pytest.mark.parametrize(
    "detail",
    [
        "max_tokens: 999999 > 64000",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
        "max_tokens is too large: 20000. This model supports at most 16384 completion tokens",
        "max_tokens of 20000 is not supported: the maximum is 8192",
        "`max_tokens` or `max_completion_tokens` must be less than or equal to 8192",
    ],
)
def test_a_limit_that_is_out_of_range_is_not_a_matter_of_its_name(detail: str) -> None:
    assert taught(rejected(detail, "max_tokens")) is None


def test_only_chat_has_two_names_for_the_limit() -> None:
    endpoint = Endpoint("it", WireFormat.ANTHROPIC_MESSAGES, "https://example.com")
    assert taught(rejected("Unknown parameter: max_tokens"), endpoint) is None


def test_a_server_that_knows_no_developers_is_told_by_the_system() -> None:
    endpoint = replace(CHAT, quirks=Quirks(developer_role=True))
    assert taught(rejected("role 'developer' is not supported"), endpoint) == Quirks()


def test_other_complaints_teach_nothing() -> None:
    assert taught(rejected("temperature must be at most 1")) is None
    assert taught(rejected("unknown field stream_options", status=403)) is None
