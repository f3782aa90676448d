"""The file that `parley config init` writes: every key with what it does, and an example for every preset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.config.literals import toml_key, toml_value
from providers.catalogue.hosts import host_of, is_local
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset

_PRESETS_TITLE = "# Every preset, ready to be uncommented. What is left out is known without being written."
_ANY_MODEL = "MODEL-ID"


def first_config(catalogue: Catalogue) -> str:
    """All of it is comments: uncommented, every line is valid."""
    keys = Path(__file__).with_name("first.toml").read_text("utf-8")
    examples = ("\n".join(_example(preset)) for preset in catalogue.all_presets())
    return "\n\n".join((keys.rstrip("\n"), _PRESETS_TITLE, *examples)) + "\n"


def _example(preset: Preset) -> Iterator[str]:
    yield f"# {preset.name}" + (f" · keys: {preset.key_url}" if preset.key_url else "")
    if preset.start_hint:
        yield f"# {preset.start_hint}"
    yield f"# [providers.{toml_key(preset.id)}]"
    yield _line("type", preset.id)
    if base_url := _base_url(preset):
        yield _line("base_url", base_url, _or(preset.base_url_env))
    if preset.key_env:
        beside = "where it wants one" if preset.quirks.key_optional else ""
        yield _line("api_key", f"${preset.key_env[0]}", _or(preset.key_env[1:]) or beside)
    if preset.default_model:
        yield _line("model", preset.default_model)
    else:
        beside = "otherwise the first one it lists" if preset.default_is_first_listed else "it has no default"
        yield _line("model", _ANY_MODEL, beside)


def _base_url(preset: Preset) -> str:
    """The address to be filled in or adapted; "" where the preset's own is the only one."""
    if preset.base_url:
        return preset.base_url if is_local(host_of(preset.base_url)) else ""
    below = next((host[1:] for host in preset.hosts if host.startswith("*.")), ".example.com")
    return f"https://YOUR-NAME{below}"


def _or(variables: tuple[str, ...]) -> str:
    return f"or {' or '.join(f'${name}' for name in variables)}" if variables else ""


def _line(key: str, value: str, beside: str = "") -> str:
    return f"# {key} = {toml_value(value)}" + (f"   # {beside}" if beside else "")
