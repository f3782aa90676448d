"""Configuration files as people write them, made by hypothesis: every way to spell a table, comments everywhere.

Each line says what it is about, so that a test knows which lines an edit may touch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

Draw = st.DrawFn

NAMES = ("claude", "work", "my.proxy", "Ünï", "x y")


@dataclass
class Line:
    """Attributes:
    about: what it belongs to: () for nobody, ("providers", NAME, KEY) for a key or table of a provider.
    is_comment: whether all of it is one.
    """

    text: str
    about: tuple[str, ...] = ()
    is_comment: bool = False


@dataclass
class Written:
    """A file and what each of its lines is about."""

    lines: list[Line]
    newline: str
    ends_with_newline: bool
    names: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        text = self.newline.join(line.text for line in self.lines)
        return text + self.newline if self.ends_with_newline and text else text


class Writer:
    """Draws lines; comments are numbered, so that each can be told from the others."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._numbers = count()

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def comment(self, about: tuple[str, ...] = ()) -> Line:
        indent = self.draw(st.sampled_from(["", "  ", "\t"]))
        words = self.draw(st.sampled_from(["note", 'key = "x"', "[providers.work]", "“”", ""]))
        return Line(f"{indent}# {next(self._numbers)} {words}".rstrip(), about, is_comment=True)

    def comments(self, about: tuple[str, ...], most: int = 2) -> list[Line]:
        return [self.comment(about) for _ in range(self.draw(st.integers(0, most)))]

    def blanks(self) -> list[Line]:
        return [Line(self.draw(st.sampled_from(["", "  "]))) for _ in range(self.draw(st.integers(0, 2)))]

    def beside(self) -> str:
        """A comment at the end of a line, or none."""
        return f"{self.draw(st.sampled_from([' ', '   ', '']))}# {next(self._numbers)}" if self.chance() else ""

    def equals(self) -> str:
        return self.draw(st.sampled_from([" = ", "=", "   =  "]))

    def key(self, name: str) -> str:
        bare = name.isascii() and name.replace("-", "").isalnum()
        ways = [f'"{name}"', f"'{name}'"] + ([name] * 3 if bare else [])
        return self.draw(st.sampled_from(ways))

    def path(self, *names: str) -> str:
        return self.draw(st.sampled_from([".", " . "])).join(self.key(name) for name in names)

    def pair(self, about: tuple[str, ...], key: str, value: str) -> list[Line]:
        """A key with its value on one or several lines; a comment on a line of its own in an array is marked."""
        indent = self.draw(st.sampled_from(["", "", "  "]))
        first, *rest = f"{indent}{key}{self.equals()}{value}".split("\n")
        lines = [
            Line(first, about),
            *(Line(each, about, each.lstrip().startswith("# ") and not value.startswith('"')) for each in rest),
        ]
        lines[-1].text += self.beside()
        return lines

    def array(self, items: list[str]) -> str:
        """The items on one line or on several, with and without a comma at the end, comments between them."""
        style = self.draw(st.sampled_from(["tight", "wide", "lines"]))
        comma = "," if items and self.chance() else ""
        if style == "tight":
            return f"[{','.join(items)}{comma}]"
        if style == "wide":
            return f"[ {', '.join(items)}{comma} ]"
        text = "["
        for index, item in enumerate(items):
            is_last = index == len(items) - 1
            above = f"\n  # {next(self._numbers)}" if self.chance() else ""
            text += f"{self.beside() if not index else ''}{above}\n  {item}{comma if is_last else ','}"
            text += self.beside()
        return f"{text}\n]"


STRINGS = [
    '"L"',
    "'L'",
    '"a \\"b\\" #c"',
    '"""\nlong\n#no comment\n[providers.none]\n"""',
    "'''x\n'''",
    '"""\n\n  # no comment"""',
]
HEADERS = ["X-A", "X-B", "X-C"]


@st.composite
def pairs_of(draw: Draw, writer: Writer, is_one_line: bool) -> list[tuple[str, str]]:
    """Keys of a provider with values; the required ones first."""
    strings = [text for text in STRINGS if not is_one_line or "\n" not in text]
    headers = ", ".join(
        f'{writer.key(name)} = "v # {name}"' for name in draw(st.lists(st.sampled_from(HEADERS), unique=True))
    )
    items = [f'"{name}"' for name in draw(st.lists(st.sampled_from(HEADERS), max_size=3, unique=True))]
    optional = [
        ("label", draw(st.sampled_from(strings))),
        ("retries", draw(st.sampled_from(["1", "0", "+3", "1_0"]))),
        ("timeout", draw(st.sampled_from(["5", "1.50", "6e1"]))),
        ("auto_connect", "false"),
        ("extra_headers", f"{{ {headers} }}" if headers else "{}"),
        ("secret_headers", f"[{', '.join(items)}]" if is_one_line else writer.array(items)),
        ("extra_body", "{ a = 0.5, b = { c = [1, { d = true }] }, e.f = 1 }"),
    ]
    chosen = draw(st.lists(st.sampled_from(optional), unique_by=lambda pair: pair[0], max_size=4))
    return [("type", '"openai-compat"'), ("base_url", "'http://localhost:1/v1'"), *chosen]


