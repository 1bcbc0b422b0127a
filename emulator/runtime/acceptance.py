"""Acceptance: makes a change of the shop, its events and their plan durable together, and then lets them happen."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.core.dispatcher import Dispatcher
from emulator.core.drafting import Drafted
from emulator.core.record_data import event_data
from emulator.core.scribe import Scribe
from emulator.core.script import Script
from emulator.domain.delivery import Treatment
from emulator.domain.errors import IllegalCommand
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.clocks import EmulatedClock, VirtualClock
from emulator.runtime.engine import Engine
from emulator.runtime.journal import Journal
from emulator.runtime.lagging import LaggingShelves
from emulator.runtime.registry import Registry

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """An event that is known already, once more to one integration under a job of its own, `job`-th of them."""

    event: Event
    integration: Integration
    job: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A recorded message once more to one integration, as this attempt of this job, and what was done to it then. `due`
    is microseconds."""

    event: Event
    integration: Integration
    job_id: str
    attempt: int
    due: int
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What is to be accepted at once. `new` are the keys of resources that are known not to have been there before."""

    events: Sequence[Event] = ()
    resources: Sequence[Resource] = ()
    new: frozenset[str] = frozenset()
    records: Sequence[Record] = ()
    integrations: Sequence[Integration] = ()
    removed_integrations: Sequence[str] = ()
    new_jobs: Sequence[NewJob] = ()
    replays: Sequence[Replay] = ()
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
        lagging: LaggingShelves,
        last_event_at: int = 0,
        script: Script | None = None,
    ) -> None:
        self._journal = journal
        self._registry = registry
        self._dispatcher = dispatcher
        self._engine = engine
        self._scribe = scribe
        self._clock = clock
        self._lagging = lagging
        self._script = script
        self._turn = asyncio.Lock()
        self._over = False
        self._last_event_at = last_event_at

    def next_at(self) -> int:
        """When the next event happens: now, and after every event before it."""
        return max(self._clock.now(), self._last_event_at + 1)

    def begin_again(self) -> None:
        """Nothing has happened yet, so the next event may be at any time."""
        self._last_event_at = 0

    async def in_turn(self, action: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        """Runs `action` while nothing else is accepted and virtual time stands still.

        Once begun it is carried through, whatever becomes of the caller: what is durable must take its course. Raises
        IllegalCommand where the emulator began anew first.
        """
        return await asyncio.shield(asyncio.create_task(self._carry_through(action)))

    def end(self) -> None:
        """Within a turn: whoever still waits for one comes too late, for the emulator has begun anew."""
        self._over = True

    async def _carry_through(self, action: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        async with self._turn:
            if self._over:
                raise IllegalCommand("the emulator has begun anew meanwhile; what this was about is gone")
            with self._engine.call():
                return await action()

    async def accept(self, happening: Happening, *, observers: Sequence[Integration] | None = None) -> list[Drafted]:
        """Within a turn. Raises JournalUnwritable, and then nothing has happened.

        `observers` are others than those who observe the events.
        """
        before = self._dispatcher.planner.counts.copy()
        records = list(happening.records)
        drafted = []
        registry = self._registry_after(happening)
        happened = happening.events if self._script is None else [self._script.said(one) for one in happening.events]
        for event in happened:
            records.append(self._scribe.write(RecordKind.EVENT, event.at, data=event_data(event)))
            targets = registry.observers(event) if observers is None else observers
            drafted.append(self._dispatcher.draft(event, targets, event.at))
            records += drafted[-1].records
        for replay in happening.replays:
            event = replay.event
            records.append(self._scribe.write(RecordKind.EVENT, event.at, data=event_data(event)))
            drafted.append(
                self._dispatcher.draft_replay(
                    event,
                    replay.integration,
                    event.at,
                    job_id=replay.job_id,
                    attempt=replay.attempt,
                    due=replay.due,
                    treatments=replay.treatments,
                )
            )
            records += drafted[-1].records
        events = (*happened, *(replay.event for replay in happening.replays))
        now = self._clock.now()
        for new in happening.new_jobs:
            drafted.append(self._dispatcher.draft(new.event, [new.integration], now, job=new.job, due=now))
            records += drafted[-1].records
        gained = self._dispatcher.planner.counts.gained(before)
        tx = Transaction(
            records=tuple(records),
            events=events,
            resources=tuple(happening.resources),
            integrations=tuple(happening.integrations),
            removed_integrations=tuple(happening.removed_integrations),
            meta={**self._engine.unsaved(), **happening.meta},
            new=happening.new,
        )
        self._lagging.keep(happening.resources)
        try:
            await self._journal.commit(tx)
        except BaseException:
            self._dispatcher.planner.give_back(gained, before)
            raise
        for integration in happening.integrations:
            self._registry.put(integration)
        for key in happening.removed_integrations:
            self._registry.remove(key)
        if events:
            self._last_event_at = events[-1].at
            if isinstance(self._clock, VirtualClock):
                self._clock.move_to(self._last_event_at)
        self._admit(drafted)
        return drafted

    def _admit(self, drafted: Sequence[Drafted]) -> None:
        """What is journalled takes its course."""
        self._engine.journal([record for plan in drafted for record in self._dispatcher.admit(plan)])
        self._engine.wake()

    def _registry_after(self, happening: Happening) -> Registry:
        """Who is there once this has happened."""
        if not happening.integrations and not happening.removed_integrations:
            return self._registry
        there = {one.key: one for one in (*self._registry.all(), *happening.integrations)}
        return Registry(one for key, one in there.items() if key not in happening.removed_integrations)
