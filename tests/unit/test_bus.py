"""The bus: everybody hears everything in order, and nobody waits for the slow."""

import asyncio
from collections.abc import Sequence

import pytest

from emulator.domain.record import Record, RecordKind
from emulator.runtime.bus import Bus, Lagged


def _records(*numbers: int) -> Sequence[Record]:
    return [Record(seq=seq, at=seq, kind=RecordKind.CONTROL) for seq in numbers]


def _numbers(taken: Sequence[Record | Lagged]) -> list[int | str]:
    return [f"lagged from {one.missed_from_seq}" if isinstance(one, Lagged) else one.seq for one in taken]


def test_all_hear_all_from_when_they_subscribed():
    async def use() -> None:
        bus = Bus()
        first = bus.subscribe()
        bus.publish(_records(1, 2))
        second = bus.subscribe()
        bus.publish(_records(3))
        bus.close()
        assert _numbers([record async for record in first]) == [1, 2, 3]
        assert _numbers([record async for record in second]) == [3]

    asyncio.run(use())


def test_a_reader_that_waits_is_woken():
    async def use() -> None:
        bus = Bus()
        subscription = bus.subscribe()
        reading = asyncio.ensure_future(subscription.batch())
        await asyncio.sleep(0)
        assert not reading.done()
        bus.publish(_records(1, 2))
        assert _numbers(await asyncio.wait_for(reading, 5)) == [1, 2]

    asyncio.run(use())


@pytest.mark.parametrize(
    ("published", "heard"),
    [
        ([(1, 2, 3)], [1, 2, 3]),
        ([(1, 2), (3, 4)], ["lagged from 1", 3, 4]),
        ([(1, 2), (3, 4), (5,)], ["lagged from 1", 3, 4, 5]),
        ([(1, 2), (3, 4), (5, 6)], ["lagged from 1", 5, 6]),
        ([(1, 2, 3, 4, 5)], ["lagged from 1", 3, 4, 5]),
    ],
)
def test_a_reader_that_is_too_slow_is_told_from_where(published, heard):
    async def use() -> None:
        bus = Bus()
        one_by_one, at_once = bus.subscribe(capacity=3), bus.subscribe(capacity=3)
        for numbers in published:
            bus.publish(_records(*numbers))
        assert _numbers(await at_once.batch()) == heard
        bus.publish(_records(9))
        assert _numbers(await at_once.batch()) == [9]
        bus.close()
        everything = _numbers([record async for record in one_by_one])
        assert everything[-1] == 9
        assert everything[0] == (heard[0] if isinstance(heard[0], str) else "lagged from 1")

    asyncio.run(use())


def test_a_slow_reader_does_not_cost_a_fast_one_anything():
    async def use() -> None:
        bus = Bus()
        slow, fast = bus.subscribe(capacity=2), bus.subscribe(capacity=2)
        heard: list[int | str] = []
        for seq in range(1, 10):
            bus.publish(_records(seq))
            heard += _numbers(await fast.batch())
        assert heard == list(range(1, 10))
        assert _numbers(await slow.batch())[0] == "lagged from 1"

    asyncio.run(use())


def test_closing_ends_the_reader_after_what_waits():
    async def use() -> None:
        bus = Bus()
        with bus.subscribe() as subscription:
            bus.publish(_records(1))
        bus.publish(_records(2))
        assert _numbers([record async for record in subscription]) == [1]
        assert await subscription.batch() == []
        waiting = asyncio.ensure_future(anext(bus.subscribe()))
        await asyncio.sleep(0)
        bus.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(waiting, 5)
        assert [record async for record in bus.subscribe()] == []

    asyncio.run(use())
