"""One contract, same body, over every transport: what becomes of events, whoever delivers them.

Queues do not carry the number of an attempt, so it is the journal that says which attempts there were.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerRequest

VIRTUAL = ClockSettings(mode=ClockMode.VIRTUAL)
REAL = ClockSettings(mode=ClockMode.REAL)


@asynccontextmanager
async def emulator_over(peer: Any, **settings: Any) -> AsyncIterator[Emulator]:
    values = {"seed": 1, "clock": VIRTUAL} | settings
    emulator = await Emulator.start(Settings(**values), transports={peer.integration_type: peer.transport})
    try:
        await emulator.ensure_integration(
            name="shop",
            integration_type=peer.integration_type,
            observes=("order.created", "order.updated", "order.paid", "order.fulfilled"),
            configuration=peer.configuration,
            enabled=True,
        )
        yield emulator
    finally:
        await emulator.stop()


async def orders(emulator: Emulator, count: int = 1) -> None:
    await emulator.trigger(TriggerRequest(key="order.created", count=count, only=True))


def states(emulator: Emulator) -> list[DeliveryState]:
    rows, _ = emulator.journal.deliveries(newest_first=False, limit=100)
    return [row.state for row in rows]


def attempts(emulator: Emulator) -> list[tuple[int, int]]:
    """Attempt and copy of each send that has ended."""
    records = emulator.journal.records(after=0, limit=1000)
    return [(record.attempt, record.copy) for record in records if record.kind is RecordKind.ATTEMPTED]


def happened(emulator: Emulator) -> list[tuple[str, str]]:
    """What the shop raised of orders, in its order: key and resource."""
    events, _ = emulator.journal.events(newest_first=False, limit=100)
    return [(event.key, event.resource_id) for event in events if event.key.startswith("order.")]


def test_each_event_arrives_once_in_order_when_nothing_is_wrong(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await orders(emulator, 5)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED] * 5
            assert [(arrived.event, arrived.resource_id) for arrived in peer.arrived] == happened(emulator)
        assert len({arrived.job for arrived in peer.arrived}) == 5

    over(body)


def test_what_fails_is_tried_again_as_the_next_attempt_of_the_same_job(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.fails = lambda arrived: peer.times(arrived.job) < 3
        async with emulator_over(peer) as emulator:
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED]
            assert attempts(emulator) == [(1, 0), (2, 0), (3, 0)]
        assert len(peer.arrived) == 3
        assert len({arrived.job for arrived in peer.arrived}) == 1

    over(body)


def test_what_never_works_is_exhausted(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.fails = lambda arrived: True
        async with emulator_over(peer) as emulator:
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.EXHAUSTED]
            assert attempts(emulator) == [(attempt, 0) for attempt in (1, 2, 3, 4, 5, 6)]
        assert len(peer.arrived) == 6

    over(body)


def test_what_is_refused_costs_no_other_its_delivery(over: Any) -> None:
    """The third is refused while the others are open beside it; they may have to go again, but all are delivered."""

    async def body(peer: Any) -> None:
        peer.fails = lambda arrived: len(peer.arrived) == 3
        peer.gate.clear()
        async with emulator_over(peer, clock=REAL, retry_waits=(SECOND // 100,) * 5) as emulator:
            await orders(emulator, 5)
            await peer.until(lambda: peer.open_now == 5)
            peer.gate.set()
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED] * 5
        assert len({arrived.job for arrived in peer.arrived}) == 5
        assert peer.times(peer.arrived[2].job) == 2

    over(body)


def test_a_duplicate_is_the_same_job_and_attempt(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"duplicate": {"copies": 2}})
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert sorted(attempts(emulator)) == [(1, 0), (1, 1), (1, 2)]
        assert len(peer.arrived) == 3
        assert len({arrived.body for arrived in peer.arrived}) == 1

    over(body)


def test_a_lost_acknowledgement_is_the_same_job_and_the_next_attempt(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"ack_loss": {"times": 2}})
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED]
            assert attempts(emulator) == [(1, 0), (2, 0), (3, 0)]
        assert len(peer.arrived) == 3
        assert len({arrived.job for arrived in peer.arrived}) == 1

    over(body)


def test_what_is_delayed_arrives_when_its_time_has_come(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"delay": {"value": "60s"}})
            await orders(emulator)
            await emulator.advance(59 * SECOND)
            assert not peer.arrived
            await emulator.advance(SECOND)
            assert len(peer.arrived) == 1

    over(body)


def test_what_is_reordered_all_arrives_and_in_another_order(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"reorder": {"window": 4}})
            await orders(emulator, 12)
            assert await emulator.settle(time_limit=10)
            raised = happened(emulator)
        came = [(arrived.event, arrived.resource_id) for arrived in peer.arrived]
        assert sorted(came) == sorted(raised)
        assert came != raised

    over(body)


def test_what_overlaps_is_open_at_the_same_moment(over: Any) -> None:
    async def body(peer: Any) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"overlap": {"count": 3}})
            await orders(emulator, 3)
            peer.gate.clear()
            settling = asyncio.create_task(emulator.settle(time_limit=10))
            await peer.until(lambda: peer.open_now == 3)
            peer.gate.set()
            assert await settling
            records = emulator.journal.records(after=0, limit=1000)
            assert len({record.at for record in records if record.kind is RecordKind.SENT}) == 1

    over(body)


def test_disabled_while_it_is_open_the_request_ends(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.gate.clear()
        async with emulator_over(peer, clock=REAL) as emulator:
            await orders(emulator)
            await peer.until(lambda: peer.open_now == 1)
            await emulator.update_integration("shop", enabled=False)
            assert await emulator.settle(time_limit=10)
            await emulator.journal.flush()
            assert states(emulator) == [DeliveryState.CANCELLED]
            peer.gate.set()

    over(body)


def test_what_was_open_when_a_process_ended_the_next_one_delivers(over: Any, tmp_path: Path) -> None:
    """As the same attempt: whether it had arrived is not known, so a far end that can tell may see it once."""

    async def body(peer: Any) -> None:
        peer.gate.clear()
        async with emulator_over(peer, clock=REAL, data_dir=tmp_path) as first:
            await orders(first, 3)
            await peer.until(lambda: peer.open_now == 3)
        peer.gate.set()
        peer.transport = peer.new_transport()
        async with emulator_over(peer, clock=REAL, data_dir=tmp_path) as second:
            assert await second.settle(time_limit=10)
            assert states(second) == [DeliveryState.SUCCEEDED] * 3
            assert attempts(second) == [(1, 0)] * 3
        assert len({arrived.job for arrived in peer.arrived}) == 3
        assert all(1 <= peer.times(arrived.job) <= 2 for arrived in peer.arrived)

    over(body)


def test_what_is_about_one_resource_keeps_its_order_in_a_fifo_queue(over_fifo: Any) -> None:
    """Every event's first attempt is refused, while four orders live side by side."""

    async def body(peer: Any) -> None:
        peer.fails = lambda arrived: peer.times(arrived.job) == 1
        async with emulator_over(peer, clock=REAL, retry_waits=(SECOND // 100,) * 5) as emulator:
            await emulator.trigger(TriggerRequest(key="order.fulfilled", count=4))
            assert await emulator.settle(time_limit=10)
            raised = happened(emulator)
        for order in {resource_id for _, resource_id in raised}:
            came = [arrived.event for arrived in peer.arrived if arrived.resource_id == order]
            lived = [event for event, resource_id in raised if resource_id == order]
            assert len(lived) > 1
            assert came == [event for event in lived for _ in ("refused", "taken")]

    over_fifo(body)
