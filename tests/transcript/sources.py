"""Random Markdown, made of what parsers trip over, and random ways to cut it into deltas."""

from __future__ import annotations

from hypothesis import strategies as st

_LINES = (
    "plain words", "**bold** and `code`", "- item", "- ", "* star", "+ plus", "1. one", "2. two", "10) ten",
    "1986. a year", "- [x] done", "  - nested", "     deep", "  continued", "> quote", "> - item in it", "> ```",
    "```python", "```", "~~~", "   ```", "    indented", "\ttabbed", "# heading", "#", "===", "---", "- - -",
    "***", "| a | b |", "|---|:-:|", "| 1 | [x] |", "[x]: http://a.example", "[x]", "[y]: /u 'never closed",
    "'title'", "<details>", "</details>", "你好，世界", "👨‍👩‍👧 🇩🇪 e\u0301", "def f(): return '''", "/* comment", "*/",
    "", "", "", "",
)  # fmt: skip

_long_code = st.integers(1, 140).map(
    lambda n: "```python\n" + "\n".join(f"x{i} = {i}  # '''" if i % 50 == 7 else f"x{i} = {i}" for i in range(n))
)
_long_table = st.integers(1, 40).map(
    lambda n: "| a | b |\n|---|--:|\n" + "\n".join(f"| {i} | {'wide ' * (i % 5)} |" for i in range(n))
)

markdown = st.lists(
    st.one_of(
        st.sampled_from(_LINES),
        st.sampled_from(_LINES),
        st.text("ab *_`[]()!<>#-=|\\&~:.1\t \u0301", max_size=12),
        _long_code,
        _long_table,
    ),
    max_size=14,
).map("\n".join)

cuts = st.lists(st.integers(1, 60), min_size=1, max_size=8)


def deltas(source: str, sizes: list[int]) -> list[str]:
    """Cut a source into pieces of these sizes, over and over."""
    pieces: list[str] = []
    at = 0
    while at < len(source):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(source[at : at + size])
        at += size
    return pieces
