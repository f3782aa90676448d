"""The launcher: `parley`, and what child processes are started through.

Its own folder goes first on `sys.path`, so that no other `app` or `providers`, in the current folder or on
PYTHONPATH, stands in front of ours.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Run Parley with the process's arguments and return its exit code."""
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [here, *(entry for entry in sys.path if entry != here)]
    from app.__main__ import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
