"""Integrations as resources of the shop: the events that their own life raises."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.domain.catalog import scopes_of
from emulator.domain.errors import UnknownWord
from emulator.domain.event import Event

_PAST = {"create": "created", "update": "updated", "delete": "deleted"}


def integration_event(document: Mapping[str, Any], verb: str, *, key: str, occurrence: int, at: int) -> Event:
    """What the creation, change or deletion (`create`, `update`, `delete`) of an integration raises.

    `document` is the integration as the API shows it, secrets masked; a deletion tells only its type and id.
    `key` is the integration's own key, `occurrence` counts this event on this integration from 1, `at` is in
    microseconds.
    """
    past = _PAST.get(verb)
    if past is None:
        raise UnknownWord("command", verb, _PAST)
    deletion = past == "deleted"
    payload: Mapping[str, Any] = {"type": "integration", "id": document["id"]} if deletion else {"data": document}
    event_key, resource = f"integration.{past}", f"integration:{key}"
    return Event(
        identity=f"{resource}/{event_key}:{occurrence}",
        key=event_key,
        resource=resource,
        resource_type="integration",
        resource_id=str(document["id"]),
        at=at,
        payload=orjson.dumps(payload).decode(),
        deletion=deletion,
        scopes=scopes_of(event_key),
    )
