"""Flat queues: what takes the place of parts of moto's models, so that no message costs a walk through a whole queue.

Whoever calls them holds the one lock; a receive that waits lets go of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition
from time import monotonic
from typing import Any

from emulator.runtime.sqs.lazy_attributes import LazyAttributes

ASKING, ASKED_AT = "asking", "asked_at"
"""Where a queue keeps how many wait at it, and when the last of them left, on the monotonic clock."""

_LOOK_AGAIN = 0.2  # seconds; a message becomes visible again without anybody saying so
_MOST_REMEMBERED = 100_000  # receipt handles of deleted messages


def flat_queues(models: Any, lock: Any, require_client: Callable[[], None]) -> dict[str, Any]:
    """What to put where in `models`, which is `moto.sqs.models`. `lock` is a `threading.RLock`."""
    stock_init, stock_add = models.Queue.__init__, models.Queue.add_message
    stock_receive = models.SQSBackend.receive_message
    now = models.unix_time_millis
    spelling = cache(models.camelcase_to_underscores)
    window = models.DEDUPLICATION_TIME_IN_SECONDS * 1000

    def init(queue: Any, *args: Any, **kwargs: Any) -> None:
        stock_init(queue, *args, **kwargs)
        queue._messages_lock = Condition(lock)

    def attributes(queue: Any) -> LazyAttributes:
        return LazyAttributes(queue, spelling)

    def messages(queue: Any) -> list[Any]:
        at = now()
        return [each for each in queue._messages if at > each.visible_at and at >= each.delayed_until]

    def add_message(queue: Any, message: Any) -> None:
        if queue.fifo_queue:
            if message.deduplication_id and sent_before(queue, message):
                return
            if not queue.lambda_event_source_mappings:
                queue._messages.append(message)
                queue._messages_lock.notify_all()
                return
        stock_add(queue, message)

    def sent_before(queue: Any, message: Any) -> bool:
        """Also when the first one has been deleted since, which moto forgets and SQS does not."""
        sent: dict[tuple[str | None, str], int] = queue.__dict__.setdefault("deduplicated", {})
        while sent and message.sent_timestamp - next(iter(sent.values())) >= window:
            del sent[next(iter(sent))]
        group = message.group_id if queue.deduplication_scope == "messageGroup" else None
        key = (group, message.deduplication_id)
        if key in sent:
            return True
        sent[key] = message.sent_timestamp
        return False

    def delete_message(queue: Any, receipt_handle: str) -> None:
        if receipt_handle in queue.deleted_messages:
            return
        message = next((each for each in queue._messages if each.had_receipt_handle(receipt_handle)), None)
        if message is None:
            raise models.ReceiptHandleIsInvalid
        queue._messages.remove(message)
        queue.pending_messages.discard(message)
        if len(queue.deleted_messages) > _MOST_REMEMBERED:
            queue.deleted_messages.clear()
        queue.deleted_messages.update(message.all_receipt_handles)
        # What waits for the rest of the message's group may have it now.
        queue._messages_lock.notify_all()

    @contextmanager
    def asking(queue: Any) -> Iterator[None]:
        """Somebody waits at it, or takes from it."""
        known = queue.__dict__
        known[ASKING] = known.get(ASKING, 0) + 1
        try:
            yield
        finally:
            known[ASKING] -= 1
            known[ASKED_AT] = monotonic()

    def receive_message(backend: Any, name: str, most: int, wait: float, *args: Any, **kwargs: Any) -> list[Any]:
        """moto looks only once, when a wait begins, at which groups of a FIFO queue are in flight."""
        until = monotonic() + wait
        with asking(backend.get_queue(name)):
            while True:
                received: list[Any] = stock_receive(backend, name, most, 0, *args, **kwargs)
                left = until - monotonic()
                if received or left <= 0:
                    return received
                backend.get_queue(name)._messages_lock.wait(min(left, _LOOK_AGAIN))
                require_client()

    return {
        "Queue.__init__": init,
        "Queue.attributes": property(attributes),
        "Queue.messages": property(messages),
        "Queue.add_message": add_message,
        "Queue.delete_message": delete_message,
        "SQSBackend.receive_message": receive_message,
    }
