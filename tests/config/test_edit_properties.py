"""Any edit of any file: what it is not about stays, line by line, and the outcome says what was asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config.edit import (
    EditRefused,
    add_provider,
    remove_provider,
    remove_value,
    rename_provider,
    replace_provider,
    set_value,
)
from app.config.literals import toml_key, toml_value
from app.config.load import Loaded, load_text
from providers.reference import ModelRef
from tests.config.written import HEADERS, NAMES, Line, Written, config_files

NEW_NAMES = st.sampled_from([*NAMES, "new", "a b.c", 'quo"te', "日本"])
on_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def tables(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def meaning(text: str) -> Loaded:
    loaded = load_text(text, {})
    assert not loaded.problems
    return loaded


def edited(path: Path, written: Written, edit: Callable[[], Loaded]) -> str:
    """The text after an edit that must succeed; the settings it returns are those of the text."""
    path.write_bytes(written.text.encode())
    loaded = edit()
    text = path.read_bytes().decode()
    assert loaded == load_text(text, {})
    return text


def assert_refused(path: Path, written: Written, why: str, edit: Callable[[], Loaded]) -> None:
    """The edit raises, and the file is the same to the byte."""
    path.write_bytes(written.text.encode())
    with pytest.raises(EditRefused, match=why):
        edit()
    assert path.read_bytes() == written.text.encode()


def assert_kept(written: Written, text: str, is_touched: Callable[[Line], bool]) -> None:
    """Every line that the edit is not about is there, in the same order, and no comment is there twice."""
    expected = [line.text for line in written.lines if line.text.strip() and not is_touched(line)]
    found = text.splitlines()
    rest = iter(found)
    for kept in expected:
        assert any(kept == each for each in rest), f"{kept!r} is gone or has moved:\n{text}"
    for line in written.lines:
        assert not line.is_comment or found.count(line.text) <= 1
    assert text.count("\r\n") in (0, text.count("\n")), "line ends are mixed"


def is_about(*about: str) -> Callable[[Line], bool]:
    """Whether a line holds a key (comments of its own do not count) or is below it."""
    return lambda line: not line.is_comment and line.about[: len(about)] == about


@on_a_file
@given(
    config_files(),
    st.sampled_from(["theme", "default_model", "budget.daily", "budget.monthly", "keys.quit", "enter_sends"]),
)
def test_setting_a_key_touches_nothing_else(tmp_path: Path, written: Written, key: str) -> None:
    value: Any = {"budget": Decimal("2.50"), "enter_sends": False}.get(key.partition(".")[0], "claude/new")
    path = tmp_path / "config.toml"
    text = edited(path, written, lambda: set_value(path, key, value, {}))
    expected = tables(written.text)
    *parents, last = key.split(".")
    table = expected
    for part in parents:
        table = table.setdefault(part, {})
    table[last] = value
    assert tables(text) == expected
    assert_kept(written, text, is_about(*key.split(".")))


@on_a_file
@given(
    config_files(),
    st.sampled_from(["label", "retries", "extra_headers.X-A", "extra_headers.X-New", "extra_body.a", "extra_body.new"]),
    st.data(),
)
def test_setting_a_key_of_a_provider_touches_nothing_else(
    tmp_path: Path, written: Written, key: str, data: st.DataObject
) -> None:
    if not written.names:
        return
    name = data.draw(st.sampled_from(written.names))
    value: Any = 7 if key == "retries" else "new"
    parts = ("providers", name, *key.split("."))
    path = tmp_path / "config.toml"
    text = edited(path, written, lambda: set_value(path, parts, value, {}))
    expected = tables(written.text)
    table = expected
    for part in parts[:-1]:
        table = table.setdefault(part, {})
    table[parts[-1]] = value
    assert tables(text) == expected
    touched = is_about(*parts[:3])
    # A provider in one line is one line.
    assert_kept(written, text, lambda line: touched(line) or line.about == ("providers", name))


@on_a_file
@given(config_files(), st.lists(st.sampled_from(["claude/a", "other/b", "claude/c/d", "x/y", "z/z"]), unique=True))
def test_a_list_changes_item_by_item(tmp_path: Path, written: Written, refs: list[str]) -> None:
    path = tmp_path / "config.toml"
    value = tuple(ModelRef.parse(ref) for ref in refs)
    text = edited(path, written, lambda: set_value(path, "favourite_models", value, {}))
    assert tables(text) == tables(written.text) | {"favourite_models": refs}
    assert_kept(written, text, is_about("favourite_models"))


TABLES = st.fixed_dictionaries(
    {"type": st.just("openai-compat"), "base_url": st.just("http://localhost:2/v1")},
    optional={
        "label": st.sampled_from(["L", "Ünï “x”", 'say "x"\n', "#\\"]),
        "retries": st.integers(0, 9),
        "timeout": st.sampled_from([Decimal("5"), Decimal("1.50"), Decimal("0.1")]),
        "enabled": st.booleans(),
        "extra_headers": st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(["v # X-A", "", "$X"]), min_size=1),
        "secret_headers": st.lists(st.sampled_from(HEADERS), unique=True, min_size=1),
        "extra_body": st.just({"a": Decimal("0.5"), "b": {"c": [1, {"d": True}]}, "e": {"f": 1}})
        | st.just({"a": True, "b": {"c": [{"d": False}, 2, 3]}, "g": "s"}),
        "models": st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from(["m0", "m1", "m2", "m3", "m/4"])},
                optional={
                    "name": st.sampled_from(["N", "Other"]),
                    "cost_per_1m_in": st.sampled_from([Decimal("0.30"), Decimal(3), Decimal("0.1")]),
                    "tiers": st.just([{"above_input": 5, "cost_per_1m_out": Decimal(2)}]),
                },
            ),
            min_size=1,
            unique_by=lambda row: str(row["id"]),
        ),
    },
)


@on_a_file
@given(config_files(), NEW_NAMES, TABLES)
def test_adding_a_provider_touches_nothing(
    tmp_path: Path, written: Written, name: str, table: Mapping[str, Any]
) -> None:
    path = tmp_path / "config.toml"
    if name in written.names:
        assert_refused(path, written, "already", lambda: add_provider(path, name, table, {}))
        return
    text = edited(path, written, lambda: add_provider(path, name, table, {}))
    expected = tables(written.text)
    expected["providers"] = expected.get("providers", {}) | {name: table}
    assert tables(text) == expected
    assert_kept(written, text, lambda _: False)


@on_a_file
@given(config_files(), TABLES, st.data())
def test_replacing_a_provider_touches_what_differs(
    tmp_path: Path, written: Written, table: Mapping[str, Any], data: st.DataObject
) -> None:
    if not written.names:
        return
    name = data.draw(st.sampled_from(written.names))
    before = tables(written.text)["providers"][name]
    stays = data.draw(st.sets(st.sampled_from(sorted(before))))
    table = {**table, **{key: before[key] for key in stays}}
    path = tmp_path / "config.toml"
    text = edited(path, written, lambda: replace_provider(path, name, table, {}))

    wanted = {
        **meaning(written.text).settings.providers,
        name: meaning_of(name, table).settings.providers[name],
    }
    assert meaning(text).settings.providers == wanted
    assert {key: value for key, value in tables(text).items() if key != "providers"} == {
        key: value for key, value in tables(written.text).items() if key != "providers"
    }
    changed = {key for key in before if before[key] != table.get(key)}

    def is_touched(line: Line) -> bool:
        if line.about[:2] != ("providers", name):
            return False
        key = line.about[2] if len(line.about) > 2 else None
        if line.is_comment:
            goes_with_a_table = key in ("extra_headers", "models") and key in changed
            return goes_with_a_table or (key in changed and key not in table)
        return key in changed or (key is None and "=" in line.text)

    assert_kept(written, text, is_touched)


def meaning_of(name: str, table: Mapping[str, Any]) -> Loaded:
    """The settings that a provider's table alone stands for."""
    return meaning(f"providers.{toml_key(name)} = {toml_value(table)}")


