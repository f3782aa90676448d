"""`parley keys`: which keys there are and where, storing and removing them. No key is ever printed."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from app.cli.context import CliContext
from app.cli.output import fail, note
from app.cli.prompting import WrongUsage

if TYPE_CHECKING:
    from app.cli.key_desk import KeyDesk
    from app.keys.store import StoredKey
    from providers.credentials import Secret

WRONG_USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="where each provider's key comes from, and what it hides")
    listing.add_argument("--json", action="store_true", help="print an array of objects")
    setting = actions.add_parser("set", help="store a key: asked without echo, or read from stdin when piped")
    removing = actions.add_parser("remove", help="remove a stored key")
    moving = actions.add_parser("move", help="move keys in plain text from config.toml into the key store")
    allowing = actions.add_parser("allow", help="let a provider's key go to the host it is configured with")
    for action in (setting, removing, moving, allowing):
        action.add_argument("name", metavar="NAME", help="the provider's name")
    for action in (setting, removing):
        action.add_argument("--header", metavar="H", default="", help="the value of this secret header instead")
    removing.add_argument("--all", action="store_true", help="the key and every secret header")
    removing.add_argument(
        "--forget", action="store_true", help="only forget that it is stored, when its place cannot be reached"
    )


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what `args.action` says and return the exit code."""
    from app.keys.errors import KeyStoreError

    if context.is_demo:
        return fail(context, "The demo needs no keys and stores none.", "Leave out --demo.", code=WRONG_USAGE)
    action = {"list": _list, "set": _set, "remove": _remove, "move": _move, "allow": _allow}[args.action]
    try:
        return action(args, context)
    except (KeyStoreError, WrongUsage) as error:
        return fail(context, str(error), error.hint, code=WRONG_USAGE)


def _list(args: argparse.Namespace, context: CliContext) -> int:
    from app.cli.key_desk import open_desk
    from app.cli.key_list import print_keys

    return asyncio.run(print_keys(open_desk(context), as_json=args.json))


def _set(args: argparse.Namespace, context: CliContext) -> int:
    from app.cli.key_desk import open_desk
    from app.cli.key_input import ask_for_key, standard_input
    from app.config.settings import ProviderSettings
    from app.connections.names import name_problem

    name, header = args.name, args.header
    _check_header(header)
    desk = open_desk(context)
    if name not in desk.entries and (problem := name_problem(name, ())):
        raise WrongUsage(problem, desk.others_hint(name))
    entry = desk.entries.get(name) or ProviderSettings(name, name)
    secret = ask_for_key(context, _what(name, header), standard_input(), is_header=bool(header))
    host = desk.host(entry)
    stored = asyncio.run(desk.store.write(name, secret, host=host, header=header))
    _say_stored(context, stored)
    if name not in desk.entries:
        note(context, f"There is no provider called {name} yet: the key waits for it. {desk.others_hint(name)}")
    elif header and header.lower() not in map(str.lower, entry.secret_headers):
        note(context, f'It is sent once secret_headers = ["{header}"] stands under [providers.{name}].')
    for sentence in _about(desk, name, header, secret):
        note(context, sentence)
    return 0


def _about(desk: KeyDesk, name: str, header: str, secret: Secret) -> list[str]:
    """What the user should know about a key that was just stored."""
    from providers.catalogue.hosts import owns
    from providers.key_hints import hint_for_key

    entry = desk.entries.get(name)
    if header or entry is None:
        return []
    preset = desk.preset(entry)
    # A gateway in front of a vendor takes keys of its own.
    is_vendor = preset is not None and owns(preset, desk.host(entry))
    hint = hint_for_key(secret, preset if is_vendor else None)
    hidden = " and ".join(rung.place for rung in desk.ladder(entry).hidden)
    return [sentence for sentence in (hint, f"It is used instead of {hidden}." if hidden else "") if sentence]


def _remove(args: argparse.Namespace, context: CliContext) -> int:
    from app.cli.key_desk import open_store

    store = open_store(context)
    header = None if args.all else args.header
    work = store.forget if args.forget else store.remove
    removed = asyncio.run(work(args.name, header))
    for key in removed:
        verb = "Forgot" if args.forget else "Removed"
        note(context, f"{verb} the {_what(key.provider, key.header)} {'in' if args.forget else 'from'} {key.place}.")
    if removed:
        return 0
    rest = [key.header or "the API key" for key in store.all_stored() if key.provider == args.name]
    what = "Nothing" if args.all else f"No {_what(args.name, args.header)}"
    return fail(
        context,
        f"{what} is stored{f' for {args.name}' if args.all else ''}.",
        f"Stored for {args.name}: {', '.join(rest)}." if rest else "`parley keys list` shows what is.",
        code=WRONG_USAGE,
    )


def _move(args: argparse.Namespace, context: CliContext) -> int:
    from app.cli.key_desk import open_desk
    from app.cli.key_move import move_keys

    moved = asyncio.run(move_keys(open_desk(context), args.name))
    for key in moved:
        _say_stored(context, key)
    if not moved:
        note(context, f"No key of {args.name} stands in plain text in config.toml.")
    return 0


def _allow(args: argparse.Namespace, context: CliContext) -> int:
    from app.cli.key_desk import open_desk
    from providers.errors import BadConfig

    desk = open_desk(context)
    desk.entry(args.name)
    try:
        way = desk.roster.route(args.name)
    except BadConfig as error:
        return fail(context, error.summary, error.hint, code=WRONG_USAGE)
    if not way.has_key and not way.stored_headers and not way.consents:
        hint = f"`parley keys set {args.name}` stores one."
        return fail(context, f"There is no key for {args.name} to allow.", hint, code=WRONG_USAGE)
    for consent in way.consents:
        desk.store.allow(args.name, consent.place, consent.host)
        note(context, f"From now on the key of {args.name} in {consent.place} may go to {consent.host}.")
    if not way.consents:
        host = desk.roster.destination(desk.entry(args.name))
        note(context, f"Nothing needs allowing: what {args.name} sends to {host} belongs there.")
    return 0


def _say_stored(context: CliContext, key: StoredKey) -> None:
    where = f" for {key.host}" if key.host else ""
    note(context, f"The {_what(key.provider, key.header)} is in {key.place} now{where}.")


def _check_header(header: str) -> None:
    from app.config.check import is_header_name

    if header and not is_header_name(header):
        raise WrongUsage("That is not the name of a header.", "Write --header and a name such as X-Gateway-Token.")


def _what(provider: str, header: str) -> str:
    return f"header {header} of {provider}" if header else f"key of {provider}"
