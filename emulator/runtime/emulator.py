"""Emulator: all of it without a surface. The API, the harness and tests drive it through this."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from emulator.core.misbehaviour import Verdict
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, Scope
from emulator.domain.ports import Shelves, Transport
from emulator.domain.record import RecordKind
from emulator.domain.resource import Change, Command
from emulator.loading.profiles import profile_names
from emulator.runtime.acceptance import Happening
from emulator.runtime.anew import begin_anew, fresh_parts
from emulator.runtime.api_faults import ApiFaults
from emulator.runtime.assembly import Foundation, Onset, assembled
from emulator.runtime.bus import Bus
from emulator.runtime.by_hand import ByHand, HeldSend
from emulator.runtime.chaos import ActiveRule
from emulator.runtime.commands import Commands
from emulator.runtime.integrations import Integrations
from emulator.runtime.journal import DeliveryRow, Journal
from emulator.runtime.kept_ports import KeptPorts
from emulator.runtime.parts import Parts
from emulator.runtime.queues import Queues
from emulator.runtime.recovery import recover
from emulator.runtime.reset import RUN, news_of_start, reset
from emulator.runtime.rule_changes import RuleChanges
from emulator.runtime.senders import renewed, senders
from emulator.runtime.settings import Settings
from emulator.runtime.status import status_of
from emulator.runtime.timekeeping import ClockState, Timekeeping
from emulator.runtime.traffic import TrafficControl
from emulator.runtime.trigger import TriggerReport, TriggerRequest
from emulator.runtime.triggered_integration import TriggeredIntegrations
from emulator.store.shop import Shop

NOTICES = logging.getLogger("emulator.notices")
"""What people should hear of beside deliveries, at INFO."""


class Emulator:
    """Made by `start`. Everything runs on the event loop that it was started on."""

    def __init__(
        self, settings: Settings, journal: Journal, transports: Mapping[IntegrationType, Transport] | None
    ) -> None:
        self._ports = KeptPorts(journal)
        self.queues = Queues(settings, self._ports, self._notice)
        self._on = Foundation(bus=Bus(), queues=self.queues, notice=self._notice)
        self._given = frozenset(transports or ())
        self._transports: dict[IntegrationType, Transport] = {
            **senders(settings, self.queues, lambda: self.journal.meta(RUN)),
            **(transports or {}),
        }
        self._put_together(assembled(settings, journal, self._on, self._transports, Onset.of(journal)))

    def _put_together(self, parts: Parts) -> None:
        """These from now on."""
        self.parts = parts
        self._api_faults = ApiFaults(parts)
        self._integrations = Integrations(parts)
        self._commands = Commands(parts, TriggeredIntegrations(parts, self._integrations), self._notice)
        self.traffic = TrafficControl(parts, self._notice)
        self._by_hand = ByHand(parts)
        self._rules = RuleChanges(parts)
        self._time = Timekeeping(parts)
        parts.journal.on_committed = parts.bus.publish
        parts.journal.on_health = parts.engine.heed
        self._ports.move_to(parts.journal)

    @classmethod
    async def start(
        cls, settings: Settings, *, transports: Mapping[IntegrationType, Transport] | None = None
    ) -> "Emulator":
        """Opens the journal, takes up what was left open, and begins to deliver; `transports` replace the usual ones.

        Raises EnvironmentFault for a journal or directory that cannot be used, UnknownWord for an unknown profile.
        """
        journal = Journal.open(settings.data_dir, history_bytes=settings.history_bytes)
        try:
            emulator = cls(settings, journal, transports)
            parts = emulator.parts
            records = recover(journal, parts.dispatcher, parts.registry, parts.clock.now())
            parts.engine.journal(records)
            if news := news_of_start(parts):
                await parts.acceptance.accept(Happening(meta=news))
            await emulator.queues.start()
        except BaseException:
            await journal.close()
            raise
        parts.engine.start()
        parts.engine.wake()
        for integration in parts.registry.all():
            emulator.queues.prepare_soon(integration)
        emulator.traffic.tell_of_last()
        return emulator

    async def stop(self) -> None:
        """Ends open requests without an outcome (the next start makes them again) and closes the journal."""
        await self.traffic.close()
        await self.parts.engine.stop()
        await self.queues.stop()
        self.parts.bus.close()
        await self.parts.journal.close()

    # What it is made of

    @property
    def settings(self) -> Settings:
        return self.parts.settings

    @property
    def journal(self) -> Journal:
        return self.parts.journal

    @property
    def bus(self) -> Bus:
        return self.parts.bus

    @property
    def shop(self) -> Shop:
        return self.parts.shop

    @property
    def shelves(self) -> Shelves:
        """The shop as it is."""
        return self.parts.journal.shelves

    @property
    def lagging_shelves(self) -> Shelves:
        """The shop as it was a consistency lag ago."""
        return self.parts.lagging

    @property
    def store_id(self) -> str:
        return self.parts.shop.store_id

    @property
    def org_id(self) -> str:
        return self.parts.shop.org_id

    @property
    def healthy(self) -> bool:
        """False while the journal cannot be written."""
        return self.parts.journal.healthy

    def _notice(self, text: str) -> None:
        """Something that people should hear of, wherever they watch."""
        NOTICES.info(text)
        self.parts.journal_all([self.parts.note(RecordKind.NOTICE, text=text)])

    def now(self) -> int:
        """Emulated time in microseconds since the epoch."""
        return self.parts.clock.now()

    def call(self) -> AbstractContextManager[None]:
        """While within, virtual time stands still."""
        return self.parts.engine.call()

    def status(self) -> dict[str, Any]:
        """One look at everything that has a number or a name; times in microseconds."""
        return status_of(self)

    # Integrations

    def integrations(self, scope: Scope | None = None) -> list[Integration]:
        return self.parts.registry.all(scope)

    def integration(self, id_or_key: str) -> Integration:
        """Raises NotFound."""
        return self.parts.registry.find(id_or_key)

    async def create_integration(self, **values: Any) -> Integration:
        return await self._prepared(await self._integrations.create(**values))

    async def update_integration(self, integration_id: str, **changes: Any) -> Integration:
        return await self._prepared(await self._integrations.update(integration_id, **changes))

    async def delete_integration(self, integration_id: str) -> Integration:
        return await self._integrations.delete(integration_id)

    async def ensure_integration(self, **values: Any) -> Integration:
        return await self._prepared(await self._integrations.ensure(**values))

    async def _prepared(self, integration: Integration) -> Integration:
        """With its queue, where that is ours: a receiver may look for it at once."""
        await self.queues.prepare(integration)
        return integration

    # The shop

    async def furnish(self, type: str) -> None:
        """Lets the resources of this type that a shop has from the beginning be there, before they are read."""
        await self._commands.furnish(type)

    async def execute(self, command: Command) -> Change:
        return await self._commands.execute(command)

    async def trigger(self, request: TriggerRequest) -> TriggerReport:
        return await self._commands.trigger(request)

    # By hand

    async def retry(self, job: str) -> DeliveryRow:
        return await self._by_hand.retry(job)

    async def resend(
        self,
        event: str,
        *,
        new_job: bool = False,
        payload: Mapping[str, Any] | None = None,
        integration: str | None = None,
    ) -> list[DeliveryRow]:
        return await self._by_hand.resend(event, new_job=new_job, payload=payload, integration=integration)

    async def hold(self, match: Mapping[str, Any], rule_id: str | None = None) -> str:
        return await self._rules.hold(match, rule_id)

    async def unhold(self, rule_id: str) -> None:
        """New deliveries are no longer held by this rule; those that are stay held."""
        await self._rules.unhold(rule_id)

    def holds(self) -> list[Mapping[str, Any]]:
        return self._rules.holds()

    def held(self) -> list[HeldSend]:
        return self._by_hand.held()

    async def release(self, number: int | None = None) -> int:
        return await self._by_hand.release(number)

    async def pause(self, integration: str | None = None) -> None:
        await self._by_hand.pause(integration)

    async def resume(self, integration: str | None = None, *, but: Iterable[str] = ()) -> None:
        await self._by_hand.resume(integration, but=but)

    def paused(self) -> list[str]:
        return self._by_hand.paused()

    # Chaos

    @property
    def profile(self) -> str:
        return self.parts.chaos.profile

    def profiles(self) -> list[str]:
        return profile_names()

    def rules(self) -> list[ActiveRule]:
        return self.parts.chaos.active()

    async def set_profile(self, name: str) -> list[ActiveRule]:
        return await self._rules.set_profile(name)

    def verdict(self, method: str, path: str) -> Verdict:
        """What becomes of a call of the provider's API; it counts."""
        return self._api_faults.verdict(method, path)

    async def add_rule(self, mapping: Mapping[str, Any]) -> ActiveRule:
        return await self._rules.add(mapping)

    async def remove_rule(self, rule_id: str) -> None:
        await self._rules.remove(rule_id)

    async def switch_rule(self, rule_id: str, *, on: bool) -> None:
        await self._rules.switch(rule_id, on=on)

    # Time

    def clock_state(self) -> ClockState:
        return self._time.state()

    async def advance(self, micros: int, *, time_limit: float | None = None) -> None:
        await self._time.advance(micros, time_limit=time_limit)

    async def set_speed(self, speed: float) -> None:
        self._time.set_speed(speed)

    async def settle(self, *, time_limit: float | None = None) -> bool:
        return await self._time.settle(time_limit=time_limit)

    async def wait_event(self, key_glob: str, *, time_limit: float | None = None) -> Event | None:
        return await self._time.wait_event(key_glob, time_limit=time_limit)

    async def reset(self, *, keep_integrations: bool = False, rewind: bool = False) -> Mapping[str, int]:
        """Back to the beginning; answers with how much of what it erased.

        Added rules and pauses go too, and what lies in the queues that come with the emulator; traffic is stopped and
        the profile stays. With `rewind` a virtual clock stands again where it began.
        """
        await self.traffic.forget()
        turn = self.parts.acceptance.in_turn
        erased = await turn(lambda: reset(self.parts, keep_integrations=keep_integrations, rewind=rewind))
        return {**erased, "messages": await self.queues.purge_all()}

    async def begin_anew(self, settings: Settings) -> None:
        """Back to the beginning under other settings, at the same address, with the same queues and their passwords.

        The journal so far stays as it is; what comes now is not kept, and there are no integrations. Where it listens
        and who may call it stay as they were; of the transports only webhooks get to know the new settings. Raises
        UnknownWord, InvalidInput and EnvironmentFault before anything is stopped, so that everything goes on as before.

        Once begun it is carried through, whatever becomes of the caller.
        """
        await asyncio.shield(asyncio.create_task(self._begin_anew(settings)))

    async def _begin_anew(self, settings: Settings) -> None:
        old, former = self.parts, self._transports
        transports = {**former, **renewed(settings, kept=self._given)}
        new = await fresh_parts(settings, self._on, transports)
        try:
            await self.traffic.forget()
            await old.acceptance.in_turn(lambda: begin_anew(old, new, self._put_together))
        except BaseException:
            await new.journal.close()
            raise
        self._transports = transports
        await old.journal.close()
        for kind, transport in former.items():
            if transports[kind] is not transport:
                await transport.aclose()
        await self.queues.purge_all()
