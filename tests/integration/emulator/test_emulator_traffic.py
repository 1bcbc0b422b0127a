"""Traffic in a running emulator: paced, durable, the same for the same seed, and not to be put out by anybody."""

import asyncio
import gc
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.core.rate_limit import parse_rate
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand, InvalidInput, JournalUnwritable, NotFound
from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.record import RecordKind
from emulator.domain.resource import Command
from emulator.runtime.emulator import Emulator
from emulator.runtime.integrity import check_integrity
from emulator.runtime.settings import ClockMode, ClockSettings
from emulator.runtime.tally import Ending, TrafficRequest, TrafficState
from emulator.store.mix import Mix
from emulator.store.traffic import MOST_VISITORS

Run = Callable[[Any], Any]
Started = Callable[..., Any]

REAL = ClockSettings(mode=ClockMode.REAL)
ENDLESS = 1_000_000_000
LONG = int(os.environ.get("EPCC_EMULATOR_TEST_EVENTS", "12000"))


def _request(rate: str = "50/s", **values: Any) -> TrafficRequest:
    return TrafficRequest(rate=parse_rate(rate), **values)


async def _traffic(emulator: Emulator, rate: str = "50/s", **values: Any) -> TrafficState:
    await emulator.traffic.start(_request(rate, **values))
    await emulator.traffic.ended()
    state = emulator.traffic.state()
    assert state is not None
    return state


def _raised(emulator: Emulator) -> list[tuple[str, str, str]]:
    """What each event was, in order; not when it was."""
    events, total = emulator.journal.events(limit=10_000, newest_first=False)
    assert len(events) == total
    return [(event.identity, event.key, event.resource_id) for event in events]


