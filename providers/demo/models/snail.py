"""A model that takes its time: a silence first, then a few tokens a second."""

from __future__ import annotations

from collections.abc import Iterator

from providers.catalogue.records import ModelInfo
from providers.demo.script import Ask, DemoModel, Pause, Say, Step

_SILENCE_S = 4.0
_BREATH_S = 1.5

_TEXT = (
    "There is no hurry. A snail covers about a metre in a minute and a half, and it arrives with its house.\n\n",
    "While you wait you can scroll, read what was said before, start another conversation with **Ctrl+N** "
    "or look at the sidebar: the time to the first token is being measured.\n\n",
    "If you have seen enough, press **Esc**. The reply stops, and what has arrived so far is kept.\n\n",
    "This model has no price, so its cost is shown as —, and the total says that something is missing from it. "
    "An unknown price is not the same as a price of nothing.",
)


def _behave(ask: Ask) -> Iterator[Step]:
    yield Pause(_SILENCE_S)
    for position, paragraph in enumerate(_TEXT):
        if position:
            yield Pause(_BREATH_S)
        yield Say(paragraph)


MODEL = DemoModel(
    ModelInfo(
        id="snail",
        name="Snail",
        rates=None,
        context_window=16_384,
        max_output_tokens=2_048,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=False,
        note="slow, no price",
    ),
    "Slow, to see waiting and stopping. Has no price.",
    _behave,
    tokens_per_second=4,
)
