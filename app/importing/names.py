"""Names for providers, as Parley can keep them: no slash, visible, unlike each other when case is ignored."""

from __future__ import annotations

import re

from app.text import one_line

_GENERIC_LABELS = frozenset(("api", "www", "llm", "ai", "gateway", "inference"))


class Names:
    """Gives out names, each once.

    Args:
        taken: names that exist already.
    """

    def __init__(self, *taken: str) -> None:
        self._taken = {name.lower() for name in taken}

    def take(self, wanted: str) -> tuple[str, list[str]]:
        """A valid name that is still free, and a sentence when it is not the one wanted."""
        shown = one_line(wanted)
        name = shown.replace("/", "-").strip()
        name = "".join(character for character in name if character.isprintable()) or "provider"
        notes = (
            []
            if name == wanted.strip()
            else [f"called {name} here, because a name holds no slash and nothing invisible"]
        )
        free = self.free(name)
        if free != name:
            notes.append(f"called {free} here, because {name} is taken")
        self._taken.add(free.lower())
        return free, notes

    def free(self, name: str) -> str:
        """The name, or the first of NAME-2, NAME-3, … that nothing is called yet."""
        candidate, number = name, 1
        while candidate.lower() in self._taken:
            number += 1
            candidate = f"{name}-{number}"
        return candidate


def slug(label: str) -> str:
    """A label for people, as a name for the command line: "My Server" is my-server."""
    return re.sub(r"[^\w.]+", "-", one_line(label).lower()).strip("-.")


def name_of_host(host: str) -> str:
    """A name from `host:port`: what tells it from others, "" for this machine and for addresses in numbers."""
    labels = host.partition(":")[0].split(".")
    while len(labels) > 2 and labels[0] in _GENERIC_LABELS:
        del labels[0]
    is_number = labels[-1].isdigit() or host.startswith("[")
    return "" if len(labels) < 2 or is_number else labels[0]
