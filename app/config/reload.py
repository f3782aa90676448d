"""Takes over a `config.toml` that changes while Parley runs, as if the edit had been made in the app."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from app.config.load import Loaded, load
from app.config.problems import Problem
from app.config.settings import Settings
from app.config.watch import Watcher

_QUIET_S = 0.5
"""An editor that writes a file in steps does not pause for so long."""
_MOST_WAITS = 5
"""A file that is touched again before every poll is read all the same after so many."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of a change to the file.

    Attributes:
        settings: to be used from now on; None when the file has mistakes: what runs stays as it is.
        problems: these mistakes.
        unset, warnings: as in `Loaded`.
        summary: what changed, in words, without a full stop: "2 providers changed, 1 added".
    """

    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    unset: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    summary: str = ""


class Reloader:
    """Asked once a second, it answers within two of the last touch: a file is read when it has come to rest.

    Args:
        settings: what runs now.
        problems: what is known to be wrong with the file, so that it is not said again.
        now: seconds since the epoch, to tell how long ago the file was touched.
    """

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        settings: Settings,
        problems: tuple[Problem, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._environ = environ
        self._settings = settings
        self._problems = problems
        self._now = now
        self._watcher = Watcher(path)
        # The file may have changed between being read and being watched.
        self._waits = 1

    def acknowledge(self, settings: Settings) -> None:
        """Say what the file holds after an edit of one's own: it is not announced."""
        self._settings = settings
        self._problems = ()

    def poll(self) -> Reloaded | None:
        """What there is to announce; None nearly always."""
        is_quiet = True
        if self._watcher.changed():
            is_quiet = self._watcher.is_settled(self._now(), _QUIET_S)
            if not is_quiet and self._waits < _MOST_WAITS:
                self._waits += 1
                return None
        elif not self._waits:
            return None
        loaded = load(self._path, self._environ)
        is_quiet = is_quiet and not self._watcher.changed()
        self._waits = 0 if is_quiet else _MOST_WAITS
        if not is_quiet and (loaded.problems or loaded.settings == Settings()):
            return None  # Somebody is still writing: half a file is no news.
        return self._news(loaded)

    def _news(self, loaded: Loaded) -> Reloaded | None:
        if loaded.problems:
            is_known = _identities(loaded.problems) == _identities(self._problems)
            self._problems = loaded.problems
            return None if is_known else Reloaded(None, loaded.problems)
        summary = changes(self._settings, loaded.settings)
        was_wrong, is_gone = bool(self._problems), not self._path.exists()
        self._settings, self._problems = loaded.settings, ()
        if not summary and not was_wrong:
            return None
        if is_gone or was_wrong:
            state = f"{self._path.name} is {'gone' if is_gone else 'right again'}"
            summary = f"{state}: {summary}" if summary else state
        return Reloaded(loaded.settings, unset=loaded.unset, warnings=loaded.warnings, summary=summary)


def changes(before: Settings, after: Settings) -> str:
    """What differs, in words: "2 providers changed, 1 added; theme changed"; "" for nothing."""
    others = [
        field.name
        for field in fields(Settings)
        if field.name != "providers" and getattr(before, field.name) != getattr(after, field.name)
    ]
    listed = " and ".join(filter(None, (", ".join(others[:-1]), *others[-1:])))
    return "; ".join(filter(None, (_provider_changes(before, after), f"{listed} changed" if listed else "")))


def _provider_changes(before: Settings, after: Settings) -> str:
    old, new = before.providers, after.providers
    counts = {
        "changed": sum(1 for name in new if name in old and new[name] != old[name]),
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
    }
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    if parts:
        number, _, rest = parts[0].partition(" ")
        parts[0] = f"{number} provider{'' if number == '1' else 's'} {rest}"
        return ", ".join(parts)
    return "" if list(old) == list(new) else "providers in another order"


def _identities(problems: tuple[Problem, ...]) -> list[tuple[object, str]]:
    """What makes a problem the same one though its line moved: its key, where it has one."""
    return [(problem.key or problem.line, problem.message) for problem in problems]
