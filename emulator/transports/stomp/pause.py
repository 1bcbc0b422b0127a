"""Pause: how long a broker is left alone after it could not be used. Told the time, in seconds."""

SHORTEST, LONGEST = 0.1, 1.0
"""Seconds. Short, because whoever waits for them holds up an attempt, and the attempts have waits of their own."""


class Pause:
    """Doubles with every failure until something worked."""

    def __init__(self) -> None:
        self._length = 0.0
        self._until = 0.0

    def failed(self, now: float) -> None:
        self._length = min(max(self._length * 2, SHORTEST), LONGEST)
        self._until = now + self._length

    def worked(self) -> None:
        self._length = self._until = 0.0

    def left(self, now: float) -> float:
        return max(self._until - now, 0.0)
