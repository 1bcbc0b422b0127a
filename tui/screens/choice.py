"""Choice: a few things to choose from, in front of what is there."""

from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList

T = TypeVar("T")


class Option(NamedTuple, Generic[T]):
    """What it says, and what choosing it comes to."""

    text: str
    value: T


class Choice(ModalScreen[T | None]):
    """The first is what Enter takes at once; Escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="choice.cancel")]
    DEFAULT_CSS = """
    Choice { align: center middle; }
    Choice > Vertical {
        width: 70; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    Choice Label { width: 1fr; height: auto; }
    Choice OptionList { height: auto; max-height: 12; border: none; background: $surface; padding: 0; }
    Choice OptionList:focus { border: none; }
    Choice #choice-hint { color: $text-muted; }
    """

    def __init__(self, text: str, options: Sequence[Option[T]]) -> None:
        super().__init__()
        self._text = text
        self._options = tuple(options)
        self._list = OptionList(*(Content(option.text) for option in self._options))

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(self._text, markup=False)
            yield self._list
            yield Label("Enter chooses, Escape cancels", id="choice-hint", markup=False)

    def on_mount(self) -> None:
        self._list.highlighted = 0
        self._list.focus()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._options[event.option_index].value)