@on_a_file
@given(config_files(), NEW_NAMES, st.data())
def test_renaming_a_provider_changes_its_name_only(
    tmp_path: Path, written: Written, new: str, data: st.DataObject
) -> None:
    if not written.names:
        return
    old = data.draw(st.sampled_from(written.names))
    path = tmp_path / "config.toml"
    if new in written.names and new != old:
        assert_refused(path, written, "already", lambda: rename_provider(path, old, new, {}))
        return
    text = edited(path, written, lambda: rename_provider(path, old, new, {}))

    before, after = meaning(written.text).settings, meaning(text).settings
    assert list(after.providers) == [new if name == old else name for name in before.providers]

    def renamed(ref: ModelRef | None) -> ModelRef | None:
        return ModelRef(new, ref.model) if ref and ref.provider == old else ref

    assert after.default_model == renamed(before.default_model)
    assert after.favourite_models == tuple(renamed(ref) for ref in before.favourite_models)
    expected = tables(written.text)["providers"]
    assert tables(text)["providers"] == {new if name == old else name: each for name, each in expected.items()}
    refs = ("default_model", "fallback_model", "favourite_models")
    assert_kept(
        written,
        text,
        lambda line: (
            not line.is_comment and (line.about[:2] == ("providers", old) or line.about[:1] in [(r,) for r in refs])
        ),
    )
    assert len(text.splitlines()) == len(written.text.splitlines())


