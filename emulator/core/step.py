"""Steps: what a scenario does, one after the other. Durations are microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from emulator.core.rate_limit import RateLimit
from emulator.core.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How the repetitions of a step are spread: `count` of them over so much time, their rate growing evenly from
    `begin` to `end` (per second); both are 0 where it is the same all the time."""

    count: int = 1
    over: int = 0
    begin: float = 0.0
    end: float = 0.0

    @property
    def is_even(self) -> bool:
        """Whether the rate is the same all the time."""
        return not (self.begin or self.end)

    def offsets(self) -> list[int]:
        """When each of them happens, counted from the first."""
        if self.count < 2 or not self.over:
            return [0] * self.count
        if self.is_even:
            return [self.over * number // self.count for number in range(self.count)]
        return [round(self.over * self._share(number / self.count)) for number in range(self.count)]

    def _share(self, done: float) -> float:
        """After which share of the time this share of them has happened."""
        slope = self.end - self.begin
        if not slope:
            return done
        total = (self.begin + self.end) / 2.0
        return (sqrt(self.begin * self.begin + 2.0 * slope * total * done) - self.begin) / slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Make the shop raise an event. `of` and `alias` may hold `{{n}}`, the number of the repetition around it."""

    key: str
    of: str | None = None
    alias: str | None = None
    only: bool = False
    override: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    load: Load = field(default_factory=Load)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepBusy:
    """Keep the shop busy: `rate` is events in emulated time, `mix` stories by name and their weights (the usual ones
    where it is empty). It goes on for so long, or until so many events have happened."""

    rate: RateLimit
    mix: Mapping[str, float] = field(default_factory=dict)
    duration: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """Let time pass."""

    micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Wait until nothing more is to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal:
    """End all chaos: no rules any more, nothing paused, nothing held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Send nothing to an integration (`*` is all)."""

    integration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Send again."""

    integration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Let go what is held by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehave:
    """Put rules in force, beside those that are, and take others away."""

    add: tuple[Rule, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The same steps, so many times."""

    count: int
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """So many steps, each drawn from these by their weights."""

    count: int
    of: tuple[tuple[float, "Step"], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Steps under a name, with rules that are in force only during them."""

    name: str
    steps: tuple["Step", ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step at its own distance: `at` from the beginning of the scenario, or `after` the step before it."""

    step: "Step"
    at: int | None = None
    after: int | None = None


Step = Trigger | KeepBusy | Sleep | Settle | Heal | Pause | Resume | Release | Misbehave | Repeat | Mix | Phase | Placed
