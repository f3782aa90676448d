"""JSON as people write it, and YAML by the rules of today."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importing.loose_json import NotJson, parse_json
from app.importing.yaml_text import NotYaml, parse_yaml

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 1, 'b': \"two\", $c: .5, d-e: +3,}", {"a": 1, "b": "two", "$c": Decimal("0.5"), "d-e": 3}),
        ('// one\n{ /* two */ "a": [1, 2,], # three\n}', {"a": [1, 2]}),
        (r"{'it': 'isn\'t \u00e9 \x41 \n'}", {"it": "isn't é A \n"}),
        ("\ufeff{a: null, b: true, c: false, d: undefined}", {"a": None, "b": True, "c": False, "d": None}),
        ('{"url": "https://x.example.com//v1", }', {"url": "https://x.example.com//v1"}),
        ("{a: 1.5e3}", {"a": Decimal("1.5e3")}),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_json_as_people_write_it(text: str, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", 1),
        ("{a 1}", 1),
        ("{a: 1\n b: 2}", 2),
        ("{'a': 'b\n'}", 1),
        ("{a: 1} x", 1),
        ("{a: NaN}", 1),
        ("{a: 1x}", 1),
        ("{'a': '\\u12'}", 1),
        ("", 1),
        ("/* {", 1),
    ],
)
def test_what_is_no_json_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotJson) as failed:
        parse_json(text)
    assert failed.value.line == line


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_json_values)
def test_the_loose_reader_reads_strict_json_as_the_strict_one_does(value: object) -> None:
    text = json.dumps(value, indent=2)
    # A comment makes the standard library refuse it.
    assert parse_json(f"// loose\n{text}") == parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 0.30\nb: 3\nc: 1.0e1", {"a": Decimal("0.30"), "b": 3, "c": Decimal("1.0e1")}),
        ("a: no\nb: yes\nc: true\nd: ~\ne:", {"a": "no", "b": "yes", "c": True, "d": None, "e": None}),
        ("a: 0613\nb: 12:30\nc: 2026-11-20", {"a": "0613", "b": "12:30", "c": "2026-11-20"}),
        ("a: '5'\nb: !!str 5\nc: !!python/name:os.system x", {"a": "5", "b": 5, "c": "x"}),
        ("base: &b {x: 1, y: 2}\nit:\n  <<: *b\n  y: 3", {"base": {"x": 1, "y": 2}, "it": {"x": 1, "y": 3}}),
        ("one: &a {x: 1}\ntwo: &b {x: 2}\nit: {<<: [*a, *b]}", {"one": {"x": 1}, "two": {"x": 2}, "it": {"x": 1}}),
        ("1: a\ntrue: b", {"1": "a", "true": "b"}),
        ("", None),
    ],
)
def test_yaml_values_are_what_was_written(text: str, value: object) -> None:
    assert parse_yaml(text) == value


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "[a]: b", "{a: b}: c", "a: *nothing", "--- a\n--- b", "a: \x07"])
def test_what_is_no_yaml_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(NotYaml) as failed:
        parse_yaml(text.replace("a", "planted"))
    assert "planted" not in str(failed.value)
    assert failed.value.__context__ is None


def test_reading_json_loads_no_yaml_and_nothing_heavy() -> None:
    script = (
        "import sys; from app.importing.files import import_file; from pathlib import Path;"
        "import_file(Path('tests/importing/samples/crush/crush.json'));"
        "print(sorted({'yaml', 'httpx', 'pydantic', 'tomlkit', 'textual', 'keyring'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "[]"
