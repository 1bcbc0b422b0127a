"""Following the server's feed of records: server-sent events, resumed where they broke off."""

from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from emulator.core.event_stream import OVERSIZED, ServerSent, parse_stream, record_of
from emulator.domain.errors import EnvironmentFault
from emulator.domain.record import Record

FEED = "/_emulator/feed"
_QUIET = 60.0  # wall seconds without a sign of life; the server gives one every 15


class Feed:
    """Every record after `after` (None: from now on), as a context manager to iterate.

    Entering it connects, so that nothing that happens later is missed. A broken connection is made again from the
    last record seen, as is one whose reader was too slow; when the server does not answer any more, EnvironmentFault is
    raised.
    """

    def __init__(self, client: httpx.Client, after: int | None = None) -> None:
        self._client = client
        self._last = after
        self._answer: httpx.Response | None = None
        self._events: Iterator[ServerSent] = iter(())

    def __enter__(self) -> Self:
        try:
            self._connect()
        except (httpx.TransportError, StopIteration):
            raise EnvironmentFault(f"no emulator answers at {self._client.base_url}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Also ends an iteration that waits in another thread."""
        if self._answer is not None:
            self._answer.close()
            self._answer = None

    def __iter__(self) -> Iterator[Record]:
        while True:
            with suppress(httpx.TransportError):  # a broken connection is an ended one
                yield from self._records()
            try:
                self.close()
                self._connect()
            except (httpx.TransportError, StopIteration):
                raise EnvironmentFault("the emulator has stopped") from None

    def _records(self) -> Iterator[Record]:
        """Until the connection ends, or the server says that we were too slow for it."""
        for event in self._events:
            if event.comment:
                continue
            if event.name == OVERSIZED:
                raise EnvironmentFault(f"the feed of {self._client.base_url} cannot be read: {event.data}")
            if event.name == "lagged":
                return
            record = record_of(event.data)
            self._last = record.seq
            yield record

    def _connect(self) -> None:
        headers = {"Accept": "text/event-stream"}
        if self._last is not None:
            headers["Last-Event-ID"] = str(self._last)
        request = self._client.build_request("GET", FEED, headers=headers, timeout=httpx.Timeout(10.0, read=_QUIET))
        self._answer = self._client.send(request, stream=True)
        if self._answer.is_error:
            raise EnvironmentFault(f"the feed of {self._client.base_url} answered {self._answer.status_code}")
        self._events = parse_stream(self._answer.iter_bytes())
        next(self._events)  # the server's greeting: from here on it has us in its books
