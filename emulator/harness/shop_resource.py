"""Shop resource: something in the shop that a test goes on with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.domain.errors import UserError

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopResource:
    """`type` is how its events begin (`order`), `id` the provider's, `key` the emulator's name for it (`order:1`)."""

    type: str
    id: str
    key: str
    _client: "ControlClient" = field(repr=False, compare=False)

    @classmethod
    def made(cls, client: "ControlClient", type: str, **request: Any) -> "ShopResource":
        """A new one, by raising `TYPE.created`. Raises Refused with the nearest key for a type that is not known."""
        key = f"{type}.created"
        return cls._told(client, type, client.trigger(key, **request), key)

    def trigger(self, event: str, **request: Any) -> "ShopResource":
        """Raises an event of it, and what must come before: `order.trigger("paid")`. `only`, `override`, … as ever.

        A word alone is one of its own type's; `order.trigger("transaction.created")` names another, and answers with
        the resource that it is about.
        """
        key = event if "." in event else f"{self.type}.{event}"
        return self._told(self._client, key.rpartition(".")[0], self._client.trigger(key, of=self.id, **request), key)

    @property
    def payload(self) -> Mapping[str, Any]:
        """What its newest event says of it."""
        (newest,) = self._client.events(resource=self.id, limit=1)["data"]
        payload: Mapping[str, Any] = self._client.event(newest["identity"])["payload"]
        return payload

    @classmethod
    def _told(cls, client: "ControlClient", type: str, told: Mapping[str, Any], key: str) -> "ShopResource":
        about = next((event for event in reversed(told["events"]) if event["key"] == key), None)
        if about is None:
            raise UserError(f"{key} was not raised")
        return cls(type=type, id=about["resource_id"], key=about["resource"], _client=client)
