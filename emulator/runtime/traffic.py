"""Traffic: the shop kept busy: started, looked at, waited for and stopped, one run at a time."""

import asyncio
from collections.abc import Callable

from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound
from emulator.domain.moment import END_OF_TIME
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.acceptance import Happening
from emulator.runtime.busy import TRAFFIC, Busy
from emulator.runtime.clocks import VirtualClock
from emulator.runtime.parts import Parts
from emulator.runtime.tally import TrafficRequest, TrafficState


class TrafficControl:
    def __init__(self, parts: Parts, notice: Callable[[str], None]) -> None:
        """`notice` tells people something, wherever they watch."""
        self._parts = parts
        self._notice = notice
        self._starting = asyncio.Lock()
        self._busy: Busy | None = None

    @property
    def running(self) -> bool:
        return self._busy is not None and self._busy.running

    async def start(self, request: TrafficRequest) -> TrafficState:
        """It goes on by itself from here.

        Raises IllegalCommand while other traffic goes on, InvalidInput for a virtual clock without an end in sight, and
        JournalUnwritable.
        """
        parts = self._parts
        self._check_end(request)

        async def act() -> None:
            note = parts.note(RecordKind.CONTROL, what="traffic", on=True)
            await parts.acceptance.accept(Happening(records=(note,), meta={TRAFFIC: True}))

        async with self._starting:
            if self.running:
                raise IllegalCommand("traffic goes on already; stop it first")
            await parts.acceptance.in_turn(act)
            self._busy = Busy(parts, request, self._busy)
        return self._busy.state()

    def state(self) -> TrafficState | None:
        """Of what goes on, or went on last; None when nothing has since the emulator was started or reset."""
        return None if self._busy is None else self._busy.state()

    async def ended(self) -> None:
        """Returns when nothing goes on."""
        if self._busy is not None:
            await self._busy.ended()

    async def stop(self) -> TrafficState:
        """What it came to, also when it was over already. Raises NotFound when there was none."""
        if self._busy is None:
            raise NotFound("there is no traffic that could be stopped")
        await self._busy.stop()
        return self._busy.state()

    async def forget(self) -> None:
        """Stops it, and knows no more of it."""
        if self._busy is not None:
            await self._busy.stop()
            self._busy = None

    async def close(self) -> None:
        """The emulator stops; the next one is to say that this traffic does not go on."""
        if self._busy is not None and self._busy.running:
            await self._busy.stop(journalled=False)

    def tell_of_last(self) -> None:
        """Says so when traffic went on as the last emulator ended, for it is not resumed."""
        if self._parts.journal.meta(TRAFFIC):
            self._parts.journal.append(Transaction(meta={TRAFFIC: None}))
            self._notice("traffic went on when the emulator ended; it is not resumed, start it again")

    def _check_end(self, request: TrafficRequest) -> None:
        clock = self._parts.clock
        if not isinstance(clock, VirtualClock):
            return
        spans = [] if request.duration is None else [request.duration]
        if request.count is not None:
            spans.append(request.count * request.rate.window // request.rate.limit)
        if not spans:
            raise InvalidInput(
                "virtual time would run on for ever; say how long the traffic goes on, or how many events it raises",
                path=("for",),
            )
        if clock.now() + min(spans) > END_OF_TIME:
            raise InvalidInput("leads beyond the year 9997, where our calendar ends", path=("rate",))
