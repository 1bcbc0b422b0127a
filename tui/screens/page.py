"""Page: what all of the dashboard's main screens have around them."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from emulator.domain.moment import SECOND
from tui.desk import Desk
from tui.link import Link
from tui.model.moment_line import go_to
from tui.model.reel import Reel
from tui.screens.forms.line_form import LineForm
from tui.widgets.key_bar import KeyBar
from tui.widgets.moment_bar import MomentBar
from tui.widgets.status_bar import StatusBar

_TOLD = (
    "1204 is a record, 00:12:31 a time of the day, 2026-01-01T00:12:31Z an instant.\n"
    "+5m is later and -30s earlier; start and end are the ends."
)


class Page(Screen[None]):
    """A screen between the status above and the keys below. `model_changed` is called when there is news to show.

    Of a saved journal every page shows one and the same moment, and these keys go to another.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("comma", "moment_step(-1)", "Record back", show=False, key_display=",", id="moment.back"),
        Binding("full_stop", "moment_step(1)", "Record on", show=False, key_display=".", id="moment.on"),
        Binding(
            "less_than_sign", "moment_event(-1)", "Event back", show=False, key_display="<", id="moment.event-back"
        ),
        Binding("greater_than_sign", "moment_event(1)", "Event on", show=False, key_display=">", id="moment.event-on"),
        Binding(
            "left_curly_bracket", "moment_pass(-10)", "10 s back", show=False, key_display="{", id="moment.10s-back"
        ),
        Binding("right_curly_bracket", "moment_pass(10)", "10 s on", show=False, key_display="}", id="moment.10s-on"),
        Binding("left_parenthesis", "moment_pass(-60)", "1 m back", show=False, key_display="(", id="moment.1m-back"),
        Binding("right_parenthesis", "moment_pass(60)", "1 m on", show=False, key_display=")", id="moment.1m-on"),
        Binding("circumflex_accent", "moment_end(False)", "Start", show=False, key_display="^", id="moment.start"),
        Binding("dollar_sign", "moment_end(True)", "End", show=False, key_display="$", id="moment.end"),
        Binding("at", "moment_to", "To a moment", show=False, key_display="@", id="moment.to"),
    ]

    class Moved(Message):
        """Another moment of the saved journal is shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield StatusBar(self.desk, self.title or "")
        yield MomentBar(self.desk)
        yield from self.body()
        yield KeyBar()

    def body(self) -> Iterable[Widget]:
        """What is between the two."""
        raise NotImplementedError

    def model_changed(self) -> None:
        """There is news, of deliveries or of the server. At most ten times a second."""
        raise NotImplementedError

    def tick(self) -> None:
        """Called ten times a second while this page is in front; `model_changed` where something has."""
        for bar in self.query(StatusBar):  # there is none yet where the application's clock is the faster
            bar.look()
            self.query_one(MomentBar).look()
            self.model_changed()

    def on_screen_resume(self) -> None:
        self.tick()

    # The moment of a saved journal

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a saved journal can be stepped through."""
        return self.desk.session.reel is not None if action.startswith("moment_") else True

    def action_moment_step(self, by: int) -> None:
        """One record on, or back."""
        if reel := self._reel():
            reel.step(by)
            self.post_message(self.Moved())

    def action_moment_event(self, by: int) -> None:
        """To the next event that happened, or to the one before."""
        if reel := self._reel():
            reel.step_event(by)
            self.post_message(self.Moved())

    def action_moment_pass(self, seconds: int) -> None:
        """So many seconds on, or back."""
        if reel := self._reel():
            reel.pass_time(seconds * SECOND)
            self.post_message(self.Moved())

    def action_moment_end(self, last: bool) -> None:
        """To before the first record, or to the last one."""
        if reel := self._reel():
            reel.to(len(reel) if last else 0)
            self.post_message(self.Moved())

    def action_moment_to(self) -> None:
        """Asks for a moment."""
        reel = self._reel()
        if reel is None:
            return

        async def send(line: str) -> None:
            go_to(line, reel, self.desk.zone)
            self.post_message(self.Moved())

        self.app.push_screen(LineForm("To which moment?", _TOLD, send))

    def on_moment_bar_pointed(self, message: MomentBar.Pointed) -> None:
        if reel := self._reel():
            where = reel.where
            reel.to_moment(where.at - where.since + round(message.share * where.length))
            self.post_message(self.Moved())

    def _reel(self) -> Reel | None:
        """Where one can step: not before all of the journal is there."""
        session = self.desk.session
        if session.reel is None or session.link is Link.LOADING:
            return None
        return session.reel
