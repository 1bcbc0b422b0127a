"""Holdings: sends that wait for something other than time, and what lets them go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from typing import NamedTuple

from emulator.domain.delivery import DeliveryKey, Hold, HoldKind, Send
from emulator.domain.event import Event

SendKey = tuple[DeliveryKey, int, int]
_DISPLACED, _GATHERED, _ARRANGED, _BY_HAND = HoldKind


@dataclass(slots=True)
class Held:
    """One held send, with the copies that go when it goes. `passing` is how many events it still lets pass, and `after`
    when the last of those that it let pass is due; `here` is whether holdings have it."""

    send: Send
    followers: tuple[Send, ...]
    since: int
    passing: int
    here: bool = False
    after: int = 0


class Released(NamedTuple):
    """What may go now, and why. `barrier` is set where all of them go at the same moment, `in_order` where none of them
    goes before the one before it."""

    held: tuple[Held, ...]
    why: str
    barrier: str | None = None
    in_order: bool = False

    def dues(self, now: int) -> Sequence[int]:
        """When each is due: not before its time, and with its delay still to come if it has changed places."""
        if self.barrier is not None:
            return [max(now, *(held.send.due for held in self.held))] * len(self.held)
        dues = []
        for held in self.held:
            due, hold = held.send.due, held.send.hold
            late = 0 if hold is None else hold.late
            dues.append(max(now, due - late, held.after) + late)
        return list(accumulate(dues, max)) if self.in_order else dues


def rearranged(members: Sequence[Held], order: str, *, by_resource: bool) -> list[Held]:
    """In another order; by resource, each resource's own events stay together and in order."""
    blocks: dict[object, list[Held]] = {}
    for place, held in enumerate(members):
        blocks.setdefault(held.send.resource if by_resource else place, []).append(held)
    row = list(blocks.values())
    if order == "reverse":
        row.reverse()
    elif order == "swap":
        row[0], row[-1] = row[-1], row[0]
    else:
        row.insert(0, row.pop())
    return [held for block in row for held in block]


def key_of(send: Send) -> SendKey:
    return (send.delivery, send.attempt, send.copy)


