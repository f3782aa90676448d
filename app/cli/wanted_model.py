"""Which model is meant by `-m`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.prompting import WrongUsage

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.session.session import Session
    from providers.reference import ModelRef


async def wanted_model(session: Session, wanted: str) -> ModelRef | None:
    """The model behind provider/model-id, a provider's name or a model's id; None when the provider has none.

    Raises: WrongUsage, when it cannot be told.
    """
    from providers.reference import ModelRef

    connections = session.connections
    if wanted.partition("/")[0] not in connections.names:
        await connections.discover()
    if wanted in connections.names:
        return await session.settled_model(provider=wanted)
    try:
        ref = ModelRef.parse(wanted) if "/" in wanted else None
    except ValueError as error:
        raise WrongUsage(f"{error}.", "`parley models` lists what can be asked.") from error
    return ref if ref is not None and ref.provider in connections.names else _only(connections, wanted)


def _only(connections: Connections, model: str) -> ModelRef:
    """The one provider that has a model of this name. Raises: WrongUsage, when none or several have."""
    found = [choice.ref for choice in connections.choices() if choice.ref.model == model]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(str(ref) for ref in found)
        raise WrongUsage(f"Several providers have a model called {model}.", f"Choose one of {several}.")
    raise WrongUsage(
        f"There is no provider and no known model called {model}.",
        _meant(model, connections.names),
    )


def _meant(wanted: str, names: tuple[str, ...]) -> str:
    """What may have been meant."""
    from app.config.problems import nearest

    name, slash, model = wanted.partition("/")
    meant = nearest(name, names)
    if meant:
        return f"Did you mean {meant}{slash}{model}? `parley models` lists what can be asked."
    return "Write provider/model-id; `parley models` lists what can be asked."
