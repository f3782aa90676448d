"""Finding the line of a key, in every way that TOML can write one."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.config.layout import KeyPath
from app.config.lines import key_lines, line_of

TEXT = '''\
# [not.a.table]
plain = "= [x] #"
dotted.key.'quoted part' = 1   # dotted
array = [ 1, # one
  [ 2,
    3 ], { a = 1, "b.c" = [ { d = 1 } ] },
]
literal = \'\'\'
[still.inside]
x = 1
\'\'\'
basic = """a "quote" \\""" ""
[inside]
y = 2"""""

[table."with.dot"]   # here
a = 2026-11-21 10:00:00
[[rows]]
id = 1
[rows.sub]
x = 1
[[rows]]
[[rows.inner]]
z = 1
[[rows.inner]]
z = 2
'''


def test_every_key_has_its_line() -> None:
    expected: dict[KeyPath, int] = {
        ("plain",): 2,
        ("dotted",): 3,
        ("dotted", "key", "quoted part"): 3,
        ("array",): 4,
        ("array", 0): 4,
        ("array", 1): 5,
        ("array", 1, 1): 6,
        ("array", 2, "b.c", 0, "d"): 6,
        ("literal",): 8,
        ("basic",): 12,
        ("table", "with.dot"): 16,
        ("table", "with.dot", "a"): 17,
        ("rows",): 18,
        ("rows", 0): 18,
        ("rows", 0, "id"): 19,
        ("rows", 0, "sub"): 20,
        ("rows", 0, "sub", "x"): 21,
        ("rows", 1): 22,
        ("rows", 1, "inner", 0): 23,
        ("rows", 1, "inner", 1, "z"): 26,
    }
    lines = key_lines(TEXT)
    assert {path: lines.get(path) for path in expected} == expected


def test_what_is_not_there_belongs_to_the_table_around_it() -> None:
    assert line_of(TEXT, ("rows", 1, "id")) == 22
    assert line_of(TEXT, ("nowhere",)) is None


def paths_in(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every path in a parsed document."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    paths = {path} if path else set()
    return paths.union(*(paths_in(inner, (*path, key)) for key, inner in items))


keys = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"g\\"h"', "a.b", 'x."y".z'])
strings = st.sampled_from(
    ['"s"', '"# ] } \\" "', "'# [x]'", '"""multi\n[x]\n"" """""', "'''#\n'''''", '""', '""""""', "''"]
)
values = st.recursive(
    st.sampled_from(["1", "-0.5", "true", "2026-11-21T00:00:00Z", "2026-11-21 10:00:00", "inf"]) | strings,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",\n # c ]\n".join(items) + "\n]"),
        st.dictionaries(keys, inner, max_size=2).map(
            lambda table: "{ " + ", ".join(f"{key} = {item}" for key, item in table.items()) + " }"
        ),
    ),
    max_leaves=4,
)
blocks = st.one_of(
    st.tuples(keys, values).map(lambda pair: f"{pair[0]} = {pair[1]} # note"),
    keys.map(lambda key: f"[ {key} ]"),
    keys.map(lambda key: f"[[{key}]]"),
    st.sampled_from(["", "# [comment]", "\t"]),
)


@given(st.lists(blocks, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_exactly_the_keys_of_a_valid_document_are_found(lines: list[str], line_end: str) -> None:
    text = line_end.join(lines)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = key_lines(text)
    assert set(found) == paths_in(document)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
