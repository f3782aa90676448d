"""What every command prints with, and what it does not import on the way."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.context import CliContext
from app.cli.output import Column, facts, fail, markdown_table, note, table, width_of, write, write_json
from app.config.paths import Locations

HEAVY = {"textual", "httpx", "pydantic", "keyring", "tiktoken", "platformdirs", "pygments"}


def context(encoding: str = "utf-8") -> tuple[CliContext, io.BytesIO, io.StringIO]:
    out, err = io.BytesIO(), io.StringIO()
    stdout = io.TextIOWrapper(out, encoding=encoding, write_through=True)
    return CliContext(Locations.under(Path("/nowhere")), {}, stdout=stdout, stderr=err), out, err


def test_a_terminal_without_unicode_gets_question_marks_instead_of_a_crash() -> None:
    cli, out, _ = context("ascii")
    write(cli, "≥ $1.00 — café\n")
    assert out.getvalue() == b"? $1.00 ? caf?\n"


def test_errors_are_one_line_and_a_hint_whatever_is_in_them() -> None:
    cli, out, err = context()
    assert fail(cli, "bad \x1b[31mthing\nhappened", "do \u202ethat", code=3) == 3
    note(cli, "by the\nway")
    assert err.getvalue() == "parley: bad [31mthing happened\n  do that\nby the way\n"
    assert out.getvalue() == b""


@pytest.mark.parametrize("text", ["plain", "\x9b31m", "\u202e", "\ud800", "\x7f", "“quotes” 田中", '"\\\n'])
def test_json_is_harmless_and_exact(text: str) -> None:
    cli, out, _ = context()
    write_json(cli, {"text": text})
    printed = out.getvalue().decode()
    assert json.loads(printed) == {"text": text}
    assert not {"\x9b", "\u202e", "\x7f"} & set(printed)


def test_an_empty_column_is_left_out_of_a_table() -> None:
    columns = [Column("a"), Column("empty"), Column("n", is_number=True)]
    assert table(columns, [["x", "", "1"], ["yy", "", "10"]]) == "a    n\nx    1\nyy  10\n"


def test_markdown_cells_are_literal() -> None:
    assert markdown_table([Column("a")], [["<b> |*x*|\n`c`"]]).splitlines()[-1] == r"| \<b\> \|\*x\*\| \`c\` |"


@pytest.mark.parametrize("command", [["stats"], ["conversations", "list"], ["config", "check"]])
def test_commands_that_only_look_import_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from app.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        "raise SystemExit(code)\n"
    )
    (tmp_path / "config.toml").write_text('[providers.a]\ntype = "anthropic"\n')
    run = subprocess.run(
        [sys.executable, "-c", script, "--home", str(tmp_path), *command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert not HEAVY & set(run.stderr.splitlines()[-1].split())


# ── on a terminal ─────────────────────────────────────────────────────────────

COLUMNS = (Column("id"), Column("name", may_shrink=True), Column("n", is_number=True), Column("url", may_go=True))
ROWS = [("a", "A rather long name of something", "1", "https://example.com/v1"), ("bb", "田中" * 8, "22", "")]


@pytest.mark.parametrize("width", range(14, 80))
def test_a_table_gives_way_in_the_order_of_what_matters(width: int) -> None:
    from rich.cells import cell_len

    lines = table(COLUMNS, ROWS, width).splitlines()
    has_room = cell_len(table(COLUMNS, ROWS).splitlines()[1]) <= width
    assert ("url" in lines[0]) == has_room
    assert [line.split()[0] for line in lines[1:]] == ["a", "bb"]
    assert [line.split()[-1] for line in lines[1:]] == (["https://example.com/v1", "22"] if has_room else ["1", "22"])
    if width >= 20:  # What may not give way needs that much.
        assert max(map(cell_len, lines)) <= width


def test_what_goes_to_no_terminal_is_never_cut() -> None:
    cli, _, _ = context()
    assert width_of(cli) is None
    assert "A rather long name of something" in table(COLUMNS, ROWS, width_of(cli))


def test_facts_stand_below_each_other_and_long_ones_go_on_below_their_beginning() -> None:
    rows = [("key", "$KEY"), ("long name", "one two three four five six seven")]
    assert facts(rows) == "key        $KEY\nlong name  one two three four five six seven\n"
    assert facts(rows, 26).splitlines() == [
        "key        $KEY",
        "long name  one two three",
        "           four five six",
        "           seven",
    ]
    assert facts([]) == ""
