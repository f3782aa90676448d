"""What works in a provider's configuration, but shows a key to people who should not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.expand import is_plain_text, own_text
from app.config.settings import ProviderSettings

if TYPE_CHECKING:
    from app.config.layout import KeyPath

_VARIABLE = "\0"
_USER_AND_PASSWORD = re.compile(r"[^/]*//(?P<user>[^/?#]*?):(?P<password>[^/?#]*)@")


@dataclass(frozen=True, slots=True)
class Caution:
    """Attributes:
    key: below `[providers.NAME]`.
    message: contains no key.
    """

    key: KeyPath
    message: str
    hint: str


def cautions(written: ProviderSettings, shown: ProviderSettings) -> Iterator[Caution]:
    """What should not be left as it is.

    Args:
        written: as in the file; `shown`: with its references replaced.
    """
    if is_plain_text(written.api_key):
        yield Caution(
            ("api_key",),
            "stands here in plain text",
            f"Move it: `{_command('move', written.name)}`, or write $VAR.",
        )
    yield from _headers(written)
    if has_plain_password(written.proxy):
        yield Caution(("proxy",), "holds a password in plain text", "Write $VAR where the password stands.")
    if _is_sent_openly(written, shown):
        yield Caution(
            ("base_url",),
            "is http, so everybody on the way can read the key",
            "Write https:// if the server speaks it.",
        )


def _command(*words: str) -> str:
    from shlex import join

    return join(("parley", "keys", *words))


def has_plain_password(url: str) -> bool:
    """Whether a URL, as written, holds a password, or a token in place of the user, and not as a variable."""
    found = _USER_AND_PASSWORD.match(own_text(url, _VARIABLE))
    return found is not None and bool((found["password"] or found["user"]).strip(_VARIABLE))


def plain_secret_headers(settings: ProviderSettings) -> tuple[str, ...]:
    """The extra headers that look like credentials, or are said to be, and whose values stand there in plain text."""
    if not settings.extra_headers:
        return ()
    from providers.key_hints import holds_secret

    secret = {name.lower() for name in settings.secret_headers}
    return tuple(
        name
        for name, value in settings.extra_headers.items()
        if is_plain_text(value) and (name.lower() in secret or holds_secret(name, value))
    )


def _headers(written: ProviderSettings) -> Iterator[Caution]:
    kept_elsewhere = {name.lower() for name in written.secret_headers}
    plain = plain_secret_headers(written)
    for name in written.extra_headers:
        if name.lower() in kept_elsewhere:
            yield Caution(
                ("extra_headers", name),
                "stands in secret_headers too",
                "Keep it in one of the two: the values of secret headers are kept with the keys.",
            )
        elif name in plain:
            command = _command("set", written.name, "--header", name)
            yield Caution(
                ("extra_headers", name),
                "looks like a credential in plain text",
                f"Keep it with the keys: `{command}`, or write $VAR.",
            )


def _is_sent_openly(written: ProviderSettings, shown: ProviderSettings) -> bool:
    """Whether a key goes to a host beyond private networks without encryption."""
    url = shown.base_url.strip()
    if not url.lower().startswith("http://"):
        return False
    from providers.catalogue.hosts import host_of, is_private
    from providers.key_hints import names_a_secret

    has_key = bool(written.api_key) and shown.auth != "none"
    has_key = has_key or bool(written.secret_headers) or any(names_a_secret(name) for name in written.extra_headers)
    return has_key and not is_private(host_of(url))
