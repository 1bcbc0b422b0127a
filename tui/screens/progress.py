"""Progress: something that takes a while, and can be given up."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, ProgressBar


class Progress(ModalScreen[None]):
    """`cancelled` is true once Escape was pressed; whoever works has to look at it, and `close` this when done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="progress.cancel")]
    DEFAULT_CSS = """
    Progress { align: center middle; }
    Progress > Vertical {
        width: 70; max-width: 100%; height: auto;
        background: $surface; border: round $primary; padding: 0 1;
    }
    Progress ProgressBar, Progress Bar { width: 1fr; }
    Progress Label { width: 1fr; }
    """

    def __init__(self, text: str, total: int) -> None:
        super().__init__()
        self._text = text
        self._bar = ProgressBar(total=total, show_eta=False)
        self.cancelled = False
        self._over = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(self._text, markup=False)
            yield self._bar
            yield Label("Escape gives it up", markup=False)

    def done(self, count: int) -> None:
        """How many are done by now."""
        self._bar.update(progress=count)

    def close(self) -> None:
        """Takes this away; where something is in front of it, as soon as that is gone."""
        self._over = True
        if self.is_current:
            self.dismiss(None)

    def on_screen_resume(self) -> None:
        if self._over:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.cancelled = True
