"""ResourceList: resources by the trouble that they have had, of which only those in sight are ever drawn."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.model.mark_told import STYLES
from tui.model.sign import Style as Meaning
from tui.model.timeline import MarkKind
from tui.model.timeline_grid import SIGNS
from tui.model.trouble import Trouble
from tui.widgets.delivery_table import fitted

_ALL = "all of them"
_COUNTS = (
    (MarkKind.OVERTAKEN, "out_of_order"),
    (MarkKind.DUPLICATE, "twice"),
    (MarkKind.LATE, "late"),
    (MarkKind.FAILED, "failed"),
)
_LEAST_NAME, _MOST_NAME = 10, 36
_COUNT = 5
_NOWHERE = -1


class ResourceList(ScrollView, can_focus=False):
    """The first line stands for all of them. The choice stays with its resource while the order changes around it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"resources--{name}" for name in ("heading", "cursor", "text", *Meaning)}
    DEFAULT_CSS = """
    ResourceList { background: $background; color: $foreground; overflow-x: hidden; overflow-y: auto; }
    ResourceList > .resources--heading { color: $text-muted; text-style: bold; background: $surface; }
    ResourceList > .resources--cursor { text-style: bold; background: $primary 40%; }
    ResourceList:nocolor > .resources--cursor { text-style: bold reverse; }
    ResourceList > .resources--text { color: $foreground; }
    ResourceList > .resources--good { color: $text-success; }
    ResourceList > .resources--bad { color: $text-error; text-style: bold; }
    ResourceList > .resources--warn { color: $text-warning; }
    ResourceList > .resources--wait { color: $text-primary; }
    ResourceList > .resources--quiet { color: $text-muted; }
    ResourceList > .resources--fault { color: $text-accent; }
    """

    class Chosen(Message):
        """Another resource, or all of them (None)."""

        def __init__(self, resource: str | None) -> None:
            super().__init__()
            self.resource = resource

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii_only = ascii_only
        self._troubles: Sequence[Trouble] = ()
        self._place = 0
        self._events = 0
        self.chosen: str | None = None

    def show(self, troubles: Sequence[Trouble]) -> None:
        """These, in this order. One that is chosen and not there, at an earlier moment, stays chosen."""
        self._troubles = troubles
        self._events = sum(trouble.events for trouble in troubles)
        if self.chosen is not None:
            place = next((at for at, trouble in enumerate(troubles, 1) if trouble.resource == self.chosen), _NOWHERE)
            if place != self._place:
                self._place = place
                self._see()
        self.virtual_size = Size(self.size.width, len(troubles) + 2)
        self.refresh()

    def move(self, by: int) -> None:
        """So many lines down, or up."""
        self._choose(self._place + by)

    def move_page(self, by: int) -> None:
        """As many lines as there are in sight."""
        self._choose(self._place + by * max(1, self.size.height - 2))

    def to_end(self, last: bool) -> None:
        """To the one with the least trouble, or to all of them."""
        self._choose(len(self._troubles) if last else 0)

    def on_click(self, event: events.Click) -> None:
        if event.y >= 1:
            self._choose(event.y - 1 + self.scroll_offset.y)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, len(self._troubles) + 2)
        self._see()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        style = self.rich_style
        if y == 0:
            heading = self.get_component_rich_style("resources--heading")
            return Strip([Segment(fitted("resource", self._name_width(width)), heading)]).crop_extend(0, width, heading)
        place = y - 1 + self.scroll_offset.y
        if place > len(self._troubles):
            return Strip.blank(width, style)
        if place == self._place:
            style += self.get_component_rich_style("resources--cursor")
        parts = self._all(width, style) if place == 0 else self._line(self._troubles[place - 1], width, style)
        return Strip(parts).crop_extend(0, width, style)

    def _all(self, width: int, style: Style) -> list[Segment]:
        room = self._name_width(width)
        return [Segment(fitted(_ALL, room) + f" {self._events:,}", style)]

    def _line(self, trouble: Trouble, width: int, style: Style) -> list[Segment]:
        parts = [Segment(fitted(trouble.resource, self._name_width(width)) + f" {trouble.events:>3} ", style)]
        for kind, name in _COUNTS:
            count = getattr(trouble, name)
            text = f"{SIGNS[kind][self._ascii_only]}{count:,}" if count else ""
            look = self.get_component_rich_style(f"resources--{STYLES[kind]}", partial=True)
            parts.append(Segment(text.ljust(_COUNT), style + look))
        return parts

    def _name_width(self, width: int) -> int:
        return min(_MOST_NAME, max(_LEAST_NAME, width - 5 - len(_COUNTS) * _COUNT))

    def _choose(self, place: int) -> None:
        place = min(max(0, place), len(self._troubles))
        chosen = self._troubles[place - 1].resource if place else None
        self._place = place
        self._see()
        self.refresh()
        if chosen != self.chosen:
            self.chosen = chosen
            self.post_message(self.Chosen(chosen))

    def _see(self) -> None:
        if self._place == _NOWHERE:
            return
        self.scroll_to_region(Region(0, self._place, 1, 2), animate=False, force=True, immediate=True)
