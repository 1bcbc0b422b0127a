"""Baselines: runs without faults, kept for further runs that have the same one."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emulator.core.scenario import Scenario
from emulator.harness.comparison import Comparison
from emulator.runtime.settings import Settings

_KEPT = 4
"""Whoever shrinks leaves out now this, now that, and comes back to what there was before."""


class Baselines:
    """The last few, each found by all that it depends on: the scenario, but for what it is called and what goes wrong
    in it; the emulator's settings; when each step began; and how much is told of it."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Any, Comparison]] = deque(maxlen=_KEPT)

    @staticmethod
    def key(scenario: Scenario, settings: Settings, begun: Sequence[int], *, details: bool) -> object:
        events = replace(scenario, name="", description="", profile="off", rules=())
        return events, settings, tuple(begun), details

    def get(self, key: object) -> Comparison | None:
        return next((comparison for known, comparison in self._kept if known == key), None)

    def keep(self, key: object, comparison: Comparison) -> None:
        """In place of the one that is known; one that is not certain is not kept. What was played a second time is
        not: that has to be done after each run that differs."""
        self._kept = deque((each for each in self._kept if each[0] != key), maxlen=_KEPT)
        if comparison.certain:
            self._kept.append((key, replace(comparison, again=None)))
