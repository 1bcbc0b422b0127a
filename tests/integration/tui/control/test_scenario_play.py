"""Scenarios from the palette: how a process that plays one is begun, told of and ended."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.errors import EnvironmentFault
from tui.client import Client
from tui.desk import Desk
from tui.palette.scenarios import play
from tui.session import Session

ENDS = """
import json, sys
name, *rest = sys.argv[1:]
assert rest == ["--url", "http://127.0.0.1:9", "--json"], sys.argv
deliveries = [{"state": state} for state in ("succeeded", "exhausted", "succeeded")]
print(json.dumps({"deliveries": deliveries, "attempts": [{}] * 7, "settled": CODE == 0}))
print("\\na remark on it\\n", file=sys.stderr)
sys.exit(CODE)
"""


def played(code: str, during: Callable[[Desk], Coroutine[Any, Any, None]] | None = None) -> Session:
    """What the session knows when a process that does this has played `duplicate`."""

    async def go() -> Session:
        desk = Desk(client=Client("http://127.0.0.1:9"), session=Session())
        playing = asyncio.create_task(play(desk, "duplicate", run=(sys.executable, "-c", code)))
        try:
            if during is not None:
                await during(desk)
                playing.cancel()
            async with asyncio.timeout(30):
                await playing
        except asyncio.CancelledError:
            assert during is not None
        finally:
            await desk.client.aclose()
        return desk.session

    return asyncio.run(go())


def test_what_became_of_it_is_told() -> None:
    begun, remark, ended = played(ENDS.replace("CODE", "0")).notices
    assert begun.text == "Playing duplicate"
    assert remark.text == "a remark on it"
    assert ended.text == "duplicate was played: deliveries 2 succeeded, 1 exhausted, in 7 attempts"
    assert not ended.trouble


def test_one_that_did_not_settle_is_trouble() -> None:
    ended = played(ENDS.replace("CODE", "5")).notices[-1]
    assert ended.text.endswith("; the time limit passed before everything was settled")
    assert ended.trouble


def test_why_it_could_not_be_played_is_told() -> None:
    with pytest.raises(EnvironmentFault, match="duplicate was not played: a remark on it"):
        played(ENDS.replace("CODE", "3"))


@pytest.mark.parametrize("told", ["", "Ready", "[]", '{"settled": true}'])
def test_what_cannot_be_read_is_a_sentence(told: str) -> None:
    with pytest.raises(EnvironmentFault, match="cannot read"):
        played(f"print({told!r})")


def test_a_dashboard_that_is_quit_leaves_no_process_behind(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    code = (
        "import pathlib, signal, sys, time\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(ended)!r}).touch(), sys.exit()))\n"
        f"pathlib.Path({str(begun)!r}).touch()\n"
        "while True: time.sleep(60)\n"
    )

    async def until_begun(desk: Desk) -> None:
        async with asyncio.timeout(30):
            while not begun.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)

    played(code, until_begun)
    assert ended.exists()
