"""Help: every key that works here, the filter language and the signs, on one page."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from emulator.domain.delivery import DeliveryState
from tui.model.filter import HELP
from tui.model.sign import STATES
from tui.widgets.key_bar import KeyBar


class Help(ModalScreen[None]):
    """Made for the screen that it is put in front of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss", "Close", id="help.close"),
    ]
    DEFAULT_CSS = """
    Help { align: center middle; }
    Help VerticalScroll { width: 100%; max-width: 100; height: 100%; background: $surface; padding: 1 2; }
    """

    def __init__(self, behind: Screen[object], *, ascii_only: bool = False) -> None:
        super().__init__()
        self._behind = behind
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._page())
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _page(self) -> RenderableType:
        marks = {
            f"{sign.shown(ascii_only=self._ascii_only)}  {sign.word}": MEANINGS[state] for state, sign in STATES.items()
        }
        return Group(_part("Keys here", self._keys()), _part("Filters", HELP), _part("Signs", marks.items()))

    def _keys(self) -> list[tuple[str, str]]:
        """Alternatives on one line, in the order in which the footer has them."""
        found: dict[str, list[str]] = {}
        for active in self._behind.active_bindings.values():
            binding = active.binding
            if binding.description and binding.id:
                keys = found.setdefault(binding.tooltip or binding.description, [])
                shown = self.app.get_key_display(binding)
                if shown not in keys:
                    keys.append(shown)
        return [(" ".join(keys), meaning) for meaning, keys in found.items()]


MEANINGS: Mapping[DeliveryState, str] = {
    DeliveryState.PLANNED: "has a time to leave at",
    DeliveryState.HELD: "waits for something other than time: later events, company, or a hand",
    DeliveryState.SENDING: "a request is open",
    DeliveryState.WAITING: "failed, or its acknowledgement was lost; the next attempt has a time",
    DeliveryState.SUCCEEDED: "the receiver took it",
    DeliveryState.EXHAUSTED: "every attempt failed",
    DeliveryState.CANCELLED: "its integration was disabled or deleted",
    DeliveryState.DROPPED: "a rule took it away; it was never sent",
}
"""What each state means, in a few words."""


def _part(title: str, lines: Iterable[tuple[str, str]]) -> RenderableType:
    """Two columns under a title."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=28, overflow="fold")
    table.add_column(ratio=1)
    for left, right in lines:
        table.add_row(Text(f"  {left}", "bold"), Text(right))
    return Group(Text(title, "bold underline"), table, Text())
