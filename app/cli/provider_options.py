"""The options of `parley providers add | edit`, and what was given as the fields of a draft."""

from __future__ import annotations

import argparse
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.key_input import ask_for_key, standard_input
from app.cli.prompting import WrongUsage
from app.config.paths import expanded_home

if TYPE_CHECKING:
    from app.cli.context import CliContext

_TEXTS = ("type", "base_url", "host", "protocol", "port", "base_path", "label", "format", "auth", "model", "proxy")
_MORE = ("timeout", "stream_timeout", "retries", "retry_wait_max", "auto_connect")
_APART = ("protocol", "port", "base_path")
_FORMATS = ("openai-chat", "openai-responses", "anthropic-messages", "ollama-chat")
_SIGN_IN = ("api_key", "bearer", "none", "oauth")
_DAY_SECONDS = 86_400

_ADD_EXAMPLES = """\
examples:
  parley providers add groq                      a preset: its key is asked for
  parley providers add work --base-url llm.example.com
                                                 any address: Parley finds out
                                                 what is spoken there
  parley providers add fast --type groq --model llama-3.1-8b-instant
  parley providers add ci --type openai --api-key '$CI_KEY'
  parley providers add home --host 192.168.1.5 --port 11434
"""
_EDIT_EXAMPLES = """\
What is not given stays as it is; '' empties a field.

examples:
  parley providers edit work --model house-large
  parley providers edit work --name office       its stored key goes along
  parley providers edit work --api-key-stdin < key.txt
"""


def add_options(parser: argparse.ArgumentParser, *, is_edit: bool) -> None:
    """The options that `add` and `edit` have in common, and the examples of the one that it is for."""
    parser.usage = f"%(prog)s NAME {'[--name NEW]' if is_edit else '[--type T]'} [--base-url U] [OPTION …]"
    parser.epilog = _EDIT_EXAMPLES if is_edit else _ADD_EXAMPLES
    _add_place(parser.add_argument_group("what and where"))
    _add_key(parser.add_argument_group("its key"))
    _add_use(parser.add_argument_group("how it is used"))
    add = parser.add_argument_group("how this is done").add_argument
    add("--no-test", action="store_true", help="save it without trying it")
    add("--yes", action="store_true", help="do not ask: the key may go to this host, encrypted or not")
    add("--json", action="store_true", help="print what answered as one JSON object")


def _add_place(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--type",
        metavar="T",
        help="a preset, see `parley providers presets`; with an address also openai-compat …",
    )
    add("--base-url", metavar="U", help="its address, in any spelling")
    add("--host", metavar="H", help="its address given apart: host, and perhaps …")
    add("--protocol", metavar="P", type=_one_of("http", "https"), help="… http or https")
    add("--port", metavar="N", help="… a port")
    add("--base-path", metavar="PATH", help="… a path, such as /v1")
    add("--format", metavar="F", type=_one_of(*_FORMATS), help="another wire format that the preset speaks")
    add("--proxy", metavar="URL", help="the HTTP proxy on the way there; `none` for a direct way")
    add("--ca-file", metavar="FILE", help="certificates to trust, PEM")


def _add_key(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--api-key-stdin", action="store_true", help="read the key from stdin, for the key store")
    add("--api-key", metavar="'$VAR'", help="an environment variable that holds it, in single quotes")
    add("--auth", metavar="HOW", type=_one_of(*_SIGN_IN), help="how it travels: api_key, bearer or none")
    add(
        "--header", dest="headers", metavar="'NAME: VALUE'", action="append",
        help="a further header, repeatable; one that looks secret is kept with the keys",
    )  # fmt: skip


def _add_use(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--model", metavar="M", help="the model that answers by default")
    add("--label", metavar="L", help="shown instead of the name")
    add("--timeout", metavar="S", type=_seconds, help="seconds for connecting, listing and checking")
    add("--stream-timeout", metavar="S", type=_seconds, help="seconds of silence that a reply may have")
    add("--retries", metavar="N", type=_retries, help="how often a request is sent again, before its reply begins")
    add("--retry-wait-max", metavar="S", type=_seconds, help="the longest that a server may ask to wait for that")
    add("--auto-connect", action=argparse.BooleanOptionalAction, default=None, help="try it when Parley starts")


def fields_of(args: argparse.Namespace, context: CliContext) -> dict[str, Any]:
    """The fields of `Typed` that were given. Asks for the key, where it is to come from stdin. Raises: WrongUsage."""
    if args.base_url is not None and args.host is not None:
        raise WrongUsage("--base-url and --host both say where it is.", "Give one of the two.")
    for name in _APART:
        if getattr(args, name) is not None and args.host is None:
            raise WrongUsage(f"--{name.replace('_', '-')} goes with --host.", "Give --host too, or one --base-url.")
    fields: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(args, name)) is not None}
    if args.headers is not None:
        fields["headers"] = [line for line in args.headers if line.strip()]
    if args.ca_file is not None:
        fields["ca_file"] = _path(args.ca_file)
    fields["more"] = {name: value for name in _MORE if (value := getattr(args, name)) is not None}
    key = _key(args, context)
    return fields if key is None else {**fields, "key": key}


def _key(args: argparse.Namespace, context: CliContext) -> str | None:
    if args.api_key_stdin:
        return ask_for_key(context, f"key of {args.name}", standard_input()).reveal()
    if args.api_key and not args.api_key.startswith("$"):
        raise WrongUsage(
            "--api-key takes the name of a variable, such as '$MY_KEY' in single quotes.",
            "A key on the command line would be kept in the shell's history: use --api-key-stdin.",
        )
    key: str | None = args.api_key
    return key


def _path(typed: str) -> str:
    """A path as the shell means it: config.toml counts relative ones from its own folder."""
    return typed if not typed or "$" in typed else str(expanded_home(Path(typed)).absolute())


def _one_of(*known: str) -> Callable[[str], str]:
    """A word in any case, with blanks, dashes or underscores; or none."""

    def word(typed: str) -> str:
        plain = typed.strip().lower()
        found = next((each for each in ("", *known) if each.replace("_", "-") == plain.replace("_", "-")), None)
        if found is None:
            raise ArgumentTypeError(f"{typed} is none of {', '.join(known)}")
        return found

    return word


def _seconds(typed: str) -> float:
    try:
        seconds = float(typed)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _DAY_SECONDS:
        raise ArgumentTypeError(f"{typed} is no number of seconds, a day at most")
    return seconds


def _retries(typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", typed):
        raise ArgumentTypeError(f"{typed} is no number of times")
    return int(typed)
