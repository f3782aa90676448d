"""Edits in place: what people wrote survives, and a broken file is never overwritten."""

from __future__ import annotations

import os
import stat
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config.edit import EditRefused, remove_value, set_value
from app.config.load import load
from providers.reference import ModelRef

HAND_WRITTEN = """\
# My providers.

theme = "parley-dark"   # I like it dark

[budget]          # not too much
daily    = 5.00
# monthly = 100

# The proxy at work.
[providers.work]
type = 'openai-compat'
base_url = "https://x.example/v1" # staging
extra_headers = { "X-Team" = "blue" }  # ours

  [[providers.work.models]]
  id = "a"
  cost_per_1m_in = 0.30

[providers.local]
type = "ollama"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(HAND_WRITTEN)
    return path


def test_changing_a_value_changes_nothing_else(path: Path) -> None:
    set_value(path, "theme", "parley-light", {})
    assert path.read_text() == HAND_WRITTEN.replace('"parley-dark"', '"parley-light"')


def test_a_new_top_level_key_stands_above_the_tables(path: Path) -> None:
    loaded = set_value(path, "default_model", "local/llama3.1", {})
    assert loaded.settings.default_model == ModelRef("local", "llama3.1")
    text = path.read_text()
    assert text.index("default_model") < text.index("[budget]")
    assert text.replace('default_model = "local/llama3.1"\n', "") == HAND_WRITTEN


def test_money_is_written_as_a_number(path: Path) -> None:
    set_value(path, "budget.monthly", Decimal("20.50"), {})
    assert "monthly = 20.50\n" in path.read_text()
    assert load(path, {}).settings.budget.monthly == Decimal("20.50")


def test_a_provider_is_added_changed_and_removed(path: Path) -> None:
    entry = {"type": "openai-compat", "base_url": "https://y.example/v1", "extra_headers": {"X-A": "b"}}
    set_value(path, ("providers", "my.proxy"), entry, {})
    set_value(path, ("providers", "my.proxy", "enabled"), False, {})
    set_value(path, ("providers", "my.proxy", "extra_headers", "X-C"), "d", {})
    added = load(path, {}).settings.providers["my.proxy"]
    assert (added.enabled, added.extra_headers) == (False, {"X-A": "b", "X-C": "d"})
    assert path.read_text().startswith(HAND_WRITTEN.rstrip("\n"))
    remove_value(path, ("providers", "my.proxy"), {})
    assert path.read_text().rstrip() == HAND_WRITTEN.rstrip()


def test_removing_takes_the_table_with_all_that_is_below_it(path: Path) -> None:
    loaded = remove_value(path, ("providers", "work"), {})
    assert list(loaded.settings.providers) == ["local"]
    assert "# My providers." in path.read_text()
    assert 'theme = "parley-dark"   # I like it dark' in path.read_text()


def test_removing_what_is_not_there_changes_nothing(path: Path) -> None:
    remove_value(path, "providers.nobody.label", {})
    remove_value(path, "fallback_model", {})
    assert path.read_text() == HAND_WRITTEN


def test_the_first_edit_creates_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    set_value(path, "theme", "x", {})
    assert path.read_text() == 'theme = "x"\n'
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_a_file_written_by_edits_alone_reads_well(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    set_value(path, "providers.claude.type", "anthropic", {})
    set_value(path, "budget.daily", Decimal(5), {})
    models = [{"id": "m", "cost_per_1m_in": Decimal("0.30")}]
    set_value(path, "providers.work", {"type": "openai", "extra_headers": {"X-A": "b"}, "models": models}, {})
    set_value(path, "default_model", "claude/x", {})
    set_value(path, "providers.claude.extra_headers.X-Team", "blue", {})
    assert path.read_text() == (
        'default_model = "claude/x"\n\n'
        '[providers.claude]\ntype = "anthropic"\nextra_headers = {X-Team = "blue"}\n\n'
        '[providers.work]\ntype = "openai"\nextra_headers = {X-A = "b"}\n\n'
        '[[providers.work.models]]\nid = "m"\ncost_per_1m_in = 0.30\n\n'
        "[budget]\ndaily = 5\n"
    )


@pytest.mark.parametrize("broken", ["theme = \n", "theme = 3\n", "[providers.x]\n"])
def test_a_file_with_mistakes_is_never_overwritten(path: Path, broken: str) -> None:
    path.write_text(broken)
    with pytest.raises(EditRefused, match="has mistakes") as caught:
        set_value(path, "default_model", "a/b", {})
    assert caught.value.problems
    assert path.read_text() == broken


@pytest.mark.parametrize(
    ("key", "value"),
    [("theme", 3), ("nonsense", "x"), ("default_model", "claude"), ("providers.x", {"type": "nope"})],
)
def test_an_edit_that_would_break_the_file_is_refused(path: Path, key: str, value: Any) -> None:
    with pytest.raises(EditRefused, match="would make the configuration invalid") as caught:
        set_value(path, key, value, {})
    assert caught.value.problems
    assert path.read_text() == HAND_WRITTEN


def test_a_symbolic_link_stays_one(tmp_path: Path, path: Path) -> None:
    link = tmp_path / "dotfiles" / "link.toml"
    link.parent.mkdir()
    link.symlink_to(path)
    set_value(link, "theme", "x", {})
    assert link.is_symlink()
    assert 'theme = "x"' in path.read_text()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EditRefused):
        set_value(tmp_path / "file" / "config.toml", "theme", "x", {})


comments = st.lists(st.sampled_from(["# a comment", "", "   # indented", "#"]), max_size=2).map("\n".join)
names = st.sampled_from(["claude", "work", "my.proxy", "Ünï"])
pairs = st.lists(
    st.sampled_from(
        [
            'label = "L" # why',
            "retries = 1",
            "timeout   =   5",
            "'auto_connect' = true",
            'api_key = """k"""',
            'extra_headers = { X-A = "#" } # {',
            'secret_headers = [ # first\n  "X-B", # last\n]',
            'extra_headers.X-A = "dotted"',
        ]
    ),
    max_size=4,
    unique_by=lambda line: line.strip("'").split("=")[0].split(".")[0].strip().strip("'"),
)


@st.composite
def config_files(draw: st.DrawFn) -> str:
    blocks = [draw(comments)]
    if draw(st.booleans()):
        blocks.append('theme = "old" # trailing')
    if draw(st.booleans()):
        blocks.append("[budget]\ndaily = 1.0 # usd\n" + draw(comments))
    for name in draw(st.lists(names, max_size=3, unique=True)):
        blocks.append(draw(comments))
        blocks.append(f'[providers."{name}"] # {name}\ntype = "openai"')
        blocks += draw(pairs)
    return "\n".join(blocks) + draw(st.sampled_from(["", "\n", "\n\n# the end\n"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config_files(), st.sampled_from(["theme", "default_model", "budget.daily", "providers.claude.label"]))
def test_comments_and_order_survive_every_edit(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    before = tomllib.loads(text)
    if key.startswith("providers.claude") and "claude" not in before.get("providers", {}):
        return
    value: Any = Decimal("2.5") if key == "budget.daily" else "claude/new"
    set_value(path, key, value, {})
    edited = path.read_text()

    *tables, last = key.split(".")
    table = before
    for part in tables:
        table = table.setdefault(part, {})
    table[last] = 2.5 if key == "budget.daily" else "claude/new"
    assert tomllib.loads(edited) == before

    old_lines = [line for line in text.splitlines() if line.strip()]
    kept = [line for line in old_lines if not line.split("#")[0].strip().startswith(f"{last} ")]
    rest = iter(edited.splitlines())
    assert all(line in rest for line in kept), "a line is gone or has moved"
