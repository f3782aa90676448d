"""Where Parley keeps its files: on a real disk, with real rights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.config.paths import Locations
from app.doctor.findings import Verdict
from app.doctor.places import places
from tests.doctor.reading import bad, saying

needs_modes = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
needs_refusal = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="the superuser may read and write whatever the mode says"
)


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Locations.under(home)


def write(path: Path, mode: int = 0o600) -> None:
    path.write_text("x")
    path.chmod(mode)


def test_a_new_home_is_fine_and_every_place_is_named(locations: Locations) -> None:
    findings = list(places(locations, holds_key=False))
    assert not bad(findings)
    for path in (locations.config_file, locations.database, locations.vault, locations.cache_dir, locations.log_dir):
        assert "not there yet" in saying(findings, f": {path}").what
    saying(findings, "free on the disk")


@needs_modes
def test_private_files_are_fine_and_their_mode_is_said(locations: Locations) -> None:
    write(locations.database)
    locations.log_dir.mkdir(mode=0o700)
    findings = list(places(locations, holds_key=False))
    assert saying(findings, str(locations.database)).what.endswith("mode 0600.")
    assert saying(findings, str(locations.log_dir)).what.endswith("mode 0700.")
    assert not bad(findings)


@needs_modes
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_plain_key_that_others_may_read_is_a_problem(locations: Locations, mode: int) -> None:
    write(locations.config_file, mode)
    [finding] = bad(places(locations, holds_key=True))
    assert finding.verdict is Verdict.PROBLEM
    assert "a key in plain text" in finding.what
    assert f"chmod 600 {locations.config_file}" in finding.advice
    assert not bad(places(locations, holds_key=False)), "its folder keeps others out"


@needs_modes
def test_conversations_that_others_may_read_are_a_warning(locations: Locations) -> None:
    locations.database.parent.chmod(0o755)
    write(locations.database, 0o644)
    [finding] = bad(places(locations, holds_key=False))
    assert finding.verdict is Verdict.WARNING
    assert finding.what == f"Others may read your conversations in {locations.database}."


@needs_modes
def test_a_folder_in_which_others_may_replace_files_is_said_once(locations: Locations) -> None:
    locations.database.parent.chmod(0o777)
    write(locations.database)
    write(locations.config_file)
    [finding] = bad(places(locations, holds_key=False))
    assert finding.what == f"Others may replace files in {locations.database.parent}."


def test_a_folder_in_the_place_of_the_database_is_a_problem(locations: Locations) -> None:
    locations.database.mkdir()
    locations.log_dir.write_text("")
    wrong = bad(places(locations, holds_key=False))
    assert saying(wrong, str(locations.database)).what.endswith("is no file.")
    assert saying(wrong, str(locations.log_dir)).what.endswith("is no folder.")
    assert {finding.verdict for finding in wrong} == {Verdict.PROBLEM}


def test_a_home_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    findings = list(places(Locations.under(tmp_path / "file" / "home"), holds_key=False))
    database = saying(findings, "Database:")
    assert database.verdict is Verdict.PROBLEM
    assert f"{tmp_path / 'file'} is no folder" in database.what
    assert saying(findings, "Cache:").verdict is Verdict.WARNING


@needs_refusal
def test_what_may_not_be_written_is_said(locations: Locations) -> None:
    write(locations.database, 0o400)
    write(locations.config_file, 0o400)
    locations.log_dir.mkdir(mode=0o000)
    wrong = bad(places(locations, holds_key=False))
    assert saying(wrong, "Database:").verdict is Verdict.PROBLEM
    assert saying(wrong, "Configuration:").verdict is Verdict.WARNING
    assert "cannot be read" in saying(wrong, "Log folder:").what


@needs_refusal
def test_a_folder_that_may_not_be_written_is_said(locations: Locations) -> None:
    locations.database.parent.chmod(0o500)
    assert saying(bad(places(locations, holds_key=False)), "Database:").verdict is Verdict.PROBLEM
