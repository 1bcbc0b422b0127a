"""JsonLines: a JSON value as lines that can be folded, however large it is: only what is looked at is ever made."""

from collections import deque
from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple

from tui.model.json_node import Node
from tui.model.json_path import Path
from tui.model.json_search import Hits, Standing, search
from tui.model.json_tokens import Kind, Segment, brief, string

OPENED = 400
MOST_OPENED = 20_000


class Line(NamedTuple):
    """One line. `folded` is how many members are hidden behind it, 0 where none are.

    `path` is that of the value; of a closing bracket that of what it closes, of a page that of its first item.
    """

    depth: int
    segments: tuple[Segment, ...]
    path: Path
    foldable: bool = False
    folded: int = 0

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


class JsonLines:
    """Lines are counted from 0, and their numbers change with every fold.

    At first it is opened from the outside inwards, for as long as that makes no more than `opened` lines. More than 200
    members of one value are put together in pages, so that unfolding one thing is always quick.
    """

    def __init__(self, value: Any, *, opened: int = OPENED) -> None:
        self._value = value
        self._root = Node(value)
        self._open_up_to(opened)

    def __len__(self) -> int:
        return self._root.height

    def lines(self, start: int, count: int, width: int) -> list[Line]:
        """The lines from `start` on, each cut to about so many cells, indentation (two a level) included."""
        if not 0 <= start < len(self):
            return []
        steps = self._from(*self._at(start))
        return [_line(node, closing, width) for _, (node, closing) in zip(range(count), steps, strict=False)]

    # Folding

    def toggle(self, line: int) -> int:
        """Folds or unfolds what this line begins; a closing bracket folds what it closes. Answers with the line number
        at which that begins."""
        node, closing = self._at(self._within(line))
        if node.open:
            node.fold()
        else:
            node.unfold()
        return self._number(node) if closing else line

    def fold(self, path: Path) -> int:
        """Folds the value at this path, and answers with its line number. Raises KeyError where there is none."""
        node = self._reached(self._place(path))
        node.fold()
        return self._number(node)

    def unfold(self, path: Path) -> int:
        """Unfolds it, and all that it is in."""
        node = self._reached(self._place(path))
        node.unfold()
        return self._number(node)

    def fold_all(self) -> None:
        """Leaves the document's own members, folded."""
        self._root = Node(self._value)
        self._root.unfold()

    def unfold_all(self) -> bool:
        """Unfolds everything, for as long as that makes no more than 20,000 lines; whether it was everything."""
        return self._open_up_to(MOST_OPENED)

    # Finding

    def path(self, line: int) -> Path:
        """Of the value on this line."""
        return self._at(self._within(line))[0].path

    def reveal(self, path: Path) -> int:
        """Unfolds all that this value is in, and answers with its line number. Raises KeyError where there is none."""
        return self._number(self._reached(self._place(path)))

    def search(self, text: str) -> Hits:
        """All places whose key or value holds this text, in small or large letters, folded ones too."""
        return search(self._value, text)

    def show(self, hits: Hits, number: int) -> int:
        """Unfolds all that this hit is in, and answers with its line number."""
        return self._number(self._reached(hits.places[number]))

    def next_hit(self, hits: Hits, line: int) -> int | None:
        """The number of the first hit below this line, from the top again where there is none; None without hits."""
        return hits.after(self._standing(line))

    def previous_hit(self, hits: Hits, line: int) -> int | None:
        """The number of the last hit above this line, from the bottom again where there is none."""
        return hits.before(self._standing(line))

    # Inside

    def _standing(self, line: int) -> Standing:
        """Where a line stands among the places of values: a bracket that closes behind all that it closes, a page
        before its first item."""
        node, closing = self._at(self._within(line))
        if closing:
            return (*node.place, inf)
        return (*node.place[:-1], node.begin - 0.5) if node.page else node.place

    def _open_up_to(self, most: int) -> bool:
        everything = True
        waiting = deque([self._root])
        while waiting:
            node = waiting.popleft()
            if not node.open and node.foldable:
                if len(self) + node.gains > most and node is not self._root:
                    everything = False
                    continue
                node.unfold()
            waiting.extend(child for child in node.children if child.foldable)
        return everything

    def _within(self, line: int) -> int:
        return max(0, min(line, len(self) - 1))

    def _at(self, line: int) -> tuple[Node, bool]:
        """What is on this line, and whether it is the bracket that closes it."""
        node, rest = self._root, line
        while rest:
            rest -= 1
            for child in node.children:
                if rest < child.height:
                    node = child
                    break
                rest -= child.height
            else:
                return node, True
        return node, False

    def _number(self, node: Node) -> int:
        line = 0
        while node.parent is not None:
            line += 1 + sum(child.height for child in node.parent.children[: node.slot])
            node = node.parent
        return line

    def _from(self, node: Node, closing: bool) -> Iterator[tuple[Node, bool]]:
        while True:
            yield node, closing
            if node.open and not closing:
                node = node.children[0]
                continue
            while True:
                above = node.parent
                if above is None:
                    return
                if node.slot + 1 < len(above.children):
                    node, closing = above.children[node.slot + 1], False
                    break
                node = above
                if not node.page:
                    closing = True
                    break

    def _place(self, path: Path) -> tuple[int, ...]:
        value, place = self._value, []
        for part in path:
            if isinstance(value, dict) and part in value:
                place.append(list(value).index(part))
            elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
                place.append(part)
            else:
                raise KeyError(part)
            value = value[part]
        return tuple(place)

    def _reached(self, place: tuple[int, ...]) -> Node:
        node = self._root
        for index in place:
            node = node.child(index)
        return node


def _line(node: Node, closing: bool, width: int) -> Line:
    depth = node.depth
    closer = "}" if isinstance(node.value, dict) else "]"
    comma = "" if node.last or node.page else ","
    if closing:
        return Line(depth, (Segment(closer + comma, Kind.PUNCTUATION),), node.path)
    hidden = 0 if node.open else len(node)
    if node.page:
        note = Segment(f"{node.begin:,} … {node.end - 1:,}", Kind.NOTE)
        return Line(depth, (note,), node.path, foldable=True, folded=hidden)
    segments: list[Segment] = []
    room = width - 2 * depth
    if isinstance(node.key, str):
        segments += (*string(node.key, room // 2, Kind.KEY), Segment(": ", Kind.PUNCTUATION))
        room -= sum(len(segment.text) for segment in segments)
    if node.open:
        segments.append(Segment("{" if closer == "}" else "[", Kind.PUNCTUATION))
        return Line(depth, tuple(segments), node.path, foldable=True)
    told = brief(node.value, room - len(comma))
    segments += told[:1]
    if comma:
        segments.append(Segment(comma, Kind.PUNCTUATION))
    return Line(depth, (*segments, *told[1:]), node.path, foldable=hidden > 0, folded=hidden)