@on_a_file
@given(config_files(), st.data())
def test_removing_a_provider_leaves_everybody_elses_lines(
    tmp_path: Path, written: Written, data: st.DataObject
) -> None:
    if not written.names:
        return
    name = data.draw(st.sampled_from(written.names))
    path = tmp_path / "config.toml"
    text = edited(path, written, lambda: remove_provider(path, name, {}))
    expected = tables(written.text)
    del expected["providers"][name]
    gone = {key for key in ("default_model", "fallback_model") if expected.get(key, "").startswith(f"{name}/")}
    expected = {key: value for key, value in expected.items() if key not in gone}
    if "favourite_models" in expected:
        favourites = [ref for ref in expected["favourite_models"] if not ref.startswith(f"{name}/")]
        gone |= {"favourite_models"} if favourites != expected["favourite_models"] else set()
        expected["favourite_models"] = favourites
    assert tables(text).get("providers", {}) == expected.pop("providers")
    assert {key: value for key, value in tables(text).items() if key != "providers"} == expected
    assert_kept(
        written,
        text,
        lambda line: (
            line.about[:2] == ("providers", name)
            or (not line.is_comment and line.about[:1] in {(key,) for key in gone})
        ),
    )


@on_a_file
@given(config_files(), TABLES)
def test_what_is_added_and_removed_again_leaves_the_file_as_it_was(
    tmp_path: Path, written: Written, table: Mapping[str, Any]
) -> None:
    path = tmp_path / "config.toml"
    edited(path, written, lambda: add_provider(path, "added", table, {}))
    remove_provider(path, "added", {})
    kept = [line for line in path.read_text().splitlines() if line.strip()]
    assert kept == [line for line in written.text.splitlines() if line.strip()]


@on_a_file
@given(config_files(), st.sampled_from(["theme", "budget", "favourite_models", "budget.daily", "keys"]))
def test_removing_a_key_leaves_all_other_lines(tmp_path: Path, written: Written, key: str) -> None:
    path = tmp_path / "config.toml"
    text = edited(path, written, lambda: remove_value(path, key, {}))
    assert key.split(".")[-1] not in tables(text)
    about = tuple(key.split("."))
    assert_kept(
        written,
        text,
        lambda line: line.about[: len(about)] == about or (key == "budget" and line.about[:1] == ("budget",)),
    )
