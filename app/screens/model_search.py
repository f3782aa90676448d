"""Finds models by name, id and provider among thousands, between two key presses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.text import one_line
from app.widgets import fuzzy

if TYPE_CHECKING:
    from app.connections.views import ModelChoice, ProviderView

_SHOWN_CHARACTERS = 200


class Hit(NamedTuple):
    """A model that every typed word matches; the higher the score the better."""

    choice: ModelChoice
    score: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A model with the texts it is found by."""

    choice: ModelChoice
    name: str
    model_id: str


class Search:
    """Over one set of models and their providers."""

    def __init__(self, choices: Sequence[ModelChoice], providers: Sequence[ProviderView]) -> None:
        self._rows = [_Row(choice, shown_name(choice), shown_id(choice)) for choice in choices]
        self._providers = {view.name: (view.name, one_line(view.label)) for view in providers}
        self._last: tuple[tuple[str, ...], list[_Row]] = ((), self._rows)
        """The words looked for last, and the rows that they match: one more letter can only narrow them."""

    def find(self, typed: str) -> list[Hit]:
        """The models that match every word, in their own order.

        Where some match closely, those that only have the letters somewhere are left out.
        """
        words = tuple(typed.lower().split())
        rows = self._last[1] if _narrows(self._last[0], words) else self._rows
        matched: list[_Row] = []
        close: list[Hit] = []
        loose: list[Hit] = []
        matchers = [_Matcher(word, self._providers) for word in words]
        for row in rows:
            score, is_close = 0.0, True
            for matcher in matchers:
                found = matcher.score(row)
                if found is None:
                    break
                score += found
                is_close = is_close and found >= matcher.close
            else:
                matched.append(row)
                (close if is_close else loose).append(Hit(row.choice, score))
        self._last = (words, matched)
        return close or loose

    def names(self, view: ProviderView, typed: str) -> bool:
        """Whether every word is found in a provider's own name."""
        return all(_Matcher(word, self._providers).of_provider(view.name) for word in typed.lower().split())


class _Matcher:
    """One typed word.

    Attributes:
        close: the score from which on it does not merely have its letters in a text.
    """

    def __init__(self, word: str, providers: dict[str, tuple[str, str]]) -> None:
        self._word = word
        self._is_reference = "/" in word
        # Strictly linear: each letter is looked for once, after the one before it.
        self._letters = re.compile("".join(f"[^{re.escape(each)}]*{re.escape(each)}" for each in word), re.IGNORECASE)
        self.close = 2 * len(word) - 0.5
        self._of_provider = {name: self._provider_score(names) for name, names in providers.items()}

    def score(self, row: _Row) -> float | None:
        """How well the word matches a model or its provider; None when it does not."""
        ref = row.choice.ref
        best = self._of_provider.get(ref.provider)
        texts = [row.name, row.model_id]
        if self._is_reference:
            texts.append(f"{ref.provider}/{row.model_id}")
        for text in texts:
            if self._letters.match(text) is None:
                continue
            found = fuzzy.match(self._word, text)
            if found is not None and (best is None or found.score > best):
                best = found.score
        return best

    def of_provider(self, name: str) -> bool:
        return self._of_provider.get(name) is not None

    def _provider_score(self, names: tuple[str, str]) -> float | None:
        """Names are short, so scattered letters say something only when they begin with the name's first."""
        found = [match for name in names if (match := fuzzy.match(self._word, name)) and match.offsets[0] == 0]
        return max((max(match.score, self.close) for match in found), default=None)


def shown_name(choice: ModelChoice) -> str:
    """A model's name as it is shown and looked for."""
    return one_line(choice.info.label[:_SHOWN_CHARACTERS])


def shown_id(choice: ModelChoice) -> str:
    """A model's id as it is shown and looked for."""
    return one_line(choice.info.id[:_SHOWN_CHARACTERS])


def _narrows(before: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether what matches these words matched those before, too."""
    pairs = zip(before, words, strict=False)
    return len(words) >= len(before) and all(
        new.startswith(old) and ("/" in new) == ("/" in old)  # a slash lets a word match more than before
        for old, new in pairs
    )
