"""Takes out of a text what is nobody else's business: keys for every log, and more for a report in public.

Known values are replaced wherever they stand. What looks like a key, a URL, an address of a host or of a person is
replaced too, since foreign texts quote what nobody here knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote

KEY = "[key]"
USER = "[user]"
PERSON = "[address]"
HOME = "~"

_SHORTEST_SECRET = 6
"""What is shorter is no key, and would be found inside ordinary words."""
_LONGEST_SHORT_NAME = 5
"""A longer name is replaced even in the middle of a word."""
_MOST_PASSES = 20

_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:api_?key|key|token|secret|password|passwd|passphrase|pass|pat|credentials?)\d*$"
)
_USERINFO = re.compile(r"://([^\s/@]*)@")
_PLACEHOLDER = re.compile(r"(?i)\[?(?:host|provider|model|key|user|address)\]?(?:-\d*)?|\d+")
"""What stands in for something tells nothing; replacing it again would never end."""

_KEY_SHAPES = re.compile(
    r"""(?x)
    (?<![A-Za-z0-9])(?:
        sk [-_] (?=[\w*….-]{6}) [\w*….-]*[\w*…]
        | (?:pk|rk|gsk|csk|xai|pplx|nvapi|hf|r8|tgp|fw|fpk|glpat|gh[opsur]|github_pat|xox[a-z]) [-_]
          (?=[A-Za-z_-]*\d) [\w-]{8,}
        | AIza [\w-]{20,}
        | AKIA [A-Z0-9]{12,}
        | ya29 \. [\w-]{8,}
        | eyJ [\w-]{8,} (?:\.[\w-]+)*
        | (?=[A-Za-z]*\d) (?=\d*[A-Za-z]) [A-Za-z0-9]{24,}
    )"""
)
"""Keys of vendors by how they begin, web tokens, and long mixtures of letters and digits."""
_SCHEME = re.compile(r"(?i)\b(bearer|basic) +(?![a-z]+[.,;:]?(?:\s|$))(?!\[key\])[\w.~+/=-]{6,}")
_HEADER = re.compile(
    r"""(?ix)\b ((?:proxy-)?authorization | x-api-key | api-key | x-goog-api-key | (?:set-)?cookie)
    (["']? \s* [:=] \s* ["']?) (?:(?:bearer|basic|token)[ ]+)? (?!\[key\]) [^\s"',;]+"""
)
_ASSIGNMENT = re.compile(
    r"""(?ix)(api_?-?key | secret | password | passwd | passphrase | token)
    ( ["']? \s* = \s* ["']? | ["'] \s* : \s* ["'] ) (?!\[key\] | \$\{?[A-Z]) [^\s"',;})\]]+"""
)

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,20})://(?P<rest>[^\s\"'<>`|]*[^\s\"'<>`|.,;:!)\]}])?")
_PERSON = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOMES = re.compile(r"(?i)(?<![\w~.-])(?:/home/|/Users/|[A-Z]:\\+Users\\+|[A-Z]:/Users/)[^\s/\\\"':;,)]+")
_DOMAIN = re.compile(
    r"""(?ix)(?<![\w.-]) (?:[a-z0-9](?:[\w-]*[a-z0-9])?\.)+
    (?:com|net|org|edu|gov|io|ai|dev|cloud|tech|online|site|eu|local|lan|internal|intranet|corp|localdomain|example|invalid
      |de|uk|fr|nl|be|ch|at|us|ca|au|nz|jp|cn|kr|in|br|se|no|fi|dk|es|it|cz|ie) (?![\w-]|\.\w)"""
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_HERE = ("localhost", "0.0.0.0", "::")


# ── keys ──────────────────────────────────────────────────────────────────────


def keys_remover(secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that takes keys out of a text: the known ones, and what looks like one.

    Args:
        secrets: values that may not be seen; those of fewer than six characters are left alone.
    """
    remove = _one_pass(secrets)
    return lambda text: _until_settled(text, remove)


def secrets_in_environment(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What the environment holds under names such as `X_API_KEY`, and the passwords in its URLs."""
    found = [value.strip() for name, value in environ.items() if _SECRET_NAME.search(name)]
    found += [part for value in environ.values() for part in passwords_in(value)]
    return tuple(dict.fromkeys(filter(None, found)))


def passwords_in(url: str) -> tuple[str, ...]:
    """The password of a URL, or the only word in front of its `@`; nothing when there is none."""
    return tuple(part for match in _USERINFO.finditer(url) if (part := match[1].rpartition(":")[2]))


def _one_pass(secrets: Iterable[str]) -> Callable[[str], str]:
    long_enough = [secret for secret in secrets if len(secret.strip()) >= _SHORTEST_SECRET]
    known = _any_of(spelling for secret in long_enough for spelling in _spellings(secret))

    def remove(text: str) -> str:
        text = known.sub(KEY, text) if known else text
        text = _HEADER.sub(rf"\1\2{KEY}", text)
        text = _SCHEME.sub(rf"\1 {KEY}", text)
        text = _ASSIGNMENT.sub(rf"\1\2{KEY}", text)
        return _KEY_SHAPES.sub(KEY, text)

    return remove


def _spellings(value: str) -> tuple[str, ...]:
    """A value as it is, in a URL, and in JSON."""
    value = value.strip()
    return (value, quote(value, safe=""), json.dumps(value)[1:-1])


# ── a report in public ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Private:
    """What may not be seen in public.

    Attributes:
        home: the user's own folder.
        users: the names of the account.
        hosts: the machine's own name, and hosts that are not a vendor's.
        names: what the user calls providers, each with the other words for the same one.
        models: ids of models that only such a provider has.
        public_hosts: vendors', which everybody knows.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    home: str = ""
    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
    models: tuple[str, ...] = ()
    public_hosts: frozenset[str] = frozenset()


class Redactor:
    """Makes texts fit for the public. One redactor gives the same thing the same name in all of them."""

    def __init__(self, private: Private) -> None:
        self._public_hosts = private.public_hosts
        self._hosts: dict[str, str] = {}
        for host in private.hosts:
            self._host(host)
        steps = [_one_pass(private.secrets)]
        steps += [_replacing(_home_pattern(private.home), HOME)] if len(private.home) > 1 else []
        steps += [_replacing(_HOMES, HOME), self._without_urls, _replacing(_PERSON, PERSON)]
        steps += [_replacing(pattern, stand_in) for pattern, stand_in in self._known_hosts(private.hosts)]
        steps += [self._without_hosts]
        for kind, groups in (("provider", private.names), ("model", tuple((model,) for model in private.models))):
            for number, words in enumerate(groups, 1):
                steps += [_replacing(_word(word), f"{kind}-{number}") for word in words if _tells_something(word)]
        steps += [_replacing(_word(user), USER) for user in private.users if _tells_something(user)]
        self._steps = steps

    def __call__(self, text: str) -> str:
        """The text as it may be seen. Doing it twice changes nothing more."""
        return _until_settled(text, self._once)

    def _once(self, text: str) -> str:
        for step in self._steps:
            text = step(text)
        return text

    def _host(self, host: str) -> str:
        """What stands in for a host; the host itself where everybody knows it."""
        host = host.lower().rstrip(".")
        if not _tells_something(host) or host in self._public_hosts or _is_here(host):
            return host
        return self._hosts.setdefault(host, f"host-{len(self._hosts) + 1}")

    def _known_hosts(self, hosts: Iterable[str]) -> list[tuple[re.Pattern[str], str]]:
        longest_first = sorted(hosts, key=len, reverse=True)
        return [(_word(host), self._host(host)) for host in longest_first if self._host(host) != host.lower()]

    def _without_urls(self, text: str) -> str:
        return _URL.sub(self._shown_url, text)

    def _shown_url(self, match: re.Match[str]) -> str:
        rest = (match["rest"] or "").rpartition("@")[2]
        end = re.search(r"[/?#\\]", rest)
        authority, below = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
        path, mark, query = below.partition("#")[0].partition("?")
        host, port = _split_port(authority)
        shown = self._host(host) if host else ""
        shown = f"[{shown}]" if ":" in shown else shown
        return f"{match['scheme']}://{shown}{port}{path}{'?…' if mark and query else ''}"

    def _without_hosts(self, text: str) -> str:
        """Hosts that nobody knew of: a server or a certificate named them."""
        text = _DOMAIN.sub(lambda match: self._host(match[0]), text)
        return _IPV4.sub(lambda match: self._host(match[0]), text)


def _until_settled(text: str, clean: Callable[[str], str]) -> str:
    """What a replacement brings together is looked at again."""
    for _ in range(_MOST_PASSES):
        cleaned = clean(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def _replacing(pattern: re.Pattern[str], stand_in: str) -> Callable[[str], str]:
    return lambda text: pattern.sub(lambda _: stand_in, text)


def _any_of(values: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted({value for value in values if value}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


def _word(name: str) -> re.Pattern[str]:
    """A name as a word of its own; a long one anywhere."""
    pattern = re.escape(name)
    if len(name) <= _LONGEST_SHORT_NAME or any(name.lower() in word for word in ("[address]", "provider-", "[user]")):
        pattern = rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"
    return re.compile(pattern, re.IGNORECASE)


def _home_pattern(home: str) -> re.Pattern[str]:
    """The folder in every spelling; one right below the root only as a whole, or it would be found in other paths."""
    trimmed = home.rstrip("/\\")
    spellings = {trimmed, trimmed.replace("\\", "\\\\"), trimmed.replace("\\", "/"), quote(trimmed)}
    pattern = "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))
    if len(re.findall(r"[/\\]+[^/\\]", trimmed)) < 2:
        pattern = rf"(?<![\w.-])(?:{pattern})(?![\w-]|\.\w)"
    return re.compile(pattern, re.IGNORECASE)


def _tells_something(word: str) -> bool:
    return bool(word) and _PLACEHOLDER.fullmatch(word) is None


def _split_port(authority: str) -> tuple[str, str]:
    """Host and `:port`; the brackets of an IPv6 address are left out."""
    if authority.startswith("["):
        address, _, rest = authority[1:].partition("]")
        return address, rest
    host, colon, port = authority.partition(":")
    return host, colon + port


def _is_here(host: str) -> bool:
    """Whether it is this machine, as every machine calls itself."""
    try:
        return host in _HERE or ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")
