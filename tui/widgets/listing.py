"""Listing: a list to choose from, in columns; only the lines in sight are ever drawn."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.model.sign import Style as Meaning
from tui.widgets.delivery_table import fitted

_GAP = 1


class Column(NamedTuple):
    """`least` cells, and a share of what is left; from `from_width` cells of the list on."""

    heading: str
    least: int
    share: int = 0
    from_width: int = 0


class Item(NamedTuple):
    """A line: what it is known by, and a text with a style's name (good, bad, …, text) for each column."""

    key: str
    cells: Sequence[tuple[str, str]]


class Listing(ScrollView, can_focus=True):
    """The cursor stays on its key while the items around it change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup,ctrl+b", "move_page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("pagedown,ctrl+f", "move_page(1)", "Page down", show=False, id="list.page-down"),
        Binding("home,g", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"listing--{name}" for name in ("heading", "cursor", "cursor-away", "text", *Meaning)
    }
    DEFAULT_CSS = """
    Listing { height: 1fr; background: $background; color: $foreground; overflow-x: hidden; overflow-y: auto; }
    Listing > .listing--heading { color: $text-muted; text-style: bold; background: $surface; }
    Listing > .listing--cursor { text-style: bold; background: $primary 40%; }
    Listing > .listing--cursor-away { background: $primary 20%; }
    Listing:nocolor > .listing--cursor { text-style: bold reverse; }
    Listing:nocolor > .listing--cursor-away { text-style: underline; }
    Listing > .listing--text { color: $foreground; }
    Listing > .listing--good { color: $text-success; }
    Listing > .listing--bad { color: $text-error; text-style: bold; }
    Listing > .listing--warn { color: $text-warning; }
    Listing > .listing--wait { color: $text-primary; }
    Listing > .listing--quiet { color: $text-muted; }
    Listing > .listing--fault { color: $text-accent; }
    """

    class Moved(Message):
        """The cursor stands on another item, or on none."""

        def __init__(self, listing: "Listing") -> None:
            super().__init__()
            self.listing = listing

        @property
        def control(self) -> "Listing":
            return self.listing

    class Chosen(Moved):
        """An item was clicked where the cursor was already."""

    def __init__(self, *columns: Column, empty: str = "", heading: bool = True) -> None:
        super().__init__()
        self._columns = columns
        self._empty = empty
        self._top = 1 if heading else 0
        self._place = 0
        self.items: tuple[Item, ...] = ()

    @property
    def chosen(self) -> str | None:
        """The key under the cursor."""
        return self.items[self._place].key if self.items else None

    @property
    def place(self) -> int:
        """The cursor's place, from 0."""
        return self._place

    def show(self, items: Sequence[Item]) -> None:
        """These, in this order."""
        items = tuple(items)
        if items == self.items:
            return
        before = self.chosen
        self.items = items
        kept = next((place for place, item in enumerate(items) if item.key == before), None)
        self._place = min(self._place, max(0, len(items) - 1)) if kept is None else kept
        self.virtual_size = Size(self.size.width, len(items) + self._top)
        self.refresh()
        if self.chosen != before:
            self.post_message(self.Moved(self))

    def say_when_empty(self, sentence: str) -> None:
        """What to read where there is nothing to choose."""
        if sentence != self._empty:
            self._empty = sentence
            self.refresh()

    def stand_on(self, key: str) -> None:
        """Moves the cursor to this item, if it is there."""
        place = next((place for place, item in enumerate(self.items) if item.key == key), None)
        if place is not None:
            self._move_to(place)

    def action_move(self, by: int) -> None:
        self._move_to(self._place + by)

    def action_move_page(self, by: int) -> None:
        self._move_to(self._place + by * max(1, self.size.height - self._top - 1))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self.items) - 1)

    def on_click(self, event: events.Click) -> None:
        place = event.y - self._top + self.scroll_offset.y
        if event.y >= self._top and 0 <= place < len(self.items):
            if place == self._place:
                self.post_message(self.Chosen(self))
            else:
                self._move_to(place)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self.items) + self._top)
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        columns = self._widths(width)
        if y < self._top:
            style = self.get_component_rich_style("listing--heading")
            headings = [(self._columns[index].heading, size) for index, size in columns]
            segments = [Segment(fitted(text, size) + " " * _GAP, style) for text, size in headings]
            return Strip(segments).adjust_cell_length(width, style)
        place = y - self._top + self.scroll_offset.y
        if place >= len(self.items):
            if place == 0 and self._empty and not self.items:
                return Strip([Segment(fitted(self._empty, width), base + self._style("quiet"))], width)
            return Strip.blank(width, base)
        if place == self._place:
            # Whole, for a part of a style does not know what is behind a colour that shines through.
            base += self.get_component_rich_style(f"listing--cursor{'' if self.has_focus else '-away'}")
        segments = []
        for index, size in columns:
            text, name = self.items[place].cells[index]
            segments.append(Segment(fitted(text, size), base + self._style(name)))
            segments.append(Segment(" " * _GAP, base))
        return Strip(segments).adjust_cell_length(width, base)

    def _widths(self, width: int) -> list[tuple[int, int]]:
        """Which columns there is room for, and how wide each is; those on the right give way first."""
        wanted = [index for index, column in enumerate(self._columns) if width >= column.from_width]
        while len(wanted) > 1 and self._least(wanted) > width:
            wanted.pop()
        left = max(0, width - self._least(wanted))
        shares = sum(self._columns[index].share for index in wanted)
        return [
            (index, max(1, column.least + (left * column.share // shares if shares else 0)))
            for index in wanted
            for column in (self._columns[index],)
        ]

    def _least(self, wanted: Sequence[int]) -> int:
        return sum(self._columns[index].least for index in wanted) + _GAP * (len(wanted) - 1)

    def _style(self, name: str) -> Style:
        """Of a line, whose background is blended with what is behind it, or of a text upon a line."""
        of_a_line = name in ("heading", "cursor", "cursor-away")
        return self.get_component_rich_style(f"listing--{name}", partial=not of_a_line)

    def _move_to(self, place: int) -> None:
        if not self.items:
            return
        place = min(max(0, place), len(self.items) - 1)
        moved, self._place = place != self._place, place
        region = Region(0, place, 1, 1 + self._top)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)
        self.refresh()
        if moved:
            self.post_message(self.Moved(self))
