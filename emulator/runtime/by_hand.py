"""By hand: sending again, holding back, letting go, pausing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from emulator.core.holdings import Held
from emulator.core.job import Job
from emulator.core.projection import fold
from emulator.domain.delivery import DeliveryKey
from emulator.domain.errors import IllegalCommand, NotFound
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import RecordKind
from emulator.runtime.acceptance import Happening, NewJob
from emulator.runtime.journal import DeliveryRow
from emulator.runtime.parts import Parts

PAUSED = "paused"
"""Where the journal keeps what is paused, for the next start."""


def saved_pauses(paused: frozenset[str]) -> dict[str, Any]:
    """What the journal is to keep of them."""
    return {PAUSED: sorted(paused) or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSend:
    """A send that waits for more than time. `since` is microseconds; `why` names the kind of hold and its rule."""

    number: int
    job_id: str
    event: str
    integration: str
    attempt: int
    copy: int
    since: int
    why: str


class ByHand:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def retry(self, job: str) -> DeliveryRow:
        """One delivery again, also a succeeded one: same job id, next attempt.

        Takes a job id or a delivery's number. Raises NotFound and IllegalCommand.
        """
        self._parts.require_journal()
        await self._parts.journal.flush()
        row = self._row(job)
        self._again(*self._ready(row))
        await self._parts.journal.flush()
        return self._row(str(row.number))

    async def resend(
        self,
        identity: str,
        *,
        new_job: bool = False,
        payload: Mapping[str, Any] | None = None,
        integration: str | None = None,
    ) -> list[DeliveryRow]:
        """An event again to all that observe it, or to one integration. An edited payload always makes new jobs.

        Raises NotFound, and IllegalCommand where one of them cannot get it now; then nobody does.
        """
        parts = self._parts
        parts.require_journal()
        await parts.journal.flush()
        event = parts.journal.event(identity)
        if event is None:
            raise NotFound(f"there is no event '{identity}'; `epcc-emulator events` lists them")
        targets = self._targets(event, integration)
        if payload is not None:
            return await self._resend_edited(event, payload, targets)
        rows = {} if new_job else {target.key: row for target in targets if (row := self._newest(event, target))}
        for job, target in [self._ready(row) for row in rows.values()]:
            self._again(job, target)
        numbers = [
            rows[target.key].number if target.key in rows else await self._new_job(event, target) for target in targets
        ]
        await parts.journal.flush()
        return [self._row(str(number)) for number in numbers]

    def held(self) -> list[HeldSend]:
        """Everything that waits for more than time."""
        return [self._describe(held) for held in self._parts.dispatcher.holdings]

    async def release(self, number: int | None = None) -> int:
        """One delivery, or all that is held by hand; answers how many sends went.

        Raises NotFound for a delivery that is not held.
        """
        parts = self._parts
        key: DeliveryKey | None = None
        if number is not None:
            held = next((one for one in self.held() if one.number == number), None)
            if held is None:
                raise NotFound(f"delivery {number} is not held; `epcc-emulator hold` lists what is")
            job = next(job for job in parts.dispatcher.jobs() if job.number == number)
            key = job.key
        parts.require_journal()
        count, records = parts.dispatcher.release(key, parts.clock.now())
        parts.journal_all(records)
        return count

    async def pause(self, integration: str | None = None) -> None:
        """Nothing leaves for it, or for anyone, until `resume`. Raises NotFound."""

        async def act() -> None:
            key = self._key(integration)
            await self._keep("pause", key, self._parts.dispatcher.paused | {key})
            self._parts.dispatcher.pause(key)

        await self._parts.acceptance.in_turn(act)

    async def resume(self, integration: str | None = None, *, but: Iterable[str] = ()) -> None:
        """One goes on, or everybody, also who was paused by name; `but` are keys that stay paused. Raises NotFound."""

        async def act() -> None:
            dispatcher, key = self._parts.dispatcher, self._key(integration)
            over = (dispatcher.paused if integration is None else frozenset((key,))).difference(but)
            await self._keep("resume", key, dispatcher.paused - over)
            for each in over:
                dispatcher.resume(each)
            self._parts.engine.wake()

        await self._parts.acceptance.in_turn(act)

    def paused(self) -> list[str]:
        """Keys of integrations; `*` is all of them."""
        return sorted(self._parts.dispatcher.paused)

    async def _keep(self, what: str, key: str, paused: frozenset[str]) -> None:
        note = self._parts.note(RecordKind.CONTROL, what=what, integration=key)
        await self._parts.acceptance.accept(Happening(records=(note,), meta=saved_pauses(paused)))

    def _key(self, integration: str | None) -> str:
        return "*" if integration is None else self._parts.registry.find(integration).key

    def _row(self, job: str) -> DeliveryRow:
        row = self._parts.journal.delivery(int(job) if job.isdecimal() else job)
        if row is None:
            raise NotFound(f"there is no delivery '{job}'; `epcc-emulator deliveries` lists them")
        return row

    def _newest(self, event: Event, target: Integration) -> DeliveryRow | None:
        rows, _ = self._parts.journal.deliveries(event=event.identity, integration=target.key, limit=1)
        return rows[0] if rows else None

    def _ready(self, row: DeliveryRow) -> tuple[Job, Integration]:
        """What can be sent again now, and to whom. Raises NotFound and IllegalCommand."""
        parts = self._parts
        integration = self._enabled(row.integration)
        job = parts.dispatcher.job(row.key)
        if job is None:
            view = fold(parts.journal.records_of(row.number))
            event = parts.journal.event(row.event)
            if view is None or event is None:
                raise NotFound(f"the history of delivery {row.number} was pruned; trigger its event again")
            job = view.job(event)
        elif job.flying:
            raise IllegalCommand(f"delivery {row.number} is being sent right now; wait for its outcome")
        parts.require_journal()
        return job, integration

    def _again(self, job: Job, integration: Integration) -> None:
        parts = self._parts
        parts.journal_all(parts.dispatcher.again(job, integration, parts.clock.now()))

    async def _new_job(self, event: Event, target: Integration) -> int:
        parts = self._parts

        async def act() -> int:
            newest = self._newest(event, target)
            job = 1 if newest is None else newest.job + 1
            new = NewJob(event=event, integration=self._enabled(target.key), job=job)
            drafted = await parts.acceptance.accept(Happening(new_jobs=(new,)))
            return drafted[0].jobs[0].number

        return await parts.acceptance.in_turn(act)

    async def _resend_edited(
        self, event: Event, payload: Mapping[str, Any], targets: list[Integration]
    ) -> list[DeliveryRow]:
        parts = self._parts

        async def act() -> list[int]:
            observers = [self._enabled(target.key) for target in targets]
            edits = 1
            while parts.journal.event(f"{event.identity}~{edits}") is not None:
                edits += 1
            edited = replace(
                event,
                identity=f"{event.identity}~{edits}",
                at=parts.acceptance.next_at(),
                payload=orjson.dumps(payload).decode(),
                recorded=None,
            )
            drafted = await parts.acceptance.accept(Happening(events=(edited,)), observers=observers)
            return [job.number for job in drafted[0].jobs]

        numbers = await parts.acceptance.in_turn(act)
        return [self._row(str(number)) for number in numbers]

    def _targets(self, event: Event, integration: str | None) -> list[Integration]:
        registry = self._parts.registry
        if integration is not None:
            return [self._enabled(registry.find(integration).key)]
        targets = list(registry.observers(event))
        if not targets:
            raise IllegalCommand(f"no enabled integration observes {event.key}; name one to send it there all the same")
        return targets

    def _enabled(self, key: str) -> Integration:
        """As it is now. Raises IllegalCommand."""
        integration = self._parts.registry.get(key)
        if integration is None:
            raise IllegalCommand(f"the integration '{key}' is gone, so nothing can be sent to it")
        if not integration.enabled:
            raise IllegalCommand(f"the integration '{key}' is disabled; enable it first")
        return integration

    def _describe(self, held: Held) -> HeldSend:
        send = held.send
        job = self._parts.dispatcher.job(send.delivery)
        assert job is not None
        assert send.hold is not None
        return HeldSend(
            number=job.number,
            job_id=job.job_id,
            event=send.delivery.event,
            integration=send.delivery.integration,
            attempt=send.attempt,
            copy=send.copy,
            since=held.since,
            why=f"{send.hold.kind.value} by rule {send.hold.rule}",
        )
