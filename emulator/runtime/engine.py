"""Engine: sends what is due and tells the dispatcher what came of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from emulator.core.dispatcher import Dispatcher
from emulator.core.job import Job
from emulator.domain.delivery import Send
from emulator.domain.errors import IllegalCommand, UserError
from emulator.domain.integration import Integration, IntegrationType
from emulator.domain.moment import END_OF_TIME
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Barrier, Message, Transport
from emulator.domain.record import Record, Transaction
from emulator.runtime.alarm import Alarm
from emulator.runtime.barrier import Place, WrittenBarrier
from emulator.runtime.clocks import EmulatedClock, VirtualClock
from emulator.runtime.flight import Course, Flight
from emulator.runtime.journal import Journal
from emulator.runtime.pulse import Pulse
from emulator.runtime.registry import Registry
from emulator.runtime.stillness import Stillness

_log = logging.getLogger("emulator")
Render = Callable[[Job, Integration, Send, Barrier | None], Message]

ENDED = "the integration was disabled or deleted while the request was open"
_BROKEN = "the emulator stopped sending because of a mistake in it; restart it"
_MOST_OF_ONE = 64
_IN_A_ROW = 16
"""Sends in virtual time after which everything else has its turn: one or two milliseconds, where none has to wait."""


def fair_share(most_at_once: int, integrations: int) -> int:
    """How many sends of one integration may be open, so that all the others may hang and leave it room."""
    return max(1, min(_MOST_OF_ONE, most_at_once // (integrations + 1)))


class Halted(IllegalCommand):
    """The emulator stopped, or began anew, before that time had passed."""


COUNTS = "rules"
"""Where the journal keeps what the rules have come to."""


class Engine:
    """On a real or scaled clock an alarm goes off when the next send is due.

    On a virtual one nothing leaves but inside `run_until`.
    """

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        journal: Journal,
        registry: Registry,
        clock: EmulatedClock,
        transports: Mapping[IntegrationType, Transport],
        render: Render,
        stillness: Stillness,
        most_at_once: int = 1024,
    ) -> None:
        self.dispatcher = dispatcher
        self._journal = journal
        self._registry = registry
        self._clock = clock
        self._transports = transports
        self._render = render
        self._stillness = stillness
        self._most_at_once = most_at_once
        self._open: dict[asyncio.Task[None], Flight] = {}
        self._calls = 0
        self._suspended = False
        self._alarm: Alarm | None = None
        self._moving = asyncio.Lock()
        self._course = Course(None)
        self._halted = False
        self.progress = Pulse()

    def start(self) -> None:
        if not isinstance(self._clock, VirtualClock):
            self._alarm = Alarm(partial(self._leave, self._clock.wall_seconds), broken=_BROKEN)
            self._alarm.ring()

    async def stop(self) -> None:
        """Open sends end without an outcome: the next start makes them again, as the same attempt."""
        await self.halt()
        for transport in self._transports.values():
            await transport.aclose()

    async def halt(self) -> None:
        """The same, and the transports stay open. Who waits for virtual time to move is told that it does not."""
        self._halted = self._suspended = self._course.over = True
        if self._alarm is not None:
            self._alarm.end()
        tasks = {*self._open, *([self._course.task] if self._course.task else [])}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.progress.beat()

    def wake(self) -> None:
        """Something may be due earlier than before."""
        self._ring()
        self.progress.beat()

    def heed(self, writable: bool) -> None:
        """The journal can be written no more, or again."""
        if writable:
            _log.warning("the journal can be written again; all goes on")
        else:
            _log.warning("the journal cannot be written, so nothing is accepted and nothing sent; free some disk space")
        self.wake()

    def journal(self, records: Sequence[Record]) -> None:
        if records:
            self._journal.append(Transaction(tuple(records), meta=self.unsaved()))

    def unsaved(self) -> Mapping[str, Any]:
        """What the next transaction has to keep beside its own: what the rules have come to."""
        counts = self.dispatcher.planner.unsaved_counts()
        return {} if counts is None else {COUNTS: counts}

    @contextmanager
    def call(self) -> Iterator[None]:
        """While somebody calls the API, virtual time stands still."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1
            self.progress.beat()

    def abort(self, integration: str) -> None:
        """Ends the requests that are open to it; each becomes a failed attempt."""
        for task, flight in self._open.items():
            if flight.integration == integration:
                flight.ended = True
                if flight.begun:
                    task.cancel()

    @asynccontextmanager
    async def grounded(self) -> AsyncIterator[None]:
        """Ends every open request without an outcome; while within, nothing leaves."""
        self._suspended = True
        try:
            while tasks := set(self._open):
                for task in tasks:
                    task.cancel()
                while not tasks.isdisjoint(self._open):
                    await self.progress.next()
            yield
        finally:
            self._suspended = False
            self.wake()

    # Real and scaled time

    def _ring(self) -> None:
        if self._alarm is not None:
            self._alarm.ring()

    def _leave(self, wall_seconds: Callable[[int], float]) -> float | None:
        """What is due leaves; answers in how many seconds the next is."""
        if not self._journal.healthy or self._suspended:
            return None
        now = self._clock.now()
        room = self._most_at_once - len(self._open)
        self.dispatcher.max_in_flight = fair_share(self._most_at_once, len(self._registry))
        sends, records = self.dispatcher.take_due(now, room) if room > 0 else ([], [])
        self.journal(records)
        self._start(sends)
        due = self.dispatcher.next_due
        if due is None or len(self._open) >= self._most_at_once:
            return None
        return wall_seconds(max(due - self._clock.now(), 0))

    # Virtual time

    async def run_until(self, moment: int | None, *, by: int | None = None, end_holds: bool = False) -> None:
        """Moves the virtual clock, one send after the other; None is until nothing is left that time alone can move.
        With `by` it is moved so far from where it stands when nobody else moves it any more.

        With `end_holds` what is reordered or gathered goes at once, and again whenever the clock would idle. Whoever
        gives up waiting stops the clock; a send that is open ends as it would. Raises Halted.
        """
        assert isinstance(self._clock, VirtualClock)
        async with self._moving:
            if self._halted:
                raise Halted
            if by is not None:
                moment = min(self._clock.now() + by, END_OF_TIME)
            course = self._course = Course(None)
            moving = course.task = asyncio.create_task(self._move(self._clock, moment, course, end_holds=end_holds))
            try:
                await asyncio.shield(moving)
            except asyncio.CancelledError:
                caller = asyncio.current_task()
                if course.over and caller is not None and not caller.cancelling():
                    raise Halted from None
                course.over = True
                if moving not in self._open:
                    moving.cancel()
                raise
        self.progress.beat()

    async def _move(self, clock: VirtualClock, moment: int | None, course: Course, *, end_holds: bool) -> None:
        moving = course.task
        assert moving is not None
        await self._quiet()
        if end_holds:
            self.journal(self.dispatcher.end_holds(clock.now()))
        made = 0
        while not course.over:
            await self._quiet()
            due = self.dispatcher.next_due
            if due is None or (moment is not None and due > moment):
                if end_holds and (records := self.dispatcher.end_holds(clock.now())):
                    self.journal(records)
                    continue
                if moment is not None:
                    clock.move_to(moment)
                return
            clock.move_to(due)
            sends, records = self.dispatcher.take_due(clock.now(), 1)
            self.journal(records)
            self._stir(sends)
            if len(sends) == 1 and sends[0].barrier is None:
                await self._deliver_here(sends[0], moving)
            else:
                self._start(sends)
            made += 1
            if made % _IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def _deliver_here(self, send: Send, task: "asyncio.Task[None]") -> None:
        """Within the task that moves time, which has nothing else to do meanwhile: one of its own would take the loop
        three turns more."""
        flight = Flight(send.delivery.integration)
        self._open[task] = flight
        try:
            await self._deliver(send, flight, None)
        except asyncio.CancelledError:
            if self._halted or not self._suspended:
                raise
        finally:
            self._ended(task)
        if task.cancelling():  # that was about the send, not about time
            task.uncancel()

    async def _quiet(self) -> None:
        """Time may move only while no call is open, the journal takes what happens, and the receivers are at rest."""
        while True:
            while self._calls or self._open or self._suspended or not self._journal.healthy:
                await self.progress.next()
            if not self._stillness.stirred or await self._stillness.reached():
                return

    def _stir(self, sends: Sequence[Send]) -> None:
        for send in sends:
            integration = self._registry.get(send.delivery.integration)
            if integration is not None:
                self._stillness.stir(integration.integration_type)

    # One send

    def _start(self, sends: Sequence[Send]) -> None:
        barriers: dict[str, WrittenBarrier] = {}
        for send in sends:
            if send.barrier is not None and send.barrier not in barriers:
                members = sum(other.barrier == send.barrier for other in sends)
                barriers[send.barrier] = WrittenBarrier(members)
        before: asyncio.Task[None] | None = None
        for send in sends:
            place = barriers[send.barrier].place() if send.barrier else None
            flight = Flight(send.delivery.integration, before if self._alarm is None else None)
            before = task = asyncio.create_task(self._deliver(send, flight, place))
            self._open[task] = flight
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._open) >= self._most_at_once
        del self._open[task]
        if was_full:
            self._ring()
        self.progress.beat()

    async def _deliver(self, send: Send, flight: Flight, place: Place | None) -> None:
        flight.begun = True
        started_at = self._clock.now()
        job = self.dispatcher.job(send.delivery)
        integration = self._registry.get(send.delivery.integration)
        assert job is not None
        if flight.ended or integration is None:
            outcome = Outcome(succeeded=False, error=ENDED)
        else:
            send, met = self.dispatcher.meet(send, integration, started_at)
            outcome = met or await self._send(send, job, integration, flight, place)
        if place is not None:
            place.leave()
        await self._turn(flight)
        integration = self._registry.get(send.delivery.integration)
        waiting_for = None if self._alarm is None else self.dispatcher.next_due
        records = self.dispatcher.resolve(send, outcome, integration, started_at=started_at, now=self._clock.now())
        self.journal(records)
        if self._alarm is not None:
            due = self.dispatcher.next_due
            if due is not None and (waiting_for is None or due < waiting_for):
                self._alarm.ring()

    async def _turn(self, flight: Flight) -> None:
        """Who leaves together in virtual time is told of in that order: which answer comes first decides nothing."""
        while flight.before is not None and not flight.before.done():
            try:
                await asyncio.wait((flight.before,))
            except asyncio.CancelledError:
                if not flight.ended or self._suspended:
                    raise

    async def _send(
        self, send: Send, job: Job, integration: Integration, flight: Flight, place: Place | None
    ) -> Outcome:
        try:
            message = self._render(job, integration, send, place)
            return await self._transports[integration.integration_type].send(message)
        except asyncio.CancelledError:
            if not flight.ended or self._suspended:
                raise
            return Outcome(succeeded=False, error=ENDED)
        except UserError as error:  # a fault of somebody else's could not be applied
            return Outcome(succeeded=False, error=error.sentence)
        except Exception:
            _log.exception("a delivery of %s failed inside the emulator", job.event.key)
            return Outcome(succeeded=False, error="the emulator failed to send it; its log says why")
