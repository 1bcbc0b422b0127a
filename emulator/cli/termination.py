"""SIGTERM as an exception, so that what was opened is closed."""

import signal
from types import FrameType


class Terminated(BaseException):
    """Somebody asked this process to end."""


def raise_on_termination() -> None:
    """From now on SIGTERM raises Terminated in the main thread; a second one ends the process at once."""
    signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
