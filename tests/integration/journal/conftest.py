"""What the journal's tests are told with: a story that numbers its records."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.journal import Journal


class Story:
    """Makes transactions as the engine would: records numbered from `seq`, deliveries from 1."""

    def __init__(self, *, seq: int = 1, number: int = 1) -> None:
        self.seq = seq
        self.number = number

    def record(self, kind: RecordKind, delivery: int = 0, **fields: Any) -> Record:
        seq = self.seq
        self.seq += 1
        return Record(seq=seq, at=1_000 * seq, kind=kind, delivery=delivery, **fields)

    def event(self, n: int, key: str = "order.paid", payload: str = '{"data":{}}') -> Event:
        return Event(
            identity=f"order:{n}/{key}:1",
            key=key,
            resource=f"order:{n}",
            resource_type="order",
            resource_id=f"id-of-order:{n}",
            at=1_000 * self.seq,
            payload=payload,
        )

    def planned(self, event: Event, integration: str = "shop", *, sends: int = 1, job: int = 1) -> Record:
        number = self.number
        self.number += 1
        places = [{"attempt": 1, "copy": copy, "due": 5} for copy in range(sends)]
        return self.record(
            RecordKind.PLANNED,
            number,
            integration=integration,
            attempt=1,
            state=DeliveryState.PLANNED if sends else DeliveryState.DROPPED,
            due=5 if sends else None,
            data={
                "event": event.identity,
                "event_key": event.key,
                "resource": event.resource,
                "integration": integration,
                "job": job,
                "job_id": f"job-{number}",
                "sends": places,
                "faults": [],
            },
        )

    def accepted(
        self, event: Event, *integrations: str, sends: int = 1, resources: tuple[Resource, ...] = ()
    ) -> Transaction:
        records = [self.record(RecordKind.EVENT, data={"identity": event.identity})]
        records += [self.planned(event, name, sends=sends) for name in integrations]
        return Transaction(records=tuple(records), events=(event,), resources=resources)

    def sent(self, number: int, attempt: int = 1, copy: int = 0, integration: str = "shop") -> Transaction:
        state = DeliveryState.SENDING
        return self.one(RecordKind.SENT, number, integration=integration, attempt=attempt, copy=copy, state=state)

    def attempted(
        self,
        number: int,
        state: DeliveryState = DeliveryState.SUCCEEDED,
        attempt: int = 1,
        copy: int = 0,
        integration: str = "shop",
        body: str = "ok",
    ) -> Transaction:
        succeeded = state is DeliveryState.SUCCEEDED
        data = {
            "succeeded": succeeded,
            "status": 200 if succeeded else 500,
            "body": body,
            "error": None if succeeded else "no",
            "processing_time": 0.01,
            "started_at": 1,
            "faults": [],
        }
        kind = RecordKind.ATTEMPTED
        return self.one(kind, number, integration=integration, attempt=attempt, copy=copy, state=state, data=data)

    def added(self, number: int, attempt: int, integration: str = "shop") -> Transaction:
        data = {"sends": [{"attempt": attempt, "copy": 0, "due": 77}]}
        kind, state = RecordKind.ADDED, DeliveryState.WAITING
        return self.one(kind, number, integration=integration, attempt=attempt, state=state, due=77, data=data)

    def settled(self, number: int, state: DeliveryState = DeliveryState.CANCELLED) -> Transaction:
        return self.one(RecordKind.SETTLED, number, integration="shop", state=state, data={"why": "disabled"})

    def one(self, kind: RecordKind, number: int, **fields: Any) -> Transaction:
        return Transaction(records=(self.record(kind, number, **fields),))

    def delivered(self, n: int, integration: str = "shop", payload: str = '{"data":{}}') -> list[Transaction]:
        """An order's event, accepted, sent and answered."""
        number = self.number
        return [
            self.accepted(self.event(n, payload=payload), integration),
            self.sent(number, integration=integration),
            self.attempted(number, integration=integration),
        ]

    def order(self, n: int, parent: str | None = None, **fields: Any) -> Resource:
        document: Mapping[str, Any] = fields.pop("document", {"type": "order", "total": n})
        return Resource(
            key=f"order:{n}",
            type="order",
            id=f"id-of-order:{n}",
            document=document,
            parent=parent,
            created_at=n,
            touched_at=n,
            **fields,
        )

    def integration(self, key: str = "shop", **fields: Any) -> Integration:
        return Integration(
            key=key,
            id=f"id-of-{key}",
            name=key,
            integration_type=fields.pop("integration_type", IntegrationType.WEBHOOK),
            configuration=fields.pop("configuration", WebhookConfiguration(url="http://localhost:1/")),
            created_at=1,
            updated_at=2,
            **fields,
        )


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def with_journal(tmp_path: Path) -> Callable[..., Any]:
    """`with_journal(use, **options)`: opens the journal of the test's directory, awaits `use(journal)`, closes it."""

    def run(use: Callable[[Journal], Awaitable[Any]], **options: Any) -> Any:
        async def inside() -> Any:
            journal = Journal.open(tmp_path / "data", **options)
            try:
                return await use(journal)
            finally:
                await journal.close()

        return asyncio.run(inside())

    return run
