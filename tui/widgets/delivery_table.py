"""DeliveryTable: deliveries as lines, of which only those that can be seen are ever drawn."""

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from emulator.domain.moment import SECOND
from tui.desk import Desk
from tui.model.columns import Column, columns
from tui.model.harmless import harmless
from tui.model.lines import Flat, Line, LineKind, Lines
from tui.model.sign import Style as Meaning
from tui.widgets.line_cells import LineCells
from tui.widgets.tall import Tall

_HEADING = 1
_STRIPS = 1_000  # lines that are kept as they were drawn last: a key draws all that are in sight


class DeliveryTable(Tall, can_focus=True):
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
        f"table--{name}" for name in ("heading", "cursor", "cursor-away", "marked", *Meaning, "text")
    }
    DEFAULT_CSS = """
    DeliveryTable { height: 1fr; background: $background; color: $foreground; overflow-x: hidden; overflow-y: scroll; }
    DeliveryTable > .table--heading { color: $text-muted; text-style: bold; background: $surface; }
    DeliveryTable > .table--cursor { text-style: bold; background: $primary 40%; }
    DeliveryTable > .table--cursor-away { background: $primary 20%; }
    DeliveryTable:nocolor > .table--cursor { text-style: bold reverse; }
    DeliveryTable:nocolor > .table--cursor-away { text-style: underline; }
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
        self._news: tuple[int, int, int] | None = None
        self._drawn: tuple[object, ...] = ()
        self._styles: dict[tuple[str, str], Style] = {}
        self._strips: dict[tuple[object, ...], Strip] = {}
        self.lines: Lines = Flat(desk.session.view)
        self.cursor: Line | None = None
        self.following = True
        self.marked: tuple[int, ...] = ()

    def look(self) -> None:
        """Shows what is different now, and draws only where something is."""
        session = self._desk.session
        count = len(self.lines)
        news = (session.window.version, session.view.version, count)
        if news == self._news:
            return
        self._news = news
        self.hold(Size(self.size.width, count + _HEADING))
        if self.following and count:
            self._stand_on(count - 1)
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        elif self.cursor is None and count:
            self._stand_on(0)
        elif not count:
            self._cursor_to(None)
        in_sight = self._in_sight()
        if in_sight == self._drawn:
            self._draw_heading()
        else:
            self._drawn = in_sight
            self.refresh()

    def _in_sight(self) -> tuple[object, ...]:
        """What the lines that can be seen are made of; the same again draws the same."""
        window, lines = self._desk.session.window, self.lines
        first = self.scroll_offset.y
        seen: list[object] = [first, self.cursor]
        waiting = False
        for place in range(first, min(first + self.size.height, len(lines))):
            line = lines.at(place)
            row = window.rows.get(line.number)
            seen.append((line, window.events.get(line.event) if row is None else row.seq))
            waiting = waiting or (row is not None and row.due is not None and row.due > window.now)
        if waiting:
            seen.append(window.now // SECOND)  # they say for how long
        return tuple(seen)

    def show(self, lines: Lines) -> None:
        """Other lines, around the same delivery where it is among them."""
        self.lines = lines
        self._news, self._drawn = None, ()
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
        self._news, self._drawn = None, ()
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
        self._news, self._drawn = None, ()
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
            return Strip([Segment(" " * width, self._styled("plain", "text"))], width)
        line = self.lines.at(place)
        kind = "plain" if line != self.cursor else "cursor" if self.has_focus else "cursor-away"
        marked = bool(line.number) and line.number in self.marked
        made_of = self._made_of(line, kind, marked, width)
        if made_of is None:
            return self._line(line, kind, marked, width)
        strip = self._strips.get(made_of)
        if strip is None:
            if len(self._strips) >= _STRIPS:
                self._strips.clear()
            strip = self._strips[made_of] = self._line(line, kind, marked, width)
        return strip

    def _made_of(self, line: Line, kind: str, marked: bool, width: int) -> tuple[object, ...] | None:
        """What looks the same looks as it did; None where it is not said so easily what that is."""
        session = self._desk.session
        row = session.window.rows.get(line.number)
        if row is None or line.kind is not LineKind.DELIVERY or not isinstance(self.lines, Flat):
            return None
        now = session.window.now // SECOND if row.due is not None and row.due > session.window.now else None
        via = session.transport(row.integration)
        return (line.number, row.seq, row.job_id, now, via, self._desk.zone, kind, marked, width)

    def _line(self, line: Line, kind: str, marked: bool, width: int) -> Strip:
        segments: list[Segment] = []
        left = width
        for column, (text, name) in zip(self._columns, self._cells.of(line, self._columns, self.lines), strict=True):
            room = min(column.width, left)
            if column.name == "time":
                text = text[:room]  # to the second where there is no room for more
            gap = "*" if marked and not segments else " "  # a mark is not a colour alone
            segments.append(Segment(fitted(text, room) + gap, self._styled(kind, "marked" if marked else name)))
            left -= room + 1
        if left > 0:
            segments.append(Segment(" " * left, self._styled(kind, "text")))
        return Strip(segments, width - min(left, 0)).crop(0, width)

    def notify_style_update(self) -> None:
        """Another theme, or another state."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()
        self._drawn = ()

    def _heading(self, width: int) -> Strip:
        """The columns' names, and where the cursor is at the end of the line."""
        style = self.get_component_rich_style("table--heading")
        names = "".join(fitted(column.heading, column.width) + " " for column in self._columns)
        where = self._where()
        text = fitted(names, width - len(where)) + where if len(where) < width // 2 else fitted(names, width)
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)

    def _where(self) -> str:
        """`#1042  998 of 1,000`: the delivery under the cursor, and which of the lines it is."""
        place = None if self.cursor is None else self.lines.place_of(self.cursor)
        if self.cursor is None or place is None:
            return ""
        number = f"#{self.cursor.number}  " if self.cursor.number else ""
        return f" {number}{place + 1:,} of {len(self.lines):,}"

    def _styled(self, kind: str, name: str) -> Style:
        """Of a cell, by what the line is and what the cell says; put together once."""
        style = self._styles.get((kind, name))
        if style is None:
            style = self.rich_style
            if kind != "plain":
                style += self.get_component_rich_style(f"table--{kind}")
            style += self.get_component_rich_style(f"table--{name}", partial=True)
            self._styles[kind, name] = style
        return style

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
        before = None if self.cursor is None else self.lines.place_of(self.cursor)
        self.following = place == len(self.lines) - 1 and self.following
        self._stand_on(place)
        self.following = place == len(self.lines) - 1
        region = Region(0, place, 1, 1 + _HEADING)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)  # which draws all where it scrolls
        self._draw_heading()
        for changed in (before, place):
            if changed is not None:
                self.refresh_line(changed + _HEADING)

    def _draw_heading(self) -> None:
        self.refresh(Region(0, 0, self.size.width, _HEADING))

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
