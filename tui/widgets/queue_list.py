"""QueueList: the queues of the servers that come with the emulator, and what is in them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.client import CONTROL
from tui.desk import Desk
from tui.doing import do
from tui.model.harmless import harmless
from tui.model.integration_told import queue_cells, queue_key
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.line_form import LineForm
from tui.screens.forms.messages import Messages
from tui.widgets.listing import Column, Item, Listing

_TOLD = """\
a queue of SQS by its name (one that ends in .fifo keeps the order), or a destination of the STOMP broker:
  epcc-orders
  epcc-orders.fifo
  /queue/orders"""
_NONE = "No queue is served yet."


class QueueList(Vertical):
    """`ask` looks once more; how often is for its page to say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "peek", "Peek", id="queues.peek"),
        Binding("n", "make", "New queue", id="queues.new"),
        Binding("x", "purge", "Purge", id="queues.purge"),
    ]
    DEFAULT_CSS = """
    QueueList { height: 1fr; min-height: 4; border-top: solid $panel; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._queues: Mapping[str, Mapping[str, Any]] = {}
        self.listing = Listing(
            Column("queue", 18, 2),
            Column("type", 5),
            Column("waiting", 8),
            Column("in flight", 9),
            Column("address", 16, 3),
            empty=_NONE if desk.saved else f"{_NONE} n makes one.",
        )

    def compose(self) -> ComposeResult:
        yield self.listing

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The queue under the cursor, as the server shows it."""
        key = self.listing.chosen
        return None if key is None else self._queues.get(key)

    async def ask(self) -> None:
        """How much is in each now. Raises what the client raises."""
        self.show((await self._desk.client.get("queues"))["data"])

    def show(self, queues: Sequence[Mapping[str, Any]]) -> None:
        """These and no other."""
        any_before = bool(self._queues)
        self._queues = {queue_key(queue): queue for queue in queues}
        self.listing.show([Item(key, queue_cells(queue)) for key, queue in self._queues.items()])
        if any_before != bool(self._queues):
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved journal has no queues."""
        if action not in ("peek", "make", "purge"):
            return True
        if self._desk.saved:
            return False
        return True if action == "make" or self._queues else None

    def on_listing_chosen(self) -> None:
        self.action_peek()

    def action_peek(self) -> None:
        """What is in it, without taking anything out."""
        if (chosen := self.chosen) is not None:
            self.app.push_screen(Messages(self._desk, chosen))

    def action_make(self) -> None:
        """Another queue."""
        self.app.push_screen(LineForm("New queue", _TOLD, self._make, placeholder="epcc-orders"))

    def action_purge(self) -> None:
        """Throws away what is in it, if that is meant."""
        chosen = self.chosen
        if chosen is None:
            return
        name, count = harmless(str(chosen["name"])), int(chosen["waiting"]) + int(chosen["in_flight"])
        sentence = f"Throw away what is in {name}: {count:,} {'message' if count == 1 else 'messages'}?"

        def answered(yes: bool | None) -> None:
            if yes:
                do(self, self._purge(chosen))

        self.app.push_screen(Confirm(sentence, "Purge"), answered)

    async def _make(self, name: str) -> None:
        made = await self._desk.client.post("queues", {"name": name.strip()}, patient=True)
        data = made["data"]
        self._desk.session.say(f"{data['name']} is ready at {data['address']}")
        await self.ask()
        self.listing.stand_on(queue_key(data))

    async def _purge(self, queue: Mapping[str, Any]) -> None:
        query = {"name": queue["name"]} | ({"region": queue["region"]} if queue["region"] else {})
        answer = await self._desk.client.call("DELETE", f"{CONTROL}/queues/messages", params=query)
        self._desk.session.say(f"{answer['purged']} of {queue['name']} thrown away")
        await self.ask()
