"""Cut: a text made harmless and short enough for its place, measured in the terminal's cells."""

from rich.cells import cell_len

from tui.model.harmless import harmless


def cut(text: str, width: int) -> str:
    """The text, harmless and at most so many cells wide; what is too long ends in `…`. A long one costs no more than a
    short one."""
    begun = text[: max(0, width) * 4 + 1]
    shown = harmless(begun)
    return shown if len(begun) == len(text) and cell_len(shown) <= width else shortened(shown, width)


def shortened(shown: str, width: int) -> str:
    """A text that is harmless already: as much of it as leaves one cell of `width` for the sign `…`."""
    if width < 1:
        return ""
    kept = shown[: (width - 1) * 4]
    while cell_len(kept) > width - 1:
        over = cell_len(kept) - (width - 1)
        kept = kept[: -max(1, over // 2)]
    return kept + "…"
