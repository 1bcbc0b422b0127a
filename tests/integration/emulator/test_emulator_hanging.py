"""Receivers that hang, more of them than there is room for: one that answers gets everything all the same."""

import resource
import socket
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.moment import HOUR
from emulator.domain.outcome import Outcome
from emulator.harness.scenario_run import play
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.engine import fair_share
from emulator.runtime.settings import ClockMode, ClockSettings

EVENTS = 50
DEAF = """\
time_limit: 200ms
webhook_timeout: 1s
integrations: [{{name: deaf, url: "http://127.0.0.1:{port}/", observes: [order.created]}}]
steps: [{{trigger: order.created}}, {{sleep: 1h}}, {{trigger: order.created}}]
"""


def test_many_that_hang_hold_up_nobody_else(run: Any, started: Any, gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.runtime.assembly.sends_at_once", lambda: 64)

    async def scenario() -> None:
        hang, quick = gate(), []

        async def answer(message: Any) -> Outcome:
            if message.integration.name != "quick":
                return await hang(message)
            quick.append(message)
            return Outcome(succeeded=True, status=200)

        async with started(answer, clock=ClockSettings(mode=ClockMode.REAL)) as shop:
            for number in range(20):
                await shop.register(f"hanging {number}", observes=("order.created",))
            await shop.register("quick", observes=("order.created",))
            await shop.trigger(count=EVENTS)
            await shop.until(lambda: len(quick) == EVENTS)
            assert hang.ended == 0
            hang.open()
            assert await shop.emulator.settle(time_limit=20)

    run(scenario())


def test_virtual_time_is_moved_no_longer_than_it_may_take(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        hang = gate()
        async with started(hang) as shop:
            await shop.register(observes=("order.created",))
            await shop.emulator.add_rule({"id": "late", "delay": "1m"})
            await shop.trigger(count=2)
            due = shop.emulator.clock_state().next_due
            await shop.emulator.advance(HOUR, time_limit=0.01)
            assert (hang.waiting, shop.emulator.now()) == (1, due)
            hang.open()
            await shop.emulator.advance(HOUR, time_limit=20)
            assert (hang.ended, shop.emulator.now()) == (2, due + HOUR)

    run(scenario())


def test_a_scenario_ends_with_its_time_limit_whoever_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        scenario = parse_scenario(DEAF.format(port=deaf.getsockname()[1]), "deaf.yaml", {})
        played = play(scenario)
    assert not played.settled
    (delivery,) = played.deliveries
    assert delivery["state"] == "sending", "its last step, and what is sent until then, are beyond the limit"


@given(st.integers(1, 5_000), st.integers(1, 200))
def test_all_the_others_together_leave_one_its_room(most: int, integrations: int) -> None:
    share = fair_share(most, integrations)
    assert 1 <= share <= 64
    assert (integrations - 1) * share + share <= max(most, integrations)


def test_a_server_takes_as_many_descriptors_as_it_may_and_leaves_some_to_others() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_000:
        pytest.skip(f"the system allows {hard} descriptors, too few to tell")
    code = (
        "import resource\n"
        "from emulator.runtime.descriptors import raise_limit, sends_at_once\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))\n"
        "print(sends_at_once())\n"
        "raise_limit()\n"
        "print(sends_at_once())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["128", "1024"]
