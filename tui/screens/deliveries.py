"""Deliveries: every delivery as it happens."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.body_search import BodySearch
from tui.desk import Desk
from tui.model.lines import Flat, Tree
from tui.model.view import Matches
from tui.screens.page import Page
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.filter_bar import FilterBar
from tui.widgets.first_run import FirstRun


class Deliveries(Page):
    """A table that follows the newest, or a tree of events with their deliveries and attempts."""

    TITLE = "Deliveries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "tree", "Tree", id="deliveries.tree"),
        # Handled before what is typed next, which would go to the table otherwise.
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="deliveries.filter"),
        Binding("f", "follow", "Follow", id="deliveries.follow"),
        Binding("escape", "escape", "Back", show=False, id="deliveries.escape"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tree = Tree(desk.session.window, desk.session.view)
        self._table = DeliveryTable(desk)
        self._first_run = FirstRun(desk)
        self._filter = FilterBar(desk)
        self._search = BodySearch(desk.client, desk.session, desk.session.view.update)

    def body(self) -> Iterable[Widget]:
        yield self._first_run
        yield self._table
        yield self._filter

    def on_mount(self) -> None:
        self._table.focus()

    def model_changed(self) -> None:
        window = self.desk.session.window
        empty = not window.rows and not window.events
        if empty:
            self._first_run.look()
        self._first_run.display, self._table.display = empty, not empty
        if isinstance(self._table.lines, Tree):
            self._tree.look(self._matches)
        self._table.look()

    def action_tree(self) -> None:
        """From deliveries to events, and back."""
        if isinstance(self._table.lines, Tree):
            self._table.show(Flat(self.desk.session.view))
        else:
            self._tree.look(self._matches)
            self._table.show(self._tree)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A `/` that is typed elsewhere is a `/`."""
        return self.focused in (self._table, None) if action == "filter" else True

    def action_filter(self) -> None:
        """To the filter's line."""
        self._filter.open()

    def action_escape(self) -> None:
        """Takes the filter away."""
        self._filter.action_clear()

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """Shows what the new filter fits, and asks the server for the bodies that do."""
        session = self.desk.session
        session.look_for(message.wanted)
        self.workers.cancel_group(self, "search")
        if session.filter is not None and session.filter.texts:
            self.run_worker(self._search.run(session.filter.texts), group="search")
        if isinstance(self._table.lines, Tree):
            self._tree.look(self._matches)
        self._table.look()

    def on_filter_bar_left(self) -> None:
        self._table.focus()

    @property
    def _matches(self) -> Matches | None:
        session = self.desk.session
        return None if session.filter is None else session.matches

    def action_follow(self) -> None:
        """To the newest, and on with those to come."""
        self._table.follow()
