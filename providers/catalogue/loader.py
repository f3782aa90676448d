"""The presets that ship with Parley: found by listing `data/`, read one by one, and only when asked for.

The way to the first frame leads through here: what reads files is imported when one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from providers.request import AuthScheme, WireFormat

if TYPE_CHECKING:
    from providers.catalogue.prices import PriceTable
    from providers.catalogue.records import ModelInfo, Preset

KINDS: Mapping[str, WireFormat] = {
    "openai": WireFormat.OPENAI_CHAT,
    "openai-compat": WireFormat.OPENAI_CHAT,
    "openai-responses": WireFormat.OPENAI_RESPONSES,
    "anthropic": WireFormat.ANTHROPIC_MESSAGES,
    "ollama": WireFormat.OLLAMA_CHAT,
}
"""The bare kinds: what a `type` may be beside a preset's id when there is a base URL."""


class Catalogue:
    """The presets in a folder. Each is parsed when it is first asked for, and kept by this object.

    Args:
        folder: holds one `<preset>.toml` each, and `prices.json`; by default those that ship with Parley.
        read_prices: the content of `prices.json`, where it is not to be that of the folder.
    """

    def __init__(self, folder: Path | None = None, read_prices: Callable[[], bytes] | None = None) -> None:
        # The package's own file finds it in a checkout and in an installed wheel alike, without the 10 ms
        # that importing importlib.resources takes.
        self._folder = folder or Path(__file__).with_name("data")
        self._presets: dict[str, Preset] = {}
        self._owners: dict[str, Preset | None] = {}
        self._ids: tuple[str, ...] | None = None
        self._read_prices = read_prices or (self._folder / "prices.json").read_bytes
        self._priced: dict[str, tuple[ModelInfo, ...]] = {}

    def preset_ids(self) -> tuple[str, ...]:
        """Every preset id, in alphabetical order."""
        if self._ids is None:
            self._ids = tuple(sorted(path.stem for path in self._folder.glob("*.toml")))
        return self._ids

    def preset(self, preset_id: str) -> Preset | None:
        """One preset; None when there is no such id. Raises: CatalogueError."""
        if preset_id not in self._presets:
            if preset_id not in self.preset_ids():
                return None
            from providers.catalogue.preset_file import parse_preset

            path = self._folder / f"{preset_id}.toml"
            self._presets[preset_id] = parse_preset(path.read_text("utf-8"), path.name)
        return self._presets[preset_id]

    def all_presets(self) -> tuple[Preset, ...]:
        """Every preset, by id. Parses all files: for lists, not for the way to the first frame."""
        return tuple(preset for preset_id in self.preset_ids() if (preset := self.preset(preset_id)))

    def hint_for(self, type_name: str) -> str:
        """How the sentence "there is no type …" ends: with the preset known by that name, the nearest, or nothing."""
        from providers.catalogue.rows import nearest

        meant = self.find(type_name) or nearest(type_name, {*self.preset_ids(), *KINDS, *self._ids_by_name})
        return f"; did you mean '{self._ids_by_name.get(meant, meant)}'?" if meant else "."

    def find(self, typed: str) -> str | None:
        """The id of the preset that a person means by its id, an alias or its display name, in any case.

        Parses all files: for commands and imports, which say what they understood.
        """
        name = typed.strip().lower()
        return name if name in self.preset_ids() else self._ids_by_name.get(name)

    @cached_property
    def _ids_by_name(self) -> Mapping[str, str]:
        """Preset ids by alias and display name, in lower case."""
        return {name.lower(): preset.id for preset in self.all_presets() for name in (*preset.aliases, preset.name)}

    def owner_of(self, base_url: str) -> Preset | None:
        """The preset that the host of a base URL belongs to; None for anybody else's.

        In the cloud of its vendor, what people otherwise run themselves wants a key and is not free. A port of this
        machine that many servers use belongs to nobody.
        """
        from providers.catalogue.hosts import host_of

        host = host_of(base_url)
        if host not in self._owners:
            self._owners[host] = self._owner_of_host(host) if host else None
        return self._owners[host]

    def _owner_of_host(self, host: str) -> Preset | None:
        from providers.catalogue.hosts import is_private, owns

        for preset_id in self.preset_ids():
            preset = self._presets.get(preset_id) or self._preset_that_names(preset_id, host)
            if preset is None or not owns(preset, host):
                continue
            if preset.server is None or (is_private(host) and preset.server.is_own_port):
                return preset
            if not is_private(host):
                return _in_the_cloud(preset)
        return None

    def kind_preset(self, kind: str, base_url: str) -> Preset | None:
        """A bare kind at an address, as the preset that describes it best; None when there is no such kind.

        At a host that belongs to a preset, that preset's models, quirks and keys apply, and its
        `wrong_base_urls` still say how to correct the address. Elsewhere `openai`, `anthropic` and `ollama`
        mean a gateway in front of the real thing, and keep its rules and models; `openai-compat` and
        `openai-responses` mean a server about which nothing is known.

        Returns:
            A preset whose `base_url` is its vendor's, not the one given: keys in its variables belong there.
        """
        wire_format = KINDS.get(kind)
        if wire_format is None:
            return None
        owner = self.owner_of(base_url)
        if owner is not None:
            return _spoken_as(owner, wire_format, base_url)
        return self.preset(kind) or _plain_preset(kind, wire_format, base_url)

    def models(
        self, preset: Preset, listed: Sequence[ModelInfo] = (), configured: Sequence[ModelInfo] = ()
    ) -> tuple[ModelInfo, ...]:
        """The models of a provider: what the person wrote, the server listed and the catalogue knows, merged.

        Args:
            listed: by the server; a preset without a dependable list keeps its own models beside them.
        """
        from providers.catalogue.merge import merge_models

        named = self.named_models(preset)
        own = {model.id for model in named}
        others = dict.fromkeys(model.id for model in (*configured, *listed) if model.id not in own)
        priced = self.prices.models(preset.id, others) if others else ()
        return merge_models((*named, *priced), listed, configured, preset.rates, keep_unlisted=not preset.listing)

    def named_models(self, preset: Preset) -> tuple[ModelInfo, ...]:
        """The models that a preset names, the recommended one first, with their prices from the snapshot.

        What the preset itself says goes before it.
        """
        if not preset.models:
            return ()
        if preset.id not in self._priced:
            from providers.catalogue.merge import merge_model

            known = {model.id: model for model in self.prices.models(preset.id, (each.id for each in preset.models))}
            self._priced[preset.id] = tuple(
                merge_model(model.id, None, model, known.get(model.id)) for model in preset.models
            )
        return self._priced[preset.id]

    def model(self, preset: Preset, model_id: str) -> ModelInfo:
        """What is known about any model, named by the preset or not."""
        from providers.catalogue.records import ModelInfo

        known = next((model for model in self.named_models(preset) if model.id == model_id), None)
        known = known or next(iter(self.prices.models(preset.id, (model_id,))), ModelInfo(model_id))
        return known if known.rates else replace(known, rates=preset.rates)

    @cached_property
    def prices(self) -> PriceTable:
        """The snapshot; it is read when it is first asked."""
        from providers.catalogue.preset_file import SOURCE
        from providers.catalogue.prices import PriceTable

        return PriceTable(self._read_prices, SOURCE)

    def _preset_that_names(self, preset_id: str, host: str) -> Preset | None:
        """A preset, unless its file cannot mention the host: searching is faster than parsing."""
        domain = ".".join(host.partition(":")[0].rsplit(".", 2)[-2:])
        return self.preset(preset_id) if domain in self._texts[preset_id] else None

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        """The files as they are, by preset id."""
        return {preset_id: (self._folder / f"{preset_id}.toml").read_text("utf-8") for preset_id in self.preset_ids()}


