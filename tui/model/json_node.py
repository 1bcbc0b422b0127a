"""Node: one value of a JSON document as it is shown, folded or not; made when it is first seen."""

from typing import Any

from tui.model.json_path import Path
from tui.model.json_tokens import inside

PAGE = 200
"""How many members of one value stand together at most."""


class Node:
    """A value, or a page: some of the many items of one, folded together so that nothing is ever long.

    `begin` and `end` are which members of `value` it holds, `index` is its own place in its parent, `slot` its place
    among the parent's children (which may be pages). `height` is how many lines it takes as it stands.
    """

    __slots__ = (
        "begin",
        "children",
        "end",
        "height",
        "index",
        "key",
        "open",
        "page",
        "parent",
        "slot",
        "step",
        "value",
    )

    def __init__(
        self,
        value: Any,
        *,
        parent: "Node | None" = None,
        key: str | int | None = None,
        index: int = 0,
        slot: int = 0,
        page: tuple[int, int] | None = None,
    ) -> None:
        self.value = value
        self.parent = parent
        self.key = key
        self.index = index
        self.slot = slot
        self.page = page is not None
        self.begin, self.end = page or (0, inside(value))
        self.open = False
        self.height = 1
        self.children: list[Node] = []
        self.step = 1
        while -(-len(self) // self.step) > PAGE:
            self.step *= PAGE

    def __len__(self) -> int:
        """How many members of the document's it holds."""
        return self.end - self.begin

    def __bool__(self) -> bool:
        return True

    @property
    def foldable(self) -> bool:
        return self.end > self.begin

    @property
    def gains(self) -> int:
        """How many lines opening it for the first time adds."""
        return -(-len(self) // self.step) + (not self.page)

    @property
    def last(self) -> bool:
        """Whether no other member of its container follows."""
        return self.parent is None or self.index == inside(self.parent.value) - 1

    @property
    def depth(self) -> int:
        node: Node = self
        depth = 0
        while node.parent is not None:
            node = node.parent
            depth += 1
        return depth

    @property
    def path(self) -> Path:
        """Of a page: that of its first item."""
        parts: list[str | int] = []
        node: Node = self
        while node.parent is not None:
            if not node.page or node is self:
                parts.append(node.index if node.key is None else node.key)
            node = node.parent
        return tuple(reversed(parts))

    @property
    def place(self) -> tuple[int, ...]:
        """Its path as indexes, which sort in the document's order."""
        parts: list[int] = []
        node: Node = self
        while node.parent is not None:
            if not node.page or node is self:
                parts.append(node.index)
            node = node.parent
        return tuple(reversed(parts))

    def unfold(self) -> None:
        """Shows what is in it, as folded as it was left."""
        if self.open or not self.foldable:
            return
        if not self.children:
            self.children = self._made()
        self.open = True
        self._grow(sum(child.height for child in self.children) + (not self.page))

    def fold(self) -> None:
        """Leaves one line of it."""
        if self.open:
            self.open = False
            self._grow(1 - self.height)

    def child(self, index: int) -> "Node":
        """The member at this place, unfolding what it is in."""
        node: Node = self
        while True:
            node.unfold()
            node = node.children[(index - node.begin) // node.step]
            if not node.page:
                return node

    def _grow(self, lines: int) -> None:
        self.height += lines
        node = self.parent
        while node is not None and node.open:
            node.height += lines
            node = node.parent

    def _made(self) -> "list[Node]":
        names = list(self.value)[self.begin : self.end] if isinstance(self.value, dict) else None
        if self.step > 1:
            return [
                Node(
                    self.value,
                    parent=self,
                    key=None if names is None else names[at - self.begin],
                    index=at,
                    slot=slot,
                    page=(at, min(self.end, at + self.step)),
                )
                for slot, at in enumerate(range(self.begin, self.end, self.step))
            ]
        if names is not None:
            return [
                Node(self.value[name], parent=self, key=name, index=self.begin + slot, slot=slot)
                for slot, name in enumerate(names)
            ]
        items = self.value[self.begin : self.end]
        return [Node(item, parent=self, index=self.begin + slot, slot=slot) for slot, item in enumerate(items)]
