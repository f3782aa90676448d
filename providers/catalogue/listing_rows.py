"""Reads single fields out of foreign JSON: what is missing, odd or absurd is None, never an exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.costs import MILLION

_MOST_TOKENS = 10**9
_MOST_USD_PER_1M = Decimal(10**6)

_NOT_CHAT = re.compile(
    r"(^|[-_/.:])"
    r"(embed\w*|bge|minilm|tts|whisper|speech|transcri(be|ption)|realtime|rerank\w*|moderation|ocr|aqa"
    r"|dall-e|gpt-image|image|images|imagen|imagine|veo|sora|flux|stable-diffusion|lyria|orpheus"
    r"|babbage|davinci|prompt-guard|gpt-3\.5-turbo-instruct)"
    r"($|[-_/.:\d])",
    re.IGNORECASE,
)


def is_plainly_not_chat(model_id: str) -> bool:
    """Whether an id says by itself that the model does something other than chatting."""
    return _NOT_CHAT.search(model_id) is not None


class Row:
    """One entry of a model list."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def has(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def text(self, *keys: str, longest: int = 300) -> str:
        """The first of these fields that holds a text, cut to `longest` characters; "" if none does."""
        for key in keys:
            value = self._fields.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()[:longest]
        return ""

    def count(self, *keys: str) -> int | None:
        """The first of these fields that holds a number of tokens."""
        for key in keys:
            value = self._fields.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_TOKENS:
                return value
        return None

    def size(self, key: str) -> int | None:
        """A number of bytes."""
        value = self._fields.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None

    def flag(self, *keys: str) -> bool | None:
        """The first of these fields that is true or false."""
        for key in keys:
            value = self._fields.get(key)
            if isinstance(value, bool):
                return value
        return None

    def words(self, key: str) -> tuple[str, ...] | None:
        """A list of words; None when there is no such list, which is not the same as an empty one."""
        value = self._fields.get(key)
        if not isinstance(value, list):
            return None
        return tuple(item for item in value if isinstance(item, str) and item)

    def row(self, key: str) -> Row:
        """A nested object; an empty one where there is none."""
        value = self._fields.get(key)
        return Row(value if isinstance(value, Mapping) else {})

    def rows(self, key: str) -> tuple[Row, ...]:
        """The objects in a list; none where there is no such list."""
        value = self._fields.get(key)
        return tuple(Row(item) for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()

    def usd_per_token(self, key: str) -> Decimal | None:
        """A price in USD per single token, as USD per 1M; negative means that the server does not know."""
        return self._price(key, MILLION)

    def usd_per_1m(self, key: str) -> Decimal | None:
        """A price in USD per 1M tokens."""
        return self._price(key, Decimal(1))

    def usd_per_10_000th(self, key: str) -> Decimal | None:
        """A price in 1/10000 USD per 1M tokens, as USD per 1M (xAI: 20000 is 2 USD)."""
        return self._price(key, Decimal("0.0001"))

    def _price(self, key: str, factor: Decimal) -> Decimal | None:
        value = self._fields.get(key)
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            return None
        try:
            price = Decimal(value)
        except InvalidOperation:
            return None
        if not price.is_finite() or price < 0:
            return None
        if price.is_zero():
            return Decimal(0)
        # Arithmetic on 1e999999999 would overflow, and writing it out would take for ever.
        if not -40 < price.adjusted() < 20:
            return None
        usd = price * factor
        return plain(usd) if usd <= _MOST_USD_PER_1M else None


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    return Decimal(format(number.normalize(), "f"))
