"""Themes: dark, light, high contrast, and the terminal's own sixteen colours."""

from collections.abc import Mapping
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = "dark"
LIGHT: Final = "light"
HIGH_CONTRAST: Final = "high-contrast"
TERMINAL: Final = "terminal"

THEMES: Mapping[str, Theme] = {
    DARK: Theme(
        name=DARK,
        primary="#4c9df0",
        secondary="#2f6fb5",
        accent="#d9a0f3",
        warning="#f0b44c",
        error="#f2708b",
        success="#5fcf8a",
        foreground="#dde3ea",
        background="#11161c",
        surface="#1a212a",
        panel="#222c38",
        dark=True,
        # Textual works this one out against what is behind it, which a line that is drawn by itself does not know.
        variables={"footer-key-foreground": "#4c9df0", "text-muted": "#8b98a8"},
    ),
    LIGHT: Theme(
        name=LIGHT,
        primary="#0b62b8",
        secondary="#0b4f94",
        accent="#8a2da8",
        warning="#8f5600",
        error="#b3163b",
        success="#17703a",
        foreground="#1b2430",
        background="#fbfbfa",
        surface="#f0f1f2",
        panel="#e3e6ea",
        dark=False,
        variables={"footer-key-foreground": "#0b62b8", "text-muted": "#5d6773"},
    ),
    HIGH_CONTRAST: Theme(
        name=HIGH_CONTRAST,
        primary="#00d7ff",
        secondary="#00d7ff",
        accent="#ff9cff",
        warning="#ffff00",
        error="#ff8080",
        success="#00ff66",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        boost="#1c1c1c",
        dark=True,
        text_alpha=1.0,
        variables={
            "footer-key-foreground": "#ffff00",
            "text-muted": "#e4e4e4",
            "text-disabled": "#c6c6c6",
            "text-primary": "#00d7ff",
            "text-accent": "#ff9cff",
            "text-warning": "#ffff00",
            "text-error": "#ff8080",
            "text-success": "#00ff66",
        },
    ),
    TERMINAL: Theme(
        name=TERMINAL,
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_magenta",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        variables=BUILTIN_THEMES["ansi-dark"].variables,
    ),
}


def theme_for(wanted: str | None, *, no_color: bool, few_colors: bool) -> str:
    """The theme to begin with: what was asked for, else what suits the terminal."""
    if no_color:
        return TERMINAL
    if wanted is not None:
        return wanted
    return TERMINAL if few_colors else DARK
