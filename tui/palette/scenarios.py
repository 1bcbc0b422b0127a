"""Scenarios: those that come with the emulator, to be played on this server."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from emulator.domain.errors import EnvironmentFault
from tui.desk import Desk
from tui.doing import do
from tui.packaged import SCENARIOS, descriptions
from tui.palette.offers import Offer, Offers
from tui.screens.page import Page

RUN = (sys.executable, "-m", "emulator", "run")
"""The command line's `run`, by the Python that runs the dashboard."""
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


async def play(desk: Desk, name: str, *, run: Sequence[str] = RUN) -> None:
    """Plays it on the server, in a process of its own, and tells how it ended. Raises EnvironmentFault."""
    desk.session.say(f"Playing {name}")
    command = (*run, name, "--url", desk.client.url, "--json")
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        told, remarks = await process.communicate()
    finally:
        await _ended(process)
    lines = [line.strip() for line in remarks.decode(errors="replace").splitlines() if line.strip()]
    if process.returncode not in (0, _INCONCLUSIVE):
        why = lines[-1] if lines else f"it ended with {process.returncode}"
        raise EnvironmentFault(f"{name} was not played: {why}")
    try:
        sentence = closing(name, orjson.loads(told))
    except (ValueError, KeyError, TypeError):
        raise EnvironmentFault(f"what became of {name} was told in a way that this dashboard cannot read") from None
    for line in lines:
        desk.session.say(line)
    desk.session.say(sentence, trouble=process.returncode == _INCONCLUSIVE)


def closing(name: str, played: Mapping[str, Any]) -> str:
    """What became of a scenario's deliveries, in a sentence."""
    states = Counter(str(delivery["state"]) for delivery in played["deliveries"])
    came = ", ".join(f"{count} {state}" for state, count in states.most_common()) or "none at all"
    end = "" if played["settled"] else "; the time limit passed before everything was settled"
    return f"{name} was played: deliveries {came}, in {len(played['attempts'])} attempts{end}"


async def _ended(process: Process) -> None:
    """Nothing is left behind by a dashboard that is quit meanwhile."""
    if process.returncode is None:
        process.terminate()
        await process.wait()
