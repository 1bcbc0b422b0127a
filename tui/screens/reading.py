"""Reading: a text to read, and to copy by hand where the clipboard is out of reach."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Label

from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.detail.text_part import body
from tui.widgets.key_bar import KeyBar


class Reading(ModalScreen[None]):
    """Over everything and without a frame, so that a selection with the mouse holds the text alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="reading.copy"),
        Binding("escape,q", "close", "Close", id="reading.close"),
    ]
    DEFAULT_CSS = """
    Reading { background: $background; }
    Reading > Label { width: 1fr; background: $panel; padding: 0 1; }
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._about = title
        self._text = text
        self._view = SheetView()

    def compose(self) -> ComposeResult:
        yield Label(self._about, markup=False)
        yield self._view
        yield KeyBar()

    def on_mount(self) -> None:
        self._view.show(Sheet((body(self._text),)))
        self._view.focus()

    def action_copy(self) -> None:
        """All of it."""
        self.app.copy_to_clipboard(self._text)
        self.notify("It is on the clipboard, where the terminal allows it", markup=False)

    def action_close(self) -> None:
        self.dismiss(None)

    def on_sheet_view_copied(self, message: SheetView.Copied) -> None:
        message.stop()
        self.action_copy()
