"""Keys as other programs write them: a key, a reference to a variable, or something that only they can follow.

Nothing is executed and no file is opened for a key, whatever a value asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.config.check import is_header_name
from app.config.expand import escaped
from app.importing.values import NO_KEY, ImportedKey
from providers.credentials import Secret

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_SHELL_REFERENCE = re.compile(
    rf"\$(?:(?P<plain>{_VARIABLE})|\{{(?P<braced>{_VARIABLE})(?P<operator>:?[-?+=][^}}]*)?\}})"
)
_BRACED = re.compile(rf"\{{env:\s*(?P<name>{_VARIABLE})\s*\}}")
_FILE = re.compile(r"\{file:[^}]*\}")
_PLACEHOLDER = re.compile(
    r"""(?ix)
    .*(\.\.\.|…)                                        # sk-ant-...
    | <.*> | \[.*\] | \{.*\}                            # <your key>
    | \*+ | x{3,} | .*[-_]x{3,}                         # xxx, sk-xxx
    | (?:.*[-_ ])?your[-_ ].*                           # YOUR_API_KEY
    | (?:insert|enter|paste|add|put|change|replace)[-_ ].* | changeme
    """
)
_STANDS_FOR_NONE = frozenset(
    (
        "anything",
        "dummy",
        "empty",
        "fake",
        "key",
        "local",
        "lm-studio",
        "lmstudio",
        "na",
        "n/a",
        "nokey",
        "no-key",
        "no_key",
        "none",
        "not-needed",
        "not-required",
        "notneeded",
        "ollama",
        "placeholder",
        "sk-no-key-required",
        "unused",
        "vllm",
    )
)
"""What people write for servers that want no key, where a program insists on one."""

_CREDENTIAL_NAME = re.compile(
    r"(?i)authorization|auth|cookie|credential|passw(or)?d|secret|token|(^|[-_])key$|api-?_?key"
)
_CREDENTIAL_FIELD = re.compile(
    r"(?i)authorization|passw(or)?d|secret|(access|auth|bearer|api)[-_]?(token|key)|token|key"
)


@dataclass(frozen=True, slots=True)
class Read:
    """A value after its references were understood.

    Attributes:
        text: as Parley writes it: `$VAR` for variables and `$$` for a dollar sign.
        literal: the same without any escaping; "" when the value refers to variables.
        problem: why it cannot be kept, to be read after "the key of NAME"; "" when it can.
    """

    text: str = ""
    literal: str = ""
    problem: str = ""
    dropped_default: bool = False

    @property
    def is_reference(self) -> bool:
        return bool(self.text) and not self.literal


Style = Callable[[str], Read]


def shell(value: str) -> Read:
    """Crush and everything else that expands `$VAR`, `${VAR}`, `${VAR:-default}` and `$(command)`.

    A default is not kept: beside a key's variable it would be a key in plain text.
    """
    value = value.strip()
    if "$(" in value or "`" in value:
        return Read(problem="comes from a command, which Parley does not run")
    rest = _SHELL_REFERENCE.sub("", value)
    if "$" in rest:
        return Read(problem="has a $ that starts no variable")
    names = list(_SHELL_REFERENCE.finditer(value))
    if not names:
        return Read(value, value)
    text = _SHELL_REFERENCE.sub(_as_reference, value)
    return Read(text, dropped_default=any(match["operator"] for match in names))


def braces(value: str) -> Read:
    """opencode: `{env:VAR}` and `{file:path}`."""
    value = value.strip()
    if _FILE.search(value):
        return Read(problem="is read from another file, which Parley does not open")
    if not _BRACED.search(value):
        return Read(escaped(value), value)
    text = ""
    at = 0
    for match in _BRACED.finditer(value):
        whole = match.start() == 0 and match.end() == len(value)
        text += escaped(value[at : match.start()]) + (f"${match['name']}" if whole else f"${{{match['name']}}}")
        at = match.end()
    return Read(text + escaped(value[at:]))


def plain(value: str) -> Read:
    """Programs without references of their own; a value that is one variable and nothing else is meant as one."""
    value = value.strip()
    if _SHELL_REFERENCE.fullmatch(value):
        return shell(value)
    return Read(escaped(value), value)


def read_key(value: str, style: Style, notes: list[str]) -> ImportedKey:
    """A key, from the text that stands for it; what happened to it, if anything, goes to `notes`."""
    read = style(value)
    if read.problem:
        notes.append(f"its key {read.problem}")
        return NO_KEY
    if not read.is_reference:
        if not read.literal.isprintable():
            notes.append("what stands for its key holds characters that no key has, and was left out")
            return NO_KEY
        if is_placeholder(read.literal):
            notes.append("what stands for its key is a placeholder and was left out")
            return NO_KEY
        return ImportedKey(secret=Secret(read.literal)) if read.literal else NO_KEY
    if not _SHELL_REFERENCE.fullmatch(read.text):
        notes.append("its key mixes text and variables and was left out")
        return NO_KEY
    if read.dropped_default:
        notes.append("what stands beside the variable of its key was left out: it would be a key in plain text")
    return ImportedKey(reference=read.text)


def read_headers(
    headers: Mapping[str, str], style: Style, notes: list[str]
) -> tuple[dict[str, str], dict[str, Secret]]:
    """Headers for config.toml, and those whose values belong into the key store."""
    shown: dict[str, str] = {}
    secret: dict[str, Secret] = {}
    for name, value in headers.items():
        read = style(value)
        if not is_header_name(name) or not _is_header_value(value):
            notes.append("a header that no request may carry was left out")
        elif read.problem:
            notes.append(f"its header {name} {read.problem}")
        elif read.is_reference or not is_credential(name):
            shown[name] = read.text
        elif is_placeholder(read.literal):
            notes.append(f"what stands for its header {name} is a placeholder and was left out")
        else:
            secret[name] = Secret(read.literal)
    return shown, secret


def is_reference(value: str) -> bool:
    """Whether a text is one variable and nothing else."""
    return _SHELL_REFERENCE.fullmatch(value) is not None


def is_credential(header: str) -> bool:
    """Whether the value of a header is likely to be a secret."""
    return _CREDENTIAL_NAME.search(header) is not None


def is_credential_field(name: str) -> bool:
    """Whether a field of a request's body or query is likely to hold a secret (`max_tokens` is not)."""
    return _CREDENTIAL_FIELD.fullmatch(name) is not None


def is_placeholder(value: str) -> bool:
    """Whether a text only shows where a key belongs."""
    return _PLACEHOLDER.fullmatch(value) is not None


def stands_for_none(key: Secret | None) -> bool:
    """Whether a key is a word that people write where no key is wanted."""
    return key is not None and key.reveal().lower() in _STANDS_FOR_NONE


def _as_reference(match: re.Match[str]) -> str:
    return f"${{{match['braced']}}}" if match["braced"] else f"${match['plain']}"


def _is_header_value(value: str) -> bool:
    return all(character.isprintable() or character == "\t" for character in value)
