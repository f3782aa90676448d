"""What config.toml says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.expand import is_plain_text
from app.doctor.findings import Finding, Verdict
from app.doctor.written import keys_in, text_of

if TYPE_CHECKING:
    from app.config.load import Loaded
    from app.config.problems import Problem
    from app.config.settings import Settings

SUBJECT = "Configuration"


def configuration(path: Path, loaded: Loaded) -> Iterator[Finding]:
    """What reading the file brought.

    Args:
        path: of the file.
    """
    if not path.exists() and not path.is_symlink():
        yield Finding(SUBJECT, "There is no config.toml: providers found in the environment are used as they are.")
    elif not loaded.problems:
        count = len(loaded.settings.providers)
        yield Finding(SUBJECT, f"config.toml is right: {count} provider{'' if count == 1 else 's'} configured.")
    yield from (_said(problem, Verdict.PROBLEM) for problem in loaded.problems)
    doubtful = sorted((*loaded.unset, *loaded.warnings), key=lambda problem: problem.line or 0)
    yield from (_said(problem, Verdict.WARNING) for problem in doubtful)
    if loaded.problems:
        return
    yield from _defaults(loaded.settings)


def holds_secret(path: Path, settings: Settings) -> bool:
    """Whether a key, a header or a password stands in config.toml itself, not in a variable.

    Args:
        settings: what the file says; in a file with mistakes, not all of it.
    """
    from app.config.cautions import has_plain_password, plain_secret_headers

    return any(is_plain_text(key) for key in keys_in(text_of(path))) or any(
        is_plain_text(entry.api_key) or plain_secret_headers(entry) or has_plain_password(entry.proxy)
        for entry in settings.providers.values()
    )


def _said(problem: Problem, verdict: Verdict) -> Finding:
    return Finding(SUBJECT, f"config.toml{':' if problem.line is None else ','} {problem}.", verdict, problem.hint)


def _defaults(settings: Settings) -> Iterator[Finding]:
    for key, ref in (("default_model", settings.default_model), ("fallback_model", settings.fallback_model)):
        if ref is None:
            continue
        entry = settings.providers.get(ref.provider)
        if entry is not None and not entry.enabled:
            what = f"{key} is {ref}, and {ref.provider} is disabled."
            yield Finding(SUBJECT, what, Verdict.WARNING, "Enable it, or choose another with `parley default`.")
