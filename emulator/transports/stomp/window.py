"""Window: the messages that were handed to a broker and have no receipt yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from emulator.domain.outcome import Outcome


class Sending:
    """One message on its way, and the outcome somebody waits for. `written` says, to who asks, whether it ever was."""

    __slots__ = ("body", "future", "receipt", "stands_at", "started_at", "written")

    def __init__(self, body: bytes, future: asyncio.Future[Outcome]) -> None:
        self.body = body
        self.future = future
        self.receipt: str | None = None
        self.started_at = 0.0
        """`time.perf_counter` when it was handed over: where `processing_time` and the wait for a receipt begin."""
        self.written: asyncio.Future[bool] | None = None
        self.stands_at = 0

    @property
    def over(self) -> bool:
        """Settled, or given up by whoever waited."""
        return self.future.done()

    def left(self, well: bool = True) -> None:
        if self.written is not None and not self.written.done():
            self.written.set_result(well)

    def settle(self, now: float, error: str | None = None) -> None:
        """A receipt, or a sentence why there is none. Either way it leaves for good."""
        self.left(error is None)
        if not self.future.done():
            seconds = now - self.started_at if self.started_at else 0.0
            self.future.set_result(Outcome(succeeded=error is None, error=error, processing_time=seconds))


class Window:
    """At most `size` at a time, oldest first. Receipts are numbers that never come again."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._open: dict[str, Sending] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Sending]:
        return iter(self._open.values())

    @property
    def full(self) -> bool:
        return len(self._open) >= self._size

    @property
    def oldest(self) -> Sending | None:
        return next(iter(self._open.values()), None)

    def enter(self, sending: Sending, now: float) -> str:
        self._last += 1
        sending.receipt = receipt = str(self._last)
        sending.started_at = now
        self._open[receipt] = sending
        return receipt

    def leave(self, receipt: str | None) -> Sending | None:
        """Whom this receipt belongs to, once; None for what nobody waits for any more."""
        return self._open.pop(receipt, None) if receipt is not None else None

    def clear(self) -> list[Sending]:
        left = list(self._open.values())
        self._open.clear()
        return left
