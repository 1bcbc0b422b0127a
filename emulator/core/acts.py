"""Acts: a scenario's steps as what is done, one after the other, with the time that passes between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from emulator.core.dice import Dice
from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.core.step import (
    Heal,
    KeepBusy,
    Load,
    Misbehave,
    Mix,
    Pause,
    Phase,
    Placed,
    Release,
    Repeat,
    Resume,
    Settle,
    Sleep,
    Step,
    Trigger,
)

Place = tuple[str | int, ...]

_TIMELESS = (Settle, Heal, Pause, Resume, Release, Misbehave)


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Let time pass until so much has passed since the beginning; none where it has already."""

    micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Let time pass between two events of a `load`: so much, which makes it `offset` since the first of them."""

    micros: int
    offset: int
    load: Load


Act = Trigger | KeepBusy | Sleep | Until | Beat | Settle | Heal | Pause | Resume | Release | Misbehave
"""What is left when repetitions, mixes, phases and distances are worked out."""


def acts_of(scenario: Scenario) -> Iterator[Act]:
    """The same for the same scenario, whatever it is played on. A trigger among them raises its event once.

    Steps are `stagger` apart; those of a load shape as it says, and what makes no event takes no time. A step that says
    when it happens waits until then, whatever it does.
    """
    return (act for _, act in placed_acts(scenario))


def placed_acts(scenario: Scenario) -> Iterator[tuple[Place, Act]]:
    """The same, each with the keys and indexes under which its step is written."""
    return _Unfolding(scenario).acts()


class _Unfolding:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._dice = Dice(scenario.seed)
        self._owing = 0  # how much time must pass before the next event
        self._phases: list[dict[str, None]] = []  # of those around the step: what is left of its own rules
        self._written: Place = ()

    def acts(self) -> Iterator[tuple[Place, Act]]:
        return ((self._written, act) for act in self._row(self._scenario.steps, (), None, ("steps",)))

    def _row(self, steps: Sequence[Step], place: tuple[int, ...], turn: int | None, written: Place) -> Iterator[Act]:
        for number, step in enumerate(steps):
            yield from self._one(step, (*place, number), turn, (*written, number))

    def _one(self, step: Step, place: tuple[int, ...], turn: int | None, written: Place) -> Iterator[Act]:
        self._written = written
        match step:
            case Placed():
                yield from self._wait(step)
                yield from self._one(step.step, place, turn, written)
                if isinstance(step.step, _TIMELESS):
                    self._owing = self._scenario.stagger
            case Trigger():
                yield from self._raised(step, turn)
            case KeepBusy():
                yield from self._let(self._owing)
                yield step
                self._owing = self._scenario.stagger
            case Sleep():
                yield from self._let(step.micros)
            case Repeat():
                for number in range(1, step.count + 1):
                    yield from self._row(step.steps, (*place, number), number, (*written, "repeat", "steps"))
            case Mix():
                for number in range(1, step.count + 1):
                    which = self._drawn(step, (*place, number))
                    yield from self._one(step.of[which][1], (*place, number), number, (*written, "mix", "of", which))
            case Phase():
                yield from self._under(step.rules, self._row(step.steps, place, turn, (*written, "steps")), written)
            case Heal():
                yield step
                for own in self._phases:
                    own.clear()
            case Misbehave():
                yield step
                self._forget(step.remove)
            case _:
                yield step

    def _raised(self, step: Trigger, turn: int | None) -> Iterator[Act]:
        once = replace(step, load=replace(step.load, count=1, over=0, begin=0.0, end=0.0))
        before = 0
        for number, offset in enumerate(step.load.offsets(), start=1):
            if number == 1:
                yield from self._let(self._owing)
            elif offset > before:
                yield Beat(micros=offset - before, offset=offset, load=step.load)
            before = offset
            yield _numbered(once, turn if step.load.count == 1 else number)
        self._owing = self._scenario.stagger

    def _wait(self, placed: Placed) -> Iterator[Act]:
        if placed.at is None:
            yield from self._let(placed.after or 0)
        else:
            self._owing = 0
            yield Until(micros=placed.at)

    def _let(self, micros: int) -> Iterator[Act]:
        self._owing = 0
        if micros:
            yield Sleep(micros=micros)

    def _under(self, rules: tuple[Rule, ...], acts: Iterator[Act], written: Place) -> Iterator[Act]:
        own = dict.fromkeys(rule.id for rule in rules)
        if own:
            yield Misbehave(add=rules)
        self._phases.append(own)
        yield from acts
        self._phases.pop()
        if own:
            self._written = written
            yield Misbehave(remove=tuple(own))

    def _forget(self, removed: tuple[str, ...]) -> None:
        for own in self._phases:
            for rule in removed:
                own.pop(rule, None)

    def _drawn(self, mix: Mix, place: tuple[int, ...]) -> int:
        total = sum(weight for weight, _ in mix.of)
        left = self._dice.stream("mix", *place).uniform() * total
        for which, (weight, _) in enumerate(mix.of):
            left -= weight
            if left < 0:
                return which
        return len(mix.of) - 1


def _numbered(step: Trigger, turn: int | None) -> Trigger:
    if turn is None:
        return step
    number = str(turn)
    named = {name: value.replace("{{n}}", number) for name in ("of", "alias") if (value := getattr(step, name))}
    return replace(step, **named) if named else step
