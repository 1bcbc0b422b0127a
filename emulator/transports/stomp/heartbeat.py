"""Heart-beat: when each side of a connection owes the other a sign of life. Told the time, in seconds."""

from math import inf


class HeartBeat:
    """We offer to send, and ask for, something every `offered` seconds; the broker's CONNECTED decides."""

    def __init__(self, offered: float) -> None:
        self.every = inf
        """Seconds after which we have to be heard."""
        self.silence = inf
        """Seconds after which the broker should have been."""
        self._offered = offered
        self._heard_at = self._wrote_at = 0.0

    def agree(self, header: str, now: float) -> None:
        """`header` is the broker's `heart-beat`: the milliseconds it can keep and those it wants; 0 is not at all."""
        self._heard_at = self._wrote_at = now
        can, _, wants = header.partition(",")
        if not (can.strip().isdecimal() and wants.strip().isdecimal()) or not self._offered:
            return
        if int(wants):
            self.every = max(self._offered, int(wants) / 1000)
        if int(can):
            self.silence = max(self._offered, int(can) / 1000)

    def heard(self, now: float) -> None:
        self._heard_at = now

    def wrote(self, now: float) -> None:
        self._wrote_at = now

    @property
    def due(self) -> float:
        """When to beat next: early enough to be in time."""
        return self._wrote_at + self.every / 2

    @property
    def missed(self) -> float:
        """When the broker has been silent for too long. The specification asks for a margin of error."""
        return self._heard_at + self.silence * 2
