"""`parley providers add | edit | enable | disable | remove`: what changes config.toml and the key store."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note, write_json
from app.cli.questions import asked_secret, confirmed

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.drafts import Draft, Typed
    from app.connections.trying import Trial

PROVIDER_FAILED = 1
_TEXTS = ("base_url", "host", "protocol", "port", "base_path", "label", "format", "auth", "model", "proxy", "ca_file")
_MORE = ("timeout", "stream_timeout", "retries", "auto_connect")


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of your own; for `add` a preset's name is enough")
    if name == "remove":
        parser.add_argument("--yes", action="store_true", help="do not ask")
    if name in ("add", "edit"):
        _add_fields(parser)
    if name == "edit":
        parser.add_argument("--name", dest="new_name", metavar="NEW", help="rename it")


def _add_fields(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--type", metavar="T", help="a preset (`parley providers presets`), or with --base-url a bare kind")
    add("--base-url", metavar="U", help="in any spelling; without --type Parley finds out what is there")
    add("--host", metavar="H", help="instead of --base-url: host, --protocol, --port and --base-path")
    add("--protocol", metavar="P", choices=("http", "https", "HTTP", "HTTPS"))
    add("--port", metavar="N")
    add("--base-path", metavar="PATH")
    add("--model", metavar="M", help="its default model")
    add("--label", metavar="L", help="shown instead of the name")
    add("--format", metavar="F", help="another wire format that the preset speaks")
    add("--auth", choices=("api_key", "bearer", "none", "api-key", "oauth"), help="how the key travels")
    add("--api-key", metavar="$VAR", help="an environment variable; a key itself is not taken from the command line")
    add("--api-key-stdin", action="store_true", help="read the key from stdin; it goes into the key store")
    add("--header", dest="headers", metavar="'NAME: VALUE'", action="append", help="an extra header")
    add("--proxy", metavar="URL", help="an HTTP proxy for this provider; `none` for a direct way")
    add("--ca-file", metavar="FILE", help="certificates to trust, PEM")
    add("--timeout", metavar="S", type=float, help="seconds for connecting, listing and checking")
    add("--stream-timeout", metavar="S", type=float, help="seconds of silence allowed in a reply")
    add("--retries", metavar="N", type=int)
    add("--no-auto-connect", dest="auto_connect", action="store_false", default=None, help="only connect when used")
    add("--no-test", action="store_true", help="save without trying")
    add("--yes", action="store_true", help="the key may go to this host, encrypted or not: do not ask")
    add("--json", action="store_true", help="print what answered as JSON")


def run(args: argparse.Namespace, context: CliContext) -> int:
    work = {"add": _add, "edit": _edit, "remove": _remove, "enable": _enable, "disable": _disable}[args.doing]
    return with_connections(context, lambda connections: work(connections, args, context))


async def _add(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    fields = _fields(args, context)
    if fields is None:
        return WRONG_USAGE
    if not (args.type or args.base_url or args.host):
        # `parley providers add groq` names the preset and the provider in one word.
        fields["type"] = args.name
    return await _try_and_save(connections, args, context, {**fields, "name": args.name}, editing="")


async def _edit(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    if not connections.is_configured(args.name):
        return fail(
            context, f"{args.name} is not in config.toml.", f"`parley providers add {args.name}` keeps it.", code=2
        )
    fields = _fields(args, context)
    if fields is None:
        return WRONG_USAGE
    if args.new_name:
        fields["name"] = args.new_name
    return await _try_and_save(connections, args, context, fields, editing=args.name)


def _fields(args: argparse.Namespace, context: CliContext) -> dict[str, Any] | None:
    """The fields of `Typed` that were given; None when something is wrong, and said."""
    fields: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(args, name)) is not None}
    if fields.get("auth") == "api-key":
        fields["auth"] = "api_key"
    if args.type is not None:
        fields["type"] = args.type
    if args.headers is not None:
        fields["headers"] = args.headers
    fields["more"] = {name: value for name in _MORE if (value := getattr(args, name)) is not None}
    if args.api_key_stdin:
        fields["key"] = sys.stdin.readline()
        if not fields["key"].strip():
            fail(context, "stdin held no key.", "Pipe the key in: `… --api-key-stdin < FILE`.")
            return None
    elif args.api_key is not None:
        if not args.api_key.startswith("$"):
            fail(
                context,
                "--api-key takes a variable such as '$MY_KEY', in single quotes.",
                "A key on the command line ends up in the shell's history: use --api-key-stdin.",
            )
            return None
        fields["key"] = args.api_key
    return fields


async def _try_and_save(
    connections: Connections, args: argparse.Namespace, context: CliContext, fields: dict[str, Any], *, editing: str
) -> int:
    from app.connections.drafts import DraftRefused, Typed

    try:
        draft = connections.changes.draft(Typed(**fields), editing=editing)
    except DraftRefused as refusal:
        return fail(context, str(refusal), refusal.hint, code=WRONG_USAGE)
    for sentence in draft.notes:
        note(context, sentence)
    if args.no_test and not draft.settings.type:
        hint = "Give --type, or leave --no-test out."
        return fail(context, "Only trying tells what is there.", hint, code=WRONG_USAGE)
    if args.no_test:
        name = await connections.changes.save(draft, is_allowed=args.yes)
        note(context, f"Saved {name} without trying it.")
        return 0
    trial = await _tried(connections, draft, Typed(**fields), args, context)
    if trial.error is not None and not _may_be_saved(trial):
        return _failed(trial, args, context)
    name = await connections.changes.save(trial.draft, is_allowed=args.yes)
    _tell(trial, name, args, context)
    return 0


async def _tried(
    connections: Connections, draft: Draft, typed: Typed, args: argparse.Namespace, context: CliContext
) -> Trial:
    """Try a draft; ask for what is missing where somebody is there to answer."""
    from dataclasses import replace

    from providers.errors import MissingKey

    trial = await connections.changes.try_draft(draft, is_allowed=args.yes)
    if isinstance(trial.error, MissingKey) and not args.json:
        note(context, f"{trial.error.summary} {trial.error.hint}")
        key = asked_secret(context, f"Key for {trial.draft.settings.name} (not shown, empty to go on without): ")
        if key:
            draft = connections.changes.draft(replace(typed, key=key), editing=draft.replaces)
            trial = await connections.changes.try_draft(draft, is_allowed=args.yes)
    if trial.needs_consent and trial.error is not None and confirmed(context, trial.error.summary, "Send it there?"):
        args.yes = True
        trial = await connections.changes.try_draft(trial.draft, is_allowed=True)
    return trial


def _may_be_saved(trial: Trial) -> bool:
    """A provider without a key is complete but for the key."""
    from providers.errors import MissingKey

    return isinstance(trial.error, MissingKey)


def _failed(trial: Trial, args: argparse.Namespace, context: CliContext) -> int:
    error = trial.error
    assert error is not None
    if args.json:
        write_json(context, _object(trial, ""))
    for sentence in trial.warnings:
        note(context, sentence)
    hint = error.hint or "Correct it and try again."
    if trial.needs_consent:
        hint = "Add --yes if that is meant."
    tried = f" Tried {error.url}." if error.url and error.url not in error.summary else ""
    code = WRONG_USAGE if error.category == "config" else PROVIDER_FAILED
    return fail(context, f"{error.summary} Nothing was saved.{tried}", f"{hint} --no-test saves it untried.", code=code)


def _tell(trial: Trial, name: str, args: argparse.Namespace, context: CliContext) -> None:
    if args.json:
        write_json(context, _object(trial, name))
        return
    for sentence in (*trial.sentences, *trial.warnings):
        note(context, sentence)
    if trial.error is not None:
        note(context, f"Saved {name}. It has no key yet: `parley keys set {name}` stores one.")
    else:
        note(context, f"Saved {name}.")
    if trial.needs_model:
        note(context, f"Choose its model: `parley providers edit {name} --model ID`; `parley models` lists them.")


def _object(trial: Trial, name: str) -> dict[str, Any]:
    error = trial.error
    return {
        "name": name or None,
        "type": trial.draft.settings.type or None,
        "base_url": trial.draft.settings.base_url or None,
        "format": trial.draft.settings.format or None,
        "models": [info.id for info in trial.models],
        "said": list(trial.sentences),
        "warnings": list(trial.warnings),
        "error": {"category": error.category, "message": error.summary, "hint": error.hint} if error else None,
    }


async def _remove(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    if not connections.is_configured(args.name):
        return fail(context, f"{args.name} is not in config.toml.", "There is nothing to remove.", code=WRONG_USAGE)
    question = f"Remove {args.name}, its stored key and its secret headers? Conversations and costs stay."
    if not args.yes and not confirmed(context, question, "Remove it?"):
        return fail(context, f"{args.name} was not removed.", "Add --yes to remove it without a question.", code=2)
    await connections.changes.remove(args.name)
    note(context, f"Removed {args.name}.")
    return 0


async def _enable(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    return await _set_enabled(connections, args, context, is_enabled=True)


async def _disable(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    return await _set_enabled(connections, args, context, is_enabled=False)


async def _set_enabled(
    connections: Connections, args: argparse.Namespace, context: CliContext, *, is_enabled: bool
) -> int:
    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    if not connections.is_configured(args.name):
        hint = f"`parley providers add {args.name}` keeps it first."
        return fail(context, f"{args.name} was only found, it is not in config.toml.", hint, code=WRONG_USAGE)
    await connections.changes.set_enabled(args.name, is_enabled)
    note(context, f"{args.name} is {'enabled' if is_enabled else 'disabled'}.")
    return 0
