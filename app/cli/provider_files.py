"""`parley providers import FILE | export NAME`: from and to files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note, write
from app.cli.questions import confirmed

if TYPE_CHECKING:
    from app.connections.connections import Connections


_READS = """\
Reads the files of Crush (crush.json, and its catalogue), aichat, opencode, llm,
OpenCrust (config.yml), KruxOS (models.yaml), Craft Agents, Osaurus
(remote.json), and of Parley. What it understood is shown before anything is
written. Keys go into the key store; a $VAR stays a $VAR.
"""


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "export":
        parser.add_argument("name", metavar="NAME", help="the provider")
        return
    parser.epilog = _READS
    parser.add_argument("file", metavar="FILE", type=Path, help="the configuration of another program")
    parser.add_argument("--dry-run", action="store_true", help="show what it would do, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: CliContext) -> int:
    work = _import if args.doing == "import" else _export
    return with_connections(context, lambda connections: work(connections, args, context))


async def _export(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    from app.config.exporting import export_toml

    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    write(context, export_toml(args.name, connections.roster.entry(args.name)))
    return 0


async def _import(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    from app.importing.files import import_file
    from app.importing.report import plan_lines
    from app.importing.values import ImportFailed

    try:
        plan = connections.changes.import_plan(import_file(args.file, connections.roster.catalogue))
    except ImportFailed as error:
        return fail(context, error.message, error.hint, code=WRONG_USAGE)
    for line in plan_lines(plan):
        write(context, line + "\n")
    if args.dry_run:
        return 0
    if plan.changes_nothing:
        note(context, "There is nothing to write.")
        return 0
    if not args.yes and not confirmed(context, "", "Write this?"):
        return fail(context, "Nothing was written.", "Add --yes to write it without a question.", code=WRONG_USAGE)
    await connections.changes.take_import(plan)
    note(context, "Written. `parley providers test` tries them.")
    return 0
