"""Schedule diff: what is different between two schedules, event by event and send by send."""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.core.schedule import PlannedSend, Schedule
from emulator.domain.delivery import FaultNote
from emulator.domain.moment import format_duration

_Sends = Mapping[str, PlannedSend]


class Change(NamedTuple):
    """`what` is added, removed or changed; `about` names the event or the send; `detail` says how."""

    what: str
    about: str
    detail: str


def difference(one: Schedule, other: Schedule) -> list[Change]:
    """What turns one into the other, in the order of the other; what has gone comes first."""
    changes: list[Change] = []
    events, now = one.by_identity, other.by_identity
    before, after = _sends(one), _sends(other)
    never, never_now = _dropped(one), _dropped(other)
    changes += [Change("removed", key, "the integration") for key in one.integrations if key not in other.integrations]
    changes += [Change("removed", identity, "the event") for identity in events if identity not in now]
    changes += [Change("removed", name, "the send") for name in before if name not in after]
    changes += [Change("removed", name, "the drop") for name in never if name not in never_now]
    changes += [Change("added", key, "the integration") for key in other.integrations if key not in one.integrations]
    for identity, event in now.items():
        if identity not in events:
            changes.append(Change("added", identity, "the event"))
            continue
        told = _later(event.at - other.start - (events[identity].at - one.start))
        told += ["another payload"] if event.payload != events[identity].payload else []
        if told:
            changes.append(Change("changed", identity, "; ".join(told)))
    elsewhere = _elsewhere(before, after, one.start, other.start)
    company, company_now = _company(before), _company(after)
    for name, send in after.items():
        if name not in before:
            changes.append(Change("added", name, "the send"))
            continue
        told = _later(send.at - other.start - (before[name].at - one.start))
        told += ["in another place among those at this time"] if name in elsewhere else []
        told += ["together with others"] if company.get(name) != company_now.get(name) else []
        told += _by_others(before[name].faults, send.faults)
        told += ["another treatment of its message"] if before[name].treatments != send.treatments else []
        if told:
            changes.append(Change("changed", name, "; ".join(told)))
    for name, faults in never_now.items():
        if name not in never:
            changes.append(Change("added", name, "the drop"))
        elif told := _by_others(never[name], faults):
            changes.append(Change("changed", name, "; ".join(told)))
    return changes


def _sends(schedule: Schedule) -> dict[str, PlannedSend]:
    return {
        f"{send.event} to {send.integration} job {send.job} attempt {send.attempt} copy {send.copy}": send
        for send in schedule.sends
    }


def _dropped(schedule: Schedule) -> dict[str, tuple[FaultNote, ...]]:
    return {f"{one.event} to {one.integration}": one.faults for one in schedule.dropped}


def _company(sends: _Sends) -> dict[str, frozenset[str]]:
    """Who goes at the same moment as each that does not go alone; what the groups are called does not count."""
    groups: dict[str, set[str]] = {}
    for name, send in sends.items():
        if send.together is not None:
            groups.setdefault(send.together, set()).add(name)
    return {name: frozenset(group) for group in groups.values() for name in group}


def _elsewhere(before: _Sends, after: _Sends, start: int, start_now: int) -> set[str]:
    """Who leaves at the same time as before, but in another place among those that do."""
    ranks = {name: rank for rank, name in enumerate(before)}
    rows: dict[int, list[str]] = {}
    for name, send in after.items():
        if name in before and before[name].at - start == send.at - start_now and send.together is None:
            rows.setdefault(send.at, []).append(name)
    return {
        name
        for row in rows.values()
        for name, former in zip(row, sorted(row, key=ranks.__getitem__), strict=True)
        if name != former
    }


def _later(micros: int) -> list[str]:
    return [f"{format_duration(abs(micros))} {'later' if micros > 0 else 'earlier'}"] if micros else []


def _by_others(before: tuple[FaultNote, ...], after: tuple[FaultNote, ...]) -> list[str]:
    return [f"by other faults: {', '.join(note.rule for note in after) or 'none'}"] if before != after else []
