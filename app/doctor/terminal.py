"""What the terminal can do: colours, size, characters, keys, and the way to the clipboard."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.doctor.findings import Finding, Verdict

SUBJECT = "Terminal"
_COMFORTABLE, _LEAST = (80, 24), (40, 12)
_TMUX_ASKED = ("set-clipboard", "allow-passthrough", "extended-keys")
_TMUX_PATIENCE_S = 2.0
_COLORS = {None: "no colours", 16: "16 colours", 256: "256 colours", 1 << 24: "16 million colours"}
ANNOUNCES_CLIPBOARD = "52"
"""What a terminal that takes OSC 52 may list among its attributes."""


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """What was found out about a terminal.

    Attributes:
        size: columns and rows; None when there is no terminal.
        colors: how many it shows; None for none.
        encoding: of what is written to it.
        has_kitty_keys: whether it tells Shift+Enter from Enter (Kitty keyboard protocol); None when nobody asked it.
        takes_clipboard: whether it says that it takes OSC 52; None when it does not say.
        tmux: what tmux is set to, by option; None outside tmux.
        is_in_app: the app runs in it right now.
    """

    size: tuple[int, int] | None
    colors: int | None
    encoding: str
    has_kitty_keys: bool | None = None
    takes_clipboard: bool | None = None
    tmux: Mapping[str, str] | None = None
    is_in_app: bool = False


def facts_here(environ: Mapping[str, str], *, may_ask: bool) -> TerminalFacts:
    """Find out about the terminal of this process.

    Args:
        may_ask: whether the terminal may be asked: nobody else reads what it answers.
    """
    from app.doctor.terminal_query import ask

    has_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()
    answer = ask() if has_terminal and may_ask else None
    width, height = shutil.get_terminal_size()
    return TerminalFacts(
        size=(width, height) if has_terminal else None,
        colors=colors_of(environ),
        encoding=(getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)).lower(),
        has_kitty_keys=answer.has_kitty_keys if answer else None,
        takes_clipboard=(ANNOUNCES_CLIPBOARD in answer.attributes or None) if answer else None,
        tmux=tmux_options(environ),
    )


def colors_of(environ: Mapping[str, str]) -> int | None:
    """How many colours the variables of a terminal promise."""
    term = environ.get("TERM", "").strip().lower()
    if sys.platform == "win32":
        return 1 << 24 if environ.get("WT_SESSION") else 16
    if term in ("", "dumb", "unknown"):
        return None
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return 1 << 24
    return 256 if term.endswith(("256color", "kitty", "direct")) else 16


def tmux_options(environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """What matters of tmux's settings; None outside it, empty when it does not say."""
    if not environ.get("TMUX"):
        return None
    formats = "\n".join(f"#{{{name}}}" for name in _TMUX_ASKED)
    try:
        answer = subprocess.run(
            ["tmux", "display-message", "-p", formats],
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=_TMUX_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    values = zip(_TMUX_ASKED, answer.stdout.splitlines(), strict=False)
    return {name: value for name, value in values if value}


def terminal(facts: TerminalFacts, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Judge what was found out."""
    yield from _screen(facts, environ)
    if "NO_COLOR" in environ:
        what = "NO_COLOR is set: Parley is drawn without colours; lamps keep their signs and words."
        yield Finding(SUBJECT, what, Verdict.NOTE, "Unset it to have them back.")
    yield from _characters(facts, environ)
    if facts.size is None:
        what = "Input or output is no terminal: size, keys and clipboard were not looked at."
        yield Finding(SUBJECT, what, Verdict.SKIPPED)
        return
    yield _keys(facts)
    yield _clipboard(facts, environ)
    if facts.tmux is not None:
        yield from _tmux(facts.tmux)
    elif environ.get("STY"):
        what = "This is GNU screen: it shows 256 colours at most and keeps clipboard and keys to itself."
        yield Finding(SUBJECT, what, Verdict.NOTE, "tmux lets more through.")


def _screen(facts: TerminalFacts, environ: Mapping[str, str]) -> Iterator[Finding]:
    names = [f"{name}={environ[name]}" for name in ("TERM", "COLORTERM", "TERM_PROGRAM") if environ.get(name)]
    what = ", ".join([*names, _COLORS.get(facts.colors, f"{facts.colors} colours")])
    if facts.colors is None:
        advice = "Use another terminal, or set TERM to what it is, such as xterm-256color. `parley ask` works in any."
        yield Finding(SUBJECT, f"{what or 'TERM is not set'}: the app cannot draw here.", Verdict.WARNING, advice)
    elif facts.colors < 1 << 24:
        advice = "If the terminal shows more, set COLORTERM=truecolor." if facts.colors >= 256 else ""
        yield Finding(SUBJECT, f"{what}: Parley picks the nearest ones.", Verdict.NOTE, advice)
    else:
        yield Finding(SUBJECT, f"{what}.")
    if facts.size is None:
        return
    (width, height), (wide, high), (least_wide, least_high) = facts.size, _COMFORTABLE, _LEAST
    what = f"{width} columns, {height} rows"
    if width < least_wide or height < least_high:
        advice = f"Make it {wide}x{high} or more."
        yield Finding(SUBJECT, f"{what}: too small to read a conversation.", Verdict.WARNING, advice)
    elif width < wide or height < high:
        yield Finding(SUBJECT, f"{what}: Parley folds what does not fit.", Verdict.NOTE, f"{wide}x{high} shows more.")
    else:
        yield Finding(SUBJECT, f"{what}.")


def _characters(facts: TerminalFacts, environ: Mapping[str, str]) -> Iterator[Finding]:
    named = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    if facts.encoding.replace("-", "").replace("_", "") != "utf8":
        yield Finding(
            SUBJECT,
            f"Text is written as {facts.encoding}, which lacks most signs.",
            Verdict.WARNING,
            "Set LANG to a UTF-8 locale, such as C.UTF-8 or en_GB.UTF-8.",
        )
    elif named in ("C", "POSIX") and facts.tmux is not None:
        what = f"Text is written in UTF-8, but the locale is {named}: tmux may show other signs."
        yield Finding(SUBJECT, what, Verdict.NOTE, "Set LANG to a UTF-8 locale, such as C.UTF-8.")
    else:
        yield Finding(SUBJECT, f"Text is written in UTF-8{f' ({named})' if named else ''}.")


def _keys(facts: TerminalFacts) -> Finding:
    if facts.has_kitty_keys:
        return Finding(SUBJECT, "Kitty keyboard protocol: Shift+Enter makes a new line.")
    if facts.has_kitty_keys is False:
        what = "No Kitty keyboard protocol: Shift+Enter and Alt+Enter arrive as Enter."
        return Finding(SUBJECT, what, Verdict.NOTE, "Ctrl+J makes a new line everywhere.")
    if facts.is_in_app:
        what = "Keyboard protocol: the terminal cannot be asked while the app reads from it."
        return Finding(SUBJECT, what, Verdict.SKIPPED, "`parley doctor` in the shell asks it.")
    return Finding(SUBJECT, "Keyboard protocol: the terminal was not asked, or did not answer.", Verdict.SKIPPED)


def _clipboard(facts: TerminalFacts, environ: Mapping[str, str]) -> Finding:
    """Parley copies through the terminal (OSC 52), which reaches the clipboard over SSH, too."""
    way = "Copying goes through the terminal (OSC 52)"
    hand = "Select with Shift and the mouse instead."
    if facts.tmux is not None and facts.tmux.get("set-clipboard", "on") != "on":
        return Finding(
            SUBJECT,
            f"{way}, and tmux lets no program do that (set-clipboard is {facts.tmux['set-clipboard']}).",
            Verdict.WARNING,
            "Write `set -s set-clipboard on` into tmux.conf.",
        )
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return Finding(SUBJECT, f"{way}, and Terminal of macOS does not take it.", Verdict.WARNING, hand)
    if facts.takes_clipboard:
        return Finding(SUBJECT, f"{way}; the terminal says that it takes it.")
    if environ.get("VTE_VERSION"):
        return Finding(SUBJECT, f"{way}, and terminals built on VTE may not take it.", Verdict.NOTE, hand)
    return Finding(SUBJECT, f"{way}; most terminals take it, some after a setting.")


def _tmux(options: Mapping[str, str]) -> Iterator[Finding]:
    if not options:
        yield Finding(SUBJECT, "This is tmux, and it did not say how it is set.", Verdict.SKIPPED)
        return
    yield Finding(SUBJECT, f"tmux: {', '.join(f'{name} {value}' for name, value in options.items())}.")
    if options.get("extended-keys") == "off":
        what = "tmux passes no extended keys: Shift+Enter arrives as Enter."
        yield Finding(SUBJECT, what, Verdict.NOTE, "Write `set -s extended-keys on` into tmux.conf, or use Ctrl+J.")
