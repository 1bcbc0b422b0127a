"""MomentBar: which moment of a saved journal is shown, and how to get to another."""

from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.message import Message
from textual.widget import Widget

from tui.desk import Desk
from tui.link import Link
from tui.model.clock_text import clock_text
from tui.model.moment_line import length_text
from tui.model.reel import Reel

_KEYS = "  , . record  < > event  { } 10s  ( ) 1m  @ to"
_LEAST_BAR = 10


class MomentBar(Widget, can_focus=False):
    """There for saved journals only. The bar is the time from the first record to the last; a click goes there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"moment--{name}" for name in ("passed", "left", "keys", "warn")}
    DEFAULT_CSS = """
    MomentBar { height: 1; padding: 0 1; background: $surface; color: $foreground; display: none; }
    MomentBar.-shown { display: block; }
    MomentBar > .moment--passed { color: $text-primary; }
    MomentBar > .moment--left { color: $text-muted; }
    MomentBar > .moment--keys { color: $text-muted; }
    MomentBar > .moment--warn { color: $text-warning; }
    """

    class Pointed(Message):
        """A place of the bar was clicked: which share of the time that is, from 0 to 1."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shown = Text()
        self._bar = (0, 0)  # its first column, and how wide it is

    def look(self) -> None:
        """Shows what is different now."""
        reel = self._desk.session.reel
        self.set_class(reel is not None, "-shown")
        if reel is None:
            return
        line = self._line(reel, self.content_size.width)
        if line != self._shown:
            self._shown = line
            self.refresh()

    def on_resize(self) -> None:
        self.look()

    def on_click(self, event: events.Click) -> None:
        first, width = self._bar
        if width > 1 and first <= event.x - 1 < first + width:
            self.post_message(self.Pointed((event.x - 1 - first) / (width - 1)))

    def render(self) -> RenderResult:
        return self._shown

    def _line(self, reel: Reel, width: int) -> Text:
        if self._desk.session.link is Link.LOADING:
            return Text(f"record {len(reel):,}, reading on", no_wrap=True)
        where = reel.where
        line = Text(no_wrap=True)
        line.append(f"record {where.record:,} of {where.records:,}")
        line.append(f" · {clock_text(where.at, self._desk.zone)[:-2]}" if where.records else "")
        line.append(f" · {length_text(where.since)} of {length_text(where.length)}" if width >= 70 else "")
        if reel.forgotten:
            line.append(" · what came before is forgotten", self._style("warn"))
        keys = _KEYS if line.cell_len + cell_len(_KEYS) + 1 + _LEAST_BAR <= width else ""
        self._bar = (line.cell_len + 1, max(0, width - line.cell_len - 1 - len(keys)))
        passed = round(where.share * self._bar[1])
        line.append(" ")
        line.append(("=" if self._desk.ascii_only else "━") * passed, self._style("passed"))
        line.append(("-" if self._desk.ascii_only else "─") * (self._bar[1] - passed), self._style("left"))
        line.append(keys, self._style("keys"))
        return line

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"moment--{name}", partial=True)
