"""JsonPart: a JSON value as lines that fold."""

import json
from typing import Any

from tui.model.json_lines import JsonLines, Line
from tui.model.json_path import path_text
from tui.model.json_search import Hits
from tui.widgets.detail.piece import Piece, Pieces

_NONE = Hits(places=())
_MARKS = 2  # cells for the mark of what folds


class JsonPart:
    """Lines are made when they are looked at, so that size does not matter."""

    def __init__(self, value: Any, *, ascii_only: bool = False) -> None:
        self._value = value
        self._json = JsonLines(value)
        self._open, self._folded = ("v ", "> ") if ascii_only else ("▾ ", "▸ ")
        self._width = 80
        self._hits = _NONE

    def __len__(self) -> int:
        return len(self._json)

    def fit(self, width: int) -> None:
        self._width = width

    def lines(self, start: int, count: int) -> list[Pieces]:
        return [self._pieces(line) for line in self._json.lines(start, count, max(1, self._width - _MARKS))]

    def toggle(self, line: int) -> int | None:
        before = len(self._json)
        at = self._json.toggle(line)
        return None if len(self._json) == before else at

    def fold_all(self, *, folded: bool) -> None:
        if folded:
            self._json.fold_all()
        else:
            self._json.unfold_all()

    def value(self, line: int) -> str:
        value = self._value
        for part in self._json.path(line):
            value = value[part]
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)

    def path(self, line: int) -> str:
        return path_text(self._json.path(line))

    def find(self, text: str) -> int:
        self._hits = self._json.search(text)
        return len(self._hits)

    def hit(self, line: int | None, *, forward: bool) -> int | None:
        if not self._hits:
            return None
        if line is None:
            return self._json.show(self._hits, 0 if forward else len(self._hits) - 1)
        here = self._json.path(line)
        nth = self._json.next_hit(self._hits, line) if forward else self._json.previous_hit(self._hits, line)
        if nth is None:
            return None
        found = self._json.show(self._hits, nth)
        now = self._json.reveal(here)  # what was unfolded above has moved it
        return found if (found > now if forward else found < now) else None

    def _pieces(self, line: Line) -> Pieces:
        mark = "  " if not line.foldable else self._folded if line.folded else self._open
        lead = Piece("  " * line.depth + mark, "note")
        return (lead, *(Piece(segment.text, str(segment.kind)) for segment in line.segments))
