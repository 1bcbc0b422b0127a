"""Exercised: to which events of a schedule a fault has really done what an aspect is about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from emulator.core.card.aspect import LATE, Aspect
from emulator.core.schedule import PlannedSend, Schedule
from emulator.domain.moment import parse_duration


def exercised(aspect: Aspect, schedule: Schedule, integration: str) -> frozenset[str]:
    """The event types of which at least one was hit: came twice, overtook or was overtaken, and so on."""
    sends = [send for send in schedule.sends if send.integration == integration]
    events = schedule.by_identity
    return frozenset(events[identity].key for identity in _hit(aspect, schedule, sends))


def _hit(aspect: Aspect, schedule: Schedule, sends: Sequence[PlannedSend]) -> Iterator[str]:
    if not aspect.fault:
        yield from (send.event for send in sends)
        return
    [kind] = aspect.fault
    match kind:
        case "duplicate":
            yield from (send.event for send in sends if send.copy)
        case "ack_loss":
            yield from (send.event for send in sends if send.attempt > 1)
        case "delay":
            late, events = parse_duration(LATE), schedule.by_identity
            yield from (send.event for send in sends if send.at - events[send.event].at >= late)
        case "overlap":
            yield from _together(sends)
        case "reorder":
            yield from _out_of_order(schedule, sends)
        case _:
            yield from (send.event for send in sends if any(one.fault == kind for one in send.treatments))


def _together(sends: Sequence[PlannedSend]) -> Iterator[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for send in sends:
        if send.together is not None:
            groups[send.together].append(send.event)
    for group in groups.values():
        if len(set(group)) > 1:
            yield from group


def _out_of_order(schedule: Schedule, sends: Sequence[PlannedSend]) -> Iterator[str]:
    """Those that come after a later one of their resource, and those that come before an earlier one."""
    place = {event.identity: number for number, event in enumerate(schedule.events)}
    events = schedule.by_identity
    lives: dict[str, list[str]] = defaultdict(list)
    for send in sends:
        lives[events[send.event].resource].append(send.event)
    for life in lives.values():
        for number, identity in enumerate(life):
            before, after = life[:number], life[number + 1 :]
            if any(place[one] > place[identity] for one in before) or any(
                place[one] < place[identity] for one in after
            ):
                yield identity
