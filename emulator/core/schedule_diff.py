"""Schedule diff: what is different between two schedules, event by event and send by send."""

from typing import NamedTuple

from emulator.core.schedule import PlannedSend, Schedule
from emulator.domain.moment import format_duration


class Change(NamedTuple):
    """`what` is added, removed or changed; `about` names the event or the send; `detail` says how."""

    what: str
    about: str
    detail: str


def difference(one: Schedule, other: Schedule) -> list[Change]:
    """What turns one into the other, in the order of the other; what has gone comes first."""
    changes: list[Change] = []
    events, now = one.by_identity, other.by_identity
    changes += [Change("removed", identity, "the event") for identity in events if identity not in now]
    before, after = _sends(one), _sends(other)
    changes += [Change("removed", name, "the send") for name in before if name not in after]
    for identity, event in now.items():
        if identity not in events:
            changes.append(Change("added", identity, "the event"))
        elif event.payload != events[identity].payload:
            changes.append(Change("changed", identity, "another payload"))
    for name, send in after.items():
        if name not in before:
            changes.append(Change("added", name, "the send"))
        elif detail := _detail(before[name], send, send.at - other.start - (before[name].at - one.start)):
            changes.append(Change("changed", name, detail))
    return changes


def _sends(schedule: Schedule) -> dict[str, PlannedSend]:
    return {
        f"{send.event} to {send.integration} job {send.job} attempt {send.attempt} copy {send.copy}": send
        for send in schedule.sends
    }


def _detail(before: PlannedSend, after: PlannedSend, later: int) -> str:
    told = []
    if later:
        told.append(f"{format_duration(abs(later))} {'later' if later > 0 else 'earlier'}")
    if before.faults != after.faults:
        rules = ", ".join(note.rule for note in after.faults) or "none"
        told.append(f"by other faults: {rules}")
    return "; ".join(told)
