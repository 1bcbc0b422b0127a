"""A journal that cannot be written: nothing is accepted, nothing is half done, and all goes on by itself."""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import JournalUnwritable
from emulator.domain.moment import SECOND
from emulator.domain.record import Transaction
from emulator.runtime.journal import Journal
from emulator.runtime.journal import writer as writer_module
from emulator.runtime.settings import ClockMode, ClockSettings

REAL = ClockSettings(mode=ClockMode.REAL)


def picture(emulator: Any) -> Any:
    """Everything that a refused change could have left a trace in."""
    journal = emulator.journal
    return (
        emulator.integrations(),
        [active.describe() for active in emulator.rules()],
        emulator.profile,
        emulator.paused(),
        emulator.held(),
        emulator.clock_state().pending,
        journal.events()[1],
        journal.deliveries()[1],
        journal.shelves.page("order")[1],
        journal.meta("chaos"),
        journal.meta("rules"),
    )


CHANGES: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "trigger": lambda shop: shop.trigger("order.paid"),
    "create": lambda shop: shop.register("another"),
    "create and tell": lambda shop: shop.register("another", managed=False),
    "update": lambda shop: shop.emulator.update_integration("shop", name="renamed"),
    "disable": lambda shop: shop.emulator.update_integration("shop", enabled=False),
    "delete": lambda shop: shop.emulator.delete_integration("shop"),
    "add a rule": lambda shop: shop.emulator.add_rule({"drop": {}}),
    "remove a rule": lambda shop: shop.emulator.remove_rule("late"),
    "remove a rule of the profile": lambda shop: shop.emulator.remove_rule("copy"),
    "another profile": lambda shop: shop.emulator.set_profile("hostile"),
    "hold": lambda shop: shop.emulator.hold({}),
    "pause": lambda shop: shop.emulator.pause("shop"),
    "resume": lambda shop: shop.emulator.resume("shop"),
    "a new job": lambda shop: shop.emulator.resend("order:1/order.created:1", new_job=True),
    "an edited one": lambda shop: shop.emulator.resend("order:1/order.created:1", payload={}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_is_not_journalled_leaves_no_trace(run: Any, started: Any, change: Any) -> None:
    async def scenario() -> None:
        async with started(profile="at_least_once") as shop:
            await shop.register()
            await shop.emulator.add_rule({"id": "late", "times": 5, "delay": {"value": "10m"}})
            await shop.trigger(only=True)
            await shop.emulator.journal.flush()
            before, commit = picture(shop.emulator), shop.emulator.journal.commit

            async def refuse(tx: Transaction) -> None:
                raise JournalUnwritable("the disk is full")

            shop.emulator.journal.commit = refuse
            with pytest.raises(JournalUnwritable):
                await change(shop)
            assert picture(shop.emulator) == before

            shop.emulator.journal.commit = commit
            await change(shop)
            await shop.emulator.settle(time_limit=10)

    run(scenario())


def test_what_was_counted_meanwhile_stays_counted(run: Any, started: Any) -> None:
    """A refused change gives back its own counts, not those of deliveries that ended while it waited."""

    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.emulator.add_rule({"id": "unheard", "times": 5, "ack_loss": {}})
            await shop.emulator.add_rule({"id": "late", "times": 5, "delay": {"value": "1s"}})
            await shop.trigger(only=True)
            reached, go_on = asyncio.Event(), asyncio.Event()

            async def refuse(tx: Transaction) -> None:
                reached.set()
                await go_on.wait()
                raise JournalUnwritable("the disk is full")

            commit, shop.emulator.journal.commit = shop.emulator.journal.commit, refuse
            refused = asyncio.create_task(shop.trigger(only=True))
            await reached.wait()
            dispatcher, now = shop.emulator.parts.dispatcher, shop.emulator.now() + SECOND
            [send], _ = dispatcher.take_due(now, 1)
            outcome = await shop.receiver.send(send)
            dispatcher.resolve(send, outcome, shop.emulator.integration("shop"), started_at=now, now=now)
            go_on.set()
            with pytest.raises(JournalUnwritable):
                await refused
            shop.emulator.journal.commit = commit
            assert {active.id: active.hits for active in shop.emulator.rules()} == {"unheard": 1, "late": 1}

    run(scenario())


class Disk:
    """Gives room to a journal by raising the ceiling on its file."""

    def __init__(self) -> None:
        self.full = True


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Journals that fill up soon, until `disk.full = False`."""
    disk = Disk()
    original = writer_module.Writer._probe

    def probe(writer: Any) -> None:
        # The ceiling belongs to the writer's connection, so it is the writer's thread that raises it.
        if not disk.full:
            writer._db.execute("PRAGMA max_page_count = 1000000")
        original(writer)

    monkeypatch.setattr(writer_module.Writer, "_probe", probe)
    opened = partial(Journal.open, max_pages=150, retry_after=0.01)
    monkeypatch.setattr(Journal, "open", opened)
    return disk


async def fill(shop: Any) -> int:
    """Triggers until the disk is full; how many were accepted."""
    for accepted in range(1000):
        try:
            await shop.trigger("order.created", only=True)
        except JournalUnwritable:
            return accepted
    raise AssertionError("the disk never filled")


@pytest.mark.parametrize("clock", [REAL, ClockSettings(mode=ClockMode.VIRTUAL)], ids=["real", "virtual"])
def test_on_a_full_disk_sending_stops_and_goes_on_by_itself(
    run: Any, started: Any, small_disk: Disk, tmp_path: Path, clock: ClockSettings
) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path, clock=clock) as shop:
            await shop.register()
            await shop.emulator.pause()
            accepted = await fill(shop)
            assert accepted > 3
            assert not shop.emulator.healthy
            event = shop.emulator.journal.events(limit=1)[0][0].identity
            refused = [shop.emulator.release, shop.emulator.resume, shop.emulator.reset]
            refused += [partial(shop.emulator.retry, "1"), partial(shop.emulator.resend, event)]
            refused += [partial(shop.emulator.advance, SECOND)] if clock is not REAL else []
            for change in refused:
                async with asyncio.timeout(1):
                    with pytest.raises(JournalUnwritable):
                        await change()
            shop.emulator.parts.dispatcher.resume("*")
            shop.emulator.parts.engine.wake()
            assert not await shop.emulator.settle(time_limit=0.05)
            assert not shop.receiver.sent
            small_disk.full = False
            await shop.until(lambda: shop.emulator.healthy)
            assert await shop.emulator.settle(time_limit=10)
            assert len(shop.receiver.sent) == accepted
            assert await shop.states() == [DeliveryState.SUCCEEDED] * accepted
            await shop.trigger("order.created", only=True)
            assert await shop.emulator.settle(time_limit=10)
            assert len(shop.receiver.sent) == accepted + 1

    run(scenario())


def test_a_reset_that_keeps_the_integrations_is_done_whole_or_not_at_all(
    run: Any, started: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a kill between the erasure and what is kept loses a registration: there is nothing in between."""
    left_behind = tmp_path / "as a kill leaves it"

    class Failing(writer_module.Batch):
        def write(self, db: sqlite3.Connection) -> None:
            if not left_behind.exists():
                left_behind.mkdir()
                for file in (tmp_path / "data").glob("journal.sqlite3*"):
                    shutil.copy(file, left_behind)
                raise sqlite3.OperationalError("no such thing")
            super().write(db)

    async def scenario() -> None:
        async with started(data_dir=tmp_path / "data") as shop:
            kept = await shop.register()
            await shop.trigger("order.created")
            with monkeypatch.context() as patched:
                patched.setattr(writer_module, "Batch", Failing)
                now = shop.emulator.now()
                with pytest.raises(sqlite3.OperationalError):
                    await shop.emulator.reset(keep_integrations=True, rewind=True)
                assert shop.emulator.now() == now
            killed = Journal.read_only(left_behind)
            for journal in (killed, shop.emulator.journal):
                assert journal.integrations() == [kept]
                assert journal.deliveries()[1] == 1
            await killed.close()
            assert shop.emulator.integrations() == [kept]
            await shop.emulator.reset(keep_integrations=True)
            assert shop.emulator.journal.integrations() == [kept]
            assert shop.emulator.journal.deliveries()[1] == 0

    run(scenario())


def test_a_reset_that_fails_goes_on_as_before(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, clock=REAL) as shop:
            await shop.register()
            await shop.trigger("order.created", count=3, only=True)
            await shop.until(lambda: answer.waiting == 3)
            erase = shop.emulator.journal.erase

            async def refuse(**_: Any) -> None:
                raise JournalUnwritable("the disk is full")

            shop.emulator.journal.erase = refuse
            with pytest.raises(JournalUnwritable):
                await shop.emulator.reset()
            shop.emulator.journal.erase = erase
            assert len(shop.emulator.integrations()) == 1
            await shop.until(lambda: answer.waiting == 6)
            answer.open()
            assert await shop.emulator.settle(time_limit=10)
            assert await shop.states() == [DeliveryState.SUCCEEDED] * 3
            assert {attempt for _, attempt, _ in shop.sent()} == {1}

    run(scenario())
