"""Where the command line enters. Also `python -m app`, though `parley.py` is the way in."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command, or the app when there is none, and return the exit code."""
    from app.cli import main

    return main(arguments)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
