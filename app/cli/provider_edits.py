"""`parley providers add | edit`: a provider is tried, then saved."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.cli.connected import WRONG_USAGE, is_configured, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note, write_json
from app.cli.prompting import WrongUsage
from app.cli.provider_objects import error_object
from app.cli.provider_options import add_options, fields_of
from app.cli.questions import asked_secret, confirmed

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.drafts import DraftRefused, Typed
    from app.connections.trying import Trial

_PROVIDER_FAILED = 1


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    is_edit = name == "edit"
    what = "the provider" if is_edit else "a name of your own; the name of a preset is enough to add it"
    parser.add_argument("name", metavar="NAME", help=what)
    if is_edit:
        parser.add_argument("--name", dest="new_name", metavar="NEW", help="rename it")
    add_options(parser, is_edit=is_edit)


def run(args: argparse.Namespace, context: CliContext) -> int:
    work = _add if args.doing == "add" else _edit
    return with_connections(context, lambda connections: work(connections, args, context))


async def _add(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    return await _Saving(connections, args, context, editing="").run({"name": args.name})


async def _edit(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not is_configured(connections, context, args.name):
        return WRONG_USAGE
    return await _Saving(connections, args, context, editing=args.name).run(
        {} if args.new_name is None else {"name": args.new_name}
    )


class _Saving:
    """One run of a command.

    Args:
        editing: the provider that is changed; "" for a new one.
    """

    def __init__(
        self, connections: Connections, args: argparse.Namespace, context: CliContext, *, editing: str
    ) -> None:
        self._connections = connections
        self._args = args
        self._context = context
        self._editing = editing
        self._is_allowed: bool = args.yes
        """Whether the key may go where it would go."""

    async def run(self, names: dict[str, Any]) -> int:
        """Args: names: the fields of `Typed` that say how it is called."""
        from app.connections.drafts import DraftRefused, Typed

        try:
            typed = Typed(**names, **fields_of(self._args, self._context))
            if not self._editing and typed.type is None and typed.base_url is None and typed.host is None:
                # `parley providers add groq` names the preset and the provider in one word.
                typed = replace(typed, type=typed.name)
            return await (self._save_untried(typed) if self._args.no_test else self._try_and_save(typed))
        except WrongUsage as error:
            return fail(self._context, str(error), error.hint, code=WRONG_USAGE)
        except DraftRefused as refusal:
            return fail(self._context, str(refusal), self._way_out(refusal), code=WRONG_USAGE)

    def _way_out(self, refusal: DraftRefused) -> str:
        name = self._args.name
        if refusal.field == "name" and not self._editing and name in self._connections.names:
            return f"`parley providers edit {name}` changes it; for another one beside it choose another name."
        if refusal.field == "type" and self._args.type is None:
            return f"{refusal.hint} For any other address add --base-url."
        return refusal.hint

    async def _save_untried(self, typed: Typed) -> int:
        draft = self._connections.changes.draft(typed, editing=self._editing)
        for sentence in draft.notes:
            note(self._context, sentence)
        if not draft.settings.type:
            raise WrongUsage("Only trying tells what is spoken there.", "Give --type, or leave --no-test out.")
        name = await self._connections.changes.save(draft, is_allowed=self._is_allowed)
        if self._args.json:
            from app.connections.trying import Trial

            write_json(self._context, _object(Trial(draft), name))
        note(self._context, f"Saved {name} without trying it.")
        return 0

    async def _try_and_save(self, typed: Typed) -> int:
        from providers.errors import MissingKey

        draft = self._connections.changes.draft(typed, editing=self._editing)
        for sentence in draft.notes:
            note(self._context, sentence)
        trial = await self._connections.changes.try_draft(draft, is_allowed=self._is_allowed)
        if isinstance(trial.error, MissingKey):
            trial = await self._with_key(trial, typed)
        if trial.needs_consent and trial.error is not None:
            self._is_allowed = confirmed(self._context, trial.error.summary, "Send it there?")
            if self._is_allowed:
                trial = await self._connections.changes.try_draft(trial.draft, is_allowed=True)
        # A provider without a key is complete but for the key.
        if trial.error is not None and not isinstance(trial.error, MissingKey):
            return self._failed(trial)
        name = await self._connections.changes.save(trial.draft, is_allowed=self._is_allowed)
        self._tell(trial, name)
        return 0

    async def _with_key(self, trial: Trial, typed: Typed) -> Trial:
        """The trial with a key, where somebody is there to type one."""
        assert trial.error is not None
        name = trial.draft.settings.name
        key = asked_secret(
            self._context,
            f"{trial.error.summary} {trial.error.hint}",
            f"Key for {name} (not shown; empty saves it without one):",
        )
        if not key:
            return trial
        draft = self._connections.changes.draft(replace(typed, key=key), editing=self._editing)
        return await self._connections.changes.try_draft(draft, is_allowed=self._is_allowed)

    def _failed(self, trial: Trial) -> int:
        error = trial.error
        assert error is not None
        if self._args.json:
            write_json(self._context, _object(trial, ""))
        for sentence in trial.warnings:
            note(self._context, sentence)
        hint = "Add --yes if that is meant." if trial.needs_consent else error.hint
        tried = f" Tried {error.url}." if error.url and error.url not in error.summary else ""
        message = f"{error.summary}{tried} Nothing was saved."
        code = WRONG_USAGE if error.category == "config" else _PROVIDER_FAILED
        return fail(self._context, message, f"{hint} --no-test saves it untried.".strip(), code=code)

    def _tell(self, trial: Trial, name: str) -> None:
        """What answered, and that it is saved."""
        say = self._context
        if self._args.json:
            write_json(say, _object(trial, name))
        for sentence in (*(() if self._args.json else trial.sentences), *trial.warnings):
            note(say, sentence)
        if trial.error is not None:
            note(say, f"{trial.error.summary} {trial.error.hint}")
            note(say, f"Saved {name} without a key: `parley keys set {name}` stores one.")
        elif trial.needs_model:
            note(say, f"Saved {name}. It has no model yet: `parley providers edit {name} --model ID` sets one.")
            note(say, f"`parley models --provider {name}` lists them.")
        else:
            note(say, f"Saved {name}.")


def _object(trial: Trial, name: str) -> dict[str, Any]:
    """Args: name: "" for one that was not saved."""
    settings = trial.draft.settings
    return {
        "name": name or None,
        "type": settings.type or None,
        "base_url": settings.base_url or None,
        "format": settings.format or None,
        "models": [info.id for info in trial.models],
        "said": list(trial.sentences),
        "warnings": list(trial.warnings),
        "error": error_object(trial.error),
    }
