"""Answer: what an application has said so far, and what its delivery came to by that."""

import asyncio
import logging
from time import perf_counter

from emulator.domain.outcome import Outcome
from emulator.transports.answer import BODY_KEPT
from emulator.transports.connection import NOT_2XX
from emulator.transports.target import Origin

RAISED = logging.getLogger("emulator.receiver")
"""What applications raise, with where: a failed attempt says it in one sentence only."""


class AppAnswer:
    """Grows while the application answers. `ended` is set once it has said everything, or never will."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._begun = perf_counter()
        self._took: float | None = None
        self._body = bytearray()
        self._error: BaseException | None = None
        self.status: int | None = None
        self.whole = False
        self.ended = asyncio.Event()

    def begin(self, status: int) -> None:
        self.status = status

    def add(self, data: bytes) -> None:
        self._body += data[: max(0, BODY_KEPT - len(self._body))]

    def finish(self) -> None:
        """It has said everything."""
        self.whole = True
        self._end()

    def fail(self, error: BaseException) -> None:
        """It raised; what it has said in full stands all the same, as it does with a server."""
        RAISED.error("the application under test raised %r", error, exc_info=error)
        self._error = error
        self._end()

    def give_up(self) -> None:
        """It has returned, and says nothing more."""
        self._end()

    def late(self, timeout: float) -> Outcome:
        """What it comes to when the provider does not wait any longer."""
        began = "began its answer but did not finish it" if self.status is not None else "did not answer"
        return self._failed(f"{self._origin} {began} within {timeout:g} s")

    def outcome(self) -> Outcome:
        """What it comes to, as a server of its own would have put it on the wire."""
        if self.whole:
            succeeded = 200 <= (self.status or 0) < 300
            return Outcome(
                succeeded=succeeded,
                status=self.status,
                body=self._text,
                error=None if succeeded else self._blame() or NOT_2XX,
                processing_time=self._seconds,
            )
        if self.status is not None:
            ended = f"{self._origin} closed the connection in the middle of its answer"
            return self._failed(f"{ended}: {blame}" if (blame := self._blame()) else ended)
        if self._error is None:
            return self._failed("The application returned without an answer")
        return Outcome(
            succeeded=False,
            status=500,
            body="Internal Server Error",
            error=self._blame(),
            processing_time=self._seconds,
        )

    @property
    def _text(self) -> str:
        return self._body.decode("utf-8", "replace")

    @property
    def _seconds(self) -> float:
        return perf_counter() - self._begun if self._took is None else self._took

    def _end(self) -> None:
        if self._took is None:
            self._took = perf_counter() - self._begun
        self.ended.set()

    def _blame(self) -> str | None:
        error = self._error
        if error is None:
            return None
        said = str(error)
        return f"The application raised {type(error).__name__}" + (f": {said}" if said else "")

    def _failed(self, error: str) -> Outcome:
        return Outcome(succeeded=False, status=self.status, body=self._text, error=error, processing_time=self._seconds)
