"""Messages: what lies in a queue, seen without taking anything out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.desk import Desk
from tui.doing import do
from tui.model.harmless import harmless
from tui.widgets.listing import Column, Item, Listing

_MOST = 100
_CUT = 2_000  # characters of a line that are shown


class Messages(ModalScreen[None]):
    """The oldest messages above, the one that is chosen below, as indented JSON."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "Look again", id="messages.again"),
        Binding("escape,q", "leave", "Leave", id="messages.leave"),
    ]
    DEFAULT_CSS = """
    Messages { align: center middle; }
    Messages > Vertical { width: 96%; height: 96%; border: round $primary; background: $surface; }
    Messages #messages { height: 1fr; max-height: 12; }
    Messages #body { height: 2fr; background: $surface; border-top: solid $panel; }
    Messages Static { height: auto; color: $text-warning; display: none; }
    Messages Static.-shown { display: block; }
    """

    def __init__(self, desk: Desk, queue: Mapping[str, Any]) -> None:
        super().__init__()
        self._desk = desk
        self._queue = queue
        self._messages: Sequence[Mapping[str, Any]] = ()
        self._notice = Static(markup=False)
        self._list = Listing(
            Column("", 4), Column("sent", 20), Column("state", 9), Column("received", 8), Column("id", 12, 1)
        )
        self._list.id = "messages"
        self._body = Listing(Column("", 1, 1), heading=False)
        self._body.id = "body"

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = harmless(str(self._queue["name"]))
            box.border_subtitle = "tab: the other pane   r: look again   esc: leave"
            yield self._notice
            yield self._list
            yield self._body

    def on_mount(self) -> None:
        self._list.say_when_empty("looking")
        self._list.focus()
        self.action_again()

    def action_again(self) -> None:
        """Looks into the queue once more."""
        do(self, self._look())

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_listing_moved(self, message: Listing.Moved) -> None:
        if message.listing is self._list:
            self._open()

    async def _look(self) -> None:
        found = await self._desk.client.get(
            "queues/messages", name=self._queue["name"], region=self._queue["region"] or None, limit=_MOST
        )
        self._messages = found["data"]
        self._notice.update(found["notice"] or "")
        self._notice.set_class(bool(found["notice"]), "-shown")
        self._list.say_when_empty("It is empty.")
        self._list.show([_item(place, message) for place, message in enumerate(self._messages, start=1)])
        self._open()

    def _open(self) -> None:
        place = self._list.place
        lines = _lines(self._messages[place]) if place < len(self._messages) else []
        self._body.show([Item(str(number), ((line, style),)) for number, (line, style) in enumerate(lines)])
        self._body.action_first()


def _item(place: int, message: Mapping[str, Any]) -> Item:
    state = ("in flight", "wait") if message["in_flight"] else ("waiting", "text")
    cells = ((str(place), "quiet"), (str(message["sent_at"])[:19], "quiet"), state, (str(message["received"]), "quiet"))
    return Item(f"{place} {message['id']}", (*cells, (harmless(str(message["id"])), "quiet")))


def _lines(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Its headers, then its body; a body that is no JSON as it is."""
    headers = [(f"{name}: {value}", "quiet") for name, value in message["headers"].items()]
    body = str(message["body"])
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body
    return [
        (harmless(line[:_CUT]), style) for line, style in [*headers, *((line, "text") for line in text.split("\n"))]
    ]
