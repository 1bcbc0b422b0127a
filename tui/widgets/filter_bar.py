"""FilterBar: the line to type a filter in, live, with what is wrong under the place where it is wrong."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui.desk import Desk
from tui.model.filter import Filter, Vocabulary, WrongFilter, completions, parse


class FilterBar(Vertical):
    """Hidden while there is no filter. Enter keeps what was typed, Escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Handled before what is typed next, which would go to this line otherwise.
        Binding("enter", "keep", "Keep it", priority=True, id="filter.keep"),
        Binding("escape", "clear", "Clear the filter", priority=True, id="filter.clear"),
        Binding("down", "leave", "To the table", show=False, id="filter.leave"),
    ]
    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar Input { border: none; height: 1; padding: 0 1; background: $surface; }
    FilterBar Input:focus { border: none; background: $surface-lighten-1; }
    FilterBar Static { height: auto; max-height: 3; padding: 0 1; display: none; color: $text-error; }
    FilterBar.-wrong Static { display: block; }
    """

    class Changed(Message):
        """Another filter, which can be read; None shows everything."""

        def __init__(self, wanted: Filter | None) -> None:
            super().__init__()
            self.wanted = wanted

    def __init__(self, desk: Desk, leave: Callable[[], object]) -> None:
        """`leave` puts the focus elsewhere, when the user is done with it."""
        super().__init__()
        self._desk = desk
        self._leave = leave
        self._input = Input(
            placeholder="filter: event:order.*  status:failed  late:>5s  text in bodies   (? for all of them)",
            suggester=_Completing(desk),
            select_on_focus=False,
        )
        self._wrong = Static(markup=False)

    @property
    def text(self) -> str:
        return self._input.value

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._wrong

    def open(self, text: str | None = None) -> None:
        """Shows it, to be typed in at once."""
        self.display = True
        if text is not None:
            self._input.value = text
        self.screen.set_focus(self._input)

    def action_clear(self) -> None:
        self._input.value = ""
        self._close()

    def action_leave(self) -> None:
        self._leave()

    def action_keep(self) -> None:
        if self.text.strip():
            self._leave()
        else:
            self._close()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value
        try:
            wanted = parse(text)
        except WrongFilter as wrong:
            pointer = " " * wrong.position + "^" * max(1, wrong.length)
            self._wrong.update(f"{pointer}\n{wrong.sentence}")
            self.add_class("-wrong")
            return
        self.remove_class("-wrong")
        self.post_message(self.Changed(None if wanted.empty else wanted))

    def _close(self) -> None:
        self.display = False
        self.remove_class("-wrong")
        self.post_message(self.Changed(None))
        self._leave()


class _Completing(Suggester):
    """The likeliest end of the word at the end of the line."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._desk = desk

    async def get_suggestion(self, value: str) -> str | None:
        session = self._desk.session
        vocabulary = Vocabulary(
            integrations=tuple(session.integrations),
            rules=tuple(str(rule["id"]) for rule in session.chaos.get("rules", ())),
        )
        found = completions(value, len(value), vocabulary)
        if found.start == len(value):
            return None  # nothing has been begun that could be ended
        word = next((word for word in found.words if word.lower().startswith(value[found.start :].lower())), None)
        return None if word is None else value[: found.start] + word
