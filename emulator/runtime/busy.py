"""Busy: one run of traffic, paced and carried out, some commands to a transaction."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from emulator.domain.errors import JournalUnwritable, UserError
from emulator.domain.moment import END_OF_TIME, SECOND
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.acceptance import Happening
from emulator.runtime.clocks import ScaledClock
from emulator.runtime.pace import HARDLY_LATE, Pace
from emulator.runtime.parts import Parts
from emulator.runtime.tally import Ending, Tally, TrafficRequest, TrafficState
from emulator.runtime.timekeeping import wait_until
from emulator.runtime.together import TOGETHER, Together
from emulator.store.traffic import Traffic

TRAFFIC = "traffic"
"""Where the journal keeps that traffic goes on."""

_log = logging.getLogger("emulator")


class Busy:
    """Goes on from the moment it is made, in a task of its own; `after` is what went on before."""

    def __init__(self, parts: Parts, request: TrafficRequest, after: "Busy | None" = None) -> None:
        now = parts.clock.now()
        self._parts = parts
        self._request = request
        self._traffic: Traffic = Traffic(parts.settings.seed, request.mix, None if after is None else after._traffic)
        self._pace = Pace(request.rate, now)
        self._tally = Tally(started=now)
        self._last = END_OF_TIME if request.duration is None else min(now + request.duration, END_OF_TIME)
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._go_on(), name="traffic")

    @property
    def running(self) -> bool:
        return self._tally.ending is None

    async def ended(self) -> None:
        """Returns when it is over."""
        await self._over.wait()

    async def stop(self, *, journalled: bool = True) -> None:
        """Ends it; what has begun is carried through first. What is not journalled goes on as far as the next start of
        the emulator knows."""
        self._task.cancel()
        await asyncio.wait({self._task})

        async def nothing_more() -> None:
            """Comes after whatever it was still doing."""

        await self._parts.acceptance.in_turn(nothing_more)
        if self.running:
            self._end(Ending.STOPPED, journalled=journalled)

    def state(self) -> TrafficState:
        tally, traffic = self._tally, self._traffic
        now = self._parts.clock.now() if tally.ended is None else tally.ended
        passed = now - tally.started
        return TrafficState(
            request=self._request,
            started=tally.started,
            ended=tally.ended,
            ending=tally.ending,
            now=now,
            commands=tally.commands,
            keys=dict(tally.keys),
            reached=tally.events * SECOND / passed if passed else 0.0,
            latest=self._pace.latest,
            missed=self._pace.missed,
            open=traffic.open,
            begun=dict(traffic.begun),
            finished=dict(traffic.finished),
            cut_short=dict(traffic.cut_short),
            refusal=tally.refusal,
        )

    async def _go_on(self) -> None:
        try:
            await self._once_writable(self._furnish)
            while not self._enough(self._tally.events) and self._pace.due < self._last:
                await wait_until(self._parts, self._pace.due)
                self._pace.behind(self._parts.clock.now(), self._made_up_for)
                await self._once_writable(self._what_is_due)
                await asyncio.sleep(0)
            if not self._enough(self._tally.events):
                await wait_until(self._parts, self._last)
            self._end(Ending.DONE)
        except Exception:
            _log.exception("the traffic ended because of a mistake of ours")
            self._end(Ending.FAILED)

    def _end(self, ending: Ending, *, journalled: bool = True) -> None:
        self._tally.ending = ending
        self._tally.ended = self._parts.clock.now()
        self._over.set()
        if journalled:
            note = self._parts.note(RecordKind.CONTROL, what="traffic", on=False, events=self._tally.events)
            self._parts.journal.append(Transaction(records=(note,), meta={TRAFFIC: None}))

    @property
    def _made_up_for(self) -> int:
        """How far it may be behind, in emulated time."""
        clock = self._parts.clock
        return round(HARDLY_LATE * SECOND * (clock.speed if isinstance(clock, ScaledClock) else 1.0))

    def _enough(self, events: int) -> bool:
        return self._request.count is not None and events >= self._request.count

    async def _furnish(self) -> None:
        """Lets those be there of which stories tell that they have always been."""
        parts = self._parts
        for type in sorted({type for story in self._request.mix.stories for type in story.house}):
            if resources := parts.shop.furnished(type, parts.journal.shelves, parts.acceptance.next_at()):
                await parts.acceptance.accept(Happening(resources=resources))

    async def _what_is_due(self) -> None:
        """The commands that are due by now, as one transaction. Counted once they are durable: a transaction that fails
        is drawn again as it was."""
        together, traffic = Together(self._parts), self._traffic.fork()
        now = min(self._parts.clock.now(), self._last - 1)
        spent = commands = 0
        refusal = None
        while (
            max(commands, together.raised) < TOGETHER
            and self._pace.due_after(spent) <= now
            and not self._enough(self._tally.events + together.raised)
        ):
            turn = traffic.next()
            commands += 1
            before = together.raised
            try:
                (change,) = await together.execute([turn.command])
            except UserError as error:
                traffic.refused(turn)
                refusal = error.sentence
                spent += 1  # or a shop where nothing can be done would keep the machine busy
            else:
                traffic.done(turn, change.subject)
                spent += together.raised - before
        await together.accept()
        self._traffic = traffic
        self._pace.spend(spent)
        self._tally.commands += commands
        self._tally.keys.update(event.key for event in together.events)
        self._tally.refusal = refusal or self._tally.refusal

    async def _once_writable(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """In turn; while the journal cannot be written it is waited for."""
        while True:
            try:
                await self._parts.acceptance.in_turn(act)
            except JournalUnwritable:
                while not self._parts.journal.healthy:
                    await self._parts.engine.progress.next()
            else:
                return
