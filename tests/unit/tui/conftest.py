"""Stories: records as the feed tells them, for the tests of the view-model."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind

SECOND = 1_000_000


class Story:
    """Writes records in their order, a second apart."""

    def __init__(self) -> None:
        self.seq = 0
        self.at = 0
        self.numbers = 0
        self.records: list[Record] = []

    def event(self, identity: str = "order:1/order.paid:1", to: Iterable[str] = ("shop",), **plan: Any) -> list[int]:
        """An event and its deliveries; their numbers."""
        resource, _, occurrence = identity.partition("/")
        key = occurrence.rpartition(":")[0]
        data = {"identity": identity, "key": key, "resource": resource, "resource_id": f"id of {resource}"}
        self._write(RecordKind.EVENT, data=data)
        return [self.plan(identity, integration, **plan) for integration in to]

    def plan(
        self,
        identity: str,
        integration: str = "shop",
        *,
        state: DeliveryState = DeliveryState.PLANNED,
        due: int | None = None,
        faults: Sequence[dict[str, str]] = (),
    ) -> int:
        self.numbers += 1
        resource, _, occurrence = identity.partition("/")
        data = {
            "event": identity,
            "event_key": occurrence.rpartition(":")[0],
            "resource": resource,
            "integration": integration,
            "job": 1,
            "job_id": f"job-{self.numbers}",
            "sends": [{"attempt": 1, "copy": 0, "due": due or self.at}],
            "faults": list(faults),
        }
        self._write(RecordKind.PLANNED, self.numbers, integration, 1, state=state, due=due, data=data)
        return self.numbers

    def attempt(
        self,
        number: int,
        *,
        status: int | None = 200,
        attempt: int = 1,
        copy: int = 0,
        state: DeliveryState | None = None,
        lost: bool = False,
        due: int | None = None,
        error: str | None = None,
        faults: Sequence[dict[str, str]] = (),
    ) -> None:
        succeeded = not lost and status is not None and 200 <= status < 300
        data: dict[str, Any] = {
            "succeeded": succeeded,
            "status": None if lost else status,
            "error": error,
            "processing_time": 0.012,
            "started_at": self.at,
            "faults": list(faults),
        }
        if lost:
            data["lost"] = True
        fallen = DeliveryState.SUCCEEDED if succeeded else DeliveryState.WAITING
        self._write(RecordKind.ATTEMPTED, number, "shop", attempt, copy, state=state or fallen, due=due, data=data)

    def step(self, kind: RecordKind, number: int = 0, **more: Any) -> None:
        self._write(kind, number, **more)

    def _write(
        self,
        kind: RecordKind,
        number: int = 0,
        integration: str | None = None,
        attempt: int = 0,
        copy: int = 0,
        *,
        state: DeliveryState | None = None,
        due: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.seq += 1
        self.at += SECOND
        record = Record(self.seq, self.at, kind, number, integration, attempt, copy, state, due, data or {})
        self.records.append(record)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(scope="session")
def stories() -> type[Story]:
    """For tests that begin many."""
    return Story
