"""Deliveries: every delivery as it happens."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.desk import Desk
from tui.model.lines import Flat, Tree
from tui.screens.page import Page
from tui.widgets.delivery_table import DeliveryTable


class Deliveries(Page):
    """A table that follows the newest, or a tree of events with their deliveries and attempts."""

    TITLE = "Deliveries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "tree", "Tree", id="deliveries.tree"),
        Binding("f", "follow", "Follow", id="deliveries.follow"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tree = Tree(desk.session.window, desk.session.view)
        self._table = DeliveryTable(desk)

    def body(self) -> Iterable[Widget]:
        yield self._table

    def on_mount(self) -> None:
        self._table.focus()

    def model_changed(self) -> None:
        if isinstance(self._table.lines, Tree):
            self._tree.look(None)
        self._table.look()

    def action_tree(self) -> None:
        """From deliveries to events, and back."""
        if isinstance(self._table.lines, Tree):
            self._table.show(Flat(self.desk.session.view))
        else:
            self._tree.look(None)
            self._table.show(self._tree)

    def action_follow(self) -> None:
        """To the newest, and on with those to come."""
        self._table.follow()
