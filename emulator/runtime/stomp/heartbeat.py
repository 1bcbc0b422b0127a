"""Heart-beat: what both sides agreed to send when there is nothing else to send, and whether they do."""

from dataclasses import dataclass

from emulator.runtime.stomp.refusal import Refusal

_LONGEST_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartBeat:
    """`send_ms`: the peer wants to hear from us at least this often, `expect_ms`: we from it; 0 is not at all."""

    send_ms: int = 0
    expect_ms: int = 0

    @property
    def header(self) -> str:
        """What CONNECTED says: what this side can do, and what it wants."""
        return f"{self.send_ms},{self.expect_ms}"


def agree(wanted: str | None, *, least_ms: int) -> HeartBeat:
    """What is answered to the `heart-beat` of CONNECT: all that is wanted, no more often than `least_ms`.

    ActiveMQ and RabbitMQ answer with the client's own numbers too. Raises Refusal for what is no pair of numbers.
    """
    if wanted is None:
        return HeartBeat()
    offered, asked = _pair(wanted)
    return HeartBeat(
        send_ms=asked and min(max(asked, least_ms), _LONGEST_MS),
        expect_ms=offered and min(max(offered, least_ms), _LONGEST_MS),
    )


def _pair(text: str) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise Refusal(
            "Malformed heart-beat", f"heart-beat is '{text[:80]}', and has to be two numbers of milliseconds, as 0,0"
        )
    return int(parts[0]), int(parts[1])


class Pulse:
    """Both directions of one connection, told the time in seconds."""

    def __init__(self, agreed: HeartBeat, *, grace: float, now: float) -> None:
        # Half the interval, so that neither a late timer nor a busy loop makes it too long for the peer.
        self._send_every = agreed.send_ms / 2000
        self._expect_within = agreed.expect_ms / 1000 * grace
        self._heard = self._said = now

    def heard(self, now: float) -> None:
        """Something was read."""
        self._heard = now

    def said(self, now: float) -> None:
        """Something was written."""
        self._said = now

    def due(self, now: float) -> bool:
        """Whether the peer should hear something from us now."""
        return bool(self._send_every) and now >= self._said + self._send_every

    def silent(self, now: float) -> bool:
        """Whether the peer has not been heard for too long."""
        return bool(self._expect_within) and now >= self._heard + self._expect_within

    def wait(self, now: float) -> float | None:
        """Seconds until there may be something to do; None when there never is."""
        moments = [
            since + seconds
            for since, seconds in ((self._said, self._send_every), (self._heard, self._expect_within))
            if seconds
        ]
        return max(0.0, min(moments) - now) if moments else None
