"""LineForm: one line to type, sent when it is entered; what is wrong with it is shown under the place."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from emulator.domain.errors import EmulatorError
from tui.model.harmless import harmless
from tui.model.rule_line import WrongLine

Send = Callable[[str], Awaitable[None]]
"""Does what the line says. Raises WrongLine with a place, or any error of ours with a sentence."""


class LineForm(ModalScreen[bool]):
    """True when it was done, False when the user left it. `told` says what to type, a line each."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", id="form.leave")]
    DEFAULT_CSS = """
    LineForm { align: center middle; }
    LineForm > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    LineForm Input { background: $boost; padding: 0; }
    LineForm Input:focus { background: $primary 30%; }
    LineForm .told { color: $text-muted; height: auto; }
    LineForm .wrong { color: $text-error; height: auto; display: none; }
    LineForm .wrong.-shown { display: block; }
    """

    def __init__(
        self,
        title: str,
        told: str,
        send: Send,
        *,
        text: str = "",
        placeholder: str = "",
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__()
        self._titled = title
        self._told = told
        self._send = send
        self._wrong = Static(classes="wrong", markup=False)
        self.input = Input(text, placeholder=placeholder, suggester=suggester, compact=True)

    @property
    def complaint(self) -> str:
        """What is wrong, as it is shown."""
        return str(self._wrong.content) if self._wrong.has_class("-shown") else ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._titled
            box.border_subtitle = "enter: do it   esc: leave"
            yield self.input
            yield self._wrong
            yield Static(self._told, classes="told", markup=False)

    def on_mount(self) -> None:
        self.input.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._complain("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.run_worker(self._enter(event.value), exclusive=True, group="enter")

    def action_leave(self) -> None:
        """Without doing anything."""
        self.dismiss(False)

    async def _enter(self, text: str) -> None:
        try:
            await self._send(text)
        except WrongLine as wrong:
            pointer = f"{' ' * wrong.place.start}{'^' * max(1, wrong.place.end - wrong.place.start)}\n"
            # A line that is scrolled has its words elsewhere than under the pointer.
            self._complain((pointer if len(text) < self.input.size.width else "") + harmless(wrong.sentence))
        except EmulatorError as error:
            self._complain(harmless(error.sentence))
        else:
            self.dismiss(True)

    def _complain(self, text: str) -> None:
        self._wrong.update(text)
        self._wrong.set_class(bool(text), "-shown")
