"""Texts of many kinds to count tokens in: written for this, generated, or taken from what is installed anyway."""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import random
from collections.abc import Callable, Mapping
from importlib.metadata import distributions
from pathlib import Path

_HERE = Path(__file__).parent
_LENGTH = 4_000
_MODULES = (
    "argparse", "ast", "base64", "bdb", "calendar", "configparser", "contextlib", "copy", "csv", "dataclasses",
    "datetime", "difflib", "doctest", "enum", "fractions", "getpass", "gettext", "gzip", "heapq", "inspect",
)  # fmt: skip


def texts() -> Mapping[str, tuple[str, ...]]:
    """Some texts of each kind; the same in every run on the same installation."""
    written = {file.stem: tuple(file.read_text("utf-8").split("====\n")) for file in sorted(_HERE.glob("*.txt"))}
    made: dict[str, Callable[[], list[str]]] = {
        "code": _code,
        "JSON": _json,
        "licences": _licences,
        "base64": lambda: [base64.b64encode(random.Random(seed).randbytes(1500)).decode() for seed in range(4)],
        "hex": lambda: [random.Random(seed).randbytes(1000).hex() for seed in range(4)],
        "CSV": lambda: [_csv(random.Random(seed)) for seed in range(4)],
        "logs": lambda: [_log(random.Random(seed)) for seed in range(4)],
        "deep code": lambda: ["\n".join(" " * 24 + line for line in text.split("\n")) for text in _code()[:4]],
    }
    return {**written, **{kind: tuple(make()) for kind, make in made.items()}}


def _code() -> list[str]:
    return [inspect.getsource(importlib.import_module(name))[:_LENGTH] for name in _MODULES]


def _licences() -> list[str]:
    found = {}
    for distribution in distributions():
        for file in distribution.files or ():
            path = Path(str(file.locate()))
            if file.name.upper().startswith(("LICENSE", "LICENCE")) and path.is_file():
                found[distribution.metadata["Name"]] = path.read_text("utf-8", "replace")
    return [found[name][:_LENGTH] for name in sorted(found)][:20]


def _json() -> list[str]:
    """Documents as APIs and files of settings have them, dense and indented."""
    rng = random.Random(5)
    signatures = [
        {
            "module": name,
            "members": [
                {"name": member, "kind": type(value).__name__, "doc": (inspect.getdoc(value) or "")[:60] or None}
                for member, value in sorted(vars(importlib.import_module(name)).items())
                if not member.startswith("_")
            ][:25],
        }
        for name in _MODULES[:6]
    ]
    orders = [
        [
            {
                "id": f"ord_{rng.getrandbits(48):012x}",
                "createdAt": f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:15:00Z",
                "customer": {"name": rng.choice(_NAMES), "email": f"user{rng.randint(1, 999)}@example.com"},
                "items": [{"sku": f"A-{rng.randint(1000, 9999)}", "qty": rng.randint(1, 9), "unit_price": 19.9}],
                "is_paid": rng.random() < 0.5,
                "note": None,
            }
            for _ in range(12)
        ]
        for _ in range(3)
    ]
    geometry = {
        "type": "Polygon",
        "coordinates": [[round(rng.uniform(-90, 90), 5), round(rng.uniform(0, 9), 5)] for _ in range(90)],
    }
    dense = [json.dumps(document, separators=(",", ":")) for document in (*signatures[:3], orders[0], geometry)]
    indented = [json.dumps(document, indent=2) for document in (*signatures[3:], *orders[1:])]
    return [*dense, *indented, json.dumps(geometry), json.dumps(_schema(), indent=4)]


_NAMES = ("Ada Lovelace", "Zoë Müller", "Kwame Mensah", "Ngọc Trần", "José García", "Ingrid Sørensen")


def _schema() -> dict[str, object]:
    text = {"type": "string", "description": "What to look for, in the words of the user."}
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    return {
        "name": "search_documents",
        "description": "Find documents by their content. Returns the best matches first.",
        "parameters": {
            "type": "object",
            "properties": {"query": text, "limit": limit, "language": {"enum": ["en", "de", "fr", None]}},
            "required": ["query"],
            "additionalProperties": False,
        },
    }


def _csv(rng: random.Random) -> str:
    rows = []
    for number in range(1, 60):
        day = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        state = rng.choice(("open", "paid", "overdue"))
        rows.append(f"{number},{rng.choice(_NAMES)},{rng.uniform(0, 5000):.2f},{day},{state}")
    return "\n".join(("number,customer,amount,due,state", *rows))


def _log(rng: random.Random) -> str:
    lines = []
    for second in range(40):
        level = rng.choice(("INFO", "INFO", "DEBUG", "WARNING", "ERROR"))
        moment = f"2026-11-24T09:{second // 60:02}:{second % 60:02}.{rng.randint(0, 999):03}Z"
        lines.append(
            f"{moment} {level:7} [worker-{rng.randint(1, 8)}] "
            f"request_id={rng.getrandbits(64):016x} GET /api/v1/items/{rng.randint(1, 99999)} "
            f"status={rng.choice((200, 200, 304, 404, 500))} duration={rng.uniform(1, 900):.1f}ms"
        )
    return "\n".join(lines)
