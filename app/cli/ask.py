"""`parley ask`: one reply to stdout, made for scripts."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.context import CliContext
from app.cli.output import fail, note, write, write_json
from app.cli.parser import positive
from app.cli.prompting import WrongUsage, read_prompt, read_tools
from app.cli.wanted_model import wanted_model

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.session import Session
    from providers.errors import OverBudget, ProviderError
    from providers.events import Event
    from providers.reference import ModelRef
    from providers.request import ToolSpec

DONE, PROVIDER_FAILED, WRONG_USAGE, NOTHING_TO_ASK, OVER_BUDGET, INTERRUPTED = 0, 1, 2, 3, 4, 130

_OVER_BUDGET_HINT = "--over-budget sends it all the same."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("prompt", nargs="*", metavar="PROMPT", help="what to ask; piped stdin is added to it")
    # Without defaults of their own, what stands before the command counts: `parley -m REF ask …`.
    add("-m", "--model", metavar="REF", default=argparse.SUPPRESS, help="provider/model-id, a provider, or a model")
    add("--system", metavar="S", default="", help="the system prompt")
    add("-f", "--file", metavar="FILE", type=Path, action="append", default=[], help="add a text file")
    add("--max-tokens", metavar="N", type=positive, help="the most tokens to generate")
    add(
        "-c",
        "--continue",
        dest="continue_last",
        action="store_true",
        default=argparse.SUPPRESS,
        help="go on with the last conversation",
    )
    add("--tools", metavar="FILE", type=Path, help="offer these tools; calls are reported, not run")
    add("--no-save", action="store_true", help="keep the conversation out of the store")
    add("--over-budget", action="store_true", help="send it although a budget is used up")
    add("--json", action="store_true", help="print one JSON object instead of the text")
    add("--quiet", action="store_true", help="no notices on stderr")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Ask once and return the exit code of the contract."""
    try:
        prompt = read_prompt(args.prompt, args.file, sys.stdin)
        tools = read_tools(args.tools)
    except WrongUsage as error:
        return _fail_early(args, context, WRONG_USAGE, str(error), error.hint)
    from app.session.opening import session_for

    session = session_for(context.locations, context.environ, is_demo=context.is_demo)
    if session.connections.problems:
        first = session.connections.problems[0]
        for problem in session.connections.problems[1:] if args.json else session.connections.problems:
            fail(context, f"config.toml, {problem}.", problem.hint)
        if args.json:
            _fail_early(args, context, WRONG_USAGE, f"config.toml, {first}.", first.hint)
        return WRONG_USAGE
    return asyncio.run(_Asking(args, context, session).run(prompt, tools))


