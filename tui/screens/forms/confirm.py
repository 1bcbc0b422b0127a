"""Confirm: yes or no, before what cannot be undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static


class Confirm(ModalScreen[bool]):
    """`verb` is what a yes does: Delete, Purge."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
    ]
    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical {
        width: auto; max-width: 90%; height: auto; max-height: 100%;
        border: round $warning; background: $surface; padding: 0 1;
    }
    Confirm Static { width: auto; height: auto; }
    """

    def __init__(self, sentence: str, verb: str) -> None:
        super().__init__()
        self._sentence = sentence
        self._verb = verb

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._verb
            box.border_subtitle = f"y: {self._verb.lower()}   n: leave it"
            yield Static(self._sentence, markup=False)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
