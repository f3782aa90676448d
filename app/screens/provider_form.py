"""The form that adds or changes a provider: fill in, try, see what answered, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.getters import query_one
from textual.widgets import Input, Static, TextArea

from app.config.edit import EditRefused
from app.connections.drafts import DraftRefused
from app.keys.store import KeyStoreError
from app.screens.modal import Modal
from app.screens.provider_fields import Start, main_fields, model_tip, more_fields, typed
from app.screens.question import Question
from app.screens.trial_text import trial_text
from app.screens.under_way import UnderWay
from app.styles import sheet
from app.text import one_line, plain
from app.widgets.form import Choice, Field, Fold, TextField
from app.widgets.key_line import key_line
from app.widgets.lamp import lamp
from providers.connection import ConnectionState
from providers.errors import BadCredential, CannotConnect, PathNotFound, TimedOut

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.drafts import Draft, Typed
    from app.connections.trying import Trial

_FRAME_LINES, _TIP_LINES, _LEAST_LINES = 10, 2, 3
"""Of the form, besides its fields and what is said; and of what scrolls, at least."""
_TRY, _AGAIN, _SAVE, _STOP = ("↵", "try it"), ("↵", "try again"), ("↵", "save"), ("esc", "stop")
_CHOOSE, _ALL_THE_SAME, _UNTRIED = ("↵", "choose its model"), ("^s", "save all the same"), ("^s", "save untried")
_NEXT, _CLOSE = ("tab", "next field"), ("esc", "close")


class ProviderForm(Modal[str | None]):
    """Dismissed with the name of the provider that was saved, or None. No secret leaves its fields but to be tried
    and to be saved.
    """

    CSS_PATH = sheet("provider_form")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Stop or close"),
        ("enter", "go", "Try or save"),
        ("ctrl+s", "save_as_it_is", "Save without a good answer"),
        ("ctrl+l", "pick_model", "Models"),
        ("pagedown", "scroll_outcome(1)", "Read on"),
        ("pageup", "scroll_outcome(-1)", "Read back"),
        ("down", "app.focus_next", "Next field"),
        ("up", "app.focus_previous", "Previous field"),
    ]

    tip = query_one("#tip", Static)
    result = query_one("#result", Static)
    outcome = query_one("#outcome", VerticalScroll)
    keys = query_one("#keys", Static)
    fold = query_one(Fold)

    def __init__(self, connections: Connections, start: Start) -> None:
        super().__init__()
        self._connections = connections
        self._start = start
        self._models = start.models
        self._tried: tuple[Typed, Trial] | None = None
        """What was tried last, and what that brought."""
        self._asked: Typed | None = None
        """What was last begun to be tried."""
        self._allowed: Typed | None = None
        """What the user let a key be sent for."""
        self._before: dict[str, str] = {}
        self._more_lines = 0
        """That the keys take, besides the first."""

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(plain(one_line(self._start.title)), classes="title")
            with VerticalScroll(id="fields", can_focus=False):
                yield from main_fields(self._start)
                yield Fold("more", "headers, proxy, sign-in, host and port, …")
                with Vertical(id="more"):
                    yield from more_fields(self._start)
            yield Static(id="tip")
            with VerticalScroll(id="outcome", can_focus=False):
                yield Static(id="result")
            yield Static(id="keys")

    def on_mount(self) -> None:
        self._under_way = UnderWay(self, self._say, self._show_keys)
        self._before = self._values()
        self._field("model").suggest(self._models)
        self._enter(self._start.first_field)
        self._show_keys()
        self.app.run_worker(
            self._say_where_keys_go(), name="key places", exit_on_error=False, description="where keys are kept"
        )

    async def _say_where_keys_go(self) -> None:
        """Where no key can be stored, that is said before one is typed."""
        places = await self._connections.keys.status()
        if places.for_new or not self.is_mounted or self.outcome.display or not self._start.wants_key:
            return
        sentences = f"A key that is typed here cannot be stored: there is no safe place for it. {places.hint}"
        self._say(Content.assemble(("! ", "$text-warning"), plain(f"{sentences} Or type $VARIABLE.")))

    def on_unmount(self) -> None:
        self._under_way.stop()

    # ── what is typed ─────────────────────────────────────────────────────────

    def _values(self) -> dict[str, str]:
        return {field.name or "": field.value for field in self.query(Field)}

    def _typed(self) -> Typed:
        """Raises: DraftRefused."""
        return typed(self._values(), self._start)

    def _draft(self) -> Draft | None:
        """What is typed as a draft; None when something is refused, and said at its field."""
        for field in self.query(Field):
            field.refuse("")
        try:
            return self._connections.changes.draft(self._typed(), editing=self._start.editing)
        except DraftRefused as refusal:
            self._refuse(refusal)
            return None

    def _refuse(self, refusal: DraftRefused) -> None:
        name = "headers" if refusal.field == "secret_headers" else refusal.field
        field = next((each for each in self.query(Field) if each.name == name), None)
        sentence = f"{refusal} {refusal.hint}".strip()
        if field is None:
            self._say(plain(sentence).stylize("$text-error"))
            return
        field.refuse(sentence)
        self._enter(name)

    def _field(self, name: str) -> TextField:
        return next(each for each in self.query(TextField) if each.name == name)

    def _enter(self, name: str) -> None:
        field = next(each for each in self.query(Field) if each.name == name)
        if any(node.id == "more" for node in field.ancestors):
            self._unfold(is_open=True)
        # A field that was folded away takes the focus only after it is laid out.
        self.call_after_refresh(field.enter)

    @on(Fold.Toggled)
    def _follow_fold(self) -> None:
        self._unfold(is_open=self.fold.is_open)

    def _unfold(self, *, is_open: bool) -> None:
        self.fold.is_open = is_open
        self.set_class(is_open, "-unfolded")

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        """What is under way or was answered may be about something else now."""
        if self._under_way.can_be_stopped and self._asked is not None and not self._is_still(self._asked):
            self._stop()
        elif not self._under_way.is_busy and self._tried is not None and self._answer() is None:
            self._say(Content())
        self._show_keys()

    @on(DescendantFocus)
    def _show_tip(self) -> None:
        """Of the field that has the focus."""
        for field in self.query(Field):
            field.set_class(field.has_focus_within, "-entered")
        entered = next((each for each in self.query(Field) if each.has_focus_within), None)
        self.tip.update(plain(entered.tip if entered else "Enter folds and unfolds what is seldom needed."))

    # ── trying ────────────────────────────────────────────────────────────────

    def _answer(self) -> Trial | None:
        """What the last trial brought, as long as it is about what is typed now."""
        return self._tried[1] if self._tried is not None and self._is_still(self._tried[0]) else None

    def _is_still(self, asked: Typed) -> bool:
        """Whether what is typed would be tried like that."""
        try:
            return _asks_the_same(asked, self._typed())
        except DraftRefused:
            return False

    @on(Input.Submitted)
    def action_go(self) -> None:
        """Enter tries; once it has answered, it saves."""
        if self._under_way.is_busy:
            return
        trial = self._answer()
        if trial is None or trial.error is not None:
            self._try()
        elif trial.needs_model and not self._field("model").value.strip() and self._models:
            self.action_pick_model()
        else:
            self.action_save_as_it_is()

    def _try(self) -> None:
        draft = self._draft()
        if draft is not None:
            self._tried, self._asked = None, self._typed()
            self._under_way.begin(partial(self._ask, draft, self._asked), "trying", can_be_stopped=True)

    async def _ask(self, draft: Draft, asked: Typed) -> None:
        trial = await self._connections.changes.try_draft(draft, is_allowed=self._is_allowed(asked))
        self._tried = asked, trial
        self._say(trial_text(trial))
        self._field("name").propose(trial.draft.settings.name)
        if trial.models:
            self._learn([model.id for model in trial.models])
        if trial.needs_consent and trial.error is not None:
            question = Question(
                "May the key be sent there?", [trial.error.summary], yes="send it", no="do not", is_sudden=True
            )
            self.app.push_screen(question, self._take_consent)
        elif isinstance(trial.error, BadCredential):
            self._enter("key")
        elif isinstance(trial.error, (CannotConnect, PathNotFound, TimedOut)):
            self._enter("base_url")
        elif trial.needs_model and trial.error is None and not asked.model:
            self._enter("model")

    def _is_allowed(self, asked: Typed) -> bool:
        return self._allowed is not None and _asks_the_same(self._allowed, asked)

    def _take_consent(self, is_given: bool | None) -> None:
        if is_given and self._tried is not None:
            self._allowed = self._tried[0]
            self._try()

    def _learn(self, ids: Sequence[str]) -> None:
        """The models that can be asked are known now."""
        self._models = tuple(ids)
        field = self._field("model")
        field.suggest(self._models)
        field.tip = model_tip(len(ids))
        self._show_tip()

    def action_pick_model(self) -> None:
        """Choose among the models that are known."""
        if self._under_way.is_busy or not self._models:
            return
        from app.screens.picker import Picker, PickerRow

        now = self._field("model").value
        rows = [PickerRow(each, each, is_current=each == now) for each in self._models]
        self.app.push_screen(Picker("Which model answers by default?", rows, verb="take"), self._take_model)

    def _take_model(self, model: str | None) -> None:
        if model is not None:
            self._field("model").value = model
            self._enter("model")

    # ── saving ────────────────────────────────────────────────────────────────

    def action_save_as_it_is(self) -> None:
        """Save what is typed, whatever the last trial brought."""
        draft = None if self._under_way.is_busy else self._draft()
        if draft is None:
            return
        trial = self._answer()
        if trial is not None:
            # The trial knows what is there; what it did not depend on may have been changed since.
            now = draft.settings
            settings = replace(trial.draft.settings, name=now.name, label=now.label, model=now.model)
            draft = replace(trial.draft, settings=settings)
        if not draft.settings.type:
            self._say(plain("Only trying tells what is spoken there: press Enter, or choose it under more."))
            return
        is_allowed = self._is_allowed(self._typed())
        self._under_way.begin(partial(self._save, draft, is_allowed=is_allowed), "saving", can_be_stopped=False)

    async def _save(self, draft: Draft, *, is_allowed: bool) -> None:
        try:
            name = await self._connections.changes.save(draft, is_allowed=is_allowed)
        except KeyStoreError as error:
            way_out = "Or write $VAR in the place of the key, and put the key into that environment variable."
            self._say_failure(f"{error} Nothing was saved.", error.hint, way_out)
        except EditRefused as refusal:
            self._say_failure("config.toml was not changed.", refusal.in_full)
        else:
            self.dismiss(name)

    # ── leaving ───────────────────────────────────────────────────────────────

    def _stop(self) -> bool:
        """Stop trying. Saving is not stopped: half of it might be done."""
        is_stopped = self._under_way.stop()
        if is_stopped:
            self._asked = None
            self._say(Content.styled("Stopped. Nothing was saved.", "$text-muted"))
        return is_stopped

    def action_leave(self) -> None:
        """Esc takes the innermost: what is under way, then the form; nothing that was typed is lost unasked."""
        if self._stop() or self._under_way.is_busy:
            return
        if self._values() == self._before:
            self.dismiss(None)
        else:
            question = Question("Leave without saving?", yes="leave", no="go on")
            self.app.push_screen(question, self._take_leave)

    def _take_leave(self, is_sure: bool | None) -> None:
        if is_sure:
            self.dismiss(None)

    # ── what is said ──────────────────────────────────────────────────────────

    def _say(self, content: Content) -> None:
        self.result.update(content)
        self.outcome.display = bool(content)
        self.tip.display = not content
        self._share_room()

    @on(Resize)
    def _fit(self) -> None:
        self.call_after_refresh(self._show_keys)

    def _share_room(self) -> None:
        """What scrolls gets the lines that the rest leaves: in cells, since an automatic height knows no others."""
        height = self.app.size.height - self._more_lines
        outcome = max(_LEAST_LINES, height // 3)
        self.outcome.styles.max_height = outcome
        taken = _FRAME_LINES + (outcome if self.outcome.display else _TIP_LINES)
        self.query_one("#fields").styles.max_height = max(_LEAST_LINES, height - taken)
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def action_scroll_outcome(self, pages: int) -> None:
        (self.outcome.scroll_page_down if pages > 0 else self.outcome.scroll_page_up)(animate=False)

    def _say_failure(self, sentence: str, *more: str) -> None:
        first = Content.assemble(lamp(ConnectionState.ERROR), " ", plain(sentence))
        self._say(Content("\n").join([first, *(plain(each) for each in more if each)]))

    def _show_keys(self) -> None:
        trial = self._answer()
        if self._under_way.is_busy:
            keys = [_STOP] if self._under_way.can_be_stopped else []
        elif trial is None:
            keys = [_TRY, _NEXT, _UNTRIED, _CLOSE]
        elif trial.error is not None:
            keys = [_AGAIN, _NEXT, _ALL_THE_SAME, _CLOSE]
        elif trial.needs_model and self._models and not self._field("model").value.strip():
            keys = [_CHOOSE, _ALL_THE_SAME, _CLOSE]
        else:
            keys = [_SAVE, _NEXT, _CLOSE]
        shown = key_line(keys, self.keys.size.width)
        self.keys.update(shown)
        self._more_lines = shown.plain.count("\n")
        self._share_room()


def _asks_the_same(one: Typed, other: Typed) -> bool:
    """Whether both would be tried alike: name, label and model are nothing to the server."""
    return _bare(one) == _bare(other)


def _bare(asked: Typed) -> Typed:
    return replace(asked, name=None, label=None, model=None)