class _Asking:
    """One run of the command."""

    def __init__(self, args: argparse.Namespace, context: CliContext, session: Session) -> None:
        self._args = args
        self._context = context
        self._session = session
        self._session.budgets.can_ask = False
        self._is_live = not args.json
        self._ends_line = True
        self._said: set[str] = set()
        """Notices that were shown when they arrived."""

    async def run(self, prompt: str, tools: tuple[ToolSpec, ...]) -> int:
        from app.storage.errors import StoreError

        try:
            await self._session.open()
            for sentence in self._session.notices:
                self._note(sentence)
            chat = await self._chat()
            ref = await self._model(chat)
            if ref is None:
                return self._fail_early(
                    NOTHING_TO_ASK, "There is no model to ask.", self._session.connections.no_model_hint()
                )
            return await self._ask(chat, prompt, ref, tools)
        except StoreError as error:
            return self._fail_early(WRONG_USAGE, f"{error}.", error.hint)
        except WrongUsage as error:
            return self._fail_early(WRONG_USAGE, str(error), error.hint)
        finally:
            await self._session.close()

    async def _chat(self) -> Chat:
        chat = await self._session.latest_chat() if self._args.continue_last else None
        if chat is None:
            return self._session.new_chat(system=self._args.system, is_saved=not self._args.no_save)
        chat.system = self._args.system or chat.system
        chat.is_saved = not self._args.no_save
        return chat

    async def _model(self, chat: Chat) -> ModelRef | None:
        if self._args.model:
            return await wanted_model(self._session, self._args.model)
        ref = await self._session.settled_model(chat)
        self._say_who_stands_in(chat, ref)
        return ref

    def _say_who_stands_in(self, chat: Chat, ref: ModelRef | None) -> None:
        """Nobody chose a model this time, and the usual one cannot be asked."""
        usual = chat.model or self._session.connections.settings.default_model
        if ref is not None and usual is not None and ref != usual:
            self._note(f"{usual} is disabled or gone; {ref} answers.")

    async def _ask(self, chat: Chat, prompt: str, ref: ModelRef, tools: tuple[ToolSpec, ...]) -> int:
        from app.session.budgets.verdict import OVER_BUDGET_ALLOWED

        permission = OVER_BUDGET_ALLOWED if self._args.over_budget else None
        refusal = None if permission else await self._refusal(chat, prompt, ref, tools)
        if refusal is not None:
            hint = f"{refusal.hint} {_OVER_BUDGET_HINT}"
            return self._fail_early(OVER_BUDGET, refusal.summary, hint, model=str(ref))
        turn = chat.ask(prompt, ref, max_output_tokens=self._args.max_tokens, tools=tools, permission=permission)
        was_interrupted = False
        try:
            async with aclosing(turn.run()) as events:
                async for event in events:
                    self._show(event)
        except asyncio.CancelledError:
            was_interrupted = True
        self._end_line()
        if self._args.json:
            from app.session.export import ask_object

            write_json(self._context, ask_object(turn.reply, chat.id if chat.is_saved else None), indent=None)
        return self._conclude(turn.reply, was_interrupted)

    async def _refusal(self, chat: Chat, prompt: str, ref: ModelRef, tools: tuple[ToolSpec, ...]) -> OverBudget | None:
        """Why a budget stops the prompt; None when none does."""
        budgets = self._session.budgets
        if not budgets.limits(ref.provider):
            return None
        check = await budgets.check(chat, prompt, ref, max_output_tokens=self._args.max_tokens, tools=tools)
        return check.refusal

    def _conclude(self, reply: Reply, was_interrupted: bool) -> int:
        if was_interrupted:
            self._note("Stopped. What arrived is kept." if not self._args.no_save else "Stopped.")
            return INTERRUPTED
        for sentence in reply.notices:
            if sentence not in self._said:
                self._note(sentence)
        if reply.error is None:
            if reply.stop == "length":
                self._note("The reply was cut off at its token limit.")
            return DONE
        if not self._args.json:
            way_on = _OVER_BUDGET_HINT if reply.error.category == "budget" else ""
            fail(self._context, reply.error.summary, f"{reply.error.hint} {way_on}".strip())
        return _exit_code(reply.error)

    def _show(self, event: Event) -> None:
        from providers.events import Notice, Retrying, TextDelta, ToolCallDelta

        if isinstance(event, TextDelta) and self._is_live:
            self._write(event.text)
        elif isinstance(event, ToolCallDelta) and self._is_live and event.name:
            self._note(f"The model calls {event.name}; Parley does not run it.")
        elif isinstance(event, Notice):
            self._said.add(event.text)
            self._note(event.text)
        elif isinstance(event, Retrying) and event.wait_s:
            when = f" in {event.wait_s:.0f} s" if event.wait_s >= 1 else ""
            self._note(f"{event.error.summary} Trying again{when}.")

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._context.stdout.isatty():
            from app.text import printable

            text = printable(text)
        write(self._context, text)
        self._context.stdout.flush()
        self._ends_line = text.endswith("\n")

    def _end_line(self) -> None:
        if not self._ends_line:
            self._write("\n")

    def _note(self, sentence: str) -> None:
        if not self._args.quiet:
            self._end_line()
            note(self._context, sentence)

    def _fail_early(self, code: int, message: str, hint: str, *, model: str = "") -> int:
        return _fail_early(self._args, self._context, code, message, hint, model=model)


def _fail_early(
    args: argparse.Namespace, context: CliContext, code: int, message: str, hint: str, *, model: str = ""
) -> int:
    """Nothing was sent. With --json the error is in the object all the same.

    Args:
        model: that would have been asked; "" for what was typed.
    """
    if not args.json:
        return fail(context, message, hint, code=code)
    from app.session.export import failed_object
    from providers.errors import BadConfig, OverBudget

    error = OverBudget(message, hint) if code == OVER_BUDGET else BadConfig(message, hint)
    write_json(context, failed_object(model or args.model or "", error), indent=None)
    return code


def _exit_code(error: ProviderError) -> int:
    from providers.errors import MissingKey

    if error.category == "budget":
        return OVER_BUDGET
    if error.category == "config":
        return WRONG_USAGE
    if isinstance(error, MissingKey):
        return NOTHING_TO_ASK
    return PROVIDER_FAILED
