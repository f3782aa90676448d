"""What can be done with a provider, from the sidebar, its card, the palette or the welcome."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from app.commands import command
from providers.connection import ConnectionState
from providers.errors import ProviderError
from providers.reference import ModelRef

if TYPE_CHECKING:
    from textual.app import App

    from app.connections.connections import Connections
    from app.connections.views import ProviderView
    from app.keymap import Keymap
    from app.screens.provider_starts import Choice

_NOT_CHANGED = "config.toml was not changed"
_OF_THE_DEMO = "{name} belongs to the demo, which cannot be changed."


class ProviderActions:
    """Asks where something would be lost or sent, and says what came of it."""

    def __init__(
        self, app: App[Any], connections: Connections, keymap: Keymap, added: Callable[[ModelRef | None], None]
    ) -> None:
        """
        Args:
            added: called when a provider is new, with its default model where that is known.
        """
        self._app = app
        self._connections = connections
        self._keymap = keymap
        self._added = added

    def do(self, what: str, name: str) -> None:
        """Do one thing with the provider of that name.

        Args:
            what: card, test, toggle, add, edit, remove, keep, allow, allow_now (without a question), move_key or curl.
            name: "" where there is none.
        """
        if what == "add":
            self.add()
            return
        view = self._connections.view(name)
        if view is None:
            add = self._keymap.label(command("provider.add"))
            self._tell(f"{name} is gone." if name else f"There is no provider yet: {add} adds one.")
            return
        deeds: dict[str, Callable[[ProviderView], None]] = {
            "card": self._show_card,
            "test": self._test,
            "toggle": self._toggle,
            "edit": self._edit,
            "remove": self._remove,
            "keep": self._keep,
            "allow": self._allow,
            "allow_now": self._allow_now,
            "move_key": self._move_key,
            "curl": self._copy_curl,
        }
        deeds[what](view)

    # ── adding and changing ───────────────────────────────────────────────────

    def add(self) -> None:
        """Choose a preset, or any address, and fill in the form."""
        from app.screens.picker import Picker
        from app.screens.provider_starts import PRESET_HEADINGS, custom_row, preset_rows

        picker = Picker(
            "Which provider? Its name, or any address",
            preset_rows(self._connections.offers()),
            headings=PRESET_HEADINGS,
            verb="go on",
            from_typed=custom_row,
        )
        self._app.push_screen(picker, self._begin_adding)

    def _begin_adding(self, choice: Choice | None) -> None:
        from app.screens.provider_form import ProviderForm
        from app.screens.provider_starts import start_adding

        if choice is not None:
            form = ProviderForm(self._connections, start_adding(self._connections, choice))
            self._app.push_screen(form, self._end_adding)

    def _end_adding(self, name: str | None) -> None:
        if name and name in self._connections.names:
            model = self._connections.models.default(name)
            self._added(ModelRef(name, model) if model else None)
            key = self._keymap.label(command("chat.model"))
            self._tell(f"{name} is saved. {key} chooses among its models." if model else f"{name} is saved.")

    def _edit(self, view: ProviderView) -> None:
        from app.screens.provider_form import ProviderForm
        from app.screens.provider_starts import start_editing

        if self._is_of_the_demo(view):
            return
        form = ProviderForm(self._connections, start_editing(self._connections, view))
        self._app.push_screen(form, lambda name: self._tell(f"Saved {name}.") if name else None)

    def _remove(self, view: ProviderView) -> None:
        from app.screens.question import Question

        if self._is_of_the_demo(view):
            return
        if view.found:
            self._tell(f"{view.label} was only found, so there is nothing to remove. Space disables it.")
            return

        async def remove() -> None:
            await self._connections.changes.remove(view.name)
            self._tell(f"Removed {view.name}.")

        def take(is_sure: bool | None) -> None:
            if is_sure:
                self._run(remove(), view)

        lost = "Its stored key and its secret headers go with it. Conversations and costs stay."
        self._app.push_screen(Question(f"Remove {view.name}?", [lost], yes="remove it", no="keep it"), take)

    def _keep(self, view: ProviderView) -> None:
        async def keep() -> None:
            await self._connections.changes.keep_found(view.name)
            self._tell(f"{view.label} is kept: it stands in config.toml as {view.name}.")

        if view.found:
            self._run(keep(), view)
        else:
            self._tell(f"{view.label} was not found, it is yours already.")

    # ── one key ───────────────────────────────────────────────────────────────

    def _test(self, view: ProviderView) -> None:
        async def test() -> None:
            self._connections.ask_again()
            await self._connections.check(view.name)

        self._run(test(), view)

    def _toggle(self, view: ProviderView) -> None:
        is_off = view.connection.state is ConnectionState.DISABLED
        self._run(self._connections.changes.set_enabled(view.name, is_off), view)

    def _copy_curl(self, view: ProviderView) -> None:
        try:
            line = self._connections.curl_line(view.name)
        except ProviderError as error:
            self._warn(error.summary, error.hint)
            return
        self._app.copy_to_clipboard(line)
        self._tell(line, "Sent to the clipboard")

    # ── keys ──────────────────────────────────────────────────────────────────

    def _allow(self, view: ProviderView) -> None:
        from app.screens.question import Question

        if not view.consents:
            self._tell(f"The key of {view.label} goes where it belongs: there is nothing to allow.")
            return
        questions = [consent.question for consent in view.consents]
        question = Question("May the key be sent there?", questions, yes="allow it", no="do not")

        def take(is_given: bool | None) -> None:
            if is_given:
                self.allow(view.name)

        self._app.push_screen(question, take)

    def _allow_now(self, view: ProviderView) -> None:
        if view.consents:
            self.allow(view.name)

    def let_answer(self, provider: str, *, is_allowed: bool) -> bool:
        """Make way for a request that was held back: the user wants it sent again.

        Args:
            is_allowed: its key may go where it would go.
        Returns: whether it can be sent.
        """
        self._connections.ask_again()
        return self.allow(provider) if is_allowed else True

    def allow(self, name: str) -> bool:
        """Record that the key of a provider may go where it would go. Returns: whether it may now."""
        from app.keys.store import KeyStoreError

        try:
            self._connections.allow(name)
        except KeyStoreError as error:
            self._warn(str(error), error.hint)
            return False
        except ProviderError as error:
            self._warn(error.summary, error.hint)
            return False
        return True

    def _move_key(self, view: ProviderView) -> None:
        async def move() -> None:
            await self._connections.changes.move_key(view.name)
            now = self._connections.view(view.name)
            place = now.key_source if now and now.key_source else "the key store"
            self._tell(f"What stood in config.toml in plain text is in {place} now.")

        if view.has_plain_secrets and not self._is_of_the_demo(view):
            self._run(move(), view)
        elif not view.has_plain_secrets:
            self._tell(f"No key of {view.label} stands in config.toml in plain text.")

    # ── the card ──────────────────────────────────────────────────────────────

    def _show_card(self, view: ProviderView) -> None:
        from datetime import UTC, datetime

        from app.screens.provider_card import ProviderCard

        name = view.name
        card = ProviderCard(lambda: self._connections.view(name), self.do, lambda: datetime.now(UTC), self._keymap)
        self._app.push_screen(card)

    # ── common to all ─────────────────────────────────────────────────────────

    def _is_of_the_demo(self, view: ProviderView) -> bool:
        """Whether nothing can be changed; says so."""
        is_fixed = not view.found and not self._connections.is_configured(view.name)
        if is_fixed:
            self._tell(_OF_THE_DEMO.format(name=view.label))
        return is_fixed

    def _run(self, work: Coroutine[Any, Any, None], view: ProviderView) -> None:
        """Work in the background; what it refuses becomes a sentence."""

        async def run() -> None:
            from app.config.edit import EditRefused
            from app.connections.drafts import DraftRefused
            from app.keys.store import KeyStoreError

            try:
                await work
            except EditRefused as refusal:
                self._warn(refusal.in_full, title=_NOT_CHANGED)
            except (KeyStoreError, DraftRefused) as error:
                self._warn(str(error), error.hint)
            except ProviderError as error:
                self._warn(error.summary, error.hint)

        # In the app, where a bug becomes a message and a line in the log. Changes wait for each other: none is
        # stopped by the next one, which would find half of it done.
        name = f"provider {view.name}"
        self._app.run_worker(run(), name=name, group=name, exit_on_error=False, description=name)

    def _tell(self, sentence: str, title: str = "") -> None:
        self._app.notify(sentence, title=title, markup=False)

    def _warn(self, sentence: str, hint: str = "", *, title: str = "") -> None:
        self._app.notify(f"{sentence} {hint}".strip(), title=title, severity="warning", timeout=15, markup=False)