def test_virtual_time_moves_at_the_rate_and_everything_is_delivered(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register(observes=("*",))
            begin = shop.emulator.now()
            state = await _traffic(shop.emulator, "50/s", count=300)
            assert state.ending is Ending.DONE
            assert 300 <= sum(state.keys.values()) < 305, "what the last command raises is complete"
            assert abs(shop.emulator.now() - begin - 6 * SECOND) < SECOND // 5
            assert (state.latest, state.missed) == (0, 0)
            assert await shop.emulator.settle(time_limit=20)
            rows, total = shop.emulator.journal.deliveries(state=DeliveryState.SUCCEEDED, limit=1)
            assert (len(rows), total) == (1, sum(state.keys.values()))
            assert not state.cut_short

    run(scenario())


def test_a_busy_shop_hangs_together(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            state = await _traffic(shop.emulator, "1000/s", count=1_000)
            assert state.finished["order"] > 10
            report = await check_integrity(shop.emulator.journal)
            assert report.resources > 100
            assert report.findings == ()

    run(scenario())


def test_the_same_seed_raises_the_same_at_every_rate_and_on_every_clock(run: Run, started: Started) -> None:
    async def scenario(rate: str, **settings: Any) -> list[tuple[str, str, str]]:
        async with started(**settings) as shop:
            await _traffic(shop.emulator, rate, count=200)
            return _raised(shop.emulator)

    slow = run(scenario("1/m"))
    assert slow == run(scenario("1000/s")) == run(scenario("1000/s", clock=REAL))
    assert slow != run(scenario("1/m", seed=2))


def test_it_goes_on_for_as_long_as_it_was_asked_to(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            begin = shop.emulator.now()
            state = await _traffic(shop.emulator, "3/m", duration=10 * MINUTE)
            assert shop.emulator.now() == begin + 10 * MINUTE
            assert 30 <= sum(state.keys.values()) <= 34
            assert state.reached == pytest.approx(0.05, rel=0.15)

    run(scenario())


def test_on_a_real_clock_it_keeps_its_pace(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started(clock=REAL) as shop:
            state = await _traffic(shop.emulator, "200/s", count=100)
            took = state.ended - state.started
            assert took >= SECOND * 95 // 200, "not faster than asked"
            assert state.reached <= 220

    run(scenario())


def test_it_survives_everybody_who_interferes(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            emulator = shop.emulator
            await emulator.traffic.start(_request("50/s", count=1_500))
            await shop.until(lambda: sum(emulator.traffic.state().keys.values()) > 200)
            carts, _ = emulator.shelves.page("cart", limit=1_000)
            for cart in carts:
                await emulator.execute(Command(type="cart", verb="delete", target=cart.id))
            await emulator.traffic.ended()
            state = emulator.traffic.state()
            assert state.ending is Ending.DONE
            assert 0 < sum(state.cut_short.values()) <= MOST_VISITORS
            assert "is deleted" in state.refusal
            assert (await check_integrity(emulator.journal)).findings == ()

    run(scenario())


def test_stopped_it_has_journalled_all_that_it_tells_of(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started(clock=REAL) as shop:
            traffic = shop.emulator.traffic
            await traffic.start(_request("100000/s"))
            await shop.until(lambda: sum(traffic.state().keys.values()) > 300)
            assert shop.emulator.status()["traffic"]
            state = await traffic.stop()
            assert state.ending is Ending.STOPPED
            assert not shop.emulator.status()["traffic"]
            assert state.latest > 0
            events, total = shop.emulator.journal.events(limit=1)
            assert (len(events), total) == (1, sum(state.keys.values()))
            assert (await traffic.stop()).ending is Ending.STOPPED
            notes = [
                record.data["on"]
                for record in await shop.records(RecordKind.CONTROL)
                if record.data["what"] == "traffic"
            ]
            assert notes == [True, False]

    run(scenario())


def test_there_is_one_traffic_at_a_time(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started(clock=REAL) as shop:
            with pytest.raises(NotFound, match="no traffic"):
                await shop.emulator.traffic.stop()
            await shop.emulator.traffic.start(_request())
            with pytest.raises(IllegalCommand, match="goes on already"):
                await shop.emulator.traffic.start(_request())
            await shop.emulator.traffic.stop()
            assert (await _traffic(shop.emulator, "1000/s", count=5)).ending is Ending.DONE

    run(scenario())


def test_virtual_time_is_not_let_run_away(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            with pytest.raises(InvalidInput, match="how long"):
                await shop.emulator.traffic.start(_request())
            with pytest.raises(InvalidInput, match="year 9997"):
                await shop.emulator.traffic.start(_request("1/3650d", count=1_000))
            assert shop.emulator.traffic.state() is None

    run(scenario())


def test_a_reset_ends_it(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.emulator.traffic.start(_request(count=ENDLESS))
            await shop.until(lambda: shop.emulator.traffic.state().keys)
            await shop.emulator.reset()
            assert shop.emulator.traffic.state() is None
            assert _raised(shop.emulator) == []

    run(scenario())


def test_after_a_restart_it_is_said_once_that_it_does_not_go_on(run: Run, started: Started, tmp_path: Path) -> None:
    async def told() -> tuple[int, bool]:
        async with started(data_dir=tmp_path) as shop:
            notices = [record.data["text"] for record in await shop.records(RecordKind.NOTICE)]
            return sum("it is not resumed" in text for text in notices), shop.emulator.traffic.running

    async def cut_off() -> None:
        async with started(data_dir=tmp_path) as shop:
            await shop.emulator.traffic.start(_request(count=ENDLESS))
            await shop.until(lambda: shop.emulator.traffic.state().keys)

    async def finished() -> None:
        async with started(data_dir=tmp_path) as shop:
            await _traffic(shop.emulator, count=5)

    run(finished())
    assert run(told()) == (0, False)
    run(cut_off())
    assert run(told()) == (1, False)
    assert run(told()) == (1, False), "once"


def test_a_journal_that_cannot_be_written_is_waited_for_and_nothing_is_skipped(
    run: Run, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(*, broken: bool) -> list[tuple[str, str, str]]:
        async with started() as shop:
            journal = shop.emulator.journal
            commit, asked = journal.commit, []

            async def sometimes(tx: Any) -> None:
                asked.append(tx)
                if broken and len(asked) % 7 == 3:
                    raise JournalUnwritable("the disk is full")
                await commit(tx)

            monkeypatch.setattr(journal, "commit", sometimes)
            state = await _traffic(shop.emulator, count=100)
            assert not state.cut_short
            return _raised(shop.emulator)

    assert run(scenario(broken=True)) == run(scenario(broken=False))


def test_a_mistake_of_ours_ends_it_and_is_logged(
    run: Run, started: Started, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with started() as shop:

            def broken(*_: Any) -> None:
                raise RuntimeError("a mistake")

            monkeypatch.setattr(shop.emulator.shop, "execute_all", broken)
            with caplog.at_level(logging.ERROR, logger="emulator"):
                state = await _traffic(shop.emulator, count=5)
            assert state.ending is Ending.FAILED
            assert "a mistake" in caplog.text

    run(scenario())


def test_a_shop_in_which_nothing_can_be_done_is_left_in_peace(run: Run, started: Started) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.emulator.furnish("customer")
            customers, _ = shop.emulator.shelves.page("customer", limit=100)
            for customer in customers:
                await shop.emulator.execute(Command(type="customer", verb="delete", target=customer.id))
            mix = Mix(weights={"address": 1})
            state = await _traffic(shop.emulator, "10/s", duration=10 * SECOND, mix=mix)
            assert (state.commands, dict(state.cut_short), state.keys) == (100, {"address": 100}, {})
            assert "every customer was deleted" in state.refusal

    run(scenario())


@pytest.mark.slow
@pytest.mark.soak
def test_memory_is_flat_however_long_it_goes_on(started: Started) -> None:
    def resident() -> int:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096

    async def scenario() -> None:
        async with started(clock=REAL, history_bytes=10_000_000) as shop:
            await _traffic(shop.emulator, "100000/s", count=10_000)
            before = resident()
            await _traffic(shop.emulator, "100000/s", count=LONG)
            assert resident() < 1.2 * before

    asyncio.run(scenario())
