"""The presets as somebody who adds a provider sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.catalogue.loader import Catalogue
    from providers.catalogue.records import Preset


@dataclass(frozen=True, slots=True)
class Offer:
    """One preset.

    Attributes:
        variable: the environment variable that holds a key for it; "" when none does.
    """

    preset: Preset
    variable: str = ""

    @property
    def needs_token(self) -> bool:
        """Its vendor wants people to sign in, which Parley cannot do; a token works."""
        return self.preset.sign_in == "oauth"

    @property
    def needs_key(self) -> bool:
        """Whether nothing works without a key."""
        return self.preset.auth != "none" and not self.preset.quirks.key_optional


def offer(preset: Preset, environ: Mapping[str, str]) -> Offer:
    """A preset, with what the environment has for it."""
    return Offer(preset, next((name for name in preset.key_env if environ.get(name, "").strip()), ""))


def offers(catalogue: Catalogue, environ: Mapping[str, str]) -> tuple[Offer, ...]:
    """All presets: those with a key in the environment first, then by name, those of one's own machine last."""
    found = [offer(preset, environ) for preset in catalogue.all_presets()]
    return tuple(sorted(found, key=lambda each: (not each.variable, each.preset.is_local, each.preset.name.lower())))
