"""Wire fault: how one request is written wrongly on purpose."""

from dataclasses import dataclass
from enum import StrEnum


class ConnectionMode(StrEnum):
    """What our side of the connection does; the words are those of Toxiproxy and WireMock."""

    RESET = "reset"
    TIMEOUT = "timeout"
    CLOSE_EARLY = "close_early"
    SLOW_HEADERS = "slow_headers"
    DRIBBLE = "dribble"
    LIMIT = "limit"
    BANDWIDTH = "bandwidth"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault:
    """RESET and CLOSE_EARLY end the connection in the middle of the request, where `salt` says.

    TIMEOUT sends nothing for `delay`, or for as long as an answer may take. SLOW_HEADERS sends the head a line at a
    time, DRIBBLE the body in pieces of `chunk` bytes, with `delay` before each. LIMIT closes after so many `bytes` of a
    request that is longer, BANDWIDTH sends `rate` bytes a second. Delays are microseconds of the machine's time.
    """

    mode: ConnectionMode
    salt: int = 0
    chunk: int = 0
    delay: int | None = None
    bytes: int = 0
    rate: int = 0
