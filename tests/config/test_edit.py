"""Edits in place: what people wrote survives, and a broken file is never overwritten."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.config.edit import (
    EditRefused,
    add_provider,
    lock_of,
    remove_provider,
    remove_value,
    rename_provider,
    replace_provider,
    set_value,
)
from app.config.files import write_private
from app.config.load import load
from app.config.settings import BudgetLimits
from app.file_lock import LockTaken, locked
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


def test_a_provider_gets_a_budget_and_every_comment_stays(path: Path) -> None:
    set_value(path, "providers.work.budget.daily", Decimal("2.50"), {})
    loaded = set_value(path, "providers.work.budget.on_exceed", "block", {})
    assert loaded.settings.providers["work"].budget == BudgetLimits(daily=Decimal("2.50"), on_exceed="block")
    kept = [line for line in HAND_WRITTEN.splitlines() if line not in path.read_text().splitlines()]
    assert kept == []


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


def test_a_file_of_comments_is_added_to_below_them(path: Path) -> None:
    path.write_text("# theme = 'x'\n# the end\n")
    set_value(path, "theme", "y", {})
    add_provider(path, "a", {"type": "groq"}, {})
    set_value(path, "theme", "z", {})
    expected = '# theme = \'x\'\n# the end\n\ntheme = "z"\n\n[providers.a]\ntype = "groq"\n'
    assert path.read_text() == expected


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
        '[providers.claude]\ntype = "anthropic"\nextra_headers = { X-Team = "blue" }\n\n'
        '[providers.work]\ntype = "openai"\nextra_headers = { X-A = "b" }\n\n'
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


def test_a_comment_goes_with_the_table_it_stands_above_and_with_no_other(path: Path) -> None:
    path.write_text(
        "# about this file\n\n"
        '# about a\n[providers.a]\ntype = "openai"\n# off: retries = 1\n\n# about nothing\n\n'
        "# about b\n# still b\n[providers.b]\n"
        'type = "groq"\n# models of a\n[[providers.a.models]]\nid = "m"\n'
        '# about c\n[providers.c]\ntype = "grok"\n'
    )
    remove_provider(path, "a", {})
    assert path.read_text() == (
        "# about this file\n\n# about nothing\n\n"
        '# about b\n# still b\n[providers.b]\ntype = "groq"\n'
        '# about c\n[providers.c]\ntype = "grok"\n'
    )


def test_what_looks_like_a_comment_in_a_string_is_none(path: Path) -> None:
    before = '[providers.a]\ntype = "groq"\nlabel = """\n\n# not a comment"""\n'
    path.write_text(before + '[providers.b]\ntype = "groq"\n')
    remove_provider(path, "b", {})
    assert path.read_text() == before


def test_a_comment_at_the_very_top_stays_when_the_first_table_goes(path: Path) -> None:
    path.write_text('# My configuration.\n[providers.a]\ntype = "openai"\n')
    remove_provider(path, "a", {})
    assert path.read_text() == "# My configuration.\n"


def test_a_provider_is_renamed_where_it_stands_and_wherever_it_is_referred_to(path: Path) -> None:
    refs = 'default_model = "work/a"   # best\nfavourite_models = [\n  "local/x",  # small\n  "work/b/c",\n]\n'
    path.write_text(refs + HAND_WRITTEN)
    loaded = rename_provider(path, "work", "my office", {})
    expected = (refs + HAND_WRITTEN).replace('"work/', '"my office/').replace("providers.work", 'providers."my office"')
    assert path.read_text() == expected
    assert loaded.settings.default_model == ModelRef("my office", "a")


def test_replacing_a_provider_keeps_what_stays_as_it_is_written(path: Path) -> None:
    table = {
        "type": "openai-compat",
        "base_url": "https://x.example/v2",
        "extra_headers": {"X-Team": "blue", "X-Seat": "3"},
        "models": [{"id": "a", "cost_per_1m_in": Decimal("0.3")}, {"id": "b"}],
        "retries": 1,
    }
    replace_provider(path, "work", table, {})
    assert path.read_text() == HAND_WRITTEN.replace('"https://x.example/v1"', '"https://x.example/v2"').replace(
        'extra_headers = { "X-Team" = "blue" }  # ours\n',
        'extra_headers = { "X-Team" = "blue", X-Seat = "3" }  # ours\nretries = 1\n',
    ).replace("cost_per_1m_in = 0.30\n", 'cost_per_1m_in = 0.30\n\n[[providers.work.models]]\nid = "b"\n')


