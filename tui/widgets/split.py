"""Split: a table, and beside it, below it or in its place the details of what the cursor is on."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

BESIDE_FROM = 140
"""Cells of the terminal's width from which both are side by side."""
BELOW_FROM = 30
"""Lines of its height from which they are one below the other."""


class Split(Container):
    """The second part is there while it is open."""

    DEFAULT_CSS = """
    Split { layout: vertical; height: 1fr; }
    Split.-beside { layout: horizontal; }
    Split > .split--second { display: none; }
    Split.-open > .split--second { display: block; }
    Split.-open.-over > .split--first { display: none; }
    Split.-beside > .split--first { width: 1fr; }
    Split.-beside > .split--second { width: 1fr; }
    """

    def __init__(self, first: Widget, second: Widget) -> None:
        super().__init__(id="deliveries")
        self._first = first
        self._second = second
        first.add_class("split--first")
        second.add_class("split--second")

    def compose(self) -> ComposeResult:
        yield self._first
        yield self._second

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    @property
    def over(self) -> bool:
        """Whether there is room for one of them alone."""
        return self.has_class("-over")

    def open(self, opened: bool = True) -> None:
        self.set_class(opened, "-open")

    def fit(self, width: int, height: int) -> None:
        """Arranges them for a terminal of this size."""
        self.set_class(width >= BESIDE_FROM, "-beside")
        self.set_class(width < BESIDE_FROM and height < BELOW_FROM, "-over")
