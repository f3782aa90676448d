"""`parley keys move`: keys in plain text leave config.toml, once the key store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.key_desk import KeyDesk
from app.cli.prompting import WrongUsage
from app.config.edit import EditRefused
from app.connections.drafts import DraftRefused, drafted
from app.connections.moving import has_plain_secrets, moved
from app.connections.saving import save

if TYPE_CHECKING:
    from app.keys.store import StoredKey


async def move_keys(desk: KeyDesk, name: str) -> list[StoredKey]:
    """Move the key and the headers of a provider that stand in plain text. Returns: what was moved.

    Raises:
        KeyStoreError: something cannot be stored, or something else is stored already; nothing has changed.
        WrongUsage: there is no such provider, or config.toml cannot be changed; nothing has changed.
    """
    entry = desk.entry(name)
    if not has_plain_secrets(entry):
        return []
    context, configured = desk.context, desk.settings.providers
    try:
        typed = moved(entry, desk.store)
        draft = drafted(typed, desk.roster.catalogue, configured, entry, environ=context.environ)
        await save(draft, desk.roster, desk.store, context.locations.config_file, context.environ)
    except DraftRefused as error:
        raise WrongUsage(str(error), error.hint) from error
    except EditRefused as error:
        raise WrongUsage(error.in_full) from error
    headers = ([""] if draft.key is not None else []) + list(draft.secret_headers)
    return [stored for header in headers if (stored := desk.store.stored(name, header)) is not None]
