"""Which program a file belongs to, seen from what it holds, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.importing.documents import Document, Mistake, Syntax, check_text, documents, shown_name
from app.importing.values import Imported, ImportFailed

if TYPE_CHECKING:
    from app.importing.drafts import Reading
    from providers.catalogue.loader import Catalogue

_MOST_NAMED = 5
_KNOWN = "Crush, Catwalk, aichat, opencode, llm, OpenCrust, KruxOS, Craft Agents, Osaurus and Parley itself"


class Format(NamedTuple):
    """How one kind of file is told and read.

    Attributes:
        source: the program, as people call it.
        file_names: how its file is usually called; decides between formats only where the content leaves two open.
        recognises: whether a document could be one of this kind.
    """

    source: str
    file_names: tuple[str, ...]
    recognises: Callable[[object], bool]
    read: Callable[[object], Reading]


def read_import(text: str, file_name: str, catalogue: Catalogue | None = None) -> Imported:
    """Read the configuration of another program.

    Args:
        file_name: a path or its last part: for messages, and a hint where the content leaves two programs open.
    Raises:
        ImportFailed.
    """
    from app.importing.assemble import assemble
    from providers.catalogue.loader import Catalogue

    name = shown_name(file_name)
    check_text(text, name)
    catalogue = catalogue or Catalogue()
    tried: list[Document | Mistake] = []
    for attempt in documents(text, file_name):
        tried.append(attempt)
        if isinstance(attempt, Mistake):
            continue
        if attempt.syntax is Syntax.TOML:
            from app.importing.parley import is_parley, read_parley

            if is_parley(attempt.content):
                return _unless_empty(read_parley(text, attempt.content, catalogue), name)
            continue
        found = _choose(_recognised(attempt.content), name)
        if found is not None:
            return _unless_empty(assemble(found.source, found.read(attempt.content), catalogue), name)
        if attempt.syntax is Syntax.JSON:
            break  # YAML would see the same in it.
    raise _unreadable(name, tried)


def _formats() -> Sequence[Format]:
    from app.importing import aichat, catwalk, craft, crush, kruxos, llm_tool, opencode, opencrust, osaurus

    return (
        Format("opencode", ("opencode.json", "opencode.jsonc"), opencode.is_config, opencode.read_config),
        Format("opencode", ("auth.json",), opencode.is_auth, opencode.read_auth),
        Format("Craft Agents", ("config.json",), craft.is_craft, craft.read_craft),
        Format("Osaurus", ("remote.json",), osaurus.is_osaurus, osaurus.read_osaurus),
        Format("KruxOS", ("models.yaml", "models.yml"), kruxos.is_kruxos, kruxos.read_kruxos),
        Format("Crush", ("crush.json", ".crush.json"), crush.is_crush, crush.read_crush),
        Format("Catwalk", (), catwalk.is_catwalk, catwalk.read_catwalk),
        Format("aichat", ("config.yaml", "config.yml"), aichat.is_aichat, aichat.read_aichat),
        Format("OpenCrust", ("config.yml", "config.yaml"), opencrust.is_opencrust, opencrust.read_opencrust),
        Format("llm", ("keys.json",), llm_tool.is_keys, llm_tool.read_keys),
        Format("llm", ("extra-openai-models.yaml",), llm_tool.is_models, llm_tool.read_models),
    )


def _recognised(content: object) -> list[Format]:
    return [candidate for candidate in _formats() if candidate.recognises(content)]


def _choose(candidates: list[Format], name: str) -> Format | None:
    """The one format that fits; where several do, the one whose file is called so. Raises: ImportFailed."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    called_so = [candidate for candidate in candidates if name.lower() in candidate.file_names]
    if len(called_so) == 1:
        return called_so[0]
    first, second = candidates[:2]
    raise ImportFailed(
        f"{name} could be a file of {first.source} or of {second.source}.",
        f"Rename it to {_usual(first)} or {_usual(second)}, so that Parley knows.",
    )


def _usual(candidate: Format) -> str:
    return next(iter(candidate.file_names), candidate.source)


def _unless_empty(imported: Imported, name: str) -> Imported:
    """Raises: ImportFailed, when nothing is left of a file."""
    if imported.providers:
        return imported
    if imported.left_out:
        refused = "; ".join(imported.left_out[:_MOST_NAMED])
        if len(imported.left_out) > _MOST_NAMED:
            refused += f"; and {len(imported.left_out) - _MOST_NAMED} more"
        raise ImportFailed(
            f"{name} is a file of {imported.source}, but Parley can take over none of it: {refused}.",
            "`parley providers presets` lists what Parley knows.",
        )
    raise ImportFailed(f"{name} is a file of {imported.source}, but it holds no providers.")


def _unreadable(name: str, tried: Sequence[Document | Mistake]) -> ImportFailed:
    likeliest = tried[0]
    is_beyond_bounds = isinstance(likeliest, Mistake) and likeliest.line is None
    for attempt in tried if not is_beyond_bounds else ():
        if isinstance(attempt, Document) and isinstance(attempt.content, dict | list):
            return ImportFailed(
                f"{name} is {attempt.syntax}, but no configuration of a program that Parley knows.",
                f"Parley reads files of {_KNOWN}.",
            )
    if isinstance(likeliest, Document):
        return ImportFailed(f"{name} holds no configuration.", f"Parley reads files of {_KNOWN}.")
    place = "" if likeliest.line is None else f" in line {likeliest.line}"
    return ImportFailed(
        f"{name} is not readable as {likeliest.syntax}{place}: {likeliest.reason}.",
        "Correct it there, and import it again.",
    )
