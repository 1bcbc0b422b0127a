"""The alarm of the engine, on a loop of its own."""

import asyncio

import pytest

from emulator.runtime.alarm import Alarm


async def some_turns():
    """Of the loop: more than anything takes that is to happen at once."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_it_goes_off_once_however_often_it_is_rung():
    async def go():
        calls = []
        alarm = Alarm(lambda: calls.append(1), broken="")
        for _ in range(3):
            alarm.ring()
        assert calls == []
        await asyncio.sleep(0)
        assert calls == [1]
        await some_turns()
        assert calls == [1]

    asyncio.run(go())


def test_it_goes_off_again_after_as_long_as_was_answered_or_sooner_when_rung():
    async def go():
        loop = asyncio.get_running_loop()
        calls, second, fourth = [], asyncio.Event(), asyncio.Event()
        waits = iter([0.02, 60, 0, None])

        def act():
            calls.append(loop.time())
            if len(calls) in (2, 4):
                (second if len(calls) == 2 else fourth).set()
            return next(waits)

        alarm = Alarm(act, broken="")
        alarm.ring()
        await asyncio.wait_for(second.wait(), 10)
        assert calls[1] - calls[0] >= 0.019
        alarm.ring()  # a minute early
        await asyncio.wait_for(fourth.wait(), 10)

    asyncio.run(go())


def test_what_rings_while_it_acts_is_heard():
    async def go():
        calls = []

        def act():
            calls.append(1)
            if len(calls) == 1:
                alarm.ring()
            return 60

        alarm = Alarm(act, broken="")
        alarm.ring()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert calls == [1, 1]

    asyncio.run(go())


@pytest.mark.parametrize("when", ["before", "within"])
def test_once_it_has_ended_it_is_silent(when):
    async def go():
        calls = []

        def act():
            calls.append(1)
            if when == "within":
                alarm.end()
            return 0

        alarm = Alarm(act, broken="")
        alarm.ring()
        if when == "before":
            alarm.end()
        alarm.ring()
        await some_turns()
        alarm.ring()
        await some_turns()
        assert calls == ([] if when == "before" else [1])

    asyncio.run(go())


def test_a_mistake_ends_it_and_is_heard_of(caplog):
    async def go():
        calls = []

        def act():
            calls.append(1)
            raise RuntimeError("ours")

        alarm = Alarm(act, broken="nothing moves any more")
        alarm.ring()
        await asyncio.sleep(0)
        alarm.ring()
        await some_turns()
        assert calls == [1]

    asyncio.run(go())
    (said,) = caplog.records
    assert (said.levelname, said.getMessage()) == ("CRITICAL", "nothing moves any more")
    assert str(said.exc_info[1]) == "ours"
