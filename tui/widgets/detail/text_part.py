"""TextPart: lines of text, wrapped."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from tui.widgets.detail.piece import Piece, Pieces, of, wrapped


class TextPart:
    """`copied` is what each line says when it is copied, where that is not what it shows."""

    def __init__(self, lines: Sequence[Pieces], *, hang: int = 2, copied: Sequence[str] | None = None) -> None:
        self._lines = lines
        self._hang = hang
        self._copied = copied
        self._width = 0
        self._shown: list[Pieces] = list(lines)
        self._firsts: Sequence[int] = range(len(lines))  # at which shown line each begins
        self._hits: list[int] = []

    def __len__(self) -> int:
        return len(self._shown)

    def fit(self, width: int) -> None:
        if width == self._width:
            return
        self._width = width
        self._shown, firsts = [], []
        for line in self._lines:
            firsts.append(len(self._shown))
            self._shown += wrapped(line, width, self._hang)
        self._firsts = firsts

    def lines(self, start: int, count: int) -> list[Pieces]:
        return self._shown[start : start + count]

    def toggle(self, line: int) -> int | None:
        return None

    def fold_all(self, *, folded: bool) -> None:
        """Nothing here folds."""

    def value(self, line: int) -> str:
        index = self._index(line)
        return _text(self._lines[index]).strip() if self._copied is None else self._copied[index]

    def path(self, line: int) -> str:
        return ""

    def find(self, text: str) -> int:
        wanted = text.lower()
        self._hits = [
            index for index, line in enumerate(self._lines) if wanted.strip() and wanted in _text(line).lower()
        ]
        return len(self._hits)

    def hit(self, line: int | None, *, forward: bool) -> int | None:
        if line is None:
            nth = 0 if forward else len(self._hits) - 1
        elif forward:
            nth = bisect_right(self._hits, self._index(line))
        else:
            nth = bisect_left(self._hits, self._index(line)) - 1
        return self._firsts[self._hits[nth]] if 0 <= nth < len(self._hits) else None

    def _index(self, line: int) -> int:
        """Which line of the text this shown line is of."""
        return bisect_right(self._firsts, line) - 1


def told(*lines: Sequence[Piece] | Piece | str) -> TextPart:
    """Our own words; texts of others among them are harmless pieces."""
    return TextPart([_pieces(line) for line in lines])


def body(text: str) -> TextPart:
    """Somebody else's text as it is, line by line, harmless."""
    source = text.expandtabs(4).splitlines() or [""]
    return TextPart([(of(line),) for line in source], hang=0, copied=source)


def _pieces(line: Sequence[Piece] | Piece | str) -> Pieces:
    if isinstance(line, str):
        return (Piece(line),)
    return (line,) if isinstance(line, Piece) else tuple(line)


def _text(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
