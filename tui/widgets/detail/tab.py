"""Tab: the pages of the detail pane, and which of them there are for what the cursor is on."""

from enum import StrEnum
from typing import NamedTuple

from tui.model.lines import Line, LineKind
from tui.model.window import Window


class Tab(StrEnum):
    PAYLOAD = "Payload"
    REQUEST = "Request"
    RESPONSE = "Response"
    ATTEMPTS = "Attempts"
    FAULT = "Fault"
    DIFF = "Diff"
    WHY = "Why"


class Subject(NamedTuple):
    """What the pane is about: an event, or (with a number) one of its deliveries, perhaps one arrival of it."""

    event: str
    number: int = 0
    arrival: int | None = None

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The pages that there are."""
        return tuple(Tab) if self.number else (Tab.WHY, Tab.PAYLOAD, Tab.DIFF)


def subject_of(line: Line | None, window: Window) -> Subject | None:
    """What a line of the table is about; None where it is not known any more."""
    if line is None:
        return None
    if line.kind is LineKind.EVENT:
        return Subject(line.event)
    row = window.rows.get(line.number)
    if row is None:
        return None
    return Subject(row.event, row.number, line.attempt if line.kind is LineKind.ATTEMPT else None)
