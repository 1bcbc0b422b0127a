"""Commands: what happens in the shop, asked for by the API or triggered by name."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

import orjson

from emulator.core.drafting import Drafted
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.event import Event
from emulator.domain.moment import SECOND
from emulator.domain.ports import Shelves
from emulator.domain.resource import Change, Command
from emulator.runtime.acceptance import Happening
from emulator.runtime.parts import Parts
from emulator.runtime.timekeeping import wait_until
from emulator.runtime.together import TOGETHER, Together
from emulator.runtime.trigger import TriggerReport, TriggerRequest, report
from emulator.runtime.triggered_integration import TriggeredIntegrations, is_about_integrations

_REPORTED = 1000


class Commands:
    def __init__(self, parts: Parts, integrations: TriggeredIntegrations, notice: Callable[[str], None]) -> None:
        """`notice` tells people something, wherever they watch."""
        self._parts = parts
        self._integrations = integrations
        self._notice = notice

    async def execute(self, command: Command) -> Change:
        """What a caller of the API does. One who does it again and again because of its own doing is told of.

        Raises IllegalCommand, NotFound, UnknownWord or InvalidInput, and then nothing has happened.
        """

        async def act() -> Change:
            change = self._parts.shop.execute(command, self._parts.journal.shelves, self._parts.acceptance.next_at())
            drafted = await self._parts.acceptance.accept(
                Happening(events=change.events, resources=change.resources, new=change.new)
            )
            loop = self._parts.loops.written(change.subject.key, drafted, time.monotonic_ns() // 1_000)
            if loop is not None:
                self._notice(str(loop))
            return change

        return await self._parts.acceptance.in_turn(act)

    async def furnish(self, type: str) -> None:
        """Lets those of this type that have been there since before be there."""
        parts = self._parts

        async def act() -> None:
            resources = parts.shop.furnished(type, parts.journal.shelves, parts.acceptance.next_at())
            if resources:
                await parts.acceptance.accept(Happening(resources=resources))

        if not parts.shop.is_furnished(type, parts.journal.shelves):
            await parts.acceptance.in_turn(act)

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
        done, began = 0, self._parts.clock.now()
        while done < request.count:
            if done and request.rate:
                await wait_until(self._parts, began + round(done * SECOND / request.rate))
            most = 1 if request.rate else request.count - done
            turns, raised, planned = await self._parts.acceptance.in_turn(partial(self._trigger_some, request, most))
            done += turns
            if len(events) < _REPORTED:
                events += raised
                drafted += planned
            await asyncio.sleep(0)
        return report(events, drafted, self._parts.registry)

    async def _trigger_some(self, request: TriggerRequest, most: int) -> tuple[int, Sequence[Event], Sequence[Drafted]]:
        """Some repetitions: how many, their events and plans."""
        if not is_about_integrations(request.key):
            return await self._trigger_together(request, most)
        made = await self._integrations.once(request)
        return 1, [event for one in made for event in one.events], [plan for one in made for plan in one.drafted]

    async def _trigger_together(
        self, request: TriggerRequest, most: int
    ) -> tuple[int, Sequence[Event], Sequence[Drafted]]:
        """Some repetitions as one transaction: how many, their events and plans.

        What one repetition raises is complete or not there at all, and those before one that is refused have happened.
        """
        together = Together(self._parts)
        turns = 0
        while turns < most and together.raised < TOGETHER:
            try:
                await together.execute(self._path(request, together.shelves))
            except UserError:
                if not turns:
                    raise
                break  # it comes first next time, and is refused then
            turns += 1
        return turns, together.events, await together.accept()

    def _path(self, request: TriggerRequest, shelves: Shelves) -> list[Command]:
        return self._parts.shop.path_to(
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
