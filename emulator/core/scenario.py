"""Scenario: a story to be played: who receives, what happens in the shop, and what goes wrong on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.core.expectation import Expectation
from emulator.core.rule import Rule
from emulator.core.step import Step
from emulator.domain.errors import EmulatorError, InvalidInput, render_path
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import SECOND, parse_instant

LARGEST_SEED = 2**256
START = parse_instant("2026-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChoice:
    """`mode` is real, scaled or virtual; `speed` counts for scaled; `start` is microseconds since the epoch."""

    mode: str = "virtual"
    speed: float = 60.0
    start: int = START


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """An integration of the scenario's own. `configuration` is as the provider's API takes it."""

    name: str
    integration_type: IntegrationType = IntegrationType.WEBHOOK
    observes: tuple[str, ...] = ("*",)
    enabled: bool = True
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def queue(self) -> str:
        """The queue of SQS that is made for it where it names none; FIFO where its name ends in `.fifo`."""
        return f"epcc-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The program under test: how it is started, where it is, when it is ready or idle, and how it forgets.

    `command` and `url` may hold `{port}`, a free one.
    """

    command: str | None = None
    url: str | None = None
    ready: str | None = None
    reset: str | None = None
    idle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`stagger` is how far apart steps are that do not say, `time_limit` how long it may take and `webhook_timeout` how
    long a receiver may take to answer, both in wall time; all in microseconds.

    `place_of` says where in its file keys and indexes stand.
    """

    name: str
    description: str = ""
    seed: int = 1
    clock: ClockChoice = field(default_factory=ClockChoice)
    profile: str = "off"
    stagger: int = SECOND
    time_limit: int = 300 * SECOND
    webhook_timeout: int = 30 * SECOND
    integrations: tuple[Observer, ...] = ()
    receiver: Receiver = field(default_factory=Receiver)
    rules: tuple[Rule, ...] = ()
    steps: tuple[Step, ...] = ()
    expect: tuple[Expectation, ...] = ()
    place_of: Callable[[tuple[str | int, ...]], str] = field(default=render_path, compare=False, repr=False)

    def refused(self, error: EmulatorError, *path: str | int) -> InvalidInput:
        """The error of what is written under these keys and indexes, with its place in front."""
        return InvalidInput(f"{self.place_of(path)}: {error.sentence}")
