"""Piece: a stretch of text with the name of its style; and lines of pieces, wrapped to a width."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from tui.model.harmless import harmless

_WORDS = re.compile(r" +|[^ ]+")
_LEAST = 8  # cells for a text, however narrow the place


class Piece(NamedTuple):
    """`style` is a name by meaning; themes colour it. The text is harmless."""

    text: str
    style: str = "text"


Pieces = tuple[Piece, ...]


def of(text: str, style: str = "text") -> Piece:
    """A piece of somebody else's text, on one line and harmless."""
    return Piece(harmless(text), style)


def cells(pieces: Sequence[Piece]) -> int:
    """How wide they are together."""
    return sum(len(piece.text) if piece.text.isascii() else cell_len(piece.text) for piece in pieces)


def wrapped(pieces: Pieces, width: int, hang: int = 0) -> list[Pieces]:
    """As many lines as it takes, broken between words where that can be; all but the first are set in by `hang`."""
    width = max(_LEAST, width)
    if cells(pieces) <= width:
        return [pieces]
    hang = min(hang, width // 2)
    lines: list[Pieces] = []
    line: list[Piece] = []
    used = 0
    for text, style in _chunks(pieces, width - hang):
        wide = cell_len(text)
        if used + wide > width and line:
            lines.append(tuple(line))
            line, used = ([Piece(" " * hang)] if hang else []), hang
            if not text.strip(" "):
                continue
        line.append(Piece(text, style))
        used += wide
    if line:
        lines.append(tuple(line))
    return lines


def _chunks(pieces: Pieces, width: int) -> Iterator[Piece]:
    """Words and the blanks between them, none wider than that."""
    for text, style in pieces:
        for word in _WORDS.findall(text):
            if cell_len(word) <= width:
                yield Piece(word, style)
            elif word.isascii():
                yield from (Piece(word[at : at + width], style) for at in range(0, len(word), width))
            else:
                yield from (Piece(part, style) for part in chop_cells(word, width))
