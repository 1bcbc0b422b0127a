"""MotoQueues: moto's queues seen from inside its process, for what SQS itself does not offer.

Everything here is JSON: it goes to the emulator through a pipe.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from math import inf
from time import monotonic
from typing import Any

from emulator.runtime.sqs.flat_queues import ASKED_AT, ASKING
from emulator.runtime.sqs.naming import ACCOUNT, SETTABLE

Json = dict[str, Any]

_WAITING = 0.3  # seconds; who polls comes again at once
_FORGOTTEN = 60.0  # and who has not come for so long does not work on anything
_POLICIES = ("Policy", "RedrivePolicy")


class QueueRefused(Exception):
    """moto refuses a queue's name or attributes; the text is its own."""


class MotoQueues:
    """Queues of all accounts and regions. `one_at_a_time` keeps clients out while they are looked at."""

    def __init__(self, one_at_a_time: AbstractContextManager[object]) -> None:
        self._one_at_a_time = one_at_a_time
        self._models: Any = import_module("moto.sqs.models")
        self._spelling: Any = import_module("moto.core.utils").camelcase_to_underscores

    def create(self, *, name: str, region: str, attributes: Mapping[str, str]) -> None:
        """Raises QueueRefused."""
        with self._one_at_a_time:
            try:
                self._models.sqs_backends[ACCOUNT][region].create_queue(name, None, **attributes)
            except Exception as refusal:
                raise QueueRefused(getattr(refusal, "message", None) or str(refusal)) from refusal

    def views(self) -> list[Json]:
        """How many messages each queue has. One with a delay is counted when the delay is over."""
        with self._one_at_a_time:
            now = self._models.unix_time_millis()
            return [
                {
                    "account": account,
                    "region": region,
                    "name": queue.name,
                    "waiting": len(queue.messages),
                    "in_flight": sum(now <= message.visible_at for message in queue._messages),
                }
                for account, region, queue in self._each()
            ]

    def in_hand(self) -> dict[str, int]:
        """The queues from which somebody takes messages that are there, or has taken some and not deleted them."""
        with self._one_at_a_time:
            asked = (queue for _, _, queue in self._each() if queue._messages and _attention(queue) < _FORGOTTEN)
            counts = {queue.name: _in_hand(queue, self._models.unix_time_millis()) for queue in asked}
            return {name: count for name, count in counts.items() if count}

    def peek(self, *, account: str, region: str, name: str, limit: int) -> list[Json]:
        with self._one_at_a_time:
            return [_seen(message) for message in self._queue(account, region, name)._messages[:limit]]

    def purge(self, *, account: str, region: str, name: str) -> int:
        """Unlike SQS's own, as often as one likes; a FIFO queue also forgets what it would take for a duplicate."""
        with self._one_at_a_time:
            queue = self._queue(account, region, name)
            count = len(queue._messages)
            queue._messages = []
            queue._pending_messages = set()
            queue.__dict__.pop("deduplicated", None)
            return count

    def blueprints(self) -> list[Json]:
        """What it takes to make each queue again."""
        with self._one_at_a_time:
            return [
                {
                    "account": account,
                    "region": region,
                    "name": queue.name,
                    "tags": dict(queue.tags),
                    "attributes": self._settings(queue),
                }
                for account, region, queue in self._each()
            ]

    def restore(self, blueprints: Sequence[Json]) -> None:
        """Makes queues again; policies come last, because a dead letter queue has to be there to be named."""
        with self._one_at_a_time:
            for plan in blueprints:
                plain = {name: value for name, value in plan["attributes"].items() if name not in _POLICIES}
                self._backend(plan).create_queue(plan["name"], plan["tags"], **plain)
            for plan in blueprints:
                policies = {name: value for name, value in plan["attributes"].items() if name in _POLICIES}
                if policies:
                    self._backend(plan).set_queue_attributes(plan["name"], policies)

    def _settings(self, queue: Any) -> dict[str, str]:
        fifo = queue.name.endswith(".fifo")
        settings = {}
        for attribute in SETTABLE:
            value = getattr(queue, self._spelling(attribute), None)
            if value is None or (not fifo and ("Fifo" in attribute or "Dedup" in attribute)):
                continue
            if attribute == "RedrivePolicy":
                value = json.dumps(value)
            settings[attribute] = str(value).lower() if isinstance(value, bool) else str(value)
        return settings

    def _backend(self, plan: Json) -> Any:
        return self._models.sqs_backends[plan["account"]][plan["region"]]

    def _queue(self, account: str, region: str, name: str) -> Any:
        return self._models.sqs_backends[account][region].queues[name]

    def _each(self) -> Iterator[tuple[str, str, Any]]:
        for account, regions in sorted(self._models.sqs_backends.items()):
            for region, backend in sorted(regions.items()):
                for queue in sorted(backend.queues.values(), key=lambda queue: str(queue.name)):
                    yield account, region, queue


def _attention(queue: Any) -> float:
    """How long ago somebody asked for its messages, in seconds; 0 while somebody does."""
    known = queue.__dict__
    return 0.0 if known.get(ASKING) else monotonic() - float(known.get(ASKED_AT, -inf))


def _in_hand(queue: Any, now: int) -> int:
    there = [message for message in queue._messages if message.delayed_until <= now]
    if _attention(queue) < _WAITING:
        return len(there)
    return sum(now <= message.visible_at for message in there)


def _seen(message: Any) -> Json:
    headers = {
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
        "SequenceNumber": message.sequence_number,
        **{name: value.get("StringValue") for name, value in message.message_attributes.items()},
    }
    return {
        "id": message.id,
        # Releases before 5.1.11 keep an escaped text under `body`.
        "body": getattr(message, "original_body", message.body),
        "sent_at": int(message.sent_timestamp) * 1000,
        "received": message.approximate_receive_count,
        "in_flight": not message.visible,
        "headers": {name: str(value) for name, value in headers.items() if value is not None},
    }
