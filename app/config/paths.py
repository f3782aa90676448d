"""Where Parley keeps its files. Nothing here creates anything, except `make_private_folder` when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP_NAME = "parley"


@dataclass(frozen=True, slots=True)
class Locations:
    """Every place Parley reads from or writes to.

    Attributes:
        vault: the encrypted key file; exists only for people who set a passphrase.
        cache_dir: may be deleted at any time.
    """

    config_file: Path
    database: Path
    vault: Path
    cache_dir: Path
    log_dir: Path

    @classmethod
    def under(cls, home: Path) -> Locations:
        """Everything under one folder, as with `PARLEY_HOME` and `--home`."""
        return cls(
            config_file=home / "config.toml",
            database=home / "parley.db",
            vault=home / "vault.json",
            cache_dir=home / "cache",
            log_dir=home / "log",
        )

    def beside_config(self, path: str) -> Path:
        """A path as it is written in config.toml: `~` is the home, a relative one starts where the file is."""
        return Path(beside(self.config_file.parent, path))

    @property
    def log_file(self) -> Path:
        """Where bugs of Parley's own are described."""
        return self.log_dir / "parley.log"

    @property
    def key_record(self) -> Path:
        """What is known about stored keys, without the keys: who has one, where, and for which host."""
        return self.vault.with_name("keys.toml")

    @property
    def token_ranks_dir(self) -> Path:
        """Where downloaded token rank files are kept."""
        return self.cache_dir / "tokens"

    @property
    def model_lists_dir(self) -> Path:
        """Where the model lists that servers gave are kept."""
        return self.cache_dir / "models"


def locate(environ: Mapping[str, str], home: Path | None = None, *, is_demo: bool = False) -> Locations:
    """Find the places to use.

    Args:
        environ: `PARLEY_HOME` and the XDG variables are read from it; without them the platform decides.
        home: the folder given with `--home`; wins over everything.
        is_demo: the demo has a home of its own, inside the data directory, unless one is given.
    """
    if home is None and environ.get("PARLEY_HOME"):
        home = Path(environ["PARLEY_HOME"])
    if home is not None:
        return Locations.under(expanded_home(home).absolute())
    data = _platform_dir(environ, "XDG_DATA_HOME", "user_data_path")
    if is_demo:
        return Locations.under(data / "demo")
    return Locations(
        config_file=_platform_dir(environ, "XDG_CONFIG_HOME", "user_config_path") / "config.toml",
        database=data / "parley.db",
        vault=data / "vault.json",
        cache_dir=_platform_dir(environ, "XDG_CACHE_HOME", "user_cache_path"),
        log_dir=_log_dir(environ),
    )


def beside(folder: Path, path: str) -> str:
    """A path as people write it, seen from a folder: `~` is the home, as long as it is known whose; "" stays ""."""
    return str(folder / expanded_home(Path(path))) if path else ""


def expanded_home(path: Path) -> Path:
    """`~` and `~NAME` replaced; a path that begins with an account nobody has is taken as it is."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def make_private_folder(folder: Path) -> None:
    """Create a folder that only its owner may enter. An existing one is left as it is.

    Raises:
        OSError: when it cannot be created.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _log_dir(environ: Mapping[str, str]) -> Path:
    if _xdg(environ, "XDG_STATE_HOME"):
        return _platform_dir(environ, "XDG_STATE_HOME", "") / "log"
    from platformdirs import user_log_path

    return user_log_path(APP_NAME, appauthor=False)


def _platform_dir(environ: Mapping[str, str], variable: str, function: str) -> Path:
    folder = _xdg(environ, variable)
    if folder is not None:
        return folder / APP_NAME
    import platformdirs

    path: Path = getattr(platformdirs, function)(APP_NAME, appauthor=False)
    return path


def _xdg(environ: Mapping[str, str], variable: str) -> Path | None:
    """The variable's folder; a relative one is ignored, as the XDG specification demands."""
    folder = Path(environ.get(variable, ""))
    return folder if folder.is_absolute() else None
