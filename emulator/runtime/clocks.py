"""Clocks: where the emulated time comes from. All answer microseconds since the epoch and never go back."""

import time

from emulator.domain.errors import IllegalCommand
from emulator.runtime.settings import ClockMode, ClockSettings


class ScaledClock:
    """Runs `speed` times as fast as the wall's, from `start`."""

    def __init__(self, start: int, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._origin = time.monotonic_ns()

    def now(self) -> int:
        return self._start + int((time.monotonic_ns() - self._origin) * self.speed) // 1000

    def set_speed(self, speed: float) -> None:
        self._start = self.now()
        self._origin = time.monotonic_ns()
        self.speed = speed

    def wall_seconds(self, micros: int) -> float:
        """How long the wall's clock takes for this many of ours."""
        return micros / 1_000_000 / self.speed


class RealClock(ScaledClock):
    """The wall's clock, carried on by the monotonic one."""

    def __init__(self, not_before: int = 0) -> None:
        super().__init__(max(time.time_ns() // 1000, not_before), 1.0)

    def set_speed(self, speed: float) -> None:
        raise IllegalCommand("the clock is real; start with --speed to choose another one")


class VirtualClock:
    """Stands still until it is moved."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def move_to(self, moment: int) -> None:
        """Never back."""
        self._now = max(self._now, moment)

    def begin_at(self, moment: int) -> None:
        """As if it had stood there all along: for a beginning, when nothing has happened yet."""
        self._now = moment


EmulatedClock = ScaledClock | VirtualClock


def clock_of(settings: ClockSettings, last_at: int) -> EmulatedClock:
    """The clock that was asked for; `last_at` is where the journal left off."""
    match settings.mode:
        case ClockMode.REAL:
            return RealClock(not_before=last_at)
        case ClockMode.SCALED:
            return ScaledClock(max(settings.start, last_at), settings.speed)
        case ClockMode.VIRTUAL:
            return VirtualClock(max(settings.start, last_at))
