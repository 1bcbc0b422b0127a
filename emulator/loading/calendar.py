"""Calendar: whether a scenario ends before our calendar does, without unfolding it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from emulator.core.scenario import Scenario
from emulator.core.step import KeepBusy, Mix, Phase, Placed, Repeat, Sleep, Step, Trigger
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import END_OF_TIME


def check_calendar(scenario: Scenario) -> None:
    """Raises InvalidInput with the place of the step after which no instant could be written down any more.

    Steps count for what they take at least: what is drawn, or waits for a time of its own within others, may be more.
    """
    took = _NOTHING
    for place, step in enumerate(scenario.steps):
        if isinstance(step, Placed) and step.at is not None:
            took = _Spell(max(took.takes, step.at), 0).then(_spell(step.step, scenario.stagger))
        else:
            took = took.then(_spell(step, scenario.stagger))
        if scenario.clock.start + took.takes > END_OF_TIME:
            raise InvalidInput(
                "it leads beyond the year 9997, where our calendar ends; begin earlier, or let less time pass",
                path=("steps", place),
            )


@dataclass(frozen=True, slots=True)
class _Spell:
    """How long steps take, and what is left to wait before the next (None: what was left before them). `waits` says
    whether what was left before them passes first."""

    takes: int = 0
    leaves: int | None = None
    waits: bool = False

    def then(self, other: "_Spell") -> "_Spell":
        if self.leaves is None:
            return _Spell(self.takes + other.takes, other.leaves, other.waits)
        between = self.leaves if other.waits else 0
        return _Spell(
            self.takes + between + other.takes, self.leaves if other.leaves is None else other.leaves, self.waits
        )

    def times(self, count: int) -> "_Spell":
        between = (self.leaves or 0) if self.waits else 0
        return _Spell(count * self.takes + (count - 1) * between, self.leaves, self.waits)


_NOTHING = _Spell()


def _row(steps: Iterable[Step], stagger: int) -> _Spell:
    return reduce(_Spell.then, (_spell(step, stagger) for step in steps), _NOTHING)


def _spell(step: Step, stagger: int) -> _Spell:
    match step:
        case Placed():
            return _Spell(0, step.after or 0).then(_spell(step.step, stagger))
        case Trigger():
            load = step.load
            even = load.over * (load.count - 1) // load.count if load.is_even else 0
            return _Spell(even, stagger, waits=True)
        case KeepBusy():
            return _Spell((step.duration or 0) if step.count is None else 0, stagger, waits=True)
        case Sleep():
            return _Spell(step.micros, 0)
        case Repeat():
            return _row(step.steps, stagger).times(step.count)
        case Mix():
            least = min(_spell(one, stagger).takes for _, one in step.of)
            return _Spell(least * step.count, 0)
        case Phase():
            return _row(step.steps, stagger)
        case _:
            return _NOTHING