def _plain_preset(kind: str, wire_format: WireFormat, base_url: str) -> Preset:
    """A server about which nothing is known but its wire format."""
    from providers.catalogue.quirks import Quirks
    from providers.catalogue.records import Preset

    return Preset(
        id=kind,
        name="OpenAI-compatible" if kind == "openai-compat" else "Open Responses",
        format=wire_format,
        formats=(wire_format,),
        base_url=base_url,
        listing="openai",
        quirks=Quirks(key_optional=True),
    )


def _in_the_cloud(preset: Preset) -> Preset:
    return replace(
        preset,
        quirks=replace(preset.quirks, key_optional=False, public_list=True),
        rates=None,
        server=None,
        is_local=False,
        start_hint="",
        model_hint="",
    )


def _spoken_as(owner: Preset, wire_format: WireFormat, base_url: str) -> Preset:
    """A preset at one of its own hosts, in a wire format that the person chose."""
    is_openai = wire_format in (WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES)
    return replace(
        owner,
        format=wire_format,
        formats=tuple(dict.fromkeys((wire_format, *owner.formats))),
        base_url=owner.base_url_for(wire_format) or base_url,
        # Whoever imitates OpenAI takes the key as OpenAI does.
        auth=AuthScheme.BEARER if is_openai and owner.auth == AuthScheme.X_API_KEY else owner.auth,
    )
