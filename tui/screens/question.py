"""Question: one line to be typed, in front of what is there."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

Check = Callable[[str], str | None]
"""What is wrong with an answer, in a sentence; None where nothing is."""


class Question(ModalScreen[str | None]):
    """Enter answers, Escape gives None. `default` stands there to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="question.cancel")]
    DEFAULT_CSS = """
    Question { align: center middle; }
    Question > Vertical {
        width: 70; max-width: 100%; height: auto;
        background: $surface; border: round $primary; padding: 0 1;
    }
    Question Label { width: 1fr; height: auto; }
    Question Input { border: none; height: 1; padding: 0; background: $surface-lighten-1; }
    Question Input:focus { border: none; }
    Question #question-wrong { color: $text-error; display: none; }
    Question #question-wrong.-shown { display: block; }
    Question #question-hint { color: $text-muted; }
    """

    def __init__(self, text: str, *, default: str = "", check: Check | None = None, placeholder: str = "") -> None:
        super().__init__()
        self._text = text
        self._check = check
        self._input = Input(value=default, placeholder=placeholder, select_on_focus=False)
        self._wrong = Label("", id="question-wrong", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(self._text, markup=False)
            yield self._input
            yield self._wrong
            yield Label("Enter goes on, Escape cancels", id="question-hint", markup=False)

    def on_mount(self) -> None:
        self._input.focus()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._wrong.remove_class("-shown")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answer = event.value.strip()
        wrong = self._check(answer) if self._check is not None else None
        if wrong is None:
            self.dismiss(answer)
        else:
            self._wrong.update(wrong)
            self._wrong.add_class("-shown")
