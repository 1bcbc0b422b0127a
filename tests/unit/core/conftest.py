"""A stage for the core: events, integrations and rules with short names, and runs of them without a network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from emulator.core.dice import Dice
from emulator.core.dispatcher import Dispatcher
from emulator.core.plan import Plan, Planner
from emulator.core.retry import RetryPolicy
from emulator.core.rule import Rule
from emulator.core.scribe import Scribe
from emulator.core.simulate import accepts, simulate
from emulator.domain.delivery import Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind

START = 1_767_225_600 * SECOND


@dataclass
class Run:
    """What a simulation did: its records, and the sends in the order in which they left."""

    records: list[Record] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)

    def of(self, kind: RecordKind) -> list[Record]:
        return [record for record in self.records if record.kind is kind]

    def order(self) -> list[str]:
        """Identities of the events, as their originals left for the first time."""
        return [send.delivery.event for send in self.sends if send.copy == 0 and send.attempt == 1]

    def last_states(self) -> dict[int, str]:
        return {record.delivery: record.state for record in self.records if record.delivery and record.state}


class Stage:
    def event(self, n: int, *, resource: str = "order:1", key: str = "order.updated", at: int | None = None) -> Event:
        return Event(
            identity=f"{resource}/{key}:{n}",
            key=key,
            resource=resource,
            resource_type=resource.partition(":")[0],
            resource_id=f"id-of-{resource}",
            at=START + n * SECOND if at is None else at,
            payload='{"data":{}}',
        )

    def life(self, count: int, *, resources: int = 1, apart: int = SECOND) -> list[Event]:
        """Events of some orders in turn."""
        return [self.event(n, resource=f"order:{n % resources + 1}", at=START + n * apart) for n in range(1, count + 1)]

    def integration(self, key: str = "shop", **fields: Any) -> Integration:
        values: dict[str, Any] = {
            "id": f"id-of-{key}",
            "name": key,
            "integration_type": IntegrationType.WEBHOOK,
            "enabled": True,
            "observes": ("*",),
            "managed": True,
            "configuration": WebhookConfiguration(url="http://localhost:1/"),
            "created_at": 0,
            "updated_at": 0,
        }
        return Integration(key=key, **{**values, **fields})

    def rules(self, mappings: Sequence[Mapping[str, Any]]) -> list[Rule]:
        return [Rule.parse(mapping) for mapping in mappings]

    def planner(self, *mappings: Mapping[str, Any], seed: int = 1, **options: Any) -> Planner:
        return Planner(dice=Dice(seed), rules=self.rules(mappings), **options)

    def plan(self, *mappings: Mapping[str, Any], event: Event | None = None, seed: int = 1) -> Plan:
        return self.planner(*mappings, seed=seed).plan(event or self.event(1), self.integration())

    def dispatcher(self, *mappings: Mapping[str, Any], seed: int = 1, **options: Any) -> Dispatcher:
        values: dict[str, Any] = {"retry": RetryPolicy(), "scribe": Scribe()}
        return Dispatcher(seed=seed, planner=self.planner(*mappings, seed=seed), **{**values, **options})

    def run(
        self,
        *mappings: Mapping[str, Any],
        events: Sequence[Event],
        integrations: Sequence[Integration] = (),
        seed: int = 1,
        answer: Callable[[Send], Outcome] = accepts,
        **options: Any,
    ) -> Run:
        run = Run()

        def answering(send: Send) -> Outcome:
            run.sends.append(send)
            return answer(send)

        dispatcher = self.dispatcher(*mappings, seed=seed, **options)
        run.records = simulate(dispatcher, events, integrations or [self.integration()], answer=answering)
        return run

    def answers(self, seed: int, failing: float) -> Callable[[Send], Outcome]:
        """A receiver that fails a share of all sends, always the same ones."""

        def answer(send: Send) -> Outcome:
            if Dice(seed).stream("receiver", *send.delivery, send.attempt, send.copy).chance(failing):
                return Outcome(succeeded=False, status=500, error="the receiver is broken")
            return Outcome(succeeded=True, status=200)

        return answer


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage()