def test_a_price_in_quotes_that_stays_the_same_stays_in_quotes(path: Path) -> None:
    path.write_text('[providers.a]\ntype = "groq"\n[[providers.a.models]]\nid = "m"\ncost_per_1m_in = "3.00"\n')
    before = path.read_bytes()
    replace_provider(path, "a", {"type": "groq", "models": [{"id": "m", "cost_per_1m_in": Decimal(3)}]}, {})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "refs", "after"),
    [
        ('["a/1"]', ["a/1", "a/2"], '["a/1", "a/2"]'),
        ('[ "a/1", ]', ["a/1", "a/2"], '[ "a/1", "a/2", ]'),
        ('["a/1", "a/2"]', ["a/2"], '["a/2"]'),
        ('["a/1", "a/2"]', ["a/1"], '["a/1"]'),
        ('["a/1"]', [], "[]"),
        ("[]", ["a/1"], '["a/1"]'),
        ("[ # none\n]", ["a/1"], '["a/1" # none\n]'),
        ("[ # none\n]", [], "[ # none\n]"),
        ('[ # some\n  # one\n  "a/1",  # x\n]', [], "[ # some\n  # one\n]"),
        ('[\n  "a/1"  # one\n]', ["a/1", "a/2"], '[\n  "a/1",  # one\n  "a/2"\n]'),
        ('[\n  "a/1",  # one\n]', ["a/1", "a/2"], '[\n  "a/1",  # one\n  "a/2",\n]'),
        ('[\n  "a/1",  # one\n  "a/2",\n]', ["a/2"], '[\n  "a/2",\n]'),
        ('[\n  "a/1",  # one\n  # two\n  "a/2"\n]', ["a/1"], '[\n  "a/1"  # one\n  # two\n]'),
        ('[\n  # one\n  "a/1",\n]', ["b/0", "a/1"], '[\n  # one\n  "b/0",\n  "a/1",\n]'),
        ('["a/1",\n  "b/2", "c/3"\n]', ["a/1", "b/2", "c/3", "d/4"], '["a/1",\n  "b/2", "c/3",\n    "d/4"\n]'),
        ('["a/1" # , [\n, "a/2"]', ["a/2"], '[# , [\n "a/2"]'),
    ],
)
def test_an_array_changes_item_by_item(path: Path, before: str, refs: list[str], after: str) -> None:
    path.write_text(f"favourite_models = {before} # all\n")
    set_value(path, "favourite_models", refs, {})
    assert path.read_text() == f"favourite_models = {after} # all\n"


