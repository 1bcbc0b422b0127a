"""DetailPane: all that is known of what the cursor is on, tab by tab."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from tui.client import Refused, Unreachable
from tui.desk import Desk
from tui.widgets.detail.find_bar import FindBar
from tui.widgets.detail.piece import of
from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.detail.sheets import sheet_of
from tui.widgets.detail.tab import Subject, Tab
from tui.widgets.detail.tab_strip import TabStrip
from tui.widgets.detail.telling import Telling, complete, tell
from tui.widgets.detail.text_part import told

_PAUSE = 0.08
"""Wall seconds for which the cursor has to stand still before the server is asked."""
_AGAIN = 5
"""Looks (ten a second) between two questions about a delivery that goes on changing."""
_SLOW = 4
"""Looks without an answer after which it is said that there is none yet."""
_MOST_HITS = 10_000
_COUNTING = (Tab.ATTEMPTS, Tab.WHY)
"""Tabs that say how long it is until something."""


class DetailPane(Vertical):
    """Follows the cursor of the table. One question to the server at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Tab before", show=False, id="detail.tab-left"),
        Binding("right", "turn(1)", "Next tab", show=False, id="detail.tab-right"),
        # Handled before what is typed next, as the filter's.
        Binding("slash", "find", "Find", key_display="/", tooltip="Find in this tab", priority=True, id="detail.find"),
        Binding("u", "secret", "Secret", tooltip="Show the secret, or mask it", id="detail.secret"),
        Binding("escape", "close", "Close", id="detail.close"),
    ]
    DEFAULT_CSS = """
    DetailPane { height: 1fr; }
    """

    class Closed(Message):
        """The user is done with it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._strip = TabStrip()
        self._view = SheetView()
        self._find = FindBar()
        self._subject: Subject | None = None
        self.telling: Telling | None = None
        self._shown: tuple[Subject, Tab] | None = None
        self._seq = 0  # the version that was asked about
        self._looks = 0
        self._waits = 0
        self._stale = False
        self._asking = False
        self._timer: Timer | None = None
        self.secret = False
        self._marked: tuple[int, ...] = ()
        self._tabs = {True: Tab.PAYLOAD, False: Tab.WHY}  # chosen for deliveries, and for events
        self._trouble = False

    def compose(self) -> ComposeResult:
        yield self._strip
        yield self._view
        yield self._find

    @property
    def here(self) -> Tab:
        """The tab that is shown."""
        return self._tabs[self._subject is None or bool(self._subject.number)]

    # From outside

    def about(self, subject: Subject | None, *, at_once: bool = False) -> None:
        """Something else, once it is sure to stay."""
        if subject == self._subject:
            return
        if subject is not None and subject.arrival is not None:
            self._tabs[True] = Tab.RESPONSE
        if subject is None or self._subject is None or subject.number != self._subject.number:
            self.secret = False
        self._subject = subject
        self._entitle()
        if self._timer is not None:
            self._timer.stop()
        self._timer = None
        if subject is None:
            self.telling, self._shown = None, None
            self._put(_saying("Nothing is chosen.", "quiet"), 0, keep=False)
        elif at_once:
            self._ask()
        else:
            self._timer = self.set_timer(_PAUSE, self._ask)

    def mark(self, marked: Sequence[int]) -> None:
        """Which deliveries are to be compared."""
        self._marked = tuple(marked)
        if self.here is Tab.DIFF:
            self._ask()

    def turn_to(self, tab: Tab) -> None:
        """Shows another tab."""
        self._tabs[self._subject is None or bool(self._subject.number)] = tab
        self._entitle()
        self._ask()

    def look(self) -> None:
        """Asks again when the delivery has gone on, or nobody answered; and lets what counts down go on."""
        if self._subject is None:
            return
        self._waits = self._waits + 1 if self._shown != (self._subject, self.here) else 0
        if self._waits == _SLOW and not self._trouble:
            self._shown = None
            self._put(_saying("Asking the server.", "quiet"), 0, keep=False)
        self._looks += 1
        another = self.telling is not None and self.telling.moment != self._desk.moment
        if self._looks % _AGAIN and not another:
            return
        if another or self._trouble or self._version(self._subject) != self._seq:
            self._stale = True
            self._ask()
        elif self._shown is not None and self._shown[1] in _COUNTING:
            self.draw_again()

    def draw_again(self) -> None:
        """Shows what is known already, as it is to be told now."""
        if self._shown is not None and self.telling is not None:
            self._draw(self.telling, self._shown[1], keep=True)

    def take_focus(self) -> None:
        self._view.focus()

    # Keys

    def action_turn(self, by: int) -> None:
        """The next tab, or the one before."""
        if self._subject is not None:
            tabs = self._subject.tabs
            self.turn_to(tabs[(tabs.index(self.here) + by) % len(tabs)])

    def action_find(self) -> None:
        self._find.open()

    def action_secret(self) -> None:
        """Shows the webhook's secret, or masks it again."""
        self.secret = not self.secret
        self.turn_to(Tab.REQUEST)

    def action_close(self) -> None:
        if self._find.has_class("-shown"):
            self._find.action_leave()
        else:
            self.secret = False
            self.post_message(self.Closed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A `/` that is typed is a `/`."""
        if action == "find":
            return self._view.has_focus
        if action == "secret":
            return self._subject is not None and Tab.REQUEST in self._subject.tabs
        return True

    def on_tab_strip_chosen(self, message: TabStrip.Chosen) -> None:
        message.stop()
        self.turn_to(message.tab)

    def on_find_bar_wanted(self, message: FindBar.Wanted) -> None:
        message.stop()
        count = self._view.find(message.text)
        self._find.tell(_count_text(count))
        if count:
            self._view.focus()

    def on_find_bar_left(self, message: FindBar.Left) -> None:
        message.stop()
        self._view.find("")
        self._view.focus()

    def on_sheet_view_missed(self, message: SheetView.Missed) -> None:
        message.stop()
        self._find.tell(_count_text(0))

    def on_sheet_view_copied(self, message: SheetView.Copied) -> None:
        message.stop()
        self.app.copy_to_clipboard(message.text)
        self.notify(f"The {message.what} is on the clipboard, where the terminal allows it", markup=False)

    # Asking

    def _ask(self) -> None:
        self._timer = None
        if not self._asking and self._subject is not None and self.is_mounted:
            self._asking = True
            self.run_worker(self._answer(), group="detail")

    async def _answer(self) -> None:
        """Until what is wanted is what is shown."""
        try:
            while (subject := self._subject) is not None:
                tab, marked = self.here, self._marked
                await self._show(subject, tab, marked)
                if (subject, tab, marked) == (self._subject, self.here, self._marked) and not self._stale:
                    return
        finally:
            self._asking = False

    async def _show(self, subject: Subject, tab: Tab, marked: tuple[int, ...]) -> None:
        telling = self.telling
        try:
            if telling is None or telling.subject != subject or self._stale:
                self._stale = False
                self._seq = self._version(subject)
                before, telling = telling, await tell(self._desk.client, subject, self._desk.moment)
                if before is not None and before.subject.event == subject.event and before.payload == telling.payload:
                    telling.comparison = before.comparison
                    if tab is Tab.PAYLOAD and self._shown == (subject, tab):
                        self.telling = telling  # folded as it was
                        return
                self.telling = telling
            await complete(telling, tab, self._desk.client, marked, max(20, self._view.size.width - 2))
        except (Refused, Unreachable) as trouble:
            self._put(_saying(f"{trouble.sentence}.", "bad"), 0, keep=False)
            self._shown, self.telling, self._trouble = None, None, isinstance(trouble, Unreachable)
            return
        self._trouble = False
        if (subject, tab) == (self._subject, self.here):
            self._draw(telling, tab, keep=self._shown == (subject, tab))
            self._shown = (subject, tab)

    def _draw(self, telling: Telling, tab: Tab, *, keep: bool) -> None:
        sheet, begin = sheet_of(tab, telling, self._desk, secret=self.secret)
        self._put(sheet, begin, keep=keep)

    def _version(self, subject: Subject) -> int:
        """Grows with every step of the delivery, or of all that the event has."""
        window = self._desk.session.window
        event = window.events.get(subject.event)
        numbers = (subject.number,) if subject.number else event.deliveries if event is not None else ()
        return sum(window.rows[number].seq for number in numbers if number in window.rows)

    def _put(self, sheet: Sheet, begin: int, *, keep: bool) -> None:
        self._view.show(sheet, at=self._view.cursor if keep else begin)
        if self._find.text.strip():
            sheet.find(self._find.text)

    def _entitle(self) -> None:
        if self._subject is None:
            self._strip.show((), self.here, "")
            return
        row = self._desk.session.window.rows.get(self._subject.number)
        about = f"#{row.number} {row.event_key} to {row.integration}" if row is not None else self._subject.event
        self._strip.show(self._subject.tabs, self.here, about)
        self.refresh_bindings()


def _saying(text: str, style: str) -> Sheet:
    """A sentence where there is nothing else."""
    return Sheet((told(of(text, style)),))


def _count_text(count: int) -> str:
    if not count:
        return "not here"
    return f"{_MOST_HITS:,} places or more" if count >= _MOST_HITS else f"{count:,} place{'s' if count > 1 else ''}"
