"""The file stays near its limit: the oldest settled history goes, what is pending and the shop stay."""

import asyncio
from collections.abc import Callable

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.journal import Journal, pruning

_LIMIT = 1_000_000
_PAYLOAD = '{"data":"' + "x" * 1_000 + '"}'


@pytest.fixture(autouse=True)
def _keep_little(monkeypatch):
    monkeypatch.setattr(pruning, "KEPT_RECORDS", 100)


async def _deliver(journal: Journal, story, first: int, last: int) -> None:
    for n in range(first, last):
        for tx in story.delivered(n, payload=_PAYLOAD):
            journal.append(tx)
        if n % 50 == 0:
            await journal.flush()
    await journal.flush()


async def _until(journal: Journal, holds: Callable[[], bool]) -> None:
    """A step of pruning may follow every batch, also an empty one."""
    async with asyncio.timeout(20):
        while not holds():
            await journal.commit(Transaction())


def _agrees(journal: Journal) -> None:
    """The kept totals are those of counting."""
    rows, total = journal.deliveries(limit=100_000)
    assert len(rows) == total
    rows, total = journal.deliveries(event_glob="*", limit=100_000)
    assert len(rows) == total
    attempts, total = journal.attempts(limit=100_000)
    assert len(attempts) == total
    attempts, total = journal.attempts(integration="shop", limit=100_000)
    assert len(attempts) == total
    events, total = journal.events(limit=100_000)
    assert len(events) == total


def test_the_file_stays_bounded_and_the_newest_stay(with_journal, story, tmp_path):
    async def use(journal: Journal) -> None:
        sizes = []
        for start in range(1, 8_001, 1_000):
            await _deliver(journal, story, start, start + 1_000)
            sizes.append(journal.path.stat().st_size)
        assert max(sizes) < 1.5 * _LIMIT
        rows, total = journal.deliveries(limit=100_000)
        assert 100 < total < 1_000
        assert [row.number for row in rows] == list(range(8_000, 8_000 - total, -1))
        assert all(row.state is DeliveryState.SUCCEEDED for row in rows)
        assert all(len(journal.records_of(row.number)) == 3 for row in rows)
        assert all(journal.event(row.event) is not None for row in rows)
        assert journal.delivery(1) is None
        assert journal.event("order:1/order.paid:1") is None
        _agrees(journal)

    with_journal(use, history_bytes=_LIMIT)


def test_what_is_pending_is_never_pruned_and_goes_when_it_is_settled(with_journal, story):
    async def use(journal: Journal) -> None:
        pending = story.event(100_001, payload=_PAYLOAD)
        copies = story.event(100_002, payload=_PAYLOAD)
        await journal.commit(story.accepted(pending, "shop"))
        await journal.commit(story.accepted(copies, "shop", sends=2))
        await journal.commit(story.attempted(2))
        before = [journal.records_of(1), journal.records_of(2)]
        await _deliver(journal, story, 1, 4_000)
        assert [row.number for row, _ in journal.open_deliveries()] == [1, 2]
        assert [records for _, records in journal.open_deliveries()] == before
        assert journal.event(pending.identity) == pending
        assert journal.event(copies.identity) == copies
        assert journal.attempts(delivery=2)[1] == 1

        await journal.commit(story.attempted(1))
        await journal.commit(story.attempted(2, copy=1))
        await _deliver(journal, story, 4_000, 8_000)
        assert journal.delivery(1) is None
        assert journal.delivery(2) is None
        assert journal.records_of(1) == []
        assert journal.event(pending.identity) is None
        assert journal.event(copies.identity) is None
        _agrees(journal)

    with_journal(use, history_bytes=_LIMIT)


def test_pending_history_over_a_restart(with_journal, story):
    async def first(journal: Journal) -> None:
        await journal.commit(story.accepted(story.event(100_001), "shop"))
        await _deliver(journal, story, 1, 2_000)

    async def second(journal: Journal) -> None:
        assert (journal.next_seq, journal.next_delivery) == (story.seq, story.number)
        await journal.commit(story.attempted(1))
        await _deliver(journal, story, 2_000, 5_000)
        assert journal.delivery(1) is None
        _agrees(journal)

    with_journal(first, history_bytes=_LIMIT)
    with_journal(second, history_bytes=_LIMIT)


def test_events_that_nobody_observed_go_too(with_journal, story):
    async def use(journal: Journal) -> None:
        for n in range(4_000):
            event = story.event(n, payload=_PAYLOAD)
            journal.append(Transaction(records=(story.record(RecordKind.EVENT),), events=(event,)))
            if n % 100 == 0:
                await journal.flush()
        await journal.flush()
        assert 50 < journal.events(limit=1)[1] < 1_500
        assert journal.path.stat().st_size < 1.5 * _LIMIT
        assert journal.event("order:3999/order.paid:1") is not None
        _agrees(journal)

    with_journal(use, history_bytes=_LIMIT)


def test_the_shop_the_integrations_and_the_newest_records_stay_however_small_the_limit(with_journal, story):
    async def use(journal: Journal) -> None:
        orders = tuple(story.order(n) for n in range(500))
        await journal.commit(Transaction(resources=orders, integrations=(story.integration(),), meta={"seed": 1}))
        await _deliver(journal, story, 1, 300)
        assert journal.shelves.page("order", limit=1_000) == (list(orders), 500)
        assert len(journal.integrations()) == 1
        assert journal.meta("seed") == 1
        assert len(journal.records(after=story.seq - 101, limit=1_000)) == 100
        _agrees(journal)

    with_journal(use, history_bytes=1)


def test_numbers_are_not_given_out_twice_after_pruning(with_journal, story):
    async def first(journal: Journal) -> None:
        await _deliver(journal, story, 1, 300)
        for _ in range(1_000):
            journal.append(story.one(RecordKind.CONTROL, 0))
        await _until(journal, lambda: journal.deliveries() == ([], 0))

    async def second(journal: Journal) -> None:
        assert journal.next_delivery == story.number
        assert journal.next_seq == story.seq
        assert journal.last_at == (story.seq - 1) * 1_000

    with_journal(first, history_bytes=1)
    with_journal(second, history_bytes=1)


def test_pruning_catches_up_when_nothing_is_written(with_journal, story):
    async def fill(journal: Journal) -> None:
        await _deliver(journal, story, 1, 3_000)

    async def lower(journal: Journal) -> None:
        await _until(journal, lambda: journal.deliveries(limit=1)[1] < 500)

    with_journal(fill)
    with_journal(lower, history_bytes=_LIMIT)
