"""FindBar: the line to type in what is looked for in a tab."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class FindBar(Horizontal):
    """Enter looks, Escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Done", id="find.leave")]
    DEFAULT_CSS = """
    FindBar { height: 1; display: none; background: $surface; }
    FindBar.-shown { display: block; }
    FindBar Input { border: none; height: 1; width: 1fr; padding: 0 1; background: $surface; }
    FindBar Input:focus { border: none; background: $surface-lighten-1; }
    FindBar Static { width: auto; padding: 0 1; color: $text-muted; }
    """

    class Wanted(Message):
        """A text to look for; empty for none."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Nothing is looked for any more."""

    def __init__(self) -> None:
        super().__init__()
        self._input = Input(placeholder="find in this tab, then n and N", select_on_focus=True)
        self._count = Static(markup=False)

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._count

    @property
    def text(self) -> str:
        """What is looked for; empty while this is hidden."""
        return self._input.value if self.has_class("-shown") else ""

    def open(self) -> None:
        self.add_class("-shown")
        self._input.focus()

    def tell(self, text: str) -> None:
        """How often it was found."""
        self._count.update(text)

    def close(self) -> None:
        self.remove_class("-shown")
        self._input.value = ""
        self._count.update("")

    def action_leave(self) -> None:
        self.close()
        self.post_message(self.Left())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Wanted(event.value))
        else:
            self.action_leave()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
