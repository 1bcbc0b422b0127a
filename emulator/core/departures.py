"""Departures: the sends that have not left, from when they are known until they do."""

from collections.abc import Container, Mapping, Sequence

from emulator.core.holdings import Held, Holdings, Released
from emulator.core.job import Job
from emulator.core.lanes import Lanes
from emulator.core.outgoing import Outgoing
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryKey, DeliveryState, Send
from emulator.domain.record import Record

_PLANNED, _HELD = DeliveryState.PLANNED, DeliveryState.HELD


class Departures:
    """A send is outgoing, which means due at a time, or it is held; what goes from one to the other is written down.

    What is to be sent is what `jobs` say: a send that one of them no longer plans never leaves.
    """

    def __init__(
        self, jobs: Mapping[DeliveryKey, Job], scribe: Scribe, *, max_in_flight: int, ordered: Container[str]
    ) -> None:
        self._jobs = jobs
        self._scribe = scribe
        self._releases = 0
        self.holdings = Holdings()
        self.lanes = Lanes(ordered)
        self.outgoing = Outgoing(max_in_flight, self.lanes)

    @property
    def next_due(self) -> int | None:
        """When something leaves, or a hold ends by itself, in microseconds; None when time alone moves nothing."""
        due, deadline = self.outgoing.next_due, self.holdings.next_deadline
        return due if deadline is None else deadline if due is None or deadline < due else due

    def accept(self, send: Send, followers: Sequence[Send], now: int) -> list[Record]:
        """A send that is journalled: due at its time, or held with the copies that follow it."""
        held = send.hold is not None
        for each in (send, *followers) if followers else (send,):
            job = self._jobs[each.delivery]
            job.planned[each.attempt, each.copy] = each
            if not held:
                self.outgoing.push(job, each, each.rank)
        return self.go(self.holdings.add(send, tuple(followers), now), now) if held else []

    def take(self, now: int, limit: int) -> tuple[list[tuple[Job, Send]], list[Record]]:
        """What leaves now, at most `limit` (but a group that goes together is never split), and what let it go."""
        records = self.go(self.holdings.expire(now), now) if self.holdings.may_expire(now) else []
        return self.outgoing.take(now, limit), records

    def go(self, gone: Sequence[Released], now: int) -> list[Record]:
        """What was held is due, with the copies that follow it."""
        if not gone:
            return []
        records: list[Record] = []
        for released in gone:
            dues = released.dues(now)
            for held, due in zip(released.held, dues, strict=True):
                records += self._move(held.send, held.send.let_go(due, released.barrier), released.why, now)
            for held, due in zip(released.held, dues, strict=True):
                if held.followers:
                    records += self._follow(held, due, now)
        return records

    def let(self, held: Held, due: int, why: str, now: int) -> list[Record]:
        """One send goes at `due`, and what follows it at the same distance as before."""
        return [*self._move(held.send, held.send.let_go(due, None), why, now), *self._follow(held, due, now)]

    def cancel(self, integration: str) -> None:
        """Its jobs plan nothing any more."""
        self.lanes.give_up(integration)
        self.outgoing.unpark_all()

    def clear(self) -> None:
        """Forgets the sends, those that are open too; what is paused stays so."""
        self.holdings = Holdings()
        self.outgoing.clear()

    def _follow(self, held: Held, due: int, now: int) -> list[Record]:
        later = due - held.send.due
        return [
            record
            for follower in held.followers
            for record in self._move(follower, follower._replace(due=follower.due + later), "follows its original", now)
        ]

    def _move(self, planned: Send, moved: Send, why: str, now: int) -> list[Record]:
        """Due at another time than it was, or at all; unless it has gone otherwise meanwhile."""
        job = self._jobs.get(planned.delivery)
        if job is None or not job.plans(planned):
            return []
        self._releases += 1
        job.planned[moved.attempt, moved.copy] = moved
        self.outgoing.push(job, moved, self._releases)
        if moved.copy == 0 and job.state is _HELD:
            job.state = _PLANNED
        return [self._scribe.released(job, moved, why, now)]
