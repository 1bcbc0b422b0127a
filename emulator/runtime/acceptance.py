"""Acceptance: makes a change, its events and their plan durable together, then lets the plan take its course."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.core.dispatcher import Dispatcher, Drafted
from emulator.core.record_data import event_data
from emulator.core.scribe import Scribe
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.clocks import EmulatedClock, VirtualClock
from emulator.runtime.engine import Engine
from emulator.runtime.journal import Journal
from emulator.runtime.registry import Registry

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What is to be accepted at once."""

    events: Sequence[Event] = ()
    resources: Sequence[Resource] = ()
    records: Sequence[Record] = ()
    integrations: Sequence[Integration] = ()
    removed_integrations: Sequence[str] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


class Acceptance:
    """One happening after another; nobody sees one before it is durable."""

    def __init__(
        self,
        *,
        journal: Journal,
        registry: Registry,
        dispatcher: Dispatcher,
        engine: Engine,
        scribe: Scribe,
        clock: EmulatedClock,
    ) -> None:
        self._journal = journal
        self._registry = registry
        self._dispatcher = dispatcher
        self._engine = engine
        self._scribe = scribe
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last_event_at = journal.last_at

    def next_at(self) -> int:
        """When the next event happens: now, and after every event before it."""
        return max(self._clock.now(), self._last_event_at + 1)

    async def in_turn(self, action: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Runs `action` while nothing else is accepted."""
        async with self._turn:
            return await action()

    async def accept(self, happening: Happening, *, observers: Sequence[Integration] | None = None) -> list[Drafted]:
        """Within a turn. Raises JournalUnwritable, and then nothing has happened.

        `observers`, where given, hear of the events in place of those who observe them.
        """
        planner = self._dispatcher.planner
        hits = dict(planner.hits)
        records = list(happening.records)
        drafted = []
        registry = self._registry_after(happening)
        for event in happening.events:
            at = event.at
            records.append(self._scribe.write(RecordKind.EVENT, at, data=event_data(event)))
            targets = registry.observers(event) if observers is None else observers
            plan = self._dispatcher.draft(event, targets, at)
            records += plan.records
            drafted.append(plan)
        tx = Transaction(
            records=tuple(records),
            events=tuple(happening.events),
            resources=tuple(happening.resources),
            integrations=tuple(happening.integrations),
            removed_integrations=tuple(happening.removed_integrations),
            meta={**happening.meta, **self._counted(hits)},
        )
        try:
            await self._journal.commit(tx)
        except BaseException:
            planner.hits = hits
            raise
        for integration in happening.integrations:
            self._registry.put(integration)
        for key in happening.removed_integrations:
            self._registry.remove(key)
        if happening.events:
            self._last_event_at = happening.events[-1].at
            if isinstance(self._clock, VirtualClock):
                self._clock.move_to(self._last_event_at)
        self.admit(drafted)
        return drafted

    def admit(self, drafted: Sequence[Drafted]) -> None:
        """What is journalled takes its course."""
        now = self._clock.now()
        records = [record for plan in drafted for record in self._dispatcher.admit(plan, now)]
        self._engine.journal(records)
        self._engine.wake()

    def _counted(self, before: Mapping[str, int]) -> Mapping[str, Any]:
        """How often the rules with `times` have hit, where that has changed."""
        planner = self._dispatcher.planner
        limited = {rule.id: planner.hits.get(rule.id, 0) for rule in planner.rules if rule.times is not None}
        changed = any(count != before.get(rule, 0) for rule, count in limited.items())
        return {"hits": limited} if changed else {}

    def _registry_after(self, happening: Happening) -> Registry:
        """Who is there once this has happened."""
        if not happening.integrations and not happening.removed_integrations:
            return self._registry
        there = {one.key: one for one in (*self._registry.all(), *happening.integrations)}
        return Registry(one for key, one in there.items() if key not in happening.removed_integrations)
