"""Page: what all of the dashboard's main screens have around them."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

from tui.desk import Desk
from tui.widgets.status_bar import StatusBar


class Page(Screen[None]):
    """A screen between the status above and the keys below. `model_changed` is called when there is news to show."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield StatusBar(self.desk, self.title or "")
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> Iterable[Widget]:
        """What is between the two."""
        raise NotImplementedError

    def model_changed(self) -> None:
        """There is news, of deliveries or of the server. At most ten times a second."""
        raise NotImplementedError

    def tick(self) -> None:
        """Called ten times a second while this page is in front; `model_changed` where something has."""
        for bar in self.query(StatusBar):  # there is none any more while the dashboard ends
            bar.look()
        self.model_changed()

    def on_screen_resume(self) -> None:
        self.tick()
