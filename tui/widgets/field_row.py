"""FieldRow: a line of a form, with its label before it and what is wrong with it below."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static


class FieldRow(Vertical):
    """What is typed is in `text`. A secret is not shown."""

    DEFAULT_CSS = """
    FieldRow { height: auto; }
    FieldRow > Horizontal { height: 1; }
    FieldRow Label { width: 13; color: $text-muted; }
    FieldRow Input { width: 1fr; background: $boost; padding: 0 1; }
    FieldRow Input:focus { background: $primary 30%; }
    FieldRow .complaint { height: auto; padding: 0 0 0 13; display: none; color: $text-error; }
    FieldRow.-wrong .complaint { display: block; }
    """

    def __init__(
        self,
        name: str,
        label: str,
        *,
        text: str = "",
        placeholder: str = "",
        secret: bool = False,
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__(name=name, id=f"field-{name}")
        self._label = label
        self._complaint = Static(classes="complaint", markup=False)
        self.input = Input(text, placeholder=placeholder, password=secret, suggester=suggester, compact=True)

    @property
    def text(self) -> str:
        return self.input.value

    @property
    def complaint(self) -> str:
        """What is wrong, as it is shown."""
        return str(self._complaint.content) if self.has_class("-wrong") else ""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label(self._label, markup=False)
            yield self.input
        yield self._complaint

    def complain(self, sentence: str = "") -> None:
        """Says what is wrong; nothing takes it away."""
        self._complaint.update(sentence)
        self.set_class(bool(sentence), "-wrong")