def test_a_byte_order_mark_and_windows_line_ends_stay(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbftheme = "x"\r\n')
    add_provider(path, "a", {"type": "groq"}, {})
    assert path.read_bytes() == b'\xef\xbb\xbftheme = "x"\r\n\r\n[providers.a]\r\ntype = "groq"\r\n'


def test_an_edit_that_changes_nothing_does_not_write(path: Path) -> None:
    before = path.stat()
    set_value(path, "theme", "parley-dark", {})
    replace_provider(path, "local", {"type": "ollama"}, {})
    assert path.stat() == before


@pytest.mark.parametrize("key", ["theme.x", "providers.work.base_url.x"])
def test_a_key_inside_a_value_is_refused(path: Path, key: str) -> None:
    with pytest.raises(EditRefused, match="is not a table"):
        set_value(path, key, 1, {})
    assert path.read_text() == HAND_WRITTEN


@pytest.mark.parametrize("name", ["nobody", ""])
def test_what_is_not_there_cannot_be_replaced_renamed_or_removed(path: Path, name: str) -> None:
    with pytest.raises(EditRefused, match="there is no"):
        replace_provider(path, name, {"type": "groq"}, {})
    with pytest.raises(EditRefused, match="there is no"):
        rename_provider(path, name, "x", {})
    with pytest.raises(EditRefused, match="there is no"):
        remove_provider(path, name, {})
    assert path.read_text() == HAND_WRITTEN


@pytest.mark.parametrize("name", ["Work", "a/b", " x", ""])
def test_a_bad_name_is_refused_with_the_reason(path: Path, name: str) -> None:
    with pytest.raises(EditRefused, match="invalid") as caught:
        add_provider(path, name, {"type": "groq"}, {})
    assert caught.value.problems
    with pytest.raises(EditRefused, match="invalid"):
        rename_provider(path, "local", name, {})
    assert path.read_text() == HAND_WRITTEN


# ── others who write ─────────────────────────────────────────────────────────


class MeddlingEnvironment(Mapping[str, str]):
    """An environment in whose time another program saves the file: between reading it and writing it."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def __getitem__(self, name: str) -> str:
        self._path.write_text(self._text)
        return "value"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_a_file_that_another_program_saves_meanwhile_is_not_overwritten(path: Path) -> None:
    path.write_text(HAND_WRITTEN + 'api_key = "$KEY"\n')
    theirs = 'theme = "theirs"\n'
    with pytest.raises(EditRefused, match="changed by another program"):
        set_value(path, "theme", "mine", MeddlingEnvironment(path, theirs))
    assert path.read_text() == theirs


EDIT_OFTEN = """
import sys
from pathlib import Path
from app.config.edit import add_provider, remove_provider, set_value
path, name = Path(sys.argv[1]), sys.argv[2]
for number in range(12):
    add_provider(path, f"{name}{number}", {"type": "groq"}, {})
    set_value(path, ("keys", name), str(number), {})
remove_provider(path, f"{name}0", {})
"""


def test_a_removed_provider_is_no_default_and_no_favourite_any_more(path: Path) -> None:
    path.write_text(
        '# mine\ndefault_model = "a/m"\nfallback_model = "b/m"\nfavourite_models = ["a/x", "b/y"]\n\n'
        '[providers.a]\ntype = "groq"\n[providers.b]\ntype = "openai"\n'
    )
    settings = remove_provider(path, "a", {}).settings
    assert settings.default_model is None
    assert settings.fallback_model == ModelRef("b", "m")
    assert settings.favourite_models == (ModelRef("b", "y"),)
    assert path.read_text().startswith("# mine\n")


def test_edits_of_several_processes_do_not_lose_each_other(path: Path) -> None:
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen([sys.executable, "-c", EDIT_OFTEN, str(path), name], cwd=root) for name in ("p", "q", "r")
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    providers = set(load(path, {}).settings.providers)
    assert providers == {"work", "local"} | {f"{name}{number}" for name in "pqr" for number in range(1, 12)}
    assert load(path, {}).settings.keys == {"p": "11", "q": "11", "r": "11"}
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from app.file_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_process_that_was_killed_is_free(path: Path) -> None:
    root = Path(__file__).parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(lock_of(path))], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    started = time.monotonic()
    with pytest.raises(LockTaken), locked(lock_of(path), patience_s=0.1):
        pass
    assert time.monotonic() - started < 5
    holder.kill()
    holder.wait(10)
    holder.stdout.close()
    set_value(path, "theme", "x", {})
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_a_read_only_file_is_one_sentence(path: Path) -> None:
    path.chmod(0o400)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everything")
    with pytest.raises(EditRefused, match="is read-only"):
        set_value(path, "theme", "x", {})
    assert path.read_text() == HAND_WRITTEN


def test_a_read_only_folder_is_one_sentence(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        if os.access(path.parent, os.W_OK):
            pytest.skip("this user may write everything")
        with pytest.raises(EditRefused, match="cannot be changed: Permission denied"):
            set_value(path, "theme", "x", {})
    finally:
        path.parent.chmod(0o700)
    assert path.read_text() == HAND_WRITTEN


def test_what_is_no_text_is_refused(path: Path) -> None:
    """What a shell hands over that is no UTF-8 arrives as half a character."""
    before = path.read_bytes()
    with pytest.raises(EditRefused, match="no text"):
        set_value(path, "theme", "dark\udcff", {})
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_what_is_no_ordinary_file_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    """A link to /dev/null would otherwise put a file in the place of the device, where it is root who runs this."""
    pipe, path = tmp_path / "pipe", tmp_path / "config.toml"
    os.mkfifo(pipe)
    path.symlink_to(pipe)
    with pytest.raises(EditRefused, match="mistakes"):
        set_value(path, "theme", "dark", {})
    with pytest.raises(OSError, match="no ordinary file"):
        write_private(path, "theme")
    assert pipe.is_fifo()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_that_lead_to_each_other_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.symlink_to(path)
    with pytest.raises(EditRefused, match="symbolic links"):
        set_value(path, "theme", "dark", {})
