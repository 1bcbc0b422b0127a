"""Tick: yes or no, told by a sign and not by a colour alone."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget


class Tick(Widget, can_focus=True):
    """`[x] label` or `[ ] label`; space and a click turn it over."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", "Yes/no", id="form.tick")]
    DEFAULT_CSS = """
    Tick { width: auto; height: 1; }
    Tick:focus { background: $primary 30%; }
    Tick:nocolor:focus { text-style: reverse; }
    Tick:disabled { color: $text-muted; }
    """

    class Turned(Message):
        """It says the opposite now."""

    def __init__(self, label: str, value: bool, *, disabled: bool = False) -> None:
        super().__init__(disabled=disabled)
        self._text = label
        self.value = value

    def render(self) -> str:
        return f"\\[{'x' if self.value else ' '}] {self._text}"

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        """From yes to no, and back."""
        self.value = not self.value
        self.refresh()
        self.post_message(self.Turned())
