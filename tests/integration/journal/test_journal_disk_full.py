"""A full disk: callers are refused, nothing half is kept, and all goes on by itself when there is room again."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.domain.errors import JournalUnwritable
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.runtime.journal import Journal
from emulator.runtime.journal import writer as writer_module

_BIG = '{"data":"' + "x" * 50_000 + '"}'


class _Disk:
    """Gives room to a journal by raising the ceiling on its file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._full = True
        original = writer_module.Writer._probe

        def probe(writer: writer_module.Writer) -> None:
            # The ceiling belongs to the writer's connection, so it is the writer's thread that raises it.
            if not self._full:
                writer._db.execute("PRAGMA max_page_count = 1000000")
            original(writer)

        monkeypatch.setattr(writer_module.Writer, "_probe", probe)

    def make_room(self) -> None:
        self._full = False


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> _Disk:
    return _Disk(monkeypatch)


async def _fill(journal: Journal, story) -> int:
    """Commit until the disk is full; how many were accepted."""
    for n in range(1, 1_000):
        try:
            await journal.commit(story.accepted(story.event(n, payload=_BIG), "shop"))
        except JournalUnwritable:
            return n - 1
    raise AssertionError("the disk never filled")


async def _health(journal: Journal) -> Callable[[], "asyncio.Future[bool]"]:
    changes: asyncio.Queue[bool] = asyncio.Queue()
    journal.on_health = changes.put_nowait
    return lambda: asyncio.ensure_future(asyncio.wait_for(changes.get(), 10))


def test_refused_whole_then_well_again_by_itself(with_journal, story, disk):
    async def use(journal: Journal) -> None:
        next_change = await _health(journal)
        heard: list[Record] = []
        journal.on_committed = heard.extend
        accepted = await _fill(journal, story)
        assert accepted > 0
        assert await next_change() is False
        assert not journal.healthy
        assert journal.deliveries()[1] == accepted
        assert journal.event(f"order:{accepted + 1}/order.paid:1") is None
        assert len(heard) == 2 * accepted

        with pytest.raises(JournalUnwritable, match=r"the disk is full.*nothing of this request was accepted"):
            await journal.commit(story.one(RecordKind.CONTROL, 0))
        with pytest.raises(JournalUnwritable, match="the disk is full"):
            await journal.erase()

        # What has happened is not refused: it waits.
        kept = [story.one(RecordKind.CONTROL, 0) for _ in range(50)]
        for tx in kept:
            journal.append(tx)
        flushed = asyncio.ensure_future(journal.flush())
        with pytest.raises(JournalUnwritable):
            await journal.commit(story.one(RecordKind.CONTROL, 0))
        assert not flushed.done()
        assert journal.backlog == 50

        disk.make_room()
        assert await next_change() is True
        assert journal.healthy
        await flushed
        assert heard[2 * accepted :] == [tx.records[0] for tx in kept]
        await journal.commit(story.accepted(story.event(5_000, payload=_BIG), "shop"))
        assert journal.deliveries()[1] == accepted + 1
        assert journal.backlog == 0

    with_journal(use, max_pages=120, retry_after=0.01)


def test_appended_in_the_batch_that_did_not_fit_is_kept_in_order(with_journal, story, disk):
    async def use(journal: Journal) -> None:
        next_change = await _health(journal)
        heard: list[int] = []
        journal.on_committed = lambda records: heard.extend(record.seq for record in records)
        appended = [Transaction(records=(story.record(RecordKind.CONTROL, data={"x": _BIG}),)) for _ in range(40)]
        for tx in appended:
            journal.append(tx)
        assert await next_change() is False
        more = [story.one(RecordKind.CONTROL, 0) for _ in range(40)]
        for tx in more:
            journal.append(tx)
        disk.make_room()
        assert await next_change() is True
        await journal.flush()
        assert heard == [tx.records[0].seq for tx in (*appended, *more)]

    with_journal(use, max_pages=120, retry_after=0.01)


def test_closing_on_a_full_disk_ends_and_keeps_what_was_accepted(with_journal, story, tmp_path):
    accepted = 0

    async def use(journal: Journal) -> None:
        nonlocal accepted
        accepted = await _fill(journal, story)
        journal.append(Transaction(records=(story.record(RecordKind.CONTROL, data={"x": _BIG * 10}),)))
        waiting = asyncio.ensure_future(journal.flush())
        await asyncio.sleep(0)
        await journal.close()
        with pytest.raises(JournalUnwritable, match="the disk is full"):
            await waiting

    async def after(journal: Journal) -> None:
        assert journal.deliveries()[1] == accepted
        await journal.commit(story.one(RecordKind.CONTROL, 0))

    with_journal(use, max_pages=120, retry_after=10)
    with_journal(after)


def test_a_file_locked_by_another_program_is_waited_for(with_journal, story, tmp_path: Path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, timeout=0.01, **options))

    async def use(journal: Journal) -> None:
        next_change = await _health(journal)
        other = connect(tmp_path / "data" / "journal.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalUnwritable, match="another process keeps it locked"):
            await journal.commit(story.one(RecordKind.CONTROL, 0))
        assert await next_change() is False
        other.execute("ROLLBACK")
        other.close()
        assert await next_change() is True
        await journal.commit(story.one(RecordKind.CONTROL, 0))

    with_journal(use, retry_after=0.01)