def row_pairs(writer: Writer, model_id: str) -> list[tuple[str, str]]:
    optional = [
        ("name", '"N"'),
        ("cost_per_1m_in", writer.draw(st.sampled_from(["3", "0.30", '"0.1"']))),
        ("can_reason", "true"),
        ("tiers", "[{ above_input = 1, cost_per_1m_in = 6 }]"),
    ]
    chosen = writer.draw(st.lists(st.sampled_from(optional), unique_by=lambda pair: pair[0], max_size=3))
    return [("id", f'"{model_id}"'), *chosen]


def header_blocks(writer: Writer, name: str) -> Iterator[list[Line]]:
    """A provider with a header, the tables in it with headers of their own or not, in an order of their own."""
    draw = writer.draw
    about = ("providers", name)
    pairs = draw(pairs_of(writer, is_one_line=False))
    apart = writer.chance()
    yield section(
        writer, writer.path("providers", name), about, [p for p in pairs if not (apart and p[0] == "extra_headers")]
    )
    if apart and writer.chance():
        headers = [
            (writer.key(header), f'"{header}"') for header in draw(st.lists(st.sampled_from(HEADERS), unique=True))
        ]
        yield section(writer, writer.path("providers", name, "extra_headers"), (*about, "extra_headers"), headers)
    for index in range(draw(st.integers(0, 3))):
        rows = row_pairs(writer, f"m{index}")
        path = writer.path("providers", name, "models")
        row = section(writer, f"[{path}]", (*about, "models"), rows)
        if all(key != "tiers" for key, _ in rows) and writer.chance():
            tiers = [("above_input", "5"), ("cost_per_1m_out", "2")]
            row += section(writer, f"[{path}.tiers]", (*about, "models"), tiers)
        yield row


def section(writer: Writer, header: str, about: tuple[str, ...], pairs: list[tuple[str, str]]) -> list[Line]:
    """A header with its keys. What stands directly above and below it is about it."""
    lines = writer.comments(about)
    indent = writer.draw(st.sampled_from(["", "", "  "]))
    blank = writer.draw(st.sampled_from(["", " "]))
    lines.append(
        Line(f"{indent}[{blank}{header}{blank}]{writer.beside()}".replace("[ [", "[[").replace("] ]", "]]"), about)
    )
    for key, value in pairs:
        lines += writer.comments(about, 1)
        if writer.chance():
            lines += writer.blanks()
        lines += writer.pair(about if len(about) > 2 else (*about, key), key, value)
    lines += writer.comments(about, 1)
    return lines


@st.composite
def config_files(draw: Draw) -> Written:
    """A valid file with up to four providers, spelled in all the ways TOML has."""
    writer = Writer(draw)
    names = draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))
    ways = {name: draw(st.sampled_from(["header", "header", "dotted", "inline"])) for name in names}
    in_table = writer.chance()
    lines: list[Line] = [*writer.comments(()), Line("")] if writer.chance() else []
    lines += root(writer, names)
    beside_each_other: list[Line] = []
    for name in [name for name in names if ways[name] != "header"]:
        start = () if in_table else ("providers",)
        pairs = draw(pairs_of(writer, is_one_line=True))
        if ways[name] == "inline":
            inside = ", ".join(f"{key} = {value}" for key, value in pairs)
            beside_each_other += writer.comments((), 1)
            beside_each_other += writer.pair(("providers", name), writer.path(*start, name), f"{{ {inside} }}")
            continue
        for key, value in pairs:
            beside_each_other += writer.comments((), 1)
            beside_each_other += writer.pair(("providers", name, key), writer.path(*start, name, key), value)
    blocks = [list(header_blocks(writer, name)) for name in names if ways[name] == "header"]
    if beside_each_other and in_table:
        blocks.append([[*writer.comments(("providers",)), Line("[providers]", ("providers",)), *beside_each_other]])
    else:
        lines += beside_each_other
    if writer.chance():
        blocks.append([section(writer, "budget", ("budget",), [("daily", "1.0"), ("on_exceed", "'ask'")])])
    while blocks := [block for block in blocks if block]:
        if lines:
            lines += [Line(""), *([*writer.comments((), 1), Line("")] if writer.chance() else [])]
        lines += draw(st.sampled_from(blocks)).pop(0)
    if writer.chance():
        lines += [Line(""), *writer.comments(())]
    return Written(lines, draw(st.sampled_from(["\n", "\n", "\r\n"])), writer.chance(), names)


def root(writer: Writer, names: list[str]) -> list[Line]:
    """Keys above all tables."""
    lines: list[Line] = []
    provider = names[0] if names else "claude"
    refs = [f'"{provider}/a"', '"other/b"', f"'{provider}/c/d'"]
    optional = [
        ("theme", "'dark'"),
        ("default_model", f'"{provider}/a"'),
        ("fallback_model", '"other/a"'),
        ("favourite_models", writer.array(writer.draw(st.lists(st.sampled_from(refs), unique=True)))),
    ]
    for key, value in writer.draw(st.lists(st.sampled_from(optional), unique_by=lambda pair: pair[0])):
        lines += writer.comments((), 1) + writer.blanks() + writer.pair((key,), key, value)
    return lines
