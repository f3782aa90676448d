"""What the form for a provider begins with, and the presets to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.config.expand import variables
from app.config.settings import ProviderSettings
from app.connections.names import free_name
from app.screens.picker import PickerRow
from app.screens.provider_fields import Start
from providers.catalogue.loader import KINDS

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.offers import Offer
    from app.connections.views import ProviderView

PRESET_HEADINGS = ("key from", "model")
_FOUND, _VENDORS, _OWN = "Its key is in the environment", "Services", "On a machine of your own"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be added.

    Attributes:
        preset: its id; "" for any address.
        address: as far as it was typed already.
    """

    preset: str = ""
    address: str = ""


_CUSTOM = PickerRow(Choice(), "Custom: any address", ("", ""), also="url http https endpoint openai-compat gateway")
_PLAIN = "in config.toml in plain text: leave empty to keep it"


def preset_rows(offers: Sequence[Offer]) -> list[PickerRow[Choice]]:
    """Any address first, then the presets."""
    return [_CUSTOM, *map(_preset_row, offers)]


def _preset_row(offer: Offer) -> PickerRow[Choice]:
    preset = offer.preset
    if offer.needs_token:
        key = "only with a token"
    elif offer.variable:
        key = f"${offer.variable}"
    elif offer.needs_key:
        key = f"${preset.key_env[0]}" if preset.key_env else "a key"
    else:
        key = "none needed"
    group = _FOUND if offer.variable else _OWN if preset.is_local else _VENDORS
    also = " ".join((preset.id, *preset.aliases))
    return PickerRow(Choice(preset.id), preset.name, (key, preset.default_model), group=group, also=also)


def custom_row(typed: str) -> PickerRow[Choice] | None:
    """What names no preset may be an address."""
    looks_like_one = any(character in typed for character in ".:/") or typed == "localhost"
    return PickerRow(Choice(address=typed), f"Custom: {typed}") if looks_like_one else None


def start_adding(connections: Connections, choice: Choice) -> Start:
    """What is known before anything is typed."""
    offer = next((each for each in connections.offers() if each.preset.id == choice.preset), None)
    if offer is None:
        return Start(ProviderSettings("", "", base_url=choice.address), key_words="if it needs one")
    # What was only found may be replaced.
    taken = [view.name for view in connections.views() if not view.found]
    entry = ProviderSettings(free_name(choice.preset, taken), choice.preset)
    return replace(_of_preset(offer), entry=entry, key_words=_key_words(offer))


def start_editing(connections: Connections, view: ProviderView) -> Start:
    """Args: view: in full. A provider that was found is kept with what is changed."""
    entry = connections.roster.entry(view.name)
    offer = next((each for each in connections.offers() if each.preset.id == entry.type), None)
    if entry.type in KINDS and entry.base_url:
        # A kind is meant, not the preset that is called the same.
        offer = None
    start = _of_preset(offer) if offer else Start(entry)
    source = view.key_source or ", ".join(f"${name}" for name in variables(entry.api_key))
    words = f"from {source}: leave empty to keep it" if source else "none yet"
    return replace(
        start,
        entry=replace(entry, found=""),
        editing="" if view.found else view.name,
        key_words=_PLAIN if view.has_plain_secrets and entry.api_key else words,
        models=tuple(model.id for model in view.connection.models) or start.models,
        default_model=view.default_model or start.default_model,
        stored_headers=entry.secret_headers,
    )


def _of_preset(offer: Offer) -> Start:
    preset = offer.preset
    default = preset.default_model or ("the first one it lists" if preset.default_is_first_listed else "")
    return Start(
        ProviderSettings("", preset.id),
        offer=offer,
        key_url=preset.key_url,
        default_model=default,
        models=tuple(model.id for model in preset.models),
    )


def _key_words(offer: Offer) -> str:
    if offer.needs_token:
        return "an access token"
    if offer.variable:
        return f"found in ${offer.variable}: leave empty"
    return "" if offer.needs_key else "none needed, as a rule"
