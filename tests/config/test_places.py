"""Where files are, variables in strings, and noticing that a file changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.config.paths import Locations, locate, make_private_folder
from app.config.watch import Watcher


def test_a_home_holds_everything(tmp_path: Path) -> None:
    expected = Locations(
        config_file=tmp_path / "config.toml",
        database=tmp_path / "parley.db",
        vault=tmp_path / "vault.json",
        cache_dir=tmp_path / "cache",
        log_dir=tmp_path / "log",
    )
    assert locate({"PARLEY_HOME": str(tmp_path)}) == expected
    assert locate({"PARLEY_HOME": "/elsewhere"}, tmp_path) == expected
    assert locate({"PARLEY_HOME": str(tmp_path)}, is_demo=True) == expected
    assert expected.token_ranks_dir.parent == expected.model_lists_dir.parent == tmp_path / "cache"


def test_a_relative_home_does_not_move_with_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate({}, Path("here")).database == tmp_path / "here" / "parley.db"


def test_xdg_folders_are_honoured(tmp_path: Path) -> None:
    environ = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    places = locate(environ)
    assert places.config_file == tmp_path / "CONFIG" / "parley" / "config.toml"
    assert places.database == tmp_path / "DATA" / "parley" / "parley.db"
    assert places.vault == tmp_path / "DATA" / "parley" / "vault.json"
    assert places.cache_dir == tmp_path / "CACHE" / "parley"
    assert places.log_dir == tmp_path / "STATE" / "parley" / "log"


def test_the_demo_has_a_home_of_its_own(tmp_path: Path) -> None:
    assert locate({"XDG_DATA_HOME": str(tmp_path)}, is_demo=True) == Locations.under(tmp_path / "parley" / "demo")


def test_without_any_variable_the_platform_decides() -> None:
    places = locate({"PARLEY_HOME": "", "XDG_DATA_HOME": "relative/is/ignored"})
    assert places.database.is_absolute()
    assert "parley" in str(places.database)
    assert "parley" in str(places.log_dir)


def test_looking_for_places_creates_nothing(tmp_path: Path) -> None:
    locate({"PARLEY_HOME": str(tmp_path / "home")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
def test_folders_are_made_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    make_private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_path_in_the_configuration_starts_where_the_file_is(tmp_path: Path) -> None:
    places = Locations.under(tmp_path)
    assert places.beside_config("certs/ca.pem") == tmp_path / "certs" / "ca.pem"
    assert places.beside_config("/etc/ca.pem") == Path("/etc/ca.pem")
    assert places.beside_config("~/ca.pem") == Path.home() / "ca.pem"


def test_an_account_that_nobody_has_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = "~nobody-of-that-name/ours"
    assert Locations.under(tmp_path).beside_config(written) == tmp_path / written
    assert locate({"PARLEY_HOME": written}) == Locations.under(tmp_path / written)
    assert locate({}, Path(written)) == Locations.under(tmp_path / written)


def test_a_watcher_notices_every_kind_of_change(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    watcher = Watcher(path)
    assert not watcher.changed()
    path.write_text("a")
    assert watcher.changed()
    assert not watcher.changed()
    path.write_text("ab")
    assert watcher.changed()
    replacement = tmp_path / "new"
    replacement.write_text("xy")
    os.utime(replacement, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    replacement.replace(path)
    assert watcher.changed()
    path.unlink()
    assert watcher.changed()
    assert not watcher.changed()
