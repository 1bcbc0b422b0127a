"""`kill -9` at any moment: whatever was reported as committed is there, and the file is whole."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.runtime.journal import Journal

_ROUNDS = int(os.environ.get("EPCC_EMULATOR_TEST_KILLS", "12"))

# Commits deliveries one after another and says the number of each once it is durable; settles every other one by
# appending, as sends do. A small limit keeps pruning at work beside it.
_CHILD = """
import asyncio, os, sys
from pathlib import Path
from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.journal import Journal

async def main():
    journal = Journal.open(Path(sys.argv[1]), history_bytes=int(sys.argv[2]))
    seq, number = journal.next_seq, journal.next_delivery

    def record(kind, **fields):
        nonlocal seq
        seq += 1
        return Record(seq=seq - 1, at=seq, kind=kind, integration="shop", delivery=number, **fields)

    async def one(event):
        plan = {"event": event.identity, "event_key": event.key, "job": 1, "job_id": f"job-{number}",
                "resource": event.resource, "integration": "shop", "faults": [],
                "sends": [{"attempt": 1, "copy": 0, "due": 1}]}
        order = Resource(key=event.resource, type="order", id=event.resource_id, document={"n": number},
                         created_at=1, touched_at=1)
        planned = record(RecordKind.PLANNED, attempt=1, state=DeliveryState.PLANNED, due=1, data=plan)
        return Transaction(records=(planned,), events=(event,), resources=(order,), meta={"last": number})

    while True:
        number_text = str(number)
        event = Event(identity=f"order:{number}/order.paid:1", key="order.paid", resource=f"order:{number}",
                      resource_type="order", resource_id=number_text, at=seq, payload='{"data":"' + "x" * 700 + '"}')
        committing = asyncio.ensure_future(journal.commit(await one(event)))
        await asyncio.sleep(0)
        if number % 2:
            journal.append(Transaction(records=(
                record(RecordKind.ATTEMPTED, attempt=1, state=DeliveryState.SUCCEEDED, data={"status": 200}),)))
        await committing
        os.write(1, (number_text + "\\n").encode())
        number += 1

asyncio.run(main())
"""


def _run_until_killed(directory: Path, limit: int, dice: random.Random) -> list[int]:
    """The numbers that the child reported before it was killed, at a moment after its first few."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(directory), str(limit)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    reported = b""
    enough = dice.randrange(1, 4_000)
    try:
        while len(reported) < enough:
            piece = os.read(child.stdout.fileno(), 256)
            assert piece, "the child ended by itself"
            reported += piece
    finally:
        child.kill()
        rest, _ = child.communicate()
    text = (reported + rest).decode()
    return [int(line) for line in text[: text.rfind("\n") + 1].split()]


def _check(directory: Path, reported: list[int], pending: set[int], *, pruned: bool) -> int:
    """How many of those reported were pruned since."""
    missing = 0

    async def inside() -> None:
        nonlocal missing
        journal = Journal.open(directory)
        try:
            for number in reported:
                assert journal.shelves.by_key(f"order:{number}").document == {"n": number}
                row = journal.delivery(number)
                if row is None:
                    assert pruned
                    assert number % 2, f"{number} was pending"
                    missing += 1
                    continue
                assert journal.event(row.event) is not None
                assert row.state in (DeliveryState.PLANNED, DeliveryState.SUCCEEDED)
                assert [record.seq for record in journal.records_of(number)]
            assert journal.meta("last") >= reported[-1]
            assert journal.next_delivery > reported[-1]
            still_open = {row.number for row, _ in journal.open_deliveries()}
            assert pending <= still_open
        finally:
            await journal.close()

    asyncio.run(inside())
    db = sqlite3.connect(directory / "journal.sqlite3")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return missing


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("limit", [1_000_000_000, 1_000_000], ids=["all kept", "pruned"])
def test_nothing_reported_is_lost(tmp_path, limit):
    dice = random.Random(limit)
    pending: set[int] = set()
    seen: list[int] = []
    for _ in range(_ROUNDS // 2):
        reported = _run_until_killed(tmp_path / "data", limit, dice)
        assert reported == list(range(reported[0], reported[0] + len(reported)))
        assert not seen or reported[0] > seen[-1]
        seen += reported
        pending |= {number for number in reported if number % 2 == 0}
        _check(tmp_path / "data", reported, pending, pruned=limit < 1_000_000_000)
    missing = _check(tmp_path / "data", seen, pending, pruned=limit < 1_000_000_000)
    assert (missing > 0) == (limit < 1_000_000_000)


def test_killed_while_it_is_made(tmp_path):
    """A crash during the very first opening leaves nothing that the next one stumbles over."""
    code = (
        "import sys; from pathlib import Path; from emulator.runtime.journal import Journal\n"
        "print('go', flush=True); Journal.open(Path(sys.argv[1]))"
    )
    dice = random.Random(1)
    for turn in range(6):
        directory = tmp_path / str(turn)
        child = subprocess.Popen([sys.executable, "-c", code, str(directory)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        spin = dice.randrange(0, 200_000)
        while spin:
            spin -= 1
        child.kill()
        child.communicate()
        asyncio.run(Journal.open(directory).close())
