"""Exchange: one request on its way, and the outcome somebody waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from emulator.domain.outcome import Outcome

if TYPE_CHECKING:
    from emulator.transports.connection import Connection


class Exchange:
    """Held by the pool while it waits, then by one connection."""

    __slots__ = ("connection", "future", "request", "started_at")

    def __init__(self, request: bytes, future: asyncio.Future[Outcome]) -> None:
        self.request = request
        self.future = future
        self.connection: Connection | None = None
        self.started_at = 0.0
        """`time.perf_counter` when the request was written, which is where `processing_time` begins."""

    @property
    def over(self) -> bool:
        """Settled, or given up by whoever waited."""
        return self.future.done()

    def settle(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)
