"""Together: changes of the shop that become durable as one transaction, each seeing those before it."""

import asyncio
from collections.abc import Sequence

from emulator.core.drafting import Drafted
from emulator.domain.event import Event
from emulator.domain.resource import Change, Command
from emulator.runtime.acceptance import Happening
from emulator.runtime.parts import Parts
from emulator.store.overlay import Overlay

TOGETHER = 64
"""Events of one transaction: some milliseconds until it is accepted."""


class Together:
    """Made and accepted within one turn.

    A transaction for each change would have the journal's disk, not the shop, decide how fast events come.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._at = parts.acceptance.next_at()
        self._changes: list[Change] = []
        self.shelves = Overlay(parts.journal.shelves)
        self.raised = 0

    @property
    def events(self) -> list[Event]:
        return [event for change in self._changes for event in change.events]

    async def execute(self, commands: Sequence[Command]) -> list[Change]:
        """All of these or none, and then a turn for what is due meanwhile. Raises IllegalCommand, NotFound, UnknownWord
        or InvalidInput."""
        changes = self._parts.shop.execute_all(commands, self.shelves, self._at)
        for change in changes:
            for resource in change.resources:
                self.shelves.put(resource, new=resource.key in change.new)
            self.raised += len(change.events)
            self._at += max(1, len(change.events))
        self._changes += changes
        await asyncio.sleep(0)
        return changes

    async def accept(self) -> list[Drafted]:
        """Makes it so. Raises JournalUnwritable, and then nothing has happened."""
        latest = {resource.key: resource for change in self._changes for resource in change.resources}
        events = self.events
        new = frozenset[str]().union(*(change.new for change in self._changes))
        happening = Happening(events=events, resources=tuple(latest.values()), new=new)
        drafted = await self._parts.acceptance.accept(happening)
        self._parts.loops.changed(event.resource for event in events)
        return drafted
