"""Python, the platform, and the libraries that matter."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

from app.doctor.findings import Finding, Verdict

SUBJECT = "Python"
_LIBRARIES = ("textual", "httpx", "pydantic", "keyring", "cryptography", "tiktoken", "pyyaml")
_TESTED = "linux"


def installation(parley_version: str, version_of: Callable[[str], str] = version) -> Iterator[Finding]:
    """What runs here.

    Args:
        version_of: the version of an installed distribution. Raises: PackageNotFoundError.
    """
    system, machine = platform.platform(terse=True), platform.machine()
    where = system if machine in system else f"{system} ({machine})"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Finding(SUBJECT, f"Parley {parley_version} on {python}, {where}.")
    if not sys.platform.startswith(_TESTED):
        yield Finding(
            SUBJECT,
            f"Parley is built to run on {platform.system()}, but is tested on Linux only.",
            Verdict.NOTE,
            "What does not behave is worth a report: `parley doctor --report`.",
        )
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version_of(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield Finding(SUBJECT, f"{', '.join(found)}.")
    if missing:
        yield Finding(
            SUBJECT,
            f"Not installed: {', '.join(missing)}.",
            Verdict.PROBLEM,
            "Install Parley again, with pipx or uv, or `pip install .` in its folder: it brings its libraries along.",
        )
