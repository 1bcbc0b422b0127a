"""Dispatcher: told the time and the outcomes, it answers with sends and records, until every delivery is settled.

A delivery's states, and what moves it (copy 0 alone decides; the last four are final):

    planned   hold ──> held            held      release ──> planned
    planned   take ──> sending         waiting   take    ──> sending
    sending   2xx  ──> succeeded       sending   failed  ──> waiting, or exhausted when the retries are used up
    sending   2xx, acknowledgement lost on purpose ──> waiting, without using up a retry
    sending   process ended ──> waiting, to be made again as the same attempt
    any       integration disabled or deleted ──> cancelled          planned   drop ──> dropped
    succeeded, exhausted, cancelled   retry by hand ──> planned
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import groupby

from emulator.core.departures import Departures
from emulator.core.dice import Dice
from emulator.core.drafting import Drafted, Drafting
from emulator.core.holdings import Held, Holdings
from emulator.core.job import Job
from emulator.core.plan import Another, Planner
from emulator.core.retry import RetryPolicy
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryKey, DeliveryState, HoldKind, Send, Treatment
from emulator.domain.event import Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import Integration
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record

LOST_ACKNOWLEDGEMENT = "acknowledgement lost (injected)"
NOBODY = "nobody was there (injected outage)"
_RESTARTED = "the emulator was restarted"
_SENDING, _SUCCEEDED = DeliveryState.SENDING, DeliveryState.SUCCEEDED


class Dispatcher:
    """`max_in_flight` bounds the open sends of one integration, so that one that hangs holds up nobody else.

    `ordered` are the integrations that get the deliveries of one resource one after the other (see Lanes), as they are
    now. `job_id` names the job of a delivery; by default its name follows from the seed.
    """

    def __init__(
        self,
        *,
        seed: int,
        planner: Planner,
        retry: RetryPolicy,
        scribe: Scribe,
        next_number: int = 1,
        max_in_flight: int = 64,
        ordered: Container[str] = frozenset(),
        job_id: Callable[[DeliveryKey], str] | None = None,
    ) -> None:
        job_id = job_id or (lambda key: derived_id(seed, "job", *key))
        self._drafting = Drafting(scribe=scribe, next_number=next_number, job_id=job_id)
        self._dice = Dice(seed)
        self._retry = retry
        self._scribe = scribe
        self._jobs: dict[DeliveryKey, Job] = {}
        self._departures = Departures(self._jobs, scribe, max_in_flight=max_in_flight, ordered=ordered)
        self._put_off: dict[DeliveryKey, int] = {}
        self.planner = planner

    @property
    def max_in_flight(self) -> int:
        """Counts from the next send on; those that are open stay so."""
        return self._departures.outgoing.max_in_flight

    @max_in_flight.setter
    def max_in_flight(self, most: int) -> None:
        self._departures.outgoing.max_in_flight = most

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
        held = Counter(
            send.delivery
            for held in self.holdings
            for send in (held.send, *held.followers)
            if (job := self._jobs.get(send.delivery)) is not None and job.plans(send)
        )
        return all(
            not job.flying
            and (held[job.key] >= len(job.planned) or self._departures.outgoing.is_paused(job.key.integration))
            for job in self._jobs.values()
        )

    @property
    def paused(self) -> frozenset[str]:
        """Integrations that get nothing for now; `*` is all of them."""
        return frozenset(self._departures.outgoing.paused)

    @property
    def holdings(self) -> Holdings:
        """What waits for something other than time."""
        return self._departures.holdings

    @property
    def next_due(self) -> int | None:
        """When there is something to do next, in microseconds; None when only outcomes or people can move things."""
        return self._departures.next_due

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
        return self._drafting.draft(self.planner, event, integrations, at, job=job, due=due)

    def draft_replay(
        self,
        event: Event,
        integration: Integration,
        at: int,
        *,
        job_id: str,
        attempt: int,
        due: int,
        treatments: tuple[Treatment, ...] = (),
    ) -> Drafted:
        """Plans a recorded message as the attempt of the job that it was."""
        return self._drafting.replay(
            event, integration, at, job_id=job_id, attempt=attempt, due=due, treatments=treatments
        )

    def admit(self, drafted: Drafted) -> list[Record]:
        """Takes over what was journalled."""
        records: list[Record] = []
        at, departures, holdings = drafted.at, self._departures, self.holdings
        jobs = iter(drafted.jobs)
        for plan in drafted.plans:
            for planned in plan.jobs:
                job = next(jobs)
                if planned.sends:
                    self._jobs[job.key] = job
            sends = plan.sends
            if sends:
                records += departures.accept(sends[0], sends[1:], at)
            for group in plan.ticks:  # after it has taken its place, so that who lets it pass goes after it
                if gone := holdings.pass_by(group, plan.jobs[0].event):
                    records += departures.go(gone, at)
        return records

    def restore(self, job: Job, sends: Sequence[Send], now: int, *, since: int | None = None) -> list[Record]:
        """A delivery again that an earlier process left open.

        What was held by hand still is, `since` then (now unless told), and its copies wait for it; those that are jobs
        of their own come after it. Who changes places with whom is not journalled, so what was reordered or gathered
        goes when it would have gone at the latest, and its copies as long after it as they were to.
        """
        self._jobs[job.key] = job
        original = None if job.follows is None else self.holdings.original(job.key._replace(job=job.follows))
        if original is not None:
            original.followers += tuple(sends)
            job.planned = {(send.attempt, send.copy): send for send in sends}
            return []
        later = 0 if job.follows is None else self._put_off.get(job.key._replace(job=job.follows), 0)
        if job.under_way:
            self._departures.lanes.claim(job)
        records: list[Record] = []
        for attempt, group in groupby(
            sorted(sends, key=lambda send: (send.attempt, send.copy)), lambda send: send.attempt
        ):
            first, *followers = group
            hold = first.hold
            if not later and (hold is None or hold.kind is HoldKind.BY_HAND):
                records += self._departures.accept(first, tuple(followers), now if since is None else since)
                continue
            for send in (first, *followers):
                job.planned[send.attempt, send.copy] = send
            held = Held(first, tuple(followers), since=now, passing=0)
            until = None if hold is None else hold.until
            due = max(first.due + later, until or 0)
            if attempt == 1:
                self._put_off[job.key] = due - first.due
            records += self._departures.let(held, due, _RESTARTED, now)
        return records

    def again(self, job: Job, integration: Integration, now: int) -> list[Record]:
        """By hand: the attempt that is planned goes now; where none is, one more is made, whatever the state."""
        job = self._jobs.setdefault(job.key, job)
        planned = next((send for send in job.planned.values() if send.copy == 0), None)
        if planned is None:
            job.attempt += 1
            job.state = DeliveryState.PLANNED
            if job.replayed:  # as Drafting.replay: no rule acts on what was recorded
                once = Send(delivery=job.key, resource=job.event.resource, attempt=job.attempt, due=now)
                return self._add(job, Another((once,), now), now)
            return self._add(job, self.planner.retry(job.event, integration, job.key, job.attempt, now), now)
        held = self.holdings.take(planned)
        if held is None:
            copies = tuple(send for send in job.planned.values() if send.attempt == planned.attempt and send.copy)
            held = Held(planned, copies, since=now, passing=0)
        return self._departures.let(held, now, "retried by hand", now)

    # Sending

    def take_due(self, now: int, limit: int) -> tuple[list[Send], list[Record]]:
        """What has to leave now, at most `limit` (but a group that goes together is never split), and the records."""
        taken, records = self._departures.take(now, limit)
        for job, send in taken:
            del job.planned[send.attempt, send.copy]
            job.flying += 1
            if send.copy == 0 and not job.state.final:
                job.state = _SENDING
            records.append(self._scribe.sent(job, send, now))
        return [send for _, send in taken], records

    def meet(self, send: Send, integration: Integration, now: int) -> tuple[Send, Outcome | None]:
        """Before a send leaves: the outcome it has already when it falls into an outage, and what it then notes."""
        job = self._jobs[send.delivery]
        note = None if job.replayed else self.planner.outage(job.event, integration, send, now)
        if note is None:
            return send, None
        return send._replace(faults=(*send.faults, note)), Outcome(succeeded=False, error=NOBODY)

    def resolve(
        self, send: Send, outcome: Outcome, integration: Integration | None, *, started_at: int, now: int
    ) -> list[Record]:
        """A send ended. `integration` is None when it has gone meanwhile."""
        job = self._jobs[send.delivery]
        job.flying -= 1
        lost = False
        decides = send.copy == 0 and not job.state.final
        if decides and outcome.succeeded and integration is not None and not job.replayed:
            note = self.planner.lost_ack(job.event, integration, send, lost=job.lost, at=now)
            if note is not None:
                lost = True
                send = send._replace(faults=(*send.faults, note))
                outcome = outcome._replace(succeeded=False, status=None, body="", error=LOST_ACKNOWLEDGEMENT)
                job.lost += 1
        another: Another | None = None
        if decides and send.attempt == job.attempt:
            if outcome.succeeded:
                job.state = _SUCCEEDED
            else:
                another = self._retry_of(job, send, integration, now)
        due = None if another is None else another.sends[0].due
        records = [self._scribe.attempted(job, send, outcome, started_at=started_at, lost=lost, due=due, at=now)]
        if another is not None:
            records += self._add(job, another, now)
        self._close_if_over(job)
        self._departures.outgoing.ended(job, send)
        return records

    # By hand

    def cancel(self, integration: str, why: str, now: int) -> list[Record]:
        """Its deliveries that are not settled never will be; sends that are open are the caller's to end."""
        records = []
        self.holdings.discard(integration)
        for job in [job for job in self._jobs.values() if job.key.integration == integration]:
            job.planned.clear()
            if not job.state.final:
                job.state = DeliveryState.CANCELLED
            records.append(self._scribe.settled(job, why, now))
            self._close_if_over(job)
        self._departures.cancel(integration)
        return records

    def release(self, delivery: DeliveryKey | None, now: int) -> tuple[int, list[Record]]:
        """Lets go what is held by hand (of one delivery: whatever holds it); answers how many."""
        gone = self.holdings.release(delivery)
        return sum(len(released.held) for released in gone), self._departures.go(gone, now)

    def end_holds(self, now: int) -> list[Record]:
        """Nothing more is coming: reordered and gathered sends go."""
        return self._departures.go(self.holdings.end_all(), now)

    def clear(self) -> None:
        """Forgets every delivery; numbers go on. No send may be open."""
        self._jobs.clear()
        self._put_off.clear()
        self._departures.clear()

    def pause(self, integration: str) -> None:
        """`*` is all of them."""
        self._departures.outgoing.pause(integration)

    def resume(self, integration: str) -> None:
        self._departures.outgoing.resume(integration)

    # Inside

    def _add(self, job: Job, another: Another, now: int) -> list[Record]:
        """Further sends of a delivery, journalled as they are made: what decides about them can be decided again."""
        first, *followers = another.sends
        if first.hold is not None:
            job.state = DeliveryState.HELD
        records = [self._scribe.added(job, another.sends, now), *self._departures.accept(first, followers, now)]
        for group in another.ticks:
            records += self._departures.go(self.holdings.pass_by(group, job.event, another.at), now)
        return records

    def _retry_of(self, job: Job, send: Send, integration: Integration | None, now: int) -> Another | None:
        """What the original's failure means for the delivery: its new state, and the next attempt if there is one."""
        if integration is None:
            job.state = DeliveryState.CANCELLED
            return None
        stream = self._dice.stream("retry", *job.key, send.attempt)
        wait = None if job.replayed else self._retry.after(send.attempt - job.lost, stream)
        if wait is None:
            job.state = DeliveryState.EXHAUSTED
            return None
        job.state = DeliveryState.WAITING
        job.attempt += 1
        return self.planner.retry(job.event, integration, job.key, job.attempt, now + wait)

    def _close_if_over(self, job: Job) -> None:
        if job.over:
            self._jobs.pop(job.key, None)