class Holdings:
    """Groups keep the order in which their members were accepted; nothing here reads a clock."""

    def __init__(self) -> None:
        self._held: dict[SendKey, Held] = {}
        self._groups: dict[str, dict[SendKey, Held]] = {}
        self._deadlines: list[tuple[int, SendKey, Held]] = []

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    @property
    def next_deadline(self) -> int | None:
        """When the next hold ends by itself, in microseconds."""
        deadlines = self._deadlines
        while deadlines and not deadlines[0][2].here:
            heappop(deadlines)
        return deadlines[0][0] if deadlines else None

    def pass_by(self, group: str, event: Event, due: int = 0) -> list[Released]:
        """This event was accepted and matches the rule of the group; those before it there let it pass.

        A retry is `due` some time after it was accepted: they wait for that too, unless resources keep their own order.
        """
        gone: list[Released] = []
        members = self._groups.get(group)
        if members is None:
            return gone
        for held in list(members.values()):
            send = held.send
            hold = send.hold
            if hold is None or hold.kind is not _DISPLACED or hold.skip_resource == event.resource:
                continue
            if send.delivery.event == event.identity:
                continue
            held.passing -= 1
            if not hold.behind:
                held.after = max(held.after, due)
            if held.passing <= 0 and not self._is_behind(held):
                gone += self._let_go(held, "as many events as drawn have passed")
        return gone

    def add(self, send: Send, followers: tuple[Send, ...], since: int) -> list[Released]:
        """Takes a send in; answers with what may go because of it, itself included."""
        hold = send.hold
        assert hold is not None
        kind, _, name, count, until, *_ = hold
        held = Held(send, followers, since, count)
        group = self._groups.setdefault(name, {}) if name else {}
        if kind is _GATHERED and hold.skip_resource:
            if any(other.send.resource == send.resource for other in group.values()):
                return [Released((held,), "another event of its resource is in the group already")]
        elif kind is _DISPLACED and count <= 0 and not self._is_behind(held):
            return [Released((held,), "nothing to wait for")]
        key = key_of(send)
        self._held[key] = group[key] = held
        held.here = True
        if until is not None:
            heappush(self._deadlines, (until, key, held))
        if kind is _GATHERED and len(group) >= count:
            return [self._together(name)]
        if kind is _ARRANGED and count and self._arranged_in(group) >= count:
            return self._rearranged(hold)
        return []

    def may_expire(self, now: int) -> bool:
        """Whether `expire` has anything to look at."""
        return bool(self._deadlines) and self._deadlines[0][0] <= now

    def expire(self, now: int) -> list[Released]:
        """What has been held for as long as it may be."""
        gone = []
        while (deadline := self.next_deadline) is not None and deadline <= now:
            gone += self._end(heappop(self._deadlines)[2], "held as long as it may be")
        return gone

    def end_all(self) -> list[Released]:
        """Everything that is not held by hand goes."""
        gone = []
        for held in list(self._held.values()):
            if held.here and held.send.hold and held.send.hold.kind is not _BY_HAND:
                gone += self._end(held, "nothing more is coming")
        return gone

    def release(self, delivery: DeliveryKey | None) -> list[Released]:
        """By hand: of one delivery, whatever holds it; of all, only what is held by hand."""
        gone = []
        for held in list(self._held.values()):
            hold = held.send.hold
            assert hold is not None
            mine = hold.kind is _BY_HAND if delivery is None else held.send.delivery == delivery
            if mine and held.here:
                gone += self._let_go(held, "released by hand")
        return gone

    def original(self, delivery: DeliveryKey) -> Held | None:
        """The first attempt of this delivery, if it is held."""
        return self._held.get((delivery, 1, 0))

    def take(self, send: Send) -> Held | None:
        """Takes this send out, if it is held; those behind it wait on for their own time."""
        held = self._held.get(key_of(send))
        if held is not None:
            self._remove(held)
        return held

    def discard(self, integration: str) -> None:
        """Forgets what is held for it: its deliveries were cancelled."""
        for held in [held for held in self._held.values() if held.send.delivery.integration == integration]:
            self._remove(held)

    def _end(self, held: Held, why: str) -> list[Released]:
        hold = held.send.hold
        assert hold is not None
        if hold.kind is _GATHERED:
            return [self._together(hold.group)]
        if hold.kind is _ARRANGED:
            return self._rearranged(hold)
        if self._is_behind(held):
            held.passing = 0
            ahead = self._ahead_of(held)
            return self._end(ahead, why) if ahead is not None else []
        return self._let_go(held, why)

    def _together(self, group: str) -> Released:
        members = tuple(self._groups[group].values())
        for held in members:
            self._remove(held)
        first = members[0].send.delivery
        barrier = f"{group}|{first.event}|{first.job}" if len(members) > 1 else None
        why = f"{len(members)} go at the same moment" if barrier else "nothing came to go with it"
        return Released(members, why, barrier)

    @staticmethod
    def _arranged_in(group: Mapping[SendKey, Held]) -> int:
        return sum(held.send.hold is not None and held.send.hold.kind is _ARRANGED for held in group.values())

    def _rearranged(self, hold: Hold) -> list[Released]:
        """All that wait for each other, in their new order; those that stayed behind one of them are of its block."""
        members = list(self._groups[hold.group].values())
        for held in members:
            self._remove(held)
        why = f"{len(members)} go in another order: {hold.order.replace('_', ' ')}"
        row = rearranged(members, hold.order, by_resource=hold.behind)
        return [Released(tuple(row), why, in_order=not hold.behind)]

    def _let_go(self, held: Held, why: str) -> list[Released]:
        """This one, and those behind it that waited for it alone."""
        hold = held.send.hold
        assert hold is not None
        rest = list(self._groups.get(hold.group, {}).values()) if hold.behind else []
        self._remove(held)
        gone = [Released((held,), why)]
        for other in rest:
            same = other is not held and other.send.resource == held.send.resource
            if same and other.passing <= 0 and other.here and not self._is_behind(other):
                gone += self._let_go(other, "the event before it has gone")
        return gone

    def _is_behind(self, held: Held) -> bool:
        return self._ahead_of(held) is not None

    def _ahead_of(self, held: Held) -> Held | None:
        """The first of its resource in its group, where their order has to stay."""
        hold = held.send.hold
        if hold is None or not hold.behind:
            return None
        for other in self._groups.get(hold.group, {}).values():
            if other is held:
                return None
            if other.send.resource == held.send.resource:
                return other
        return None

    def _remove(self, held: Held) -> None:
        key = key_of(held.send)
        self._held.pop(key, None)
        held.here = False
        hold = held.send.hold
        if hold is not None and hold.group in self._groups:
            group = self._groups[hold.group]
            group.pop(key, None)
            if not group:
                del self._groups[hold.group]
