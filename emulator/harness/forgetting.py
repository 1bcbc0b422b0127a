"""Forgetting: whether a receiver that was told to forget says again what it said at first."""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.core.convergence import ABSENT, differences
from emulator.core.expectation import Asked
from emulator.core.reading import seen_by
from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.domain.probe import Probe, ProbeFailure
from emulator.harness.probes import probe_of
from emulator.harness.readings import Fill, Unknown, fields_of, read
from emulator.harness.receiver_process import ReceiverProcess

NO_RESET = "nothing makes the receiver forget between two runs; say how in the scenario: receiver: {reset: COMMAND}"
_PATIENCE = 2.0  # wall seconds, for one that forgets after it has answered
_LOOK = 0.02


class Forgetting:
    """Reads what the expectations ask for before anything is sent: the first time to know it, later to compare."""

    def __init__(self, receiver: ReceiverProcess) -> None:
        self._receiver = receiver
        self._first: dict[str, Any] = {}
        self._used = False

    def doubts(self, scenario: Scenario, planned: Schedule | None) -> Mapping[int, str]:
        """Why the receiver's state is not to be judged after this run, by the place of the expectation.

        `planned` knows the ids of the resources that the scenario names, which have not happened yet.
        """
        asked = {place: one.on_receiver for place, one in enumerate(scenario.expect) if one.on_receiver is not None}
        again, self._used = self._used, True
        if scenario.receiver.reset is None:
            return dict.fromkeys(asked, NO_RESET) if again else {}
        fill = Fill(self._receiver, lambda name: _planned(planned, name))
        found: dict[int, str] = {}
        for place, one in asked.items():
            try:
                doubt = self._doubt(one.asked.filled(fill))
            except Unknown:
                continue  # nobody can ask for that before it has happened
            if doubt is not None:
                found[place] = doubt
        return found

    def _doubt(self, asked: Asked) -> str | None:
        probe, name = probe_of(asked.target), repr(asked)
        now = _seen(asked, probe)
        if name not in self._first:
            self._first[name] = now
            return None
        deadline = time.monotonic() + _PATIENCE
        while differing := differences(self._first[name], now, asked.path, most=1):
            if time.monotonic() > deadline:
                one = differing[0]
                return (
                    f"the receiver has not forgotten what it was told before: {probe.name} says "
                    f"{one.worded('at first')}; its reset has to take away all that a run leaves behind, "
                    "or path to leave out what changes by itself"
                )
            time.sleep(_LOOK)
            now = _seen(asked, probe)
        return None


def _seen(asked: Asked, probe: Probe) -> Any:
    """What is asked for; nothing where the probe has nothing to say, as when its table is not there yet."""
    found = read(probe)
    if isinstance(found, ProbeFailure):
        return ABSENT
    value, there = seen_by(asked, found.value)
    return value if there else ABSENT


def _planned(planned: Schedule | None, name: str) -> Mapping[str, Any]:
    """A resource as its last event will have it."""
    for event in reversed(planned.events if planned is not None else ()):
        if event.resource == name:
            return fields_of(orjson.loads(event.payload))
    raise Unknown(f"there is no event of {name}")
