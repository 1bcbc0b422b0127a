"""Message: what a receiver takes from a webhook's body or a queue's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`job` stays the same when a delivery is repeated. `attempt` is told by webhooks only; a queue's message has None.

    `data` is the resource as it was when the event happened; a deletion's has an `id` and a `type`.
    """

    job: str
    key: str
    attempt: int | None
    data: Mapping[str, Any]

    @property
    def resource(self) -> str:
        return str(self.data["id"])

    @property
    def news(self) -> bool:
        """Whether it is about something that no animal has heard of."""
        return self.key.partition(".")[0] not in ("order", "customer")

    @property
    def deletion(self) -> bool:
        return self.key.endswith(".deleted")

    @property
    def version(self) -> str:
        """When the resource had last been changed; texts of one resource compare as their times do."""
        return str(self.data["meta"]["timestamps"]["updated_at"])

    @property
    def amount(self) -> int:
        """What an order costs, in the currency's smallest unit."""
        return int(self.data["meta"]["display_price"]["with_tax"]["amount"])


def posted(body: bytes) -> Message:
    """Raises ValueError, KeyError and the like for what is no message of a webhook."""
    found = json.loads(body)
    payload = found["payload"]
    return Message(
        job=found["id"], key=found["triggered_by"], attempt=found["attempt"], data=payload.get("data", payload)
    )


def queued(body: str) -> Message:
    """The same of a CloudEvent."""
    found = json.loads(body)
    return Message(job=found["id"], key=found["type"], attempt=None, data=found["data"])
