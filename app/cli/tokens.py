"""`parley tokens`: how tokens are counted before a server says how many there were."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, facts, fail, note, table, width_of, write, write_json
from app.cli.prompting import WrongUsage, read_text

if TYPE_CHECKING:
    from app.connections.token_ranks import RanksState
    from app.session.counting import Estimator
    from app.session.session import Session
    from providers.reference import ModelRef

WRONG_USAGE = 2
_FAILED = 1
_MODELS = 200
_COLUMNS = (
    Column("model", may_shrink=True),
    Column("counted by"),
    Column("request", is_number=True),
    Column("reply", is_number=True),
    Column("learned from", is_number=True),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions (list without one)")
    listing = actions.add_parser("list", help="what counts for which model, and what was learned about it")
    installing = actions.add_parser("install", help="keep OpenAI's rank file o200k_base.tiktoken, to count as they do")
    source = installing.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a file that you have")
    source.add_argument("--download", action="store_true", help="fetch it from OpenAI, 3.6 MB")
    actions.add_parser("remove", help="remove the rank file")
    counting = actions.add_parser("count", help="how many tokens a text is, as a request to a model")
    counting.add_argument("text", nargs="*", metavar="TEXT", help="without it, what is piped in is counted")
    counting.add_argument("-f", "--file", type=Path, metavar="FILE", help="count a file")
    counting.add_argument(
        "-m", "--model", metavar="REF", default=argparse.SUPPRESS, help="provider/model-id, a provider, or a model"
    )
    counting.add_argument("--exact", action="store_true", help="ask the provider, which is free where it can")
    for action in (listing, counting):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what `args.action` says. Returns: 0, 1 when a server failed, 2 for a wrong file or wrong usage."""
    from app.session.opening import session_for

    session = session_for(context.locations, context.environ, is_demo=context.is_demo)
    for problem in session.connections.problems:
        fail(context, f"config.toml, {problem}.", problem.hint)
    if session.connections.problems:
        return WRONG_USAGE
    return asyncio.run(_run(args, context, session))


