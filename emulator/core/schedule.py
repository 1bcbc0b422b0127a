"""Schedule: what a scenario comes to when everybody takes everything: which send leaves when, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from emulator.domain.delivery import FaultNote, Treatment


class PlannedEvent(NamedTuple):
    """An event of the schedule. `at` is microseconds since the epoch."""

    identity: str
    key: str
    resource: str
    at: int
    payload: str


class PlannedSend(NamedTuple):
    """One send, in the order in which they leave. `at` is microseconds since the epoch.

    `faults` are all that befall it, also those that are decided when it leaves or is answered; `treatments` what is
    done to its message. Sends of one group, which `together` names, go at the same moment.
    """

    at: int
    event: str
    integration: str
    job: int = 1
    attempt: int = 1
    copy: int = 0
    faults: tuple[FaultNote, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    together: str | None = None


class Dropped(NamedTuple):
    """A delivery that is never sent."""

    event: str
    integration: str
    faults: tuple[FaultNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`start` is when the scenario begins, in microseconds; `integrations` are the keys of those who receive. Holds no
    ids, addresses or ports."""

    scenario: str
    seed: int
    start: int
    integrations: tuple[str, ...]
    events: tuple[PlannedEvent, ...]
    sends: tuple[PlannedSend, ...]
    dropped: tuple[Dropped, ...]

    def event(self, identity: str) -> PlannedEvent:
        """Raises KeyError."""
        return self.by_identity[identity]

    @property
    def by_identity(self) -> Mapping[str, PlannedEvent]:
        return {event.identity: event for event in self.events}


def undisturbed(schedule: Schedule) -> Schedule:
    """The same events for the same receivers, each sent once, when it happens."""
    heard = {(send.event, send.integration) for send in schedule.sends}
    heard |= {(one.event, one.integration) for one in schedule.dropped}
    sends = [
        PlannedSend(at=event.at, event=event.identity, integration=integration)
        for event in schedule.events
        for integration in schedule.integrations
        if (event.identity, integration) in heard
    ]
    return replace(schedule, sends=tuple(sends), dropped=())


def schedule_data(schedule: Schedule) -> dict[str, Any]:
    """As plain JSON values; times are microseconds from the beginning, so that the same schedule reads the same
    whenever it begins."""
    start = schedule.start
    return {
        "scenario": schedule.scenario,
        "seed": schedule.seed,
        "start": start,
        "integrations": list(schedule.integrations),
        "events": [
            {"identity": event.identity, "key": event.key, "at": event.at - start, "payload": event.payload}
            for event in schedule.events
        ],
        "sends": [_send_data(send, start) for send in schedule.sends],
        "dropped": [
            {"event": one.event, "integration": one.integration, "faults": [note_data(note) for note in one.faults]}
            for one in schedule.dropped
        ],
    }


def _send_data(send: PlannedSend, start: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "at": send.at - start,
        "event": send.event,
        "integration": send.integration,
        "job": send.job,
        "attempt": send.attempt,
        "copy": send.copy,
        "faults": [note_data(note) for note in send.faults],
    }
    if send.treatments:
        data["treatments"] = [{"fault": each.fault, "how": dict(each.how)} for each in send.treatments]
    if send.together is not None:
        data["together"] = send.together
    return data


def note_data(note: FaultNote) -> dict[str, str]:
    return {"rule": note.rule, "fault": note.fault, "detail": note.detail}
