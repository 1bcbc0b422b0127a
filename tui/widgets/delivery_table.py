"""DeliveryTable: deliveries as lines, of which only those that can be seen are ever drawn."""

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.desk import Desk
from tui.model.columns import Column, columns
from tui.model.harmless import harmless
from tui.model.lines import Flat, Line, Lines
from tui.model.told import SIGNS
from tui.widgets.line_cells import LineCells

_HEADING = 1


class DeliveryTable(ScrollView, can_focus=True):
    """Follows the newest line until the user scrolls up; the end of the list, or `follow`, follows again.

    A thousand lines a second cost what fifty do: nothing is kept a line, and `look` draws what is in sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup,ctrl+b", "move_page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown,ctrl+f", "move_page(1)", "Page down", show=False, id="table.page-down"),
        Binding("home,g", "first", "First", show=False, id="table.first"),
        Binding("end,G", "last", "Last", show=False, id="table.last"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{name}"
        for name in ("heading", "cursor", "cursor-away", "marked", *{sign.style for sign in SIGNS.values()}, "text")
    }
    DEFAULT_CSS = """
    DeliveryTable { height: 1fr; background: $background; color: $foreground; overflow-x: hidden; overflow-y: scroll; }
    DeliveryTable > .table--heading { color: $text-muted; text-style: bold; background: $surface; }
    DeliveryTable > .table--cursor { text-style: bold; background: $primary 40%; }
    DeliveryTable > .table--cursor-away { background: $boost; }
    DeliveryTable > .table--marked { text-style: bold; color: $text-accent; }
    DeliveryTable > .table--text { color: $foreground; }
    DeliveryTable > .table--good { color: $text-success; }
    DeliveryTable > .table--bad { color: $text-error; text-style: bold; }
    DeliveryTable > .table--warn { color: $text-warning; }
    DeliveryTable > .table--wait { color: $text-primary; }
    DeliveryTable > .table--quiet { color: $text-muted; }
    DeliveryTable > .table--fault { color: $text-accent; }
    """

    class Moved(Message):
        """The cursor stands on another line, or on none."""

        def __init__(self, line: Line | None) -> None:
            super().__init__()
            self.line = line

    class Chosen(Message):
        """A line was clicked where the cursor was already."""

        def __init__(self, line: Line) -> None:
            super().__init__()
            self.line = line

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._cells = LineCells(desk)
        self._columns: tuple[Column, ...] = ()
        self._drawn: tuple[int, int, int] = (-1, -1, -1)
        self.lines: Lines = Flat(desk.session.view)
        self.cursor: Line | None = None
        self.following = True
        self.marked: tuple[int, ...] = ()

    def look(self) -> None:
        """Shows what is different now."""
        session = self._desk.session
        count = len(self.lines)
        drawn = (session.window.version, session.view.version, count)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        if self.virtual_size.height != count + _HEADING:
            self.virtual_size = Size(self.size.width, count + _HEADING)
        if self.following and count:
            self._stand_on(count - 1)
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        elif self.cursor is None and count:
            self._stand_on(0)
        elif not count:
            self._cursor_to(None)
        self.refresh()

    def show(self, lines: Lines) -> None:
        """Other lines, around the same delivery where it is among them."""
        self.lines = lines
        self._drawn = (-1, -1, -1)
        self.look()
        place = None if self.cursor is None or self.following else lines.place_of(self.cursor)
        if place is not None:
            self._move_to(place)

    def stand_on(self, line: Line) -> None:
        """Moves the cursor to this line, or to the one that is nearest."""
        place = self.lines.place_of(line)
        if place is not None:
            self._move_to(place)

    # Keys and mouse

    def action_move(self, by: int) -> None:
        self._move_by(by)

    def action_move_page(self, by: int) -> None:
        self._move_by(by * max(1, self.size.height - _HEADING - 1))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self.follow()

    def follow(self) -> None:
        """To the newest line, and on with those to come."""
        self.following = True
        self._drawn = (-1, -1, -1)
        self.look()

    def on_click(self, event: events.Click) -> None:
        place = event.y - _HEADING + self.scroll_offset.y
        if event.y >= _HEADING and 0 <= place < len(self.lines):
            line = self.lines.at(place)
            if line == self.cursor:
                self.post_message(self.Chosen(line))
            else:
                self._move_to(place)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.following = False

    def on_resize(self, event: events.Resize) -> None:
        self._drawn = (-1, -1, -1)
        self._columns = ()
        self.look()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self.following and new_value >= self.max_scroll_y and self._at_end():
            self.following = True

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self._columns:
            self._columns = columns(width)
        if y < _HEADING:
            return self._heading(width)
        place = y - _HEADING + self.scroll_offset.y
        if place >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        line = self.lines.at(place)
        base = self.rich_style
        if line == self.cursor:
            base += self._style("cursor" if self.has_focus else "cursor-away")
        segments: list[Segment] = []
        for column, (text, name) in zip(self._columns, self._cells.of(line, self._columns, self.lines), strict=True):
            style = base + self._style("marked" if line.number in self.marked and line.number else name, partial=True)
            segments.append(Segment(fitted(text, column.width), style))
            segments.append(Segment(" ", base))
        return Strip(segments).adjust_cell_length(width, base)

    def _heading(self, width: int) -> Strip:
        style = self._style("heading")
        segments = [Segment(fitted(column.heading, column.width) + " ", style) for column in self._columns]
        return Strip(segments).adjust_cell_length(width, style)

    def _style(self, name: str, *, partial: bool = False) -> Style:
        return self.get_component_rich_style(f"table--{name}", partial=partial)

    # Where the cursor is

    def _move_by(self, by: int) -> None:
        if self.cursor is not None:
            place = self.lines.place_of(self.cursor)
            if place is not None:
                self._move_to(place + by)

    def _move_to(self, place: int) -> None:
        if not len(self.lines):
            return
        place = min(max(0, place), len(self.lines) - 1)
        self.following = place == len(self.lines) - 1 and self.following
        self._stand_on(place)
        self.following = place == len(self.lines) - 1
        region = Region(0, place, 1, 1 + _HEADING)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)
        self.refresh()

    def _stand_on(self, place: int) -> None:
        self._cursor_to(self.lines.at(place))

    def _cursor_to(self, line: Line | None) -> None:
        if line != self.cursor:
            self.cursor = line
            self.post_message(self.Moved(line))

    def _at_end(self) -> bool:
        return self.cursor is not None and self.lines.place_of(self.cursor) == len(self.lines) - 1


def fitted(text: str, width: int) -> str:
    """The text, made harmless, in exactly so many cells; what is too long ends in `…`."""
    text = harmless(text)
    if text.isascii():
        length = len(text)
        return text.ljust(width) if length <= width else f"{text[: width - 1]}…" if width > 1 else text[:width]
    return set_cell_size(text, width) if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"
