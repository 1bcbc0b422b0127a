"""Replaying: recorded messages sent again to one integration, as the jobs and attempts that they were."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.core.job import Job
from emulator.core.recording import suits
from emulator.domain.catalog import scopes_of
from emulator.domain.delivery import DeliveryKey
from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.moment import DAY, LONGEST
from emulator.domain.recording import RecordedForm, Recording
from emulator.domain.resource import key_from_elsewhere
from emulator.runtime.acceptance import Happening, Replay
from emulator.runtime.clocks import VirtualClock
from emulator.runtime.journal import DeliveryRow
from emulator.runtime.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When the messages leave: the n-th `after[n]` microseconds of recorded time behind the first of the session, which
    leaves at `start` (None: now), and `speed` times as fast as it was recorded."""

    after: Sequence[int]
    speed: float
    start: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of them. `start` is when the session began, in microseconds since the epoch."""

    start: int
    deliveries: tuple[DeliveryRow, ...]


class Replaying:
    """No rule acts on what is replayed, and no attempt is made that was not recorded; what was done to a message on its
    way is done again."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def send(self, recordings: Sequence[Recording], target: str, pace: Pace | None = None) -> Replayed:
        """Sends them to the integration of this key or id, and comes back when all have been answered.

        Each leaves when the one before was answered; at a pace, when its time has come. Raises NotFound, and
        IllegalCommand where the integration is disabled or gets messages of another form; then nothing was sent.
        """
        integration = self._parts.registry.find(target)
        check_target(recordings, integration)
        first = self._parts.acceptance.next_at() + max(0, len(recordings) - 1)  # when the last of them has happened
        start = first if pace is None or pace.start is None else pace.start
        numbers: list[int] = []
        if pace is None:
            for recording in recordings:
                numbers += await self._sent([recording], integration.key, None)
        else:
            dues = [start + round(after / pace.speed) for after in pace.after]
            if max(dues, default=0) > self._parts.clock.now() + LONGEST:
                raise InvalidInput(f"this would go on for more than {LONGEST // DAY} days; raise the speed")
            numbers += await self._sent(recordings, integration.key, dues)
        await self._parts.journal.flush()
        rows = [self._parts.journal.delivery(number) for number in numbers]
        return Replayed(start=start, deliveries=tuple(row for row in rows if row is not None))

    async def _sent(self, recordings: Sequence[Recording], target: str, dues: Sequence[int] | None) -> list[int]:
        """The numbers of their deliveries, once all of them were answered."""
        jobs = await self._accept(recordings, target, dues)
        await self._answered([job.key for job in jobs])
        return [job.number for job in jobs]

    async def _accept(self, recordings: Sequence[Recording], target: str, dues: Sequence[int] | None) -> list[Job]:
        """One transaction; each is due at its time, or now."""
        acceptance = self._parts.acceptance

        async def act() -> list[Job]:
            integration = self._parts.registry.find(target)
            _check_enabled(integration)
            first = acceptance.next_at()
            replays = [
                Replay(
                    event=self._event(recording, first + place),
                    integration=integration,
                    job_id=recording.job_id,
                    attempt=recording.attempt,
                    due=first if dues is None else dues[place],
                    treatments=recording.treatments,
                )
                for place, recording in enumerate(recordings)
            ]
            drafted = await acceptance.accept(Happening(replays=replays))
            return [job for plan in drafted for job in plan.jobs]

        return await acceptance.in_turn(act)

    def _event(self, recording: Recording, at: int) -> Event:
        type, id = recording.resource_type, recording.resource_id
        known = self._parts.journal.shelves.get(type, id) if id else None
        resource = known.key if known else key_from_elsewhere(type, id or recording.job_id)
        return Event(
            identity=f"{resource}/{recording.key}:replay-{at}",
            key=recording.key,
            resource=resource,
            resource_type=type,
            resource_id=id,
            at=at,
            payload=recording.payload,
            deletion=recording.deletion,
            scopes=scopes_of(recording.key),
            recorded=recording.body,
        )

    async def _answered(self, keys: Sequence[DeliveryKey]) -> None:
        """Returns when nothing of them is to come any more; virtual time moves as far as that takes."""
        dispatcher, engine, clock = self._parts.dispatcher, self._parts.engine, self._parts.clock
        while open_still := [job for key in keys if (job := dispatcher.job(key)) is not None]:
            if isinstance(clock, VirtualClock):
                dues = [send.due for job in open_still for send in job.planned.values()]
                await engine.run_until(max((clock.now(), *dues)))
                if not any(dispatcher.job(key) for key in keys):
                    return
            await engine.progress.next()


def check_target(recordings: Sequence[Recording], integration: Integration) -> None:
    """Raises IllegalCommand where the integration is disabled, or cannot get one of these messages as it was."""
    _check_enabled(integration)
    strange = next((one for one in recordings if not suits(one.form, integration)), None)
    if strange is None:
        return
    kind = integration.integration_type
    if strange.form is RecordedForm.WEBHOOK:
        why = f"'{integration.key}' is an {kind} integration and gets CloudEvents; name one of type webhook"
    else:
        why = f"'{integration.key}' is a webhook and gets webhook bodies; name one of type aws_sqs or stomp"
    raise IllegalCommand(f"{strange.key} of job {strange.job_id} was recorded as a {strange.form.value}, but {why}")


def _check_enabled(integration: Integration) -> None:
    if not integration.enabled:
        raise IllegalCommand(f"the integration '{integration.key}' is disabled; enable it first")
