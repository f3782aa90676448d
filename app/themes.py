"""Parley's themes: one background, one raised surface, one accent; the other colours only say something.

Text is drawn in the pairs listed in `TEXT_PAIRS`; a test holds each of them to a contrast of 4.5 or more.
"""

from __future__ import annotations

from textual.theme import Theme

DEFAULT_THEME = "parley-dark"


def _theme(
    name: str,
    *,
    dark: bool,
    background: str,
    surface: str,
    panel: str,
    foreground: str,
    muted: str,
    line: str,
    accent: str,
    bar: str,
    on_accent: str,
    success: str,
    warning: str,
    error: str,
    info: str,
) -> Theme:
    """Build a theme from the few colours that matter; Textual derives nothing by itself.

    Args:
        panel: the highlighted row on the surface.
        muted: secondary text, still readable on every ground.
        line: rules and scroll bars; never text.
        bar: the accent, quieter: bars that show an amount; never text.
        on_accent: text on the accent.
        info: under way, neither good nor bad: the blue of a connecting lamp.
    """
    return Theme(
        name=name,
        dark=dark,
        primary=accent,
        secondary=muted,
        accent=accent,
        success=success,
        warning=warning,
        error=error,
        background=background,
        surface=surface,
        panel=panel,
        foreground=foreground,
        text_alpha=1.0,
        variables={
            "text": foreground,
            "text-muted": muted,
            "text-disabled": muted,
            "text-primary": accent,
            "text-accent": accent,
            "text-success": success,
            "text-warning": warning,
            "text-error": error,
            "text-info": info,
            "foreground-muted": muted,
            "line": line,
            "bar": bar,
            "menu-cursor": surface,
            "border": accent,
            "border-blurred": line,
            "block-cursor-background": panel,
            "block-cursor-foreground": foreground,
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": panel,
            "block-cursor-blurred-foreground": foreground,
            "block-hover-background": panel,
            "input-cursor-background": foreground,
            "input-cursor-foreground": background,
            "input-cursor-text-style": "none",
            "input-selection-background": f"{accent} 35%",
            "screen-selection-background": f"{accent} 35%",
            "scrollbar": line,
            "scrollbar-hover": muted,
            "scrollbar-active": muted,
            "scrollbar-background": background,
            "scrollbar-background-hover": background,
            "scrollbar-background-active": background,
            "scrollbar-corner-color": background,
            "link-color": accent,
            "link-background": "transparent",
            "link-background-hover": accent,
            "link-color-hover": on_accent,
            "button-color-foreground": on_accent,
        },
    )


DARK = _theme(
    "parley-dark",
    dark=True,
    background="#0e1013",
    surface="#171a1f",
    panel="#232830",
    foreground="#dfe3e8",
    muted="#8d96a3",
    line="#2c323b",
    accent="#9db4ff",
    bar="#6679b8",
    on_accent="#0e1013",
    success="#82c996",
    warning="#e3b465",
    error="#f28b82",
    info="#5cb3ff",
)

LIGHT = _theme(
    "parley-light",
    dark=False,
    background="#fcfbf8",
    surface="#f3f1eb",
    panel="#e6e3da",
    foreground="#22252a",
    muted="#5d636d",
    line="#d6d2c7",
    accent="#2f4fc4",
    bar="#8497dd",
    on_accent="#ffffff",
    success="#17663a",
    warning="#7a4f00",
    error="#a8201a",
    info="#0b5fa8",
)

ANSI = Theme(
    name="parley-ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_blue",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "surface": "ansi_default",
        "panel": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "text-muted": "ansi_bright_black",
        "text-disabled": "ansi_bright_black",
        # Plain blue on black is all but invisible in many terminals.
        "text-info": "ansi_bright_blue",
        "line": "ansi_bright_black",
        "bar": "ansi_bright_black",
        "menu-cursor": "ansi_white",
        "border": "ansi_blue",
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": "ansi_white",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
    },
)
"""For people who chose their terminal's colours with care: only those are used."""

THEMES = (DARK, LIGHT, ANSI)

TEXT_PAIRS = (
    ("foreground", "background"),
    ("foreground", "surface"),
    ("foreground", "panel"),
    ("text-muted", "background"),
    ("text-muted", "surface"),
    ("text-muted", "panel"),
    ("text-primary", "background"),
    ("text-primary", "surface"),
    ("text-primary", "panel"),
    ("text-success", "background"),
    ("text-success", "surface"),
    ("text-success", "panel"),
    ("text-warning", "background"),
    ("text-warning", "surface"),
    ("text-warning", "panel"),
    ("text-error", "background"),
    ("text-error", "surface"),
    ("text-error", "panel"),
    ("text-info", "background"),
    ("text-info", "surface"),
    ("text-info", "panel"),
    ("button-color-foreground", "primary"),
)
"""(text, ground) as theme variables: every pair in which the app draws text."""
