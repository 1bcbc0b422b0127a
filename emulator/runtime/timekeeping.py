"""Timekeeping: moving the clock, and waiting until something is so."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import inf

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.event import Event
from emulator.domain.record import Record, RecordKind
from emulator.runtime.bus import Lagged
from emulator.runtime.clocks import ScaledClock, VirtualClock
from emulator.runtime.engine import Halted
from emulator.runtime.parts import Parts
from emulator.runtime.settings import ClockMode

_LOOK_AGAIN = 0.5  # wall seconds, for the clock's speed may change meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """Times in microseconds. `pending` counts sends that have not ended, held ones included."""

    mode: ClockMode
    speed: float
    now: int
    next_due: int | None
    pending: int


class Timekeeping:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def state(self) -> ClockState:
        clock = self._parts.clock
        return ClockState(
            mode=self._parts.settings.clock.mode,
            speed=clock.speed if isinstance(clock, ScaledClock) else 0.0,
            now=clock.now(),
            next_due=self._parts.dispatcher.next_due,
            pending=self._parts.dispatcher.pending,
        )

    async def advance(self, micros: int, *, time_limit: float | None = None) -> None:
        """Moves a virtual clock and sends what falls due; no further than it gets within `time_limit` (wall seconds).
        Where others move it already, it comes after them.

        Raises IllegalCommand on any other clock and where the emulator stops before, InvalidInput for going back.
        """
        clock = self._parts.clock
        if not isinstance(clock, VirtualClock):
            raise IllegalCommand("only a virtual clock can be advanced; this one runs by itself")
        if micros < 0:
            raise InvalidInput("time does not go back; expected 0 or more")
        self._parts.require_journal()
        before = clock.now()
        with suppress(TimeoutError):
            async with asyncio.timeout(time_limit):
                await self._parts.engine.run_until(None, by=micros)
        self._note(what="advance", micros=min(micros, clock.now() - before))

    def set_speed(self, speed: float) -> None:
        """Raises IllegalCommand unless the clock is scaled, InvalidInput for what is no speed."""
        clock = self._parts.clock
        if not isinstance(clock, ScaledClock):
            raise IllegalCommand("a virtual clock has no speed; move it with `clock advance`")
        if not 0 < speed < inf:
            raise InvalidInput(f"expected a speed above 0, found {speed}", path=("speed",))
        self._parts.require_journal()
        clock.set_speed(speed)
        self._note(what="speed", speed=speed)

    async def settle(self, *, time_limit: float | None = None) -> bool:
        """Lets everything take its course that needs no hand; False when `time_limit` (wall seconds) passed first, or
        the emulator stopped.

        Reordered and gathered events go. On a virtual clock time moves until nothing is left; on others it is waited
        for.
        What is held by hand or paused is left as it is.
        """
        try:
            async with asyncio.timeout(time_limit):
                if isinstance(self._parts.clock, VirtualClock):
                    await self._parts.engine.run_until(None, end_holds=True)
                else:
                    await self._wait_settled()
                await self._parts.journal.flush()
        except (TimeoutError, Halted):
            return False
        return True

    async def wait_event(self, key_glob: str, *, time_limit: float | None = None) -> Event | None:
        """The newest event of this key, or the next one if there is none yet.

        None when `time_limit` (wall seconds) passed first.
        """
        with self._parts.bus.subscribe() as subscription:
            found = self._newest(key_glob)
            if found is not None:
                return found
            try:
                async with asyncio.timeout(time_limit):
                    async for record in subscription:
                        if self._concerns(record, key_glob) and (found := self._newest(key_glob)):
                            return found
            except TimeoutError:
                return None
        return None

    async def _wait_settled(self) -> None:
        parts = self._parts
        parts.journal_all(parts.dispatcher.end_holds(parts.clock.now()))
        while not parts.dispatcher.settled:
            await parts.engine.progress.next()
            if records := parts.dispatcher.end_holds(parts.clock.now()):
                parts.journal_all(records)

    def _newest(self, key_glob: str) -> Event | None:
        events, _ = self._parts.journal.events(key_glob=key_glob, limit=1)
        return events[0] if events else None

    @staticmethod
    def _concerns(record: Record | Lagged, key_glob: str) -> bool:
        if isinstance(record, Lagged):
            return True
        return record.kind is RecordKind.EVENT and fnmatchcase(record.data["key"], key_glob)

    def _note(self, **data: object) -> None:
        self._parts.journal_all([self._parts.note(RecordKind.CONTROL, **data)])


async def wait_until(parts: Parts, moment: int) -> None:
    """Returns when it is this time; a virtual clock is moved there, and what is due on the way is sent."""
    clock = parts.clock
    if isinstance(clock, VirtualClock):
        await parts.engine.run_until(max(moment, clock.now()))
        return
    while (left := moment - clock.now()) > 0:  # noqa: ASYNC110 - time is nothing that anybody announces
        await asyncio.sleep(min(clock.wall_seconds(left), _LOOK_AGAIN))
