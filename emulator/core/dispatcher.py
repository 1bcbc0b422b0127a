"""Dispatcher: takes every delivery from planned to settled. Sans-I/O: told the time and the outcomes, it answers with sends and records.

A delivery's states, and what moves it (copy 0 alone decides; the last four are final):

    planned   hold ──> held            held      release ──> planned
    planned   take ──> sending         waiting   take    ──> sending
    sending   2xx  ──> succeeded       sending   failed  ──> waiting, or exhausted when the retries are used up
    sending   2xx, acknowledgement lost on purpose ──> waiting, without using up a retry
    any       integration disabled or deleted ──> cancelled          planned   drop ──> dropped
    succeeded, exhausted, cancelled   retry by hand ──> planned
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from emulator.core.dice import Dice
from emulator.core.holdings import Held, Holdings, Released
from emulator.core.job import Job
from emulator.core.plan import Plan, PlannedJob, Planner
from emulator.core.record_data import attempted_data, fault_data, planned_data, send_data
from emulator.core.retry import RetryPolicy
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryKey, DeliveryState, Send
from emulator.domain.event import Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import Integration
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind

LOST_ACKNOWLEDGEMENT = "acknowledgement lost (injected)"
_Entry = tuple[int, int, DeliveryKey, int, int, Send]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """Plans and the records that journal them. Nothing is sent before `admit`, so a journal that cannot be written loses nothing."""

    plans: tuple[Plan, ...]
    jobs: tuple[Job, ...]
    records: tuple[Record, ...]


class Dispatcher:
    """`max_in_flight` bounds the open sends of one integration, so that one that hangs holds up nobody else."""

    def __init__(
        self,
        *,
        seed: int,
        planner: Planner,
        retry: RetryPolicy,
        scribe: Scribe,
        next_number: int = 1,
        max_in_flight: int = 64,
    ) -> None:
        self._seed = seed
        self._dice = Dice(seed)
        self._retry = retry
        self._scribe = scribe
        self._next_number = next_number
        self._max_in_flight = max_in_flight
        self.planner = planner
        self.holdings = Holdings()
        self._jobs: dict[DeliveryKey, Job] = {}
        self._heap: list[_Entry] = []
        self._releases = 0
        self._in_flight: dict[str, int] = {}
        self._parked: dict[str, deque[_Entry]] = {}
        self.paused: set[str] = set()

    # What there is

    @property
    def pending(self) -> int:
        """Sends that have not ended, held and paused ones included."""
        return sum(job.pending for job in self._jobs.values())

    @property
    def settled(self) -> bool:
        """Whether nothing moves any more but by hand: all that is left is held or paused."""
        if not self._jobs:
            return True
        if not self.paused and not len(self.holdings):
            return False
        held = {held.send.delivery for held in self.holdings}
        return all(
            not job.flying and (job.key in held or self._is_paused(job.key.integration)) for job in self._jobs.values()
        )

    @property
    def next_due(self) -> int | None:
        """When there is something to do next, in microseconds; None when only outcomes or people can move things."""
        while self._heap and self._heap[0][2] not in self._jobs:
            heappop(self._heap)
        times = [time for time in (self.holdings.next_deadline,) if time is not None]
        if self._heap:
            times.append(self._heap[0][0])
        return min(times, default=None)

    def job(self, key: DeliveryKey) -> Job | None:
        return self._jobs.get(key)

    def jobs(self) -> Iterable[Job]:
        return self._jobs.values()

    # From events to sends

    def draft(
        self,
        event: Event,
        integrations: Sequence[Integration],
        at: int,
        *,
        job: int = 1,
        due: int | None = None,
    ) -> Drafted:
        """Plans one event for those who observe it. Changes nothing but counters."""
        plans, jobs, records = [], [], []
        for integration in integrations:
            plan = self.planner.plan(event, integration, job=job, at=due)
            plans.append(plan)
            for planned in plan.jobs:
                entry = self._open(planned)
                jobs.append(entry)
                records.append(self._planned_record(entry, planned, at))
        return Drafted(plans=tuple(plans), jobs=tuple(jobs), records=tuple(records))

    def admit(self, drafted: Drafted, now: int) -> list[Record]:
        """Takes over what was journalled."""
        records: list[Record] = []
        jobs = iter(drafted.jobs)
        for plan in drafted.plans:
            for planned in plan.jobs:
                job = next(jobs)
                if not planned.dropped:
                    self._jobs[job.key] = job
            event = plan.jobs[0].event
            for group in plan.ticks:
                records += self._go(self.holdings.pass_by(group, event.resource), event.at)
            sends = [send for planned in plan.jobs for send in planned.sends]
            if sends:
                records += self._accept(sends[0], tuple(sends[1:]), now)
        return records

    def restore(self, job: Job, sends: Sequence[Send], now: int) -> list[Record]:
        """A delivery again that an earlier process left open."""
        self._jobs[job.key] = job
        return [record for send in sends for record in self._accept(send, (), now)]

    def again(self, job: Job, integration: Integration, now: int) -> list[Record]:
        """By hand: the attempt that is planned goes now; where none is, one more is made, whatever the state."""
        job = self._jobs.setdefault(job.key, job)
        self.holdings.discard(job.key)
        if job.planned:
            job.state = DeliveryState.PLANNED
            waiting = [
                Send(delivery=job.key, resource=job.event.resource, attempt=attempt, copy=copy, due=now)
                for attempt, copy in sorted(job.planned)
            ]
            return [record for send in waiting for record in self._move(send, now, "retried by hand")]
        job.attempt += 1
        sends = self.planner.retry(job.event, integration, job.key, job.attempt, now)
        job.state = DeliveryState.PLANNED
        return self._add(job, sends, now)

    # Sending

    def take_due(self, now: int, limit: int) -> tuple[list[Send], list[Record]]:
        """What has to leave now, at most `limit` (but a group that goes together is never split), and the records of it."""
        records = self._go(self.holdings.expire(now), now)
        sends: list[Send] = []
        while self._heap and self._heap[0][0] <= now:
            if len(sends) >= limit and not (sends[-1].barrier and sends[-1].barrier == self._heap[0][5].barrier):
                break
            entry = heappop(self._heap)
            send = entry[5]
            job = self._jobs.get(send.delivery)
            place = (send.attempt, send.copy)
            if job is None or job.planned.get(place) != entry[1]:
                continue
            integration = send.delivery.integration
            if self._is_paused(integration) or (
                send.barrier is None and self._in_flight.get(integration, 0) >= self._max_in_flight
            ):
                self._parked.setdefault(integration, deque()).append(entry)
                continue
            self._in_flight[integration] = self._in_flight.get(integration, 0) + 1
            del job.planned[place]
            job.flying += 1
            if send.copy == 0 and not job.state.final:
                job.state = DeliveryState.SENDING
            sends.append(send)
            records.append(
                self._scribe.write(
                    RecordKind.SENT,
                    now,
                    delivery=job.number,
                    integration=integration,
                    attempt=send.attempt,
                    copy=send.copy,
                    state=job.state,
                    data={"faults": fault_data(send.faults)} if send.faults else {},
                )
            )
        return sends, records

    def resolve(
        self, send: Send, outcome: Outcome, integration: Integration | None, *, started_at: int, now: int
    ) -> list[Record]:
        """A send ended. `integration` is None when it has gone meanwhile."""
        name = send.delivery.integration
        self._in_flight[name] -= 1
        job = self._jobs[send.delivery]
        job.flying -= 1
        faults = send.faults
        lost = False
        if outcome.succeeded and send.copy == 0 and integration is not None and not job.state.final:
            note = self.planner.lost_ack(job.event, integration, job.key, send.attempt, job.lost)
            if note is not None:
                lost = True
                faults = (*faults, note)
                outcome = replace(outcome, succeeded=False, status=None, body="", error=LOST_ACKNOWLEDGEMENT)
                job.lost += 1
        retries: tuple[Send, ...] = ()
        if send.copy == 0 and send.attempt == job.attempt and not job.state.final:
            retries = self._decide(job, send, outcome, integration, now)
        due = retries[0].due if retries else None
        records = [
            self._scribe.write(
                RecordKind.ATTEMPTED,
                now,
                delivery=job.number,
                integration=name,
                attempt=send.attempt,
                copy=send.copy,
                state=job.state,
                due=due,
                data=attempted_data(outcome, started_at, faults, lost=lost),
            )
        ]
        if retries:
            records += self._add(job, retries, now)
        self._close_if_over(job)
        self._unpark(name)
        return records

    # By hand

    def cancel(self, integration: str, why: str, now: int) -> list[Record]:
        """Its deliveries that are not settled never will be; sends that are open are the caller's to end."""
        records = []
        for job in [job for job in self._jobs.values() if job.key.integration == integration]:
            self.holdings.discard(job.key)
            job.planned.clear()
            if not job.state.final:
                job.state = DeliveryState.CANCELLED
            records.append(
                self._scribe.write(
                    RecordKind.SETTLED,
                    now,
                    delivery=job.number,
                    integration=integration,
                    attempt=job.attempt,
                    state=job.state,
                    data={"why": why},
                )
            )
            self._close_if_over(job)
        self._parked.pop(integration, None)
        return records

    def release(self, delivery: DeliveryKey | None, now: int) -> tuple[int, list[Record]]:
        """Lets go what is held by hand (of one delivery: whatever holds it); answers how many."""
        gone = self.holdings.release(delivery)
        return sum(len(released.held) for released in gone), self._go(gone, now)

    def end_holds(self, now: int) -> list[Record]:
        """Nothing more is coming: reordered and gathered sends go."""
        return self._go(self.holdings.end_all(), now)

    def clear(self) -> None:
        """Forgets everything; numbers go on."""
        self.holdings = Holdings()
        self._jobs.clear()
        self._heap.clear()
        self._in_flight.clear()
        self._parked.clear()
        self.paused.clear()
        self.planner.hits.clear()

    def pause(self, integration: str) -> None:
        """`*` is all of them."""
        self.paused.add(integration)

    def resume(self, integration: str) -> None:
        self.paused.discard(integration)
        for name in list(self._parked) if integration == "*" else [integration]:
            self._unpark(name)

    # Inside

    def _open(self, planned: PlannedJob) -> Job:
        number = self._next_number
        self._next_number = number + 1
        if planned.dropped:
            state = DeliveryState.DROPPED
        else:
            state = DeliveryState.HELD if planned.sends[0].hold else DeliveryState.PLANNED
        job_id = derived_id(self._seed, "job", *planned.key)
        return Job(number=number, key=planned.key, job_id=job_id, event=planned.event, state=state)

    def _planned_record(self, job: Job, planned: PlannedJob, at: int) -> Record:
        return self._scribe.write(
            RecordKind.PLANNED,
            at,
            delivery=job.number,
            integration=job.key.integration,
            attempt=1,
            state=job.state,
            due=planned.sends[0].due if planned.sends else None,
            data=planned_data(job, planned.sends, planned.faults),
        )

    def _accept(self, send: Send, followers: tuple[Send, ...], now: int) -> list[Record]:
        """A send that is journalled: onto the heap, or held with the copies that follow it."""
        for each in (send, *followers):
            self._jobs[each.delivery].planned[each.attempt, each.copy] = 0
        if send.hold is not None:
            return self._go(self.holdings.add(send, followers, now), now)
        for each in (send, *followers):
            self._push(each)
        return []

    def _push(self, send: Send, ticket: int = 0) -> None:
        """Ties break by the order of release, then by names, never by the order of arrival here."""
        self._jobs[send.delivery].planned[send.attempt, send.copy] = ticket
        heappush(self._heap, (send.due, ticket, send.delivery, send.attempt, send.copy, send))

    def _move(self, send: Send, due: int, why: str) -> list[Record]:
        """A send that was held, or planned for another time, is due now."""
        job = self._jobs[send.delivery]
        self._releases += 1
        self._push(replace(send, due=due, hold=None), self._releases)
        if send.copy == 0 and job.state is DeliveryState.HELD:
            job.state = DeliveryState.PLANNED
        return [
            self._scribe.write(
                RecordKind.RELEASED,
                due,
                delivery=job.number,
                integration=send.delivery.integration,
                attempt=send.attempt,
                copy=send.copy,
                state=job.state,
                due=due,
                data={"why": why},
            )
        ]

    def _go(self, gone: Sequence[Released], now: int) -> list[Record]:
        records: list[Record] = []
        for released in gone:
            due = max(now, *(held.send.due for held in released.held))
            for held in released.held:
                records += self._let(held, due if released.barrier else max(now, held.send.due), released)
        return records

    def _let(self, held: Held, due: int, released: Released) -> list[Record]:
        records = self._move(replace(held.send, barrier=released.barrier), due, released.why)
        for follower in held.followers:
            records += self._move(follower, due + follower.due - held.send.due, "follows its original")
        return records

    def _add(self, job: Job, sends: tuple[Send, ...], now: int) -> list[Record]:
        """Further sends of a delivery, journalled as they are made: what decides about them can be decided again."""
        if sends[0].hold is not None:
            job.state = DeliveryState.HELD
        record = self._scribe.write(
            RecordKind.ADDED,
            now,
            delivery=job.number,
            integration=job.key.integration,
            attempt=job.attempt,
            state=job.state,
            due=sends[0].due,
            data={"sends": [send_data(send) for send in sends]},
        )
        return [record, *self._accept(sends[0], sends[1:], now)]

    def _decide(
        self, job: Job, send: Send, outcome: Outcome, integration: Integration | None, now: int
    ) -> tuple[Send, ...]:
        """What the original's outcome means for the delivery: its new state, and the next attempt if there is one."""
        if outcome.succeeded:
            job.state = DeliveryState.SUCCEEDED
            return ()
        if integration is None:
            job.state = DeliveryState.CANCELLED
            return ()
        stream = self._dice.stream("retry", *job.key, send.attempt)
        wait = self._retry.after(send.attempt - job.lost, stream)
        if wait is None:
            job.state = DeliveryState.EXHAUSTED
            return ()
        job.state = DeliveryState.WAITING
        job.attempt += 1
        return self.planner.retry(job.event, integration, job.key, job.attempt, now + wait)

    def _close_if_over(self, job: Job) -> None:
        if job.over:
            self._jobs.pop(job.key, None)

    def _is_paused(self, integration: str) -> bool:
        return integration in self.paused or "*" in self.paused

    def _unpark(self, integration: str) -> None:
        """Gives parked sends another chance, as many as may fly."""
        parked = self._parked.get(integration)
        if not parked or self._is_paused(integration):
            return
        free = self._max_in_flight - self._in_flight.get(integration, 0)
        while parked and (free > 0 or parked[0][5].barrier):
            heappush(self._heap, parked.popleft())
            free -= 1
        if not parked:
            del self._parked[integration]
