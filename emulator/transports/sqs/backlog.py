"""Backlog: what waits for one endpoint, queue by queue, and how it is packed into batches."""

from collections import deque
from collections.abc import Iterable

from emulator.domain.integration import SQS_LIMIT
from emulator.transports.sqs.entry import Entry

BATCH = 10
"""The most entries of one SendMessageBatch (its reference)."""


class Backlog:
    """First come, first served within a queue; queues take turns."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Entry]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def put(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            queue = self._queues.get(entry.queue_url)
            if queue is None:
                queue = self._queues[entry.queue_url] = deque()
            queue.append(entry)

    def take(self) -> list[Entry]:
        """The next batch, all for one queue; empty when everything that waited was given up meanwhile."""
        while self._queues:
            url = next(iter(self._queues))
            queue = self._queues.pop(url)
            batch = _pack(queue)
            if queue:
                self._queues[url] = queue
            if batch:
                return batch
        return []


def _pack(queue: deque[Entry]) -> list[Entry]:
    """Takes from the front what fits one call.

    Of a FIFO queue's group only one goes at a time: if it fails, nothing of its group may have passed it. Members of a
    barrier share a call with each other alone, so that as many of them as possible do.
    """
    batch: list[Entry] = []
    groups: set[str] = set()
    passed: list[Entry] = []
    size = 0
    while queue and len(batch) < BATCH:
        entry = queue[0]
        if not entry.over and batch and (size + entry.size > SQS_LIMIT or entry.together != batch[0].together):
            break
        queue.popleft()
        if entry.over:
            continue
        if entry.group is not None:
            if entry.group in groups:
                passed.append(entry)
                continue
            groups.add(entry.group)
        batch.append(entry)
        size += entry.size
    queue.extendleft(reversed(passed))
    return batch
