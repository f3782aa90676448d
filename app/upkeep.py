"""What goes on in the background while the app runs: lamps are kept, local servers found, config.toml re-read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import Worker

if TYPE_CHECKING:
    from app.config.reload import Reloaded, Reloader
    from app.config.watch import Watcher
    from app.connections.connections import Connections

_POLL_SECONDS = 1.0
_LOOK_AROUND_SECONDS = 60.0


class Upkeep:
    """One worker per provider, one for looking around, and a timer."""

    def __init__(self, app: App[Any], connections: Connections, told: Callable[[Reloaded], None]) -> None:
        """
        Args:
            told: called when config.toml has changed, for better or worse.
        """
        self._app = app
        self._connections = connections
        self._told = told
        self._keepers: dict[str, Worker[None]] = {}
        self._reloader: Reloader | None = None
        self._keys: Watcher | None = None

    def start(self) -> None:
        """Begin; the connections are open."""
        self._reloader = self._connections.reloader()
        self._keys = self._connections.key_watcher()
        self._connections.on_edited = self._edited
        self.keep_all()
        self._look_around_again()
        self._app.set_interval(_LOOK_AROUND_SECONDS, self._look_around_again)
        self._app.set_interval(_POLL_SECONDS, self._poll)

    def keep_all(self) -> None:
        """A keeper for each provider there is, and for no other."""
        names = self._connections.names
        for name in [name for name in self._keepers if name not in names]:
            self._keepers.pop(name).cancel()
        for name in names:
            keeper = self._keepers.get(name)
            if keeper is None or keeper.is_finished:
                self._keepers[name] = self._run(self._connections.keep(name), "keep")

    def _look_around_again(self) -> None:
        """Local servers may have been started since."""
        self._run(self._look_around(), "look around")

    async def _look_around(self) -> None:
        await self._connections.discover()
        self.keep_all()

    def _poll(self) -> None:
        if self._keys is not None and self._keys.changed():
            self._connections.keys_changed()
            self.keep_all()
        reloaded = self._reloader.poll() if self._reloader is not None else None
        if reloaded is not None:
            self._connections.reload(reloaded.settings or self._connections.configured, reloaded.problems)
            self.keep_all()
            self._told(reloaded)

    def _edited(self) -> None:
        """Parley itself has written config.toml."""
        if self._reloader is not None:
            self._reloader.acknowledge(self._connections.configured)
        self.keep_all()

    def _run(self, work: Any, name: str) -> Worker[None]:
        # Described by our own word: a description made of arguments could show more than it should.
        return self._app.run_worker(work, name=name, group="upkeep", exit_on_error=False, description=name)
