"""`parley providers`: everything about the ways to models."""

from __future__ import annotations

import argparse
from importlib import import_module

from app.cli.context import CliContext

_DOING = {
    "list": ("provider_lists", "the providers there are, configured and found"),
    "presets": ("provider_lists", "the presets that ship with Parley"),
    "show": ("provider_lists", "everything about one provider"),
    "test": ("provider_tests", "ask providers now whether they answer"),
    "add": ("provider_edits", "add a provider: it is tried, then saved"),
    "edit": ("provider_edits", "change a provider: it is tried, then saved"),
    "enable": ("provider_changes", "contact a provider again"),
    "disable": ("provider_changes", "never contact a provider"),
    "remove": ("provider_changes", "remove a provider, its stored key and its secret headers"),
    "import": ("provider_files", "take over providers from another program's configuration"),
    "export": ("provider_files", "print a provider as TOML, without its keys"),
}
"""What can be done, where it is written, and its line of help."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    doing = parser.add_subparsers(dest="doing", metavar="WHAT", title="what", required=True)
    for name, (module, summary) in _DOING.items():
        command = doing.add_parser(name, help=summary, description=summary.capitalize() + ".", allow_abbrev=False)
        import_module(f"app.cli.{module}").add_arguments_of(name, command)


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what was asked; returns the exit code."""
    module, _ = _DOING[args.doing]
    code: int = import_module(f"app.cli.{module}").run(args, context)
    return code
