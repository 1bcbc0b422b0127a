"""The journal's answers: where a delivery stands, an attempt with its delivery, what an erasure took."""

from dataclasses import dataclass

from emulator.domain.delivery import DeliveryKey, DeliveryState
from emulator.domain.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """Where one delivery stands: EPCC's integration job.

    `event` is the event's identity, `integration` the integration's key. `attempts` is the highest attempt
    that has left. `pending` counts planned sends that have not ended, copies included. Times are microseconds
    since the epoch.
    """

    number: int
    job_id: str
    event: str
    event_key: str
    resource: str
    resource_type: str
    resource_id: str
    integration: str
    job: int
    state: DeliveryState
    due: int | None
    attempts: int
    pending: int
    created_at: int
    last_at: int

    @property
    def key(self) -> DeliveryKey:
        return DeliveryKey(self.event, self.integration, self.job)

    @property
    def open(self) -> bool:
        """Whether anything of it is still to come."""
        return self.pending > 0 or not self.state.final


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An ATTEMPTED record and the delivery it belongs to: EPCC's integration log."""

    record: Record
    delivery: DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much an erasure took away."""

    records: int
    events: int
    deliveries: int
    attempts: int
    resources: int
    integrations: int
