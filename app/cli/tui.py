"""`parley` without a command: the full-screen app."""

from __future__ import annotations

import argparse
import gc
import sys

from app.cli.context import CliContext


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--model", metavar="REF", help="the model to begin with, as provider/model-id")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-c", "--continue", dest="continue_last", action="store_true", help="open the last conversation")
    which.add_argument("--conversation", metavar="ID", help="open this conversation")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Open the app; returns its exit code."""
    from app.cli.output import fail
    from providers.reference import ModelRef

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return fail(
            context,
            "The full-screen app needs a terminal.",
            "For one reply without it: parley ask PROMPT.",
            code=2,
        )
    try:
        model = ModelRef.parse(args.model) if args.model else None
    except ValueError as error:
        return fail(context, f"{error}.", "parley models lists what can be asked.", code=2)
    # Loading modules makes no garbage, but hundreds of looks for it; the app looks again after its first frame.
    gc.disable()
    from app.app import ParleyApp
    from app.session.opening import session_for

    session = session_for(context.locations, context.environ, is_demo=context.is_demo)
    app = ParleyApp(session, continue_last=args.continue_last, conversation=args.conversation, model=model)
    app.run()
    if app.wants_tour:
        return _tour(context)
    return app.return_code or 0


def _tour(context: CliContext) -> int:
    """The demo, in a home of its own beside the user's."""
    from app.app import ParleyApp
    from app.config.paths import Locations
    from app.session.opening import session_for

    locations = Locations.under(context.locations.database.parent / "demo")
    app = ParleyApp(session_for(locations, context.environ, is_demo=True))
    app.run()
    return app.return_code or 0
