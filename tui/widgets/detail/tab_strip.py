"""TabStrip: one line of tabs to choose from, and at its end what they are about."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.message import Message
from textual.widget import Widget

from tui.model.cut import cut
from tui.widgets.detail.tab import Tab


class TabStrip(Widget):
    """What does not fit is left out: first what they are about, then tabs that are far from the present one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"strip--here", "strip--tab", "strip--about"}
    DEFAULT_CSS = """
    TabStrip { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    TabStrip > .strip--here { text-style: bold reverse; }
    TabStrip > .strip--tab { color: $text-muted; }
    TabStrip > .strip--about { color: $text-muted; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[Tab, ...] = ()
        self._here: Tab | None = None
        self._about = ""
        self._places: list[tuple[int, int, Tab]] = []

    def show(self, tabs: Sequence[Tab], here: Tab, about: str) -> None:
        """These tabs; `about` is a text of others."""
        if (tuple(tabs), here, about) != (self._tabs, self._here, self._about):
            self._tabs, self._here, self._about = tuple(tabs), here, about
            self.refresh()

    def render(self) -> RenderResult:
        width = self.content_size.width
        tabs = list(self._tabs)
        while len(tabs) > 1 and sum(len(tab) + 2 for tab in tabs) > width:
            far = 0 if self._here is not None and tabs.index(self._here) > len(tabs) // 2 else -1
            tabs.pop(far)
        line = Text(no_wrap=True, end="")
        self._places = []
        for tab in tabs:
            name = "strip--here" if tab is self._here else "strip--tab"
            begin = line.cell_len
            line.append(f" {tab} ", self.get_component_rich_style(name, partial=True))
            self._places.append((begin, line.cell_len, tab))
        room = width - line.cell_len - 2
        if room > 8 and self._about:
            about = cut(self._about, room)
            line.append(" " * (width - line.cell_len - cell_len(about)))
            line.append(about, self.get_component_rich_style("strip--about", partial=True))
        return line

    def on_click(self, event: events.Click) -> None:
        at = event.x - 1
        for begin, end, tab in self._places:
            if begin <= at < end:
                self.post_message(self.Chosen(tab))
