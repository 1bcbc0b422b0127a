"""Commands: what happens in the shop, asked for by the API or triggered by name."""

import asyncio
from collections.abc import Sequence

import orjson

from emulator.core.dispatcher import Drafted
from emulator.domain.errors import InvalidInput
from emulator.domain.event import Event
from emulator.domain.moment import SECOND
from emulator.domain.resource import Change, Command
from emulator.runtime.acceptance import Happening
from emulator.runtime.clocks import VirtualClock
from emulator.runtime.parts import Parts
from emulator.runtime.trigger import TriggerReport, TriggerRequest, report

_AT_ONCE = 100
_REPORTED = 1000


class Commands:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def execute(self, command: Command) -> Change:
        """Raises IllegalCommand, NotFound, UnknownWord or InvalidInput, and then nothing has happened."""

        async def act() -> Change:
            change = self._parts.shop.execute(command, self._parts.journal.shelves, self._parts.acceptance.next_at())
            await self._accept([change])
            return change

        return await self._parts.acceptance.in_turn(act)

    async def trigger(self, request: TriggerRequest) -> TriggerReport:
        """Raises the event `count` times, each after what must come before it.

        The report names the first thousand events or so.
        """
        if request.count < 1:
            raise InvalidInput("expected 1 or more", path=("count",))
        if request.alias is not None and request.count > 1:
            raise InvalidInput("one name cannot stand for several resources; leave out count or as", path=("alias",))
        events: list[Event] = []
        drafted: list[Drafted] = []
        for turn in range(request.count):
            if turn and request.rate:
                await self._let_pass(round(SECOND / request.rate))
            raised, planned = await self._parts.acceptance.in_turn(lambda: self._trigger_once(request))
            if len(events) < _REPORTED:
                events += raised
                drafted += planned
            if turn % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
        return report(events, drafted, self._parts.registry)

    async def _trigger_once(self, request: TriggerRequest) -> tuple[Sequence[Event], Sequence[Drafted]]:
        parts = self._parts
        shelves = parts.journal.shelves
        commands = parts.shop.path_to(
            request.key,
            shelves,
            of=request.of,
            overrides=dict(request.override),
            add=dict(request.add),
            remove=request.remove,
            raw=None if request.raw is None else orjson.dumps(request.raw).decode(),
            only=request.only,
            alias=request.alias,
        )
        changes = parts.shop.execute_all(commands, shelves, parts.acceptance.next_at())
        drafted = await self._accept(changes)
        return [event for change in changes for event in change.events], drafted

    async def _accept(self, changes: Sequence[Change]) -> list[Drafted]:
        latest = {resource.key: resource for change in changes for resource in change.resources}
        events = [event for change in changes for event in change.events]
        return await self._parts.acceptance.accept(Happening(events=events, resources=tuple(latest.values())))

    async def _let_pass(self, micros: int) -> None:
        """Emulated time between repetitions."""
        clock = self._parts.clock
        if isinstance(clock, VirtualClock):
            await self._parts.engine.run_until(clock.now() + micros)
        else:
            await asyncio.sleep(clock.wall_seconds(micros))
