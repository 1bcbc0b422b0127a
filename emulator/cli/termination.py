"""Being asked to end: SIGTERM as an exception, so that what was opened is closed; Ctrl+C as a wish."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(BaseException):
    """Somebody asked this process to end."""


def raise_on_termination() -> None:
    """From now on SIGTERM raises Terminated in the main thread; a second one ends the process at once."""
    signal.signal(signal.SIGTERM, _terminate)


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """In here the first Ctrl+C does this, and raises nothing unless this does; the next one is as always."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        act()

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # a job in the background, which Ctrl+C is not for
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
