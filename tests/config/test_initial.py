"""The commented file to start from: everything in it is valid, and nothing that may be written is missing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from app.config.initial import first_config
from app.config.load import load_text
from app.config.settings import Settings
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset

CATALOGUE = Catalogue()
TEXT = first_config(CATALOGUE)
ENVIRON = {name: "value" for preset in CATALOGUE.all_presets() for name in preset.key_env}

_SETTING = re.compile(r'# (?=(\[+[\w."-]+\]+|[\w"][\w."-]* =)(?: |$))')
_NEEDED = ("type", "base_url", "id", "above_input")


def uncommented(line: str) -> str:
    return line[2:] if _SETTING.match(line) else line


def settings_one_by_one() -> Iterator[str]:
    """For each commented setting a file with it alone, and with the tables and keys that it cannot be without."""
    needed: dict[str, list[str]] = {"": []}
    header = ""
    for line in TEXT.splitlines():
        if not _SETTING.match(line):
            continue
        setting = uncommented(line)
        if setting.startswith("["):
            header = setting.partition("  ")[0].strip("[]# ")
            around = [lines for name, lines in needed.items() if name and header.startswith(f"{name}.")]
            needed[header] = [*(around[-1] if around else []), setting]
        elif setting.split()[0] in _NEEDED:
            needed[header].append(setting)
        else:
            yield "\n".join([*needed[header], setting])


def known_keys(text: str) -> set[str]:
    """The keys that the checker asks for in the table at the end of a text, as its hint lists them."""
    unknown = "zzzzzzzzzzzz"
    (problem,) = [each for each in load_text(f"{text}\n{unknown} = 1", {}).problems if each.key.endswith(unknown)]
    return set(problem.hint.removeprefix("Known here: ").rstrip(".").split(", "))


def test_the_file_says_nothing_until_something_is_uncommented() -> None:
    assert all(line.startswith("# ") for line in TEXT.splitlines() if line)
    loaded = load_text(TEXT, {})
    assert (loaded.settings, loaded.problems) == (Settings(), ())
    assert max(map(len, TEXT.splitlines())) <= 120


def test_all_of_it_can_be_uncommented() -> None:
    loaded = load_text("\n".join(uncommented(line) for line in TEXT.splitlines()), ENVIRON)
    assert (loaded.problems, loaded.unset, loaded.warnings) == ((), (), ())
    assert list(loaded.settings.providers) == ["claude", "work-proxy", *CATALOGUE.preset_ids()]
    (model,) = loaded.settings.providers["work-proxy"].models
    assert model.rates is not None
    assert model.rates.tiers


def test_each_setting_can_be_uncommented_by_itself() -> None:
    settings = list(settings_one_by_one())
    assert len(settings) > 90
    for text in settings:
        loaded = load_text(text, ENVIRON)
        assert (loaded.problems, loaded.unset) == ((), ()), text
        is_default = text.split(" = ")[0] in ("enter_sends", "discover", "download_tokenizer", "offline")
        assert is_default or loaded.settings != Settings() or text.startswith("[budget]")


@pytest.mark.parametrize(
    "table",
    [
        "",
        "[budget]",
        '[providers.x]\ntype = "groq"',
        '[providers.x]\ntype = "groq"\n[providers.x.budget]',
        '[providers.x]\ntype = "groq"\n[[providers.x.models]]\nid = "m"',
        '[providers.x]\ntype = "groq"\n[[providers.x.models]]\nid = "m"\n[[providers.x.models.tiers]]\nabove_input = 1',
    ],
)
def test_every_key_that_the_checker_knows_is_in_it(table: str) -> None:
    keys = known_keys(table)
    assert keys
    shown = {uncommented(line).split(" =")[0].strip("[]") for line in TEXT.splitlines() if _SETTING.match(line)}
    shown |= {part for header in shown for part in header.split(".")} | {header.partition("]")[0] for header in shown}
    assert keys <= shown


@pytest.mark.parametrize("preset", CATALOGUE.all_presets(), ids=lambda preset: preset.id)
def test_every_preset_has_an_example_with_what_it_takes(preset: Preset) -> None:
    block = next(block for block in TEXT.split("\n\n") if f"# [providers.{preset.id}]\n" in block)
    table = tomllib.loads("\n".join(uncommented(line) for line in block.splitlines()))["providers"][preset.id]
    assert table["type"] == preset.id
    assert preset.name in block
    assert preset.key_url in block
    assert preset.start_hint in block
    assert all(
        f"${variable}" in block for variable in (*preset.key_env, *(preset.base_url_env if "base_url" in table else ()))
    )
    assert not preset.default_model or table["model"] == preset.default_model
    assert preset.base_url or table["base_url"].startswith("https://YOUR-NAME")
