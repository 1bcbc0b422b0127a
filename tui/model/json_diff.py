"""The difference of two JSON values, as lines: what is the same, added, removed, changed, or in another place."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from emulator.core.json_text import MAX_DEPTH
from tui.model.json_lines import JsonLines
from tui.model.json_order import merged, moved
from tui.model.json_path import Path
from tui.model.json_tokens import Kind, Segment, brief, string

MOST_LINES = 2_000
MOST_LOOKED_AT = 200_000
_MOST_OF_ONE = 60
_SHOWN_SAME = 3
_BEFORE_DIFFERENCE = 12
_ARROW = Segment(" → ", Kind.PUNCTUATION)


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


SIGNS = {Change.SAME: " ", Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~", Change.MOVED: ">"}
"""What stands before a line, so that no colour is needed."""


class DiffLine(NamedTuple):
    """`path` is where it is afterwards; of what was removed, where it was. Of what is the same and left out, where it
    would stand."""

    change: Change
    depth: int
    segments: tuple[Segment, ...]
    path: Path

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonDiff:
    """`counts` says how many values were added, removed, changed and moved. Not `complete` where there was too much to
    look at or to show."""

    lines: tuple[DiffLine, ...]
    counts: dict[Change, int]
    complete: bool = True

    @property
    def same(self) -> bool:
        """Whether no difference was found."""
        return not any(self.counts.values())


def json_diff(before: Any, after: Any, width: int = 80) -> JsonDiff:
    """Two decoded values. Items of a list are compared by their `id` where all have one, else by position.

    Within what changed, more than three members that are the same become one line.
    """
    looked = _Comparison(width=width)
    lines = looked.compared(None, before, after, (), 0) or [looked.same(None, after, (), 0)]
    return JsonDiff(
        lines=tuple(lines[:MOST_LINES]), counts=looked.counts, complete=not looked.over and len(lines) <= MOST_LINES
    )


@dataclass(slots=True, kw_only=True)
class _Comparison:
    width: int
    counts: dict[Change, int] = field(
        default_factory=lambda: dict.fromkeys((Change.ADDED, Change.REMOVED, Change.CHANGED, Change.MOVED), 0)
    )
    looked_at: int = 0
    shown: int = 0

    @property
    def over(self) -> bool:
        """Whether no more is looked at or shown."""
        return self.looked_at > MOST_LOOKED_AT or self.shown > MOST_LINES

    def compared(self, key: str | None, before: Any, after: Any, path: Path, depth: int) -> list[DiffLine]:
        """The lines of one value; none where nothing differs."""
        self.looked_at += 1
        inner: list[DiffLine] | None = None
        if depth >= MAX_DEPTH:
            same = _same(before, after)
        elif isinstance(before, dict) and isinstance(after, dict):
            inner = self._members(before, after, path, depth + 1)
            same = not inner
        elif isinstance(before, list) and isinstance(after, list):
            inner = self._items(before, after, path, depth + 1)
            same = not inner
        else:
            same = _same(before, after)
        if same:
            return []
        if inner is None:
            return [self._changed(key, before, after, path, depth)]
        opener, closer = "{}" if isinstance(after, dict) else "[]"
        head = (*self._label(key, depth), Segment(opener, Kind.PUNCTUATION))
        return [
            DiffLine(Change.SAME, depth, head, path),
            *inner,
            DiffLine(Change.SAME, depth, (Segment(closer, Kind.PUNCTUATION),), path),
        ]

    def _members(self, before: dict[str, Any], after: dict[str, Any], path: Path, depth: int) -> list[DiffLine]:
        found = _Run(self, path, depth)
        for name in merged(list(before), list(after)):
            if self.over:
                return found.broken_off()
            if name not in after:
                found.add(self._whole(Change.REMOVED, name, before[name], (*path, name), depth))
            elif name not in before:
                found.add(self._whole(Change.ADDED, name, after[name], (*path, name), depth))
            else:
                left, right = before[name], after[name]
                if self._plainly_same(left, right):
                    found.add([], name, right)
                else:
                    found.add(self.compared(name, left, right, (*path, name), depth), name, right)
        return found.lines()

    def _items(self, before: list[Any], after: list[Any], path: Path, depth: int) -> list[DiffLine]:
        found = _Run(self, path, depth)
        left, right = _places(before, after)
        elsewhere = moved(list(left), list(right))
        for name in merged(list(left), list(right)):
            if self.over:
                return found.broken_off()
            if name not in right:
                found.add(self._whole(Change.REMOVED, None, before[left[name]], (*path, left[name]), depth))
                continue
            at = right[name]
            if name not in left:
                found.add(self._whole(Change.ADDED, None, after[at], (*path, at), depth))
                continue
            lines = self.compared(None, before[left[name]], after[at], (*path, at), depth)
            if name in elsewhere:
                lines = self._moved(lines or [self.same(None, after[at], (*path, at), depth)], left[name])
            found.add(lines, at, after[at])
        return found.lines()

    def _plainly_same(self, before: Any, after: Any) -> bool:
        """The quick answer for most of what is in large documents."""
        if type(before) is type(after) and not isinstance(after, dict | list) and before == after:
            self.looked_at += 1
            return True
        return False

    def _moved(self, lines: list[DiffLine], place: int) -> list[DiffLine]:
        self.counts[Change.MOVED] += 1
        self.shown += 1
        head, *others = lines
        note = Segment(f" was [{place}]", Kind.NOTE)
        return [head._replace(change=Change.MOVED, segments=(*head.segments, note)), *others]

    def _whole(self, change: Change, key: str | None, value: Any, path: Path, depth: int) -> list[DiffLine]:
        """A value that only one of them has, unfolded as far as it is short."""
        self.counts[change] += 1
        document = JsonLines(value, opened=_MOST_OF_ONE)
        first, *others = document.lines(0, _MOST_OF_ONE, self.width - 2 * depth)
        shown = [
            DiffLine(change, depth, (*self._label(key, depth), *first.segments), path),
            *(DiffLine(change, depth + line.depth, line.segments, (*path, *line.path)) for line in others),
        ]
        self.shown += len(shown)
        if len(document) > _MOST_OF_ONE:
            shown.append(DiffLine(change, depth, (Segment("… and more", Kind.NOTE),), path))
        return shown

    def same(self, key: str | int | None, value: Any, path: Path, depth: int) -> DiffLine:
        """The one line of what is the same."""
        label = self._label(key, depth) if isinstance(key, str) else ()
        return DiffLine(Change.SAME, depth, (*label, *brief(value, self.width - 2 * depth)), path)

    def _changed(self, key: str | None, before: Any, after: Any, path: Path, depth: int) -> DiffLine:
        self.counts[Change.CHANGED] += 1
        self.shown += 1
        room = (self.width - 2 * depth) // 2
        if isinstance(before, str) and isinstance(after, str):
            skipped = max(0, _common(before, after) - _BEFORE_DIFFERENCE) if max(len(before), len(after)) > room else 0
            before, after = (("…" + text[skipped:] if skipped else text) for text in (before, after))
        told = (*brief(before, room), _ARROW, *brief(after, room))
        return DiffLine(Change.CHANGED, depth, (*self._label(key, depth), *told), path)

    def _label(self, key: str | None, depth: int) -> tuple[Segment, ...]:
        if key is None:
            return ()
        return (*string(key, (self.width - 2 * depth) // 2, Kind.KEY), Segment(": ", Kind.PUNCTUATION))


class _Run:
    """The lines of what is in one value, in which what is the same is kept back until it is known how much it is."""

    def __init__(self, comparison: _Comparison, path: Path, depth: int) -> None:
        self._comparison = comparison
        self._path = path
        self._depth = depth
        self._lines: list[DiffLine] = []
        self._same: list[tuple[str | int, Any]] = []

    def add(self, lines: list[DiffLine], key: str | int = "", value: Any = None) -> None:
        """What differs; without lines, a member that is the same."""
        if lines:
            self._lines += (*self._short(), *lines)
            self._same = []
        else:
            self._same.append((key, value))

    def lines(self) -> list[DiffLine]:
        """None where all of it is the same."""
        return [*self._lines, *self._short()] if self._lines else []

    def broken_off(self) -> list[DiffLine]:
        """Those so far, and a line that says that there is more."""
        more = DiffLine(Change.SAME, self._depth, (Segment("… and more", Kind.NOTE),), self._path)
        return [*self._lines, *self._short(), more]

    def _short(self) -> list[DiffLine]:
        if len(self._same) > _SHOWN_SAME:
            note = Segment(f"… {len(self._same):,} the same", Kind.NOTE)
            return [DiffLine(Change.SAME, self._depth, (note,), (*self._path, self._same[0][0]))]
        return [self._comparison.same(key, value, (*self._path, key), self._depth) for key, value in self._same]


def _places(before: list[Any], after: list[Any]) -> tuple[dict[str | int, int], dict[str | int, int]]:
    """Where each item stands, by its id where all have one, else by its position."""
    left, right = _ids(before), _ids(after)
    if left is None or right is None:
        return {at: at for at in range(len(before))}, {at: at for at in range(len(after))}
    return left, right


def _ids(items: list[Any]) -> dict[str | int, int] | None:
    """Where each id is; None where an item has none, or two have the same."""
    found: dict[str | int, int] = {}
    for place, item in enumerate(items):
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str | int) or isinstance(name, bool) or name in found:
            return None
        found[name] = place
    return found


def _common(before: str, after: str) -> int:
    """How many characters both begin with."""
    at, step = 0, 4096
    while step:
        while before[at : at + step] == after[at : at + step] and at < min(len(before), len(after)):
            at += step
        step //= 16
    return min(at, len(before), len(after))


def _same(before: Any, after: Any) -> bool:
    """Whether both are the same JSON; `true` is not 1, however deep they nest."""
    waiting = [(before, after)]
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            waiting.extend((value, right[name]) for name, value in left.items())
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif not _equal(left, right):
            return False
    return True


def _equal(left: Any, right: Any) -> bool:
    """For what has nothing inside. No number is not like itself, which JSON has no word for."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right) or (left != left and right != right)
