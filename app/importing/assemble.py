"""From drafts to what Parley would keep: types and addresses decided, names made valid, keys set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.config.expand import escaped
from app.config.price_doubts import in_short
from app.config.settings import ProviderSettings
from app.importing.addresses import Address, NotSupported, find_address
from app.importing.drafts import Draft, Reading
from app.importing.keys import is_credential_field, is_reference, stands_for_none
from app.importing.names import Names, name_of_host
from app.importing.tables import shown
from app.importing.values import Imported, ImportedKey, ImportedProvider
from app.text import one_line
from providers.catalogue.hosts import host_of, is_private
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import ModelInfo
from providers.reference import ModelRef


def assemble(source: str, reading: Reading, catalogue: Catalogue) -> Imported:
    """Everything a file says, in Parley's words. Providers that Parley cannot reach are named in `left_out`."""
    names = Names()
    providers: list[ImportedProvider] = []
    kept: dict[str, tuple[Draft, ImportedProvider]] = {}
    refused: list[str] = []
    for draft in reading.drafts:
        try:
            if draft.refusal:
                raise NotSupported(draft.refusal)
            address = find_address(
                catalogue, draft.kind, draft.wire, draft.base_url, has_variables=draft.address_has_variables
            )
        except NotSupported as reason:
            refused.append(f"{shown(draft.name or draft.label)}: {reason}")
            continue
        provider = _provider(draft, address, names, catalogue)
        providers.append(provider)
        kept.setdefault(draft.name, (draft, provider))
    default = _reference(reading.default, kept, catalogue)
    fallback = _reference(reading.fallback, kept, catalogue)
    for role, wanted, found in (("default", reading.default, default), ("fallback", reading.fallback, fallback)):
        if wanted and not found:
            refused.append(f"the {role} model {shown('/'.join(filter(None, wanted)))}: its provider is not among these")
    return Imported(
        source,
        tuple(providers),
        default,
        fallback,
        (*refused, *dict.fromkeys(reading.left_out)),
    )


def _provider(draft: Draft, address: Address, names: Names, catalogue: Catalogue) -> ImportedProvider:
    name, renamed = names.take(draft.name.strip() or name_of_host(host_of(address.base_url)) or address.type)
    notes = [*renamed, *draft.notes, *address.notes]
    key = _key(draft, address, catalogue, notes)
    extra_body, left_out = _body(draft.extra_body)
    secret_names = dict.fromkeys((*draft.secret_header_names, *draft.secret_headers))
    label = one_line(draft.label)
    settings = ProviderSettings(
        name=name,
        type=address.type,
        format=address.format,
        label="" if label == name else escaped(label),
        base_url=address.base_url,
        api_key=key.reference,
        auth=draft.auth,
        model=escaped(_default_model(draft)),
        enabled=draft.enabled,
        auto_connect=draft.auto_connect,
        proxy=escaped(draft.proxy),
        extra_headers=draft.headers,
        secret_headers=tuple(secret_names),
        extra_body=extra_body,
        models=_models(draft.models, notes),
    )
    return ImportedProvider(
        settings=settings if draft.timeout is None else replace(settings, timeout=draft.timeout),
        key=key.secret,
        secret_headers=draft.secret_headers,
        key_elsewhere=draft.key_elsewhere and not key,
        notes=tuple(dict.fromkeys(notes)),
        left_out=tuple(dict.fromkeys((*draft.left_out, *left_out))),
    )


def _default_model(draft: Draft) -> str:
    return draft.aliases.get(draft.model, draft.model)


def _key(draft: Draft, address: Address, catalogue: Catalogue, notes: list[str]) -> ImportedKey:
    """The key given, else what stood in the address, else the variable that the other program would ask."""
    preset = catalogue.kind_preset(address.type, address.base_url) or catalogue.preset(address.type)
    is_optional = draft.auth == "none" or (preset is not None and preset.quirks.key_optional)
    if is_optional and stands_for_none(draft.key.secret):
        notes.append("what stands for its key is a placeholder and was left out")
        return ImportedKey(secret=address.secret)
    if draft.key:
        if address.secret:
            notes.append("the credentials in its address were left out: it has a key")
        return draft.key
    if address.secret:
        return ImportedKey(secret=address.secret)
    is_known = preset is not None and draft.own_variable in preset.key_env
    is_reachable_without = is_optional and (not address.base_url or is_private(host_of(address.base_url)))
    if not is_reference(f"${draft.own_variable}") or is_known or is_reachable_without:
        return draft.key
    notes.append(f"the file holds no key for it; until now ${draft.own_variable} was asked")
    return ImportedKey(reference=f"${draft.own_variable}")


def _models(models: Iterable[ModelInfo], notes: list[str]) -> tuple[ModelInfo, ...]:
    by_id: dict[str, ModelInfo] = {}
    for model in models:
        if model.id in by_id:
            notes.append(f"{shown(model.id)} is listed twice, of which the first was taken")
        else:
            by_id[model.id] = model
    notes += in_short(by_id.values())
    return tuple(replace(model, id=escaped(model.id), name=escaped(model.name)) for model in by_id.values())


def _body(extra_body: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What config.toml can hold of the fields for request bodies, and the names of the rest."""
    left_out: list[str] = []
    return _without(extra_body, "extra_body", left_out), left_out


def _without(table: Mapping[str, Any], path: str, left_out: list[str]) -> dict[str, Any]:
    """The same without nulls, which TOML does not have, and without what looks like a credential."""
    kept: dict[str, Any] = {}
    for name, value in table.items():
        inner = f"{path}.{shown(name)}"
        if isinstance(value, Mapping):
            kept[name] = _without(value, inner, left_out)
        elif is_credential_field(name) or not _fits(value):
            left_out.append(inner)
        else:
            kept[name] = _as_config(value)
    return kept


def _fits(value: Any) -> bool:
    match value:
        case Mapping():
            return all(not is_credential_field(name) and _fits(inner) for name, inner in value.items())
        case list():
            return all(_fits(item) for item in value)
        case _:
            return value is not None


def _as_config(value: Any) -> Any:
    """A value as reading it back from config.toml gives it; a `$` in a text of another program is only that."""
    match value:
        case str():
            return escaped(value)
        case Decimal():
            return float(value)
        case list():
            return [_as_config(item) for item in value]
        case Mapping():
            return {name: _as_config(inner) for name, inner in value.items()}
        case _:
            return value


def _reference(
    wanted: tuple[str, str] | None, kept: Mapping[str, tuple[Draft, ImportedProvider]], catalogue: Catalogue
) -> str:
    """A reference in Parley's names; "" when its provider was not taken over, or no model is known."""
    if wanted is None or wanted[0] not in kept:
        return ""
    draft, provider = kept[wanted[0]]
    model = draft.aliases.get(wanted[1], wanted[1]) or _default_model(draft)
    if not model:
        preset = catalogue.preset(provider.settings.type)
        model = preset.default_model if preset else ""
    return str(ModelRef(provider.name, model)) if model else ""
