"""What stands in the model picker, in order: pure functions from what is offered and typed to its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.screens.model_search import Search
from providers.connection import ConnectionState
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.connections.views import ModelChoice, ProviderView

FAVOURITES, RECENT = "Favourites", "Recent"


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from at one moment.

    Attributes:
        choices: the models that lists name.
        unlisted: favourite and recent models that no list names.
        favourites: in the order of config.toml.
        recent: newest first.
        now: the model in use.
    """

    choices: tuple[ModelChoice, ...]
    providers: tuple[ProviderView, ...]
    favourites: tuple[ModelRef, ...] = ()
    recent: tuple[ModelRef, ...] = ()
    now: ModelRef | None = None
    unlisted: tuple[ModelChoice, ...] = ()

    @property
    def all_choices(self) -> tuple[ModelChoice, ...]:
        return self.choices + self.unlisted

    @property
    def usable(self) -> Offer:
        """Without what is disabled."""
        return self._of({view.name for view in self.providers if view.connection.state is not ConnectionState.DISABLED})

    def only(self, provider: str) -> Offer:
        """The part of one provider."""
        return self._of({provider})

    def _of(self, names: set[str]) -> Offer:
        return replace(
            self,
            choices=tuple(choice for choice in self.choices if choice.ref.provider in names),
            unlisted=tuple(choice for choice in self.unlisted if choice.ref.provider in names),
            providers=tuple(view for view in self.providers if view.name in names),
        )


@dataclass(frozen=True, slots=True)
class Section:
    """The name over the favourites or the recent models."""

    title: str


@dataclass(frozen=True, slots=True)
class ProviderHeading:
    """A provider with its lamp, and where its models come from."""

    view: ProviderView
    models: tuple[ModelChoice, ...]


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model. `section`: where it stands beside its provider's own place; "" there."""

    choice: ModelChoice
    section: str = ""


@dataclass(frozen=True, slots=True)
class TypedModel:
    """A model that no list has, as it was typed."""

    ref: ModelRef
    provider_label: str


@dataclass(frozen=True, slots=True)
class TypingInvitation:
    """A provider without any list. Taken, it puts the provider's name into the field."""

    view: ProviderView


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str


Entry = Section | ProviderHeading | ModelLine | TypedModel | TypingInvitation | Sentence


def can_choose(entry: Entry) -> bool:
    return isinstance(entry, ModelLine | TypedModel | TypingInvitation)


def entries(offer: Offer, search: Search, typed: str, typed_for: str) -> list[Entry]:
    """Everything that the picker shows for what stands in its field.

    Args:
        offer: without what is disabled.
        search: over all choices of the offer.
        typed_for: the provider that a typed id goes to when it names none; "" for none.
    """
    shown = _narrowed(offer, search, typed) if typed.split() else _everything(offer)
    has_matches = any(isinstance(each, ModelLine) for each in shown)
    shown += _as_typed(offer, typed.strip(), typed_for, has_matches=has_matches)
    return shown or [Sentence("Nothing matches." if offer.providers else "No provider is enabled yet.")]


def _everything(offer: Offer) -> list[Entry]:
    by_ref = {choice.ref: choice for choice in offer.all_choices}
    shown: list[Entry] = []
    recent = (ref for ref in offer.recent if ref not in offer.favourites)
    for title, refs in ((FAVOURITES, offer.favourites), (RECENT, recent)):
        lines = [ModelLine(by_ref[ref], title) for ref in refs if ref in by_ref]
        shown += [Section(title), *lines] if lines else []
    models = _by_provider(offer.choices)
    for view in offer.providers:
        own = models.get(view.name, [])
        shown += [ProviderHeading(view, tuple(own)), *map(ModelLine, own)] if own else [TypingInvitation(view)]
    return shown


def _narrowed(offer: Offer, search: Search, typed: str) -> list[Entry]:
    """Each model once, at its provider, the best match first; a favourite wins over its equals."""
    bonuses = dict.fromkeys(offer.recent, 0.5) | dict.fromkeys(offer.favourites, 1.0)
    hits = [(hit.score + bonuses.get(hit.choice.ref, 0), hit.choice) for hit in search.find(typed)]
    best: dict[str, float] = {}
    for score, choice in hits:
        best[choice.ref.provider] = max(best.get(choice.ref.provider, score), score)
    hits.sort(key=lambda hit: -hit[0])
    found = _by_provider(choice for _, choice in hits)
    models = _by_provider(offer.choices)
    shown: list[Entry] = []
    for view in sorted(offer.providers, key=lambda view: -best.get(view.name, 0)):
        if view.name in found:
            shown.append(ProviderHeading(view, tuple(models.get(view.name, ()))))
            shown += map(ModelLine, found[view.name])
        elif view.name not in models and search.names(view, typed):
            shown.append(TypingInvitation(view))
    return shown


def _as_typed(offer: Offer, typed: str, typed_for: str, *, has_matches: bool) -> list[TypedModel]:
    """The models that the typed text may name although no list has it.

    Args:
        has_matches: something else is found, so that providers without a list need not be guessed at.
    """
    if not typed or typed.endswith("/") or any(character.isspace() for character in typed):
        return []
    known = {choice.ref for choice in offer.all_choices}
    if any(typed in (ref.model, str(ref)) for ref in known):
        return []
    listless = {view.name for view in offer.providers} - {choice.ref.provider for choice in offer.choices}
    provider, _, model = typed.partition("/")
    shown: list[TypedModel] = []
    for view in offer.providers:
        if view.name == provider:
            if model:
                shown.insert(0, TypedModel(ModelRef(view.name, model), view.label))
        elif view.name == typed_for or (view.name in listless and not has_matches):
            shown.append(TypedModel(ModelRef(view.name, typed), view.label))
    return shown


def _by_provider(choices: Iterable[ModelChoice]) -> dict[str, list[ModelChoice]]:
    models: dict[str, list[ModelChoice]] = {}
    for choice in choices:
        models.setdefault(choice.ref.provider, []).append(choice)
    return models


def place_of(entry: Entry, shown: Sequence[Entry]) -> int | None:
    """Where a line that can be chosen is after a change, be it in another section; None when it is gone."""
    same = [(index, each) for index, each in enumerate(shown) if _subject(each) == _subject(entry)]
    section = entry.section if isinstance(entry, ModelLine) else ""
    exact = (index for index, each in same if isinstance(each, ModelLine) and each.section == section)
    return next(exact, same[0][0] if same else None)


def _subject(entry: Entry) -> ModelRef | str | None:
    match entry:
        case ModelLine(choice):
            return choice.ref
        case TypedModel(ref):
            return ref
        case TypingInvitation(view):
            return view.name
        case _:
            return None
