"""The loop guard at work: a receiver that answers order.updated with a PUT to the order, and traffic that does not."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from emulator.core.loop_guard import ROUNDS
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.domain.record import RecordKind
from emulator.transports.webhook import WebhookTransport

WithApi = Callable[..., None]
UPDATES = 25


@pytest.fixture
def receiving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`receiving(receive)`: `receive` stands for whoever listens at the URL of a webhook."""

    def install(receive: Callable[[Message], Any]) -> None:
        async def send(_: WebhookTransport, message: Message) -> Outcome:
            await receive(message)
            return Outcome(succeeded=True, status=200)

        monkeypatch.setattr(WebhookTransport, "send", send)

    return install


async def notices(api: Any) -> list[str]:
    await api.emulator.journal.flush()
    records = api.emulator.journal.records(after=0, limit=10_000)
    return [record.data["text"] for record in records if record.kind is RecordKind.NOTICE]


async def order_of(api: Any) -> str:
    report = await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
    found: str = report["events"][-1]["resource_id"]
    return found


def test_a_receiver_that_feeds_itself_is_told_of_once(
    with_api: WithApi, receiving: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(api: Any) -> None:
        left = UPDATES

        async def write_again(message: Message) -> None:
            nonlocal left
            if left and message.event_key == "order.updated":
                left -= 1
                await api.ok("PUT", f"/v2/orders/{order}", {"data": {"type": "order", "short_id": str(left)}})

        receiving(write_again)
        await api.register(observes=["order.updated"])
        order = await order_of(api)
        with caplog.at_level(logging.INFO, "emulator.notices"):
            await api.ok("PUT", f"/v2/orders/{order}", {"data": {"type": "order", "short_id": "first"}})
            await api.ok("POST", "/_emulator/settle", {"time_limit": 20})
        assert left == 0
        (notice,) = await notices(api)
        assert notice.startswith(f"order:1 was written {ROUNDS} times in ")
        assert "its own order.updated" in notice
        assert caplog.messages == [notice]

    with_api(scenario)


def test_receivers_that_write_once_and_the_shops_own_traffic_are_no_loop(
    with_api: WithApi, receiving: Callable[..., None]
) -> None:
    async def scenario(api: Any) -> None:
        heard: list[str] = []

        async def write_once(message: Message) -> None:
            heard.append(message.event_key)
            if message.event_key == "order.created":
                body = {"data": {"type": "order", "short_id": message.resource}}
                await api.ok("PUT", f"/v2/orders/{ids[message.resource]}", body)

        receiving(write_once)
        await api.register(observes=["order.created", "order.updated"])
        report = await api.ok("POST", "/_emulator/trigger", {"key": "order.created", "count": 2 * ROUNDS})
        ids = {event["resource"]: event["resource_id"] for event in report["events"]}
        await api.ok("POST", "/_emulator/settle", {"time_limit": 20})
        for _ in range(2 * ROUNDS):
            await api.ok("POST", "/_emulator/trigger", {"key": "order.updated", "of": "order:1"})
            await api.ok("POST", "/_emulator/settle", {"time_limit": 20})
        assert heard.count("order.updated") == 4 * ROUNDS
        assert await notices(api) == []

    with_api(scenario)