async def _run(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    from app.storage.errors import StoreError
    from providers.errors import ProviderError
    from providers.ranks import WrongRanks

    actions = {"list": _list, "install": _install, "remove": _remove, "count": _count}
    try:
        return await actions[args.action or "list"](args, context, session)
    except WrongRanks as wrong:
        return fail(context, f"{wrong}.", "Nothing was changed.", code=WRONG_USAGE)
    except WrongUsage as error:
        return fail(context, str(error), error.hint, code=WRONG_USAGE)
    except StoreError as error:
        return fail(context, f"{error}.", error.hint, code=WRONG_USAGE)
    except ProviderError as error:
        return fail(context, error.summary, error.hint, code=WRONG_USAGE if error.category == "config" else _FAILED)
    except OSError as error:
        return fail(context, f"{error.filename} cannot be used: {error.strerror}.", code=WRONG_USAGE)
    finally:
        await session.close()


# ── the rank file ─────────────────────────────────────────────────────────────


async def _install(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    ranks = session.counting.ranks
    if args.download:
        await session.connections.open()
        ranks.install(await session.connections.client.download_ranks(ranks.file))
    else:
        ranks.install_file(args.file)
    note(context, f"The tokens of OpenAI's models are counted with {ranks.path} from now on.")
    return 0


async def _remove(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    ranks = session.counting.ranks
    if not ranks.remove():
        note(context, "There is no rank file.")
    elif _may_download(session):
        note(context, f"Removed {ranks.path}. It comes back when Parley asks a model of OpenAI's:")
        note(context, "`download_tokenizer = false` in config.toml keeps it away.")
    else:
        note(context, f"Removed {ranks.path}.")
    return 0


def _may_download(session: Session) -> bool:
    settings = session.connections.settings
    return settings.download_tokenizer and not settings.offline


# ── what is known ─────────────────────────────────────────────────────────────


async def _list(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    await session.open()
    state = session.counting.ranks.state()
    if state.is_good:
        await session.counting.load_ranks()
    learned = await session.learned_counts(_MODELS)
    if args.json:
        write_json(
            context,
            {
                "ranks": {
                    "path": str(state.path),
                    "size": state.size,
                    "is_good": state.is_good,
                    "trouble": state.trouble or None,
                    "may_download": _may_download(session),
                },
                "models": [_object(ref, estimator) for ref, estimator in learned],
            },
        )
        return 0
    write(context, facts(_about(state, session), width_of(context)))
    if learned:
        rows = [
            [
                str(ref),
                estimator.counter.name,
                f"×{estimator.input_factor:.2f} {estimator.input_extra:+,.0f}",
                f"×{estimator.output_factor:.2f}",
                f"{estimator.replies}",
            ]
            for ref, estimator in learned
        ]
        write(context, "\n" + table(_COLUMNS, rows, width_of(context)))
    return 0


def _about(state: RanksState, session: Session) -> list[tuple[str, str]]:
    from app import format as fmt

    if state.is_good:
        by = f"OpenAI's ranks: {state.path}, {fmt.size(state.size or 0)}, the published file"
    elif state.is_good is False:
        by = f"estimate, ≈ ({state.path} is not used. {state.trouble})"
    else:
        by = "estimate, ≈ (no rank file)"
    rows = [("OpenAI's models", by), ("all others", "estimate, ≈")]
    if not state.is_good:
        settings = session.connections.settings
        if settings.offline:
            when = "no: offline = true in config.toml"
        elif not settings.download_tokenizer:
            when = "no: download_tokenizer = false in config.toml"
        elif state.trouble and state.is_good is None:
            when = f"tried. {state.trouble}"
        else:
            when = "when Parley asks a model of OpenAI's; `parley tokens install --download` does it now"
        rows.append(("download", when))
    return rows


def _object(ref: ModelRef, estimator: Estimator) -> dict[str, Any]:
    return {
        "id": str(ref),
        "counter": estimator.counter.name,
        "input_factor": round(estimator.input_factor, 4),
        "input_extra": round(estimator.input_extra, 1),
        "output_factor": round(estimator.output_factor, 4),
        "replies": estimator.replies,
    }


# ── counting ──────────────────────────────────────────────────────────────────


async def _count(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    from app.cli.wanted_model import wanted_model

    text = _text(args)
    await session.open(needs_store=False)
    await session.counting.load_ranks()
    wanted = getattr(args, "model", None)
    ref = await wanted_model(session, wanted) if wanted else session.default_model()
    if ref is None and (args.exact or wanted):
        raise WrongUsage("There is no model to count for.", session.connections.no_model_hint())
    if ref is None:
        from providers.tokens import WORDS

        return _print(args, context, await asyncio.to_thread(WORDS.count, text), None, WORDS.name)
    chat = session.new_chat(is_saved=False)
    if args.exact:
        return _print(args, context, await session.count_exactly(chat, text, ref), ref, "")
    quoted = await chat.quote(text, ref)
    return _print(args, context, quoted.input_tokens, ref, session.counting.estimator(ref).counter.name)


def _text(args: argparse.Namespace) -> str:
    """Raises: WrongUsage, when there is nothing to count, or more than one thing."""
    if args.text and args.file:
        raise WrongUsage("TEXT and --file cannot both be counted.", "Give one of them.")
    if args.file:
        text = read_text(args.file)
    elif args.text:
        text = " ".join(args.text)
    elif sys.stdin is not None and not sys.stdin.isatty():
        try:
            text = sys.stdin.read()
        except UnicodeDecodeError as error:
            raise WrongUsage("What is piped in is not UTF-8 text.", "Convert it first, e.g. with iconv.") from error
    else:
        text = ""
    if not text:
        raise WrongUsage("There is nothing to count.", 'Write parley tokens count "TEXT", or pipe one in.')
    return text


def _print(args: argparse.Namespace, context: CliContext, count: int, ref: ModelRef | None, counter: str) -> int:
    """Args: counter: what made the count; "" for the provider itself."""
    if args.json:
        write_json(
            context,
            {
                "tokens": count,
                "is_estimate": bool(counter),
                "counter": counter or "provider",
                "model": None if ref is None else str(ref),
            },
        )
        return 0
    mark = "≈" if counter else ""
    where = f", as a request to {ref}" if ref is not None else ""
    write(context, f"{mark}{count:,} {'token' if count == 1 else 'tokens'}{where}\n")
    return 0
