"""What a server is made of is spared by the garbage collector, which would hold up sends for it."""

import asyncio
import gc
import os
import signal
from collections.abc import Iterator

import pytest

from emulator.harness.server import run_server
from emulator.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _as_before(nothing_frozen: None) -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_a_server_that_is_ready_is_kept_from_the_collector() -> None:
    frozen: list[int] = []
    thresholds: list[int] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            frozen.append(gc.get_freeze_count())
            thresholds.append(gc.get_threshold()[0])
            os.kill(os.getpid(), signal.SIGTERM)

        def on_ready(server: object) -> None:
            frozen.append(gc.get_freeze_count())
            loop.call_soon(stop)

        await run_server(Settings(seed=1, port=0), on_ready=on_ready)

    asyncio.run(scenario())
    before, after = frozen
    assert before == 0
    assert after > 10_000
    assert thresholds == [20_000]
