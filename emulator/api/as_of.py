"""As of: a delivery as it was when a record was the newest, for those who step through a saved journal."""

from collections.abc import Sequence
from dataclasses import replace

from emulator.api.operation import Call
from emulator.api.parameters import whole_number
from emulator.api.schema import integer
from emulator.core.projection import DeliveryView
from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal import AttemptRow, DeliveryRow

UNTIL = {"until": integer("As it was when this record was the newest", minimum=1, maximum=10**17)}


def until_of(call: Call) -> int | None:
    """The record that is asked for; None for how it is now. Raises a 422."""
    return whole_number(call, "until", least=1)


def row_then(row: DeliveryRow, records: Sequence[Record], view: DeliveryView) -> DeliveryRow:
    """Where the delivery stood after these of its records."""
    left = [record.attempt for record in records if record.kind in (RecordKind.SENT, RecordKind.ATTEMPTED)]
    return replace(
        row,
        state=view.state,
        due=records[-1].due,
        attempts=max(left, default=0),
        pending=len(view.pending),
        last_at=records[-1].at,
    )


def attempts_then(rows: Sequence[AttemptRow], view: DeliveryView) -> list[AttemptRow]:
    """Of its newest attempts those that had ended."""
    known = {(attempt.attempt, attempt.copy, attempt.ended_at) for attempt in view.attempts}
    return [row for row in rows if (row.record.attempt, row.record.copy, row.record.at) in known]
