"""Order, batching, who is told what, and transactions that cannot be stored."""

import asyncio
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import JournalUnwritable, NotFound
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.runtime.journal import Journal


def test_what_is_awaited_is_readable_and_was_announced_before(with_journal, story):
    heard: list[int] = []

    async def use(journal: Journal) -> None:
        journal.on_committed = lambda records: heard.extend(record.seq for record in records)
        for _ in range(20):
            tx = story.one(RecordKind.CONTROL, 0)
            await journal.commit(tx)
            assert heard[-1] == tx.records[0].seq
            assert journal.records(after=heard[-1] - 1, limit=2) == list(tx.records)

    with_journal(use)
    assert heard == list(range(1, 21))


def test_appended_and_committed_keep_their_order(with_journal, story):
    heard: list[Record] = []

    async def use(journal: Journal) -> None:
        journal.on_committed = heard.extend
        commits = []
        for n in range(300):
            tx = story.one(RecordKind.CONTROL, 0)
            if n % 7:
                journal.append(tx)
            else:
                commits.append(asyncio.ensure_future(journal.commit(tx)))
                await asyncio.sleep(0)
        await asyncio.gather(*commits)
        await journal.flush()
        assert [record.seq for record in heard] == list(range(1, 301))
        assert journal.backlog == 0

    with_journal(use)


def test_appended_transactions_arrive_by_themselves(with_journal, story):
    async def use(journal: Journal) -> None:
        arrived = asyncio.Event()
        journal.on_committed = lambda _: arrived.set()
        journal.append(story.one(RecordKind.CONTROL, 0))
        assert journal.backlog == 1
        await asyncio.wait_for(arrived.wait(), 10)
        assert len(journal.records(after=0, limit=9)) == 1

    with_journal(use)


def test_closing_writes_what_is_queued(with_journal, story):
    heard: list[Record] = []

    async def write(journal: Journal) -> None:
        journal.on_committed = heard.extend
        for _ in range(5_000):
            journal.append(story.one(RecordKind.CONTROL, 0))

    async def read(journal: Journal) -> None:
        assert len(journal.records(after=0, limit=10_000)) == 5_000

    with_journal(write)
    assert len(heard) == 5_000
    with_journal(read)


def test_a_commit_nobody_waits_for_any_more_is_stored_all_the_same(with_journal, story):
    async def use(journal: Journal) -> None:
        task = asyncio.ensure_future(journal.commit(story.one(RecordKind.CONTROL, 0)))
        await asyncio.sleep(0)
        task.cancel()
        await journal.flush()
        assert task.cancelled()
        assert len(journal.records(after=0, limit=9)) == 1

    with_journal(use)


def test_one_that_cannot_be_stored_fails_alone(with_journal, story):
    async def use(journal: Journal) -> None:
        good = [story.one(RecordKind.CONTROL, 0) for _ in range(3)]
        unsayable = Transaction(records=(story.record(RecordKind.CONTROL, data={"x": object()}),))
        twice = Transaction(records=(good[0].records[0],))
        unknown = Transaction(records=(story.planned(story.event(99)),))
        pruned = story.added(12345, 2)
        parted = Transaction(events=(story.event(7),), records=(story.record(RecordKind.CONTROL), twice.records[0]))
        results = await asyncio.gather(
            *(journal.commit(tx) for tx in (good[0], unsayable, good[1], twice, unknown, pruned, parted, good[2])),
            return_exceptions=True,
        )
        assert [results[i] for i in (0, 2, 7)] == [None] * 3
        assert isinstance(results[1], TypeError)
        assert "UNIQUE" in str(results[3])
        assert isinstance(results[4], NotFound)
        assert "order:99/order.paid:1 is no longer in the history" in str(results[4])
        assert isinstance(results[5], NotFound)
        assert isinstance(results[6], Exception)
        assert journal.event("order:7/order.paid:1") is None
        assert journal.records(after=0, limit=9) == [tx.records[0] for tx in good]
        assert journal.deliveries() == ([], 0)
        assert journal.healthy
        assert journal.backlog == 0

    with_journal(use)


def test_an_appended_one_that_cannot_be_stored_is_not_passed_over_in_silence(with_journal, story):
    async def use(journal: Journal) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        journal.append(story.one(RecordKind.CONTROL, 0, data={"x": object()}))
        journal.append(story.one(RecordKind.CONTROL, 0))
        await journal.flush()
        assert len(journal.records(after=0, limit=9)) == 1
        return said

    (said,) = with_journal(use)
    assert isinstance(said["exception"], TypeError)


def test_a_closed_journal_accepts_nothing(tmp_path, story):
    async def use() -> None:
        journal = Journal.open(tmp_path)
        await journal.close()
        await journal.close()
        for tx in (story.one(RecordKind.CONTROL, 0),):
            with pytest.raises(JournalUnwritable, match="closed"):
                await journal.commit(tx)
            with pytest.raises(JournalUnwritable, match="closed"):
                journal.append(tx)

    asyncio.run(use())


def test_reads_agree_with_counting_while_it_is_written(with_journal, story):
    async def use(journal: Journal) -> None:
        for n in range(1, 200):
            for tx in story.delivered(n):
                journal.append(tx)
            if n % 20 == 0:
                await asyncio.sleep(0.001)
                rows, total = journal.deliveries(limit=1_000)
                assert len(rows) == total
                attempts, total = journal.attempts(limit=1_000)
                assert len(attempts) == total
                assert all(row.record.state is DeliveryState.SUCCEEDED for row in attempts)

    with_journal(use)
