"""Answer times: how long a receiver took to answer, in all runs of an examination."""

from emulator.core.card.standing import Opinion, Standing
from emulator.core.faults.connection import Connection
from emulator.domain.moment import SECOND, format_duration
from emulator.harness.trials import Trial

_ADVISED = 10 * SECOND
_NEWER = "; newer documentation of the provider speaks of 10s"


class AnswerTimes:
    """Of the webhook's receiver that is examined. `timeout` is microseconds of wall time."""

    def __init__(self, timeout: int) -> None:
        self._timeout = timeout
        self._slowest: dict[str, tuple[int, str]] = {}

    def hear(self, trial: Trial, integration: str, run: str) -> None:
        """The answers of one more run. Where the request itself came slowly, that is not the receiver's time."""
        keys = {one["number"]: str(one["event_key"]) for one in trial.played.deliveries}
        for attempt in trial.played.attempts:
            slow_line = any(note["fault"] == Connection.kind for note in attempt["faults"])
            if attempt["integration"] != integration or slow_line:
                continue
            key, took = keys[attempt["delivery"]], round(attempt["processing_time"] * SECOND)
            if took > self._slowest.get(key, (-1, ""))[0]:
                self._slowest[key] = took, run

    def of(self, key: str) -> tuple[Opinion, str | None]:
        """What the slowest answer to this event type comes to, and the run in which it was given."""
        if key not in self._slowest:
            return Opinion(Standing.UNKNOWN, "nothing of it was ever sent"), None
        took, run = self._slowest[key]
        limit = format_duration(self._timeout)
        if took >= self._timeout:
            return Opinion(Standing.FAILS, f"it had not answered after {limit}"), run
        newer = _NEWER if took > _ADVISED else ""
        return Opinion(Standing.TOLERATES, f"the slowest answer took {_rounded(took)} of {limit}{newer}"), run


def _rounded(took: int) -> str:
    """To the millisecond, or to two digits."""
    return f"{max(1, round(took / 1000))}ms" if took < SECOND else f"{took / SECOND:.1f}s"
