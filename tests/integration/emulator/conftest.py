"""A running emulator with a receiver in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.domain.record import Record, RecordKind
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerReport, TriggerRequest
from emulator.transports.memory import MemoryTransport

HOOK = WebhookConfiguration(url="http://127.0.0.1:9/hook")


@dataclass
class Running:
    """An emulator, what it has sent, and short ways to ask it for things."""

    emulator: Emulator
    receiver: MemoryTransport

    async def register(self, name: str = "shop", **values: Any) -> Integration:
        """A managed webhook that hears of orders, unless told otherwise."""
        given: dict[str, Any] = {
            "integration_type": IntegrationType.WEBHOOK,
            "observes": ("order.*",),
            "configuration": HOOK,
            "enabled": True,
            "managed": True,
        }
        return await self.emulator.create_integration(name=name, **{**given, **values})

    async def trigger(self, key: str = "order.created", **values: Any) -> TriggerReport:
        return await self.emulator.trigger(TriggerRequest(key=key, **values))

    def sent(self) -> list[tuple[str, int, int]]:
        """Event key, attempt and copy of what was sent, in that order."""
        return [(message.event_key, message.attempt, message.copy) for message in self.receiver.sent]

    def keys(self) -> list[str]:
        return [message.event_key for message in self.receiver.sent]

    async def states(self, **filters: Any) -> list[DeliveryState]:
        """Where all deliveries stand, in the order they were made."""
        await self.emulator.journal.flush()
        rows, _ = self.emulator.journal.deliveries(newest_first=False, limit=100, **filters)
        return [row.state for row in rows]

    async def records(self, kind: RecordKind | None = None) -> list[Record]:
        await self.emulator.journal.flush()
        records = self.emulator.journal.records(after=0, limit=100_000)
        return [record for record in records if kind is None or record.kind is kind]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Returns when it holds; the test fails when that takes too long."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - any condition, also one that nobody announces
                await asyncio.sleep(0.001)


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs a coroutine; fails when it takes too long or anything in the loop went unhandled."""

    def go(coroutine: Any) -> Any:
        unhandled: list[dict[str, Any]] = []

        async def guarded() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            async with asyncio.timeout(30):
                return await coroutine

        result = asyncio.run(guarded())
        assert unhandled == []
        return result

    return go


@pytest.fixture
def started() -> Callable[..., Any]:
    """`async with started(answer, **settings) as shop`: ephemeral and on a virtual clock, unless told otherwise."""

    @asynccontextmanager
    async def start(answer: Any = None, **settings: Any) -> AsyncIterator[Running]:
        values = {"seed": 1, "clock": ClockSettings(mode=ClockMode.VIRTUAL)} | settings
        receiver = MemoryTransport(answer)
        transports = dict.fromkeys(IntegrationType, receiver)
        emulator = await Emulator.start(Settings(**values), transports=transports)
        try:
            yield Running(emulator, receiver)
        finally:
            await emulator.stop()

    return start


class Gate:
    """A receiver that does not answer until it is opened; then it takes everything."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.waiting = 0
        self.ended = 0

    async def __call__(self, message: Message) -> Outcome:
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.ended += 1
        return Outcome(succeeded=True, status=200)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Callable[[], Gate]:
    """Made inside the loop: `answer = gate()`."""
    return Gate
