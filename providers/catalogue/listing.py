"""How models are listed: what to ask each family of servers, and how to read the answer. No I/O.

A family is a name that presets use in `listing`. Unknown fields are ignored, an odd row is skipped, and only
an answer that is no model list at all is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from providers.amounts import decimal_of
from providers.catalogue import listing_families as families
from providers.catalogue.listing_rows import Row
from providers.catalogue.records import ModelInfo
from providers.errors import ProtocolError
from providers.request import WireFormat

_Parser = Callable[[Row, date | None], ModelInfo | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """How one family is asked.

    Attributes:
        path: below the base of the API (`formats.urls.api_url`), or, where `is_beside_api` is set, below the
            root of the server (`formats.urls.origin_url`).
        wire_format: builds the URL as for this format whatever the provider speaks; None: the provider's own.
        has_alias_lists: each row names other ids of the same model in `aliases`; they are models, too.
        query: goes with the first request; `next_query` makes the one for the pages after it.
        is_of_own_machine: its rows are free because they run on the machine of the person; elsewhere they may cost.
        show_path: asked about single models, with a POST from the root of the server; "" where the list says it all.
    """

    parse_row: _Parser
    path: str = "/models"
    is_beside_api: bool = False
    wire_format: WireFormat | None = None
    has_alias_lists: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    show_path: str = ""
    is_of_own_machine: bool = False

    def next_query(self, page: ListPage) -> Mapping[str, str] | None:
        """The query for the page after this one; None when it was the last."""
        return {**self.query, "after_id": page.next_page} if page.next_page else None


LISTINGS: Mapping[str, Listing] = {
    "openai": Listing(families.openai),
    "anthropic": Listing(families.anthropic, query={"limit": "1000"}),
    "ollama": Listing(
        families.ollama,
        "/api/tags",
        wire_format=WireFormat.OLLAMA_CHAT,
        show_path="/api/show",
        is_of_own_machine=True,
    ),
    "openrouter": Listing(families.openrouter),
    "lmstudio": Listing(families.lmstudio, "/api/v0/models", is_beside_api=True, is_of_own_machine=True),
    "llamacpp": Listing(families.llamacpp, is_of_own_machine=True),
    "mistral": Listing(families.mistral),
    "gemini": Listing(families.gemini),
    "xai": Listing(families.xai, "/language-models", has_alias_lists=True),
    "together": Listing(families.together),
    "fireworks": Listing(families.fireworks),
    "vercel": Listing(families.vercel),
    "venice": Listing(families.venice),
}


@dataclass(frozen=True, slots=True)
class ListPage:
    """One answer.

    Attributes:
        models: in the server's order, each id once.
        next_page: the id after which the list goes on; "" on the last page.
    """

    models: tuple[ModelInfo, ...]
    next_page: str = ""


def parse_page(family: str, body: bytes, *, checked: date | None = None) -> ListPage:
    """Read one page of a model list.

    Args:
        family: a name in `LISTINGS`.
        checked: the day of the answer; stands beside every price in it.
    Raises:
        ProtocolError: when the body is no model list: HTML, garbage, another shape.
    """
    document = _decode(body)
    listing = LISTINGS[family]
    models: dict[str, ModelInfo] = {}
    for row in (Row(fields) for fields in _rows(document) if isinstance(fields, dict)):
        model = listing.parse_row(row, checked)
        if model is None:
            continue
        models.setdefault(model.id, model)
        for alias in (row.words("aliases") or ()) if listing.has_alias_lists else ():
            models.setdefault(alias, replace(model, id=alias, detail=f"alias of {model.id}"))
    return ListPage(tuple(models.values()), _next_page(document))


def parse(family: str, body: bytes, *, checked: date | None = None) -> tuple[ModelInfo, ...]:
    """`parse_page` for servers that send everything at once. Raises: ProtocolError."""
    return parse_page(family, body, checked=checked).models


def raw_rows(body: bytes) -> tuple[Mapping[str, Any], ...]:
    """The rows of any model list as they are, under `data` and `models` alike. Raises: ProtocolError."""
    document = _decode(body)
    lists = [document.get("data"), document.get("models")] if isinstance(document, dict) else [document]
    if not any(isinstance(rows, list) for rows in lists):
        _rows(document)
    return tuple(row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict))


def parse_show(model_id: str, body: bytes) -> ModelInfo:
    """Ollama's answer to `POST /api/show`: abilities and context window. Raises: ProtocolError."""
    document = _decode(body)
    if not isinstance(document, dict):
        raise _not_a_list("it does not describe a model")
    return replace(families.ollama_show(Row(document)), id=model_id)


def _decode(body: bytes) -> Any:
    try:
        # Numbers with a fraction become Decimal: 0.15 USD stays 0.15 USD. NaN and Infinity become nothing.
        return json.loads(body, parse_float=decimal_of, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        start = body.lstrip()[:1]
        raise _not_a_list("it is a web page" if start == b"<" else "it is not JSON") from error


def _rows(document: Any) -> list[Any]:
    """The entries: a bare array (Together), or `data` (OpenAI) or `models` (Ollama, xAI) of an object."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for key in ("data", "models"):
            if isinstance(document.get(key), list):
                return list(document[key])
            # A server without a single model writes null.
            if key in document and document[key] is None:
                return []
    raise _not_a_list("it has no list of models")


def _next_page(document: Any) -> str:
    if not isinstance(document, dict) or document.get("has_more") is not True:
        return ""
    return Row(document).text("last_id")


def _not_a_list(reason: str) -> ProtocolError:
    return ProtocolError(
        f"The server's answer is not a model list: {reason}.",
        hint="Check the base URL and the type of this provider.",
    )
