"""Every promise of the five seeds is shown by a test that exists, or left out for a reason."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEEDS = ("OpenCrust", "Crush", "KruxOS", "Craft Agents", "Osaurus")
PROMISES: list[dict[str, str]] = tomllib.loads((ROOT / "tests" / "seed_promises.toml").read_text("utf-8"))["promise"]
NAMED = sorted({promise["test"] for promise in PROMISES if "test" in promise})


@cache
def functions_in(file: str) -> frozenset[str]:
    """The names of the tests in a file; nothing for a file that is not there."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_every_row_has_a_seed_a_text_and_either_a_test_or_a_reason() -> None:
    for promise in PROMISES:
        assert set(promise) in ({"seed", "text", "test"}, {"seed", "text", "reason"}), promise
        assert promise["seed"] in SEEDS, promise
        assert all(isinstance(value, str) and value == value.strip() != "" for value in promise.values()), promise


def test_no_promise_is_listed_twice_and_every_seed_has_some() -> None:
    rows = [(promise["seed"], promise["text"]) for promise in PROMISES]
    assert len(set(rows)) == len(rows)
    assert {seed for seed, _ in rows} == set(SEEDS)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, function = named.partition("::")
    assert function in functions_in(file), f"{named} does not exist"
