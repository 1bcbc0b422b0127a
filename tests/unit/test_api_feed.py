"""The feed's bytes: the past, then the present, without a gap and without a repetition."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import orjson
import pytest

from emulator.api.feed import frames
from emulator.domain.record import Record, RecordKind
from emulator.runtime.bus import Bus


def _record(seq: int, kind: RecordKind = RecordKind.CONTROL, **data: Any) -> Record:
    return Record(seq=seq, at=seq * 10, kind=kind, data=data)


class Past:
    """A journal; `meanwhile` runs after each page that is read."""

    def __init__(self, records: Sequence[Record], meanwhile: Callable[[], None] = lambda: None) -> None:
        self.kept = list(records)
        self._meanwhile = meanwhile

    def records(self, *, after: int, limit: int) -> list[Record]:
        found = [record for record in self.kept if record.seq > after][: min(limit, 3)]
        self._meanwhile()
        return found


def _told(chunks: Sequence[bytes]) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of every frame; comments left out."""
    told = []
    for frame in b"".join(chunks).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
        if fields:
            data = orjson.loads(fields["data"])
            assert fields.get("id") == (None if fields["event"] == "lagged" else str(data["seq"]))
            told.append((fields["event"], data))
    return told


def _seqs(chunks: Sequence[bytes]) -> list[int]:
    return [data["seq"] for event, data in _told(chunks) if event != "lagged"]


def _run(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(limited())


async def _all(feed: AsyncIterator[bytes]) -> list[bytes]:
    return [chunk async for chunk in feed]


def test_the_past_comes_first_and_what_happens_meanwhile_comes_once() -> None:
    async def scenario() -> None:
        bus = Bus()
        coming = iter(range(8, 20))

        def meanwhile() -> None:
            record = _record(next(coming))
            past.kept.append(record)
            bus.publish([record])
            if record.seq == 14:
                past._meanwhile = lambda: None

        past = Past([_record(seq) for seq in range(1, 8)], meanwhile)
        feed = frames(past, bus, 2)
        chunks = [await anext(feed)]
        while 14 not in _seqs(chunks):
            chunks.append(await anext(feed))
        bus.publish([_record(15)])
        chunks.append(await anext(feed))
        bus.close()
        chunks += await _all(feed)
        assert _seqs(chunks) == list(range(3, 16))

    _run(scenario())


def test_without_a_number_it_begins_with_the_present() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([_record(1)]), bus, None)
        chunks = [await anext(feed)]
        bus.publish([_record(2), _record(3)])
        bus.close()
        assert _seqs(chunks + await _all(feed)) == [2, 3]

    _run(scenario())


def test_a_journal_that_began_anew_is_not_taken_for_an_old_one() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, 500)
        chunks = [await anext(feed)]
        bus.publish([_record(1)])
        bus.close()
        assert _seqs(chunks + await _all(feed)) == [1]

    _run(scenario())


def test_a_slow_reader_is_told_from_where_and_what_to_do() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, None, capacity=5)
        chunks = [await anext(feed)]
        bus.publish([_record(1)])
        chunks.append(await anext(feed))
        for seq in range(2, 20):
            bus.publish([_record(seq)])
        bus.close()
        told = _told(chunks + await _all(feed))
        (lagged,) = [data for event, data in told if event == "lagged"]
        assert lagged["missed_from"] == 2
        assert "after=1" in lagged["next"]
        seen = [data["seq"] for event, data in told if event != "lagged"]
        assert seen[0] == 1
        assert seen[1:] == list(range(seen[1], 20))
        assert seen[1] > 2

    _run(scenario())


def test_a_lag_that_the_past_has_filled_is_not_mentioned() -> None:
    async def scenario() -> None:
        bus = Bus()
        past = Past([_record(seq) for seq in range(1, 30)])
        feed = frames(past, bus, 0, capacity=5)
        chunks = [await anext(feed)]
        for seq in range(10, 30):
            bus.publish([_record(seq)])
        bus.close()
        chunks += await _all(feed)
        assert _seqs(chunks) == list(range(1, 30))
        assert all(event != "lagged" for event, _ in _told(chunks))

    _run(scenario())


def test_history_that_was_pruned_is_said_to_be_gone() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([_record(90)]), bus, 10)
        bus.close()
        told = _told(await _all(feed))
        assert [event for event, _ in told] == ["lagged", "control"]
        assert told[0][1]["missed_from"] == 11

    _run(scenario())


def test_silence_is_broken_by_comments() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, None, heartbeat=0.001)
        await anext(feed)
        assert [await anext(feed) for _ in range(3)] == [b": heartbeat\n\n"] * 3
        bus.publish([_record(1)])
        assert _seqs([await anext(feed)]) == [1]
        bus.close()
        assert _seqs(await _all(feed)) == []

    _run(scenario())


def test_a_reader_that_leaves_is_forgotten() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, None)
        await anext(feed)
        assert bus._subscriptions
        await feed.aclose()
        assert not bus._subscriptions

    _run(scenario())


def test_receivers_answers_stay_out_of_the_feed() -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, None)
        chunks = [await anext(feed)]
        bus.publish([_record(1, RecordKind.ATTEMPTED, succeeded=True, body="x" * 100_000)])
        bus.close()
        ((event, data),) = _told(chunks + await _all(feed))
        assert (event, data["data"]) == ("attempted", {"succeeded": True})

    _run(scenario())


@pytest.mark.parametrize("value", [{"big": 2**70}, {"half": "\ud800"}])
def test_data_that_orjson_refuses_is_sent_all_the_same(value: dict[str, Any]) -> None:
    async def scenario() -> None:
        bus = Bus()
        feed = frames(Past([]), bus, None)
        await anext(feed)
        bus.publish([_record(1, RecordKind.CONTROL, **value)])
        assert b"id: 1\n" in await anext(feed)
        bus.close()
        assert await _all(feed) == []

    _run(scenario())
