"""Where a delivery stands, folded from its records, so that each delivery costs one row a batch."""

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal.codec import Row
from emulator.runtime.journal.schema import OPEN_STATES

COLUMNS = "number, job_id, event, event_key, integration, job, state, due, attempts, pending, open, created_at, last_at"
INSERT = f"INSERT INTO deliveries ({COLUMNS}) VALUES"

# What is not in a batch's own rows is added to what the table says.
UPDATE_HEAD = "WITH change (number, state, due_known, due, attempts, cleared, pending, last_at) AS (VALUES"
_PENDING = "max(0, CASE WHEN change.cleared THEN 0 ELSE deliveries.pending END + change.pending)"
_STATE = "coalesce(change.state, deliveries.state)"
UPDATE_TAIL = f""") UPDATE deliveries SET
  state = {_STATE},
  due = CASE WHEN change.due_known THEN change.due ELSE deliveries.due END,
  attempts = max(deliveries.attempts, change.attempts),
  pending = {_PENDING},
  open = {_STATE} IN {OPEN_STATES} OR {_PENDING} > 0,
  last_at = change.last_at
FROM change WHERE deliveries.number = change.number"""

_ATTEMPTED, _SETTLED = RecordKind.ATTEMPTED, RecordKind.SETTLED
_LEAVES = (RecordKind.SENT, _ATTEMPTED)
_PLANS = (RecordKind.PLANNED, RecordKind.ADDED)


class Progress:
    """What some records of one delivery add up to. `cleared`: the sends pending before them are void."""

    __slots__ = ("attempts", "cleared", "due", "due_known", "last_at", "pending", "state")

    def __init__(self) -> None:
        self.state: DeliveryState | None = None
        self.due: int | None = None
        self.due_known = False
        self.attempts = 0
        self.cleared = False
        self.pending = 0
        self.last_at = 0

    def take(self, record: Record) -> None:
        """Fold in the next record."""
        kind = record.kind
        if record.state is not None:
            self.state = record.state
            if record.copy == 0 or record.due is not None:  # a copy's end leaves the next attempt where it is
                self.due_known = True
                self.due = record.due
        if kind in _PLANS:
            self.pending += len(record.data.get("sends", ()))
        elif kind in _LEAVES:
            if record.attempt > self.attempts:
                self.attempts = record.attempt
            if kind is _ATTEMPTED:
                self.pending = max(0, self.pending - 1) if self.cleared else self.pending - 1
        elif kind is _SETTLED:
            self.cleared = True
            self.pending = 0
        self.last_at = record.at

    def change(self, number: int) -> Row:
        """For a delivery that the table has already."""
        state = None if self.state is None else self.state._value_
        return (number, state, self.due_known, self.due, self.attempts, self.cleared, self.pending, self.last_at)

    def row(self, planned: Record, event: int) -> Row:
        """For one that these records begin."""
        data = planned.data
        state = self.state or DeliveryState.PLANNED
        pending = max(0, self.pending)
        return (
            planned.delivery,
            data["job_id"],
            event,
            data["event_key"],
            planned.integration if planned.integration is not None else data["integration"],
            data["job"],
            state._value_,
            self.due,
            self.attempts,
            pending,
            int(pending > 0 or not state.final),
            planned.at,
            self.last_at,
        )
