"""Scenarios: those that come with the emulator, to be played on this server."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable, Mapping
from functools import partial

from emulator.domain.errors import EnvironmentFault
from tui.desk import Desk
from tui.doing import do
from tui.packaged import SCENARIOS, descriptions
from tui.palette.offers import Offer, Offers
from tui.screens.page import Page

_INCONCLUSIVE = 5
"""How `run` ends when not everything was settled in time: it was played, and says so."""


class Scenarios(Offers):
    """Each with the lesson that is in it."""

    async def startup(self) -> None:
        self._about: Mapping[str, str] = descriptions(SCENARIOS)

    def offers(self, page: Page) -> Iterable[Offer]:
        if page.desk.saved:
            return
        for name, about in self._about.items():
            yield Offer(f"run {name}", about, partial(_begin, page, name))


def _begin(page: Page, name: str) -> None:
    do(page, play(page.desk, name))


async def play(desk: Desk, name: str) -> None:
    """Plays it on the server, in a process of its own, and tells how it ended. Raises EnvironmentFault."""
    desk.session.say(f"Playing {name}")
    command = (sys.executable, "-m", "emulator", "run", name, "--url", desk.client.url)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        told, wrong = await process.communicate()
    finally:
        await _ended(process)
    if process.returncode not in (0, _INCONCLUSIVE):
        raise EnvironmentFault(f"{name} was not played: {_last(wrong) or _last(told)}")
    desk.session.say(f"{name}: {_last(told)}", trouble=process.returncode == _INCONCLUSIVE)


async def _ended(process: Process) -> None:
    """Nothing is left behind by a dashboard that is quit meanwhile."""
    if process.returncode is None:
        process.terminate()
        await process.wait()


def _last(text: bytes) -> str:
    """The closing sentence."""
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""
