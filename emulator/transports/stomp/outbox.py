"""Outbox: bytes on their way from the event loop to the thread that writes them."""

import os
from collections import deque
from contextlib import suppress

_AT_ONCE = 256 * 1024
"""Bytes that are joined into one write."""


class Outbox:
    """The event loop puts in, one thread takes out; `woken` becomes readable when there is something new to see."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self.woken, waking = os.pipe()
        self._waking: int | None = waking
        os.set_blocking(self.woken, False)
        os.set_blocking(waking, False)
        self.put_in = 0
        """Bytes that were ever put in."""
        self.written = 0
        """How many of them the operating system has taken."""
        self.tell_at = 0
        """Somebody waits to hear that so many are written."""
        self.leaving = False
        self.stopping = False

    # The event loop's side.

    def put(self, data: bytes, *, tell: bool = False) -> int:
        """How many bytes were ever put in, these included. With `tell`, News say when they are all written."""
        self._chunks.append(data)
        self.put_in += len(data)
        if tell:
            self.tell_at = self.put_in
        self.wake()
        return self.put_in

    def leave(self, farewell: bytes) -> None:
        """End when the broker has answered this, which is the last to be written."""
        if not self.leaving:
            self.leaving = True
            self.put(farewell)

    def stop(self) -> None:
        """End at once."""
        self.stopping = True
        self.wake()

    def wake(self) -> None:
        if self._waking is None:
            return
        # A full pipe wakes as well as one more byte would, and a thread that has ended needs no waking.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._waking, b"!")

    def close(self) -> None:
        """The thread has ended."""
        if self._waking is not None:
            os.close(self._waking)
            self._waking = None

    # The thread's side.

    @property
    def ending(self) -> bool:
        return self.stopping or self.leaving

    def take(self) -> bytes:
        """What is to be written next; empty when there is nothing."""
        taken: list[bytes] = []
        size = 0
        while self._chunks and size < _AT_ONCE:
            taken.append(self._chunks.popleft())
            size += len(taken[-1])
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def rest(self) -> None:
        """Take note of having been woken."""
        with suppress(BlockingIOError):
            os.read(self.woken, 65536)

    def abandon(self) -> None:
        """Once, when the thread ends."""
        os.close(self.woken)
