"""Integrations: who wants to hear of which events, and the queues that come with the emulator."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.asking import Asking
from tui.desk import Desk
from tui.screens.page import Page
from tui.widgets.integration_list import IntegrationList
from tui.widgets.queue_list import QueueList


class Integrations(Page):
    """Integrations above, queues below; the depths of queues are asked for once a second while it is in front."""

    TITLE = "Integrations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Other list", id="integrations.other"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._list = IntegrationList(desk)
        self._queues = QueueList(desk)
        self._asking = Asking(self, self._ask)

    def body(self) -> Iterable[Widget]:
        yield self._list
        yield self._queues

    def on_mount(self) -> None:
        self._list.listing.focus()
        self._asking.begin()

    def model_changed(self) -> None:
        self._list.look(count=False)

    async def _ask(self) -> None:
        self._list.look(count=True)
        if not self.desk.saved:
            await self._queues.ask()
