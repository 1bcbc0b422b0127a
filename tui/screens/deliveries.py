"""Deliveries: every delivery as it happens, what is known of it, and what can be done with it."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.actions.hands import Aim, Hands
from tui.body_search import BodySearch
from tui.desk import Desk
from tui.model.lines import Flat, Line, LineKind, Tree, undelivered
from tui.model.view import Matches
from tui.screens.page import Page
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.detail.pane import DetailPane
from tui.widgets.detail.tab import Tab, subject_of
from tui.widgets.filter_bar import FilterBar
from tui.widgets.first_run import FirstRun
from tui.widgets.split import Split

OPENS = "opens"
"""The group of workers that ask something first: what is typed next is meant for that."""
_ASKING = ("resend", "edit", "fixture", "freeze")
_MOST_MARKED = 2
_ACTS = (
    ("r", "retry", ("Retry", "Send the delivery again, as its next attempt", True)),
    ("R", "resend", ("Resend", "Send the event again", True)),
    ("e", "edit", ("Edit", "Edit the payload and send it", True)),
    ("y", "curl", ("Copy as cURL", "Copy the request as a curl command", False)),
    ("s", "fixture", ("Save as fixture", "Save its resource as a fixture", False)),
    ("z", "freeze", ("Freeze", "Freeze what happened as a scenario", False)),
)
"""Keys that do something with the line: the key, the deed, and how it is told of."""


def _act(key: str, name: str, description: str, tooltip: str, shown: bool) -> Binding:
    return Binding(key, f"act('{name}')", description, show=shown, tooltip=tooltip, id=f"deliveries.{name}")


class Deliveries(Page):
    """A table that follows the newest, or a tree of events with their deliveries and attempts; and a detail pane."""

    TITLE = "Deliveries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Details", tooltip="Details of the line", id="deliveries.open"),
        Binding("t", "tree", "Tree", tooltip="Events with their deliveries, or deliveries", id="deliveries.tree"),
        # Handled before what is typed next, which would go to the table otherwise.
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="deliveries.filter"),
        *(_act(key, name, *words) for key, name, words in _ACTS),
        Binding("w", "why", "Why", tooltip="Why each integration got it, or did not", id="deliveries.why"),
        Binding("m", "mark", "Mark", show=False, tooltip="Mark to compare, or to freeze", id="deliveries.mark"),
        Binding("d", "diff", "Diff", show=False, tooltip="Compare two marked, or with before", id="deliveries.diff"),
        Binding("x", "export", "Export", show=False, tooltip="Export what is filtered", id="deliveries.export"),
        Binding("f", "follow", "Follow", show=False, tooltip="Follow the newest", id="deliveries.follow"),
        Binding("left_square_bracket", "turn(-1)", "Tab before", show=False, key_display="[", id="deliveries.tab-left"),
        Binding("right_square_bracket", "turn(1)", "Next tab", show=False, key_display="]", id="deliveries.tab-right"),
        Binding("left", "left", "Fold, or tab before", show=False, id="deliveries.left"),
        Binding("right", "right", "Unfold, or next tab", show=False, id="deliveries.right"),
        Binding("space", "fold", "Fold", show=False, id="deliveries.fold"),
        Binding("shift+up,K", "step(-1)", "Delivery above", show=False, id="deliveries.above"),
        Binding("shift+down,J", "step(1)", "Delivery below", show=False, id="deliveries.below"),
        Binding("escape", "escape", "Back", show=False, id="deliveries.escape"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tree = Tree(desk.session.window, desk.session.view)
        self._table = DeliveryTable(desk)
        self._first_run = FirstRun(desk)
        self._pane = DetailPane(desk)
        self._split = Split(self._table, self._pane)
        self._filter = FilterBar(desk, self._to_table)
        self._search = BodySearch(desk.client, desk.session, desk.session.view.update)
        self._begun = desk.session.begun
        self._offered: tuple[bool, ...] = ()

    def body(self) -> Iterable[Widget]:
        yield self._first_run
        yield self._split
        yield self._filter

    def on_mount(self) -> None:
        self._hands = Hands(self.desk, self.app)
        self._table.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._split.fit(event.size.width, event.size.height)
        if self._split.is_open and self._split.over and self._table.has_focus:
            self._pane.take_focus()

    def model_changed(self) -> None:
        window = self.desk.session.window
        nobody = not window.rows and not (window.events and isinstance(self._table.lines, Tree))
        empty = nobody and self.desk.session.reel is None
        if empty:
            self._first_run.look()
        self._first_run.display, self._split.display = empty, not empty
        self._begin_anew()
        if isinstance(self._table.lines, Tree):
            self._tree.look(self._matches)
        self._table.look()
        if self._split.is_open:
            self._pane.look()
        self._offer()

    def _begin_anew(self) -> None:
        """Lets go of what is marked and read where numbers mean something else now."""
        if self._begun != self.desk.session.begun:
            self._begun = self.desk.session.begun
            self._mark(())
            self._pane.about(None)

    # What is shown

    def action_tree(self) -> None:
        """From deliveries to events, and back."""
        if isinstance(self._table.lines, Tree):
            self._table.show(Flat(self.desk.session.view))
        else:
            self._tree.look(self._matches)
            self._table.show(self._tree)

    def show_delivery(self, number: int) -> None:
        """Puts the cursor on it, and takes the filter away where that hides it."""
        session = self.desk.session
        view = session.view
        if view.place_of(number) is None:
            self._filter.action_clear()
            session.look_for(None)
        if view.place_of(number) is not None:
            self._table.stand_on(Line(LineKind.DELIVERY, number=number))
            self._table.following = False

    def show_event(self, identity: str) -> None:
        """Puts the cursor on an event that nobody is sent, in the tree; takes the filter away where that hides it."""
        session = self.desk.session
        event = session.window.unsent.get(identity)
        if event is None:
            return
        if not session.matches(undelivered(event)):
            self._filter.action_clear()
            session.look_for(None)
        self._tree.look(self._matches)
        self._table.show(self._tree)
        self._table.stand_on(Line(LineKind.EVENT, event=identity))
        self._table.following = False

    def action_fold(self) -> None:
        """Opens or closes a line of the tree."""
        line = self._table.cursor
        if line is not None and isinstance(self._table.lines, Tree) and line.kind is not LineKind.ATTEMPT:
            self._tree.toggle(line)
            self._tree.look(self._matches)
            self._table.following = False
            self._table.show(self._tree)

    def action_left(self) -> None:
        """Closes a line of the tree; among deliveries, to the tab before."""
        self._sideways(-1)

    def action_right(self) -> None:
        """Opens a line of the tree; among deliveries, to the next tab."""
        self._sideways(1)

    def action_follow(self) -> None:
        """To the newest, and on with those to come."""
        self._table.follow()

    def action_step(self, by: int) -> None:
        """To another line, also while the details have the keys."""
        self._table.action_move(by)

    # The filter

    def action_filter(self) -> None:
        """To the filter's line."""
        self._filter.open()

    def action_escape(self) -> None:
        """Closes the details, else takes the filter away."""
        if self._split.is_open:
            self._close()
        else:
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

    def _to_table(self) -> None:
        self.set_focus(self._table)

    @property
    def _matches(self) -> Matches | None:
        session = self.desk.session
        return None if session.filter is None else session.matches

    # The details

    def action_open(self) -> None:
        """Shows what is known of the cursor's line; where that is there already, the keys go to it."""
        if self._split.is_open:
            self._pane.take_focus()
        else:
            self._open()

    def action_why(self) -> None:
        """Why each integration got the event, or did not."""
        self._open(Tab.WHY)

    def action_diff(self) -> None:
        """The two that are marked, or the payload and the one before it."""
        self._open(Tab.DIFF)

    def action_turn(self, by: int) -> None:
        """To another tab of the details."""
        if self._split.is_open:
            self._pane.action_turn(by)

    def action_mark(self) -> None:
        """Marks the cursor's delivery, or takes its mark away; of three, the oldest mark goes."""
        line = self._table.cursor
        if line is None or not line.number:
            return
        self._begin_anew()
        marked = self._table.marked
        if line.number in marked:
            self._mark(tuple(number for number in marked if number != line.number))
        else:
            self._mark((*marked, line.number)[-_MOST_MARKED:])

    def on_delivery_table_moved(self, message: DeliveryTable.Moved) -> None:
        self._begin_anew()
        if self._split.is_open:
            self._pane.about(subject_of(message.line, self.desk.session.window))
        self._offer()

    def on_delivery_table_chosen(self, message: DeliveryTable.Chosen) -> None:
        self._open()

    def on_detail_pane_closed(self) -> None:
        self._close()

    def _open(self, tab: Tab | None = None) -> None:
        subject = subject_of(self._table.cursor, self.desk.session.window)
        if subject is None:
            return
        self._begin_anew()
        self._table.following = False  # what is being read stays
        self._split.open()
        self._pane.about(subject, at_once=True)
        if tab is not None:
            self._pane.turn_to(tab)
        if self._split.over:
            self._pane.take_focus()
        else:
            self.call_after_refresh(self._in_sight)

    def _in_sight(self) -> None:
        """The table has become smaller."""
        if self._table.cursor is not None:
            following = self._table.following
            self._table.stand_on(self._table.cursor)
            self._table.following = following

    def _close(self) -> None:
        self._split.open(False)
        self._pane.about(None)
        self._table.focus()

    def _sideways(self, by: int) -> None:
        line = self._table.cursor
        if line is None or not isinstance(self._table.lines, Tree):
            self.action_turn(by)
        elif self._tree.is_open(line) == (by < 0):
            self.action_fold()

    def _mark(self, marked: tuple[int, ...]) -> None:
        self._table.marked = marked
        self._table.refresh()
        self._pane.mark(marked)

    # Acting on a row

    def action_act(self, name: str) -> None:
        """Does something with the cursor's line."""
        aim = self._aim(self._table.cursor)
        if aim is not None and self._hands.can(name, aim):
            self.run_worker(self._hands.do(name, aim), group=OPENS if name in _ASKING else "hands")

    def action_export(self) -> None:
        """What the filter shows, into a file."""
        if self._hands.can("export", None):
            self.run_worker(self._hands.export(self.desk.session.view.numbers), group=OPENS)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A `/` that is typed elsewhere is a `/`, and what cannot be done has no key."""
        if action == "filter":
            return self.focused in (self._table, None)
        if action == "act" and self.is_mounted:
            return self._hands.can(str(parameters[0]), self._aim(self._table.cursor))
        return super().check_action(action, parameters)

    def _aim(self, line: Line | None) -> Aim | None:
        subject = subject_of(line, self.desk.session.window)
        if subject is None:
            return None
        row = self.desk.session.window.rows.get(subject.number)
        return Aim(subject.event, row, self._table.marked, secret=self._split.is_open and self._pane.secret)

    def _offer(self) -> None:
        """Shows the keys that there is something to do with."""
        aim = self._aim(self._table.cursor)
        offered = (self.desk.saved, aim is None, aim is not None and aim.row is None)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()
