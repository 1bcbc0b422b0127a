"""Courier: one thread that carries the messages of one endpoint, a batch at a time."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from emulator.domain.outcome import Outcome
from emulator.transports.sqs.admission import Admission
from emulator.transports.sqs.backlog import Backlog
from emulator.transports.sqs.endpoint import Endpoint, Patience
from emulator.transports.sqs.entry import Entry

if TYPE_CHECKING:
    from emulator.transports.sqs.client import Client

_log = logging.getLogger("emulator")

IDLE_SECONDS = 4.0
"""Less than the 5 s after which many servers close an idle connection, so that ours are seldom stale."""

_JOIN_SECONDS = 1.0
_OURS = "the emulator failed to send it; its log says why"


class Courier:
    """Takes what is due and never waits for more; an endpoint that hangs holds up no other courier.

    The thread is there while there is something to carry, and some seconds longer. Entries cross over to it, and
    outcomes back, many at a time: a hop between threads costs more than a message.
    """

    def __init__(self, endpoint: Endpoint, admission: Admission, patience: Patience) -> None:
        self._endpoint = endpoint
        self._admission = admission
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._submitted: list[Entry] = []
        self._client: Client | None = None
        # What both sides touch, under this lock.
        self._changed = threading.Condition()
        self._backlog = Backlog()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def unused(self) -> bool:
        """Whether nothing was carried for a while, so that it can be forgotten."""
        return self._thread is None and not self._submitted

    def submit(self, entry: Entry) -> None:
        """On its way together with whatever else this turn of the loop submits."""
        if not self._submitted:
            self._loop.call_soon(self._hand_over)
        self._submitted.append(entry)

    async def aclose(self) -> None:
        """Ends the thread; one that is stuck in a call is left behind, and does not keep the process alive."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify()
        if thread is not None:
            await asyncio.to_thread(thread.join, _JOIN_SECONDS)

    def _hand_over(self) -> None:
        submitted, self._submitted = self._submitted, []
        with self._changed:
            if self._closed:
                return
            self._backlog.put(submitted)
            if self._thread is None:
                self._thread = threading.Thread(target=self._carry, name=f"sqs {self._endpoint.origin}", daemon=True)
                self._thread.start()
            else:
                self._changed.notify()

    # In the thread.

    def _carry(self) -> None:
        while batch := self._next():
            outcomes = self._outcomes(batch)
            with suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits any more
                self._loop.call_soon_threadsafe(_settle, batch, outcomes)

    def _next(self) -> list[Entry]:
        """The next batch; empty when the thread is to end."""
        with self._changed:
            while not self._closed:
                if batch := self._backlog.take():
                    return batch
                if not self._changed.wait(IDLE_SECONDS) and not self._backlog:
                    break
            if self._client is not None:
                self._client.close()
            self._thread = None
            return []

    def _outcomes(self, batch: Sequence[Entry]) -> list[Outcome]:
        try:
            refusal = self._admission.refusal()
            if refusal is not None:
                return [Outcome(succeeded=False, error=refusal)] * len(batch)
            if self._client is None:
                from emulator.transports.sqs.client import Client  # boto3 is loaded when it is needed

                self._client = Client(self._endpoint, self._patience)
            return self._client.send(batch)
        except Exception:
            _log.exception("sending to %s failed inside the emulator", self._endpoint)
            return [Outcome(succeeded=False, error=_OURS)] * len(batch)


def _settle(batch: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
    for entry, outcome in zip(batch, outcomes, strict=True):
        entry.settle(outcome)
