"""Sheet: what a tab of the detail pane shows from top to bottom, parts of text and of JSON, asked for by line."""

from collections.abc import Sequence
from typing import Protocol

from tui.widgets.detail.piece import Pieces


class Part(Protocol):
    """Lines are counted from 0 within the part, and their numbers change with every fold and width."""

    def __len__(self) -> int: ...

    def fit(self, width: int) -> None:
        """Lays it out for so many cells."""

    def lines(self, start: int, count: int) -> list[Pieces]: ...

    def toggle(self, line: int) -> int | None:
        """Folds or unfolds; the line to stand on then, None where nothing folds."""

    def fold_all(self, *, folded: bool) -> None: ...

    def value(self, line: int) -> str:
        """What is there, to be copied."""

    def path(self, line: int) -> str:
        """Where it is in its document; empty where there is none."""

    def find(self, text: str) -> int:
        """Looks for this text from now on; how often it is there."""

    def hit(self, line: int | None, *, forward: bool) -> int | None:
        """The next line with the text beyond this one, or the outermost; None where there is no further one."""


class Sheet:
    """Parts, one below the other."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        self.sought = ""

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def fit(self, width: int) -> None:
        for part in self._parts:
            part.fit(width)

    def lines(self, start: int, count: int) -> list[Pieces]:
        """The lines from `start` on, as many as there are."""
        found: list[Pieces] = []
        for part in self._parts:
            if start < len(part):
                found += part.lines(start, count - len(found))
                if len(found) >= count:
                    break
            start = max(0, start - len(part))
        return found

    def toggle(self, line: int) -> int | None:
        """Folds or unfolds what is at this line; the line to stand on then, None where nothing folds."""
        at = self._at(line)
        if at is None:
            return None
        index, within = at
        to = self._parts[index].toggle(within)
        return None if to is None else self._first(index) + to

    def fold_all(self, *, folded: bool) -> None:
        for part in self._parts:
            part.fold_all(folded=folded)

    def value(self, line: int) -> str:
        """What is at this line, to be copied."""
        at = self._at(line)
        return "" if at is None else self._parts[at[0]].value(at[1])

    def path(self, line: int) -> str:
        at = self._at(line)
        return "" if at is None else self._parts[at[0]].path(at[1])

    def find(self, text: str) -> int:
        """Looks for this text from now on; how often it is there."""
        self.sought = text
        return sum(part.find(text) for part in self._parts)

    def hit(self, line: int, *, forward: bool) -> int | None:
        """The next line with the text below (or above) this one, from the other end again where there is none."""
        at = self._at(line)
        if at is None:
            return None
        index, within = at
        step = 1 if forward else -1
        places: list[tuple[int, int | None]] = [(index, within)]
        places += [((index + step * nth) % len(self._parts), None) for nth in range(1, len(self._parts) + 1)]
        for place, beyond in places:
            found = self._parts[place].hit(beyond, forward=forward)
            if found is not None:
                return self._first(place) + found
        return None

    def _at(self, line: int) -> tuple[int, int] | None:
        """Which part this line is in, and where in it."""
        for index, part in enumerate(self._parts):
            if line < len(part):
                return index, line
            line -= len(part)
        return None

    def _first(self, index: int) -> int:
        return sum(len(part) for part in self._parts[:index])
