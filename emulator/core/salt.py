"""Salt: a number drawn when a send is planned, from which follows what depends on the bytes that are sent later."""

from emulator.core.dice import Stream

_BOUND = 1 << 32


def drawn(stream: Stream) -> int:
    return stream.below(_BOUND)


def share(salt: int, count: int) -> int:
    """One of so many places, from 0 to count - 1, all of them about as likely; 0 where there is none."""
    return salt * count // _BOUND
