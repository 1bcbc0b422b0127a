"""The body of a queue's message: an event as the provider wraps it in a CloudEvent."""

from typing import Any

import orjson

from emulator.domain.event import INCLUDES_ELIDED, Event
from emulator.domain.integration import SQS_LIMIT, Integration, Scope, SqsConfiguration
from emulator.domain.moment import to_micros
from emulator.store.at_hand import kept_at_hand


def cloud_event_body(
    event: Event, integration: Integration, *, job_id: str, store_id: str, org_id: str, source: str
) -> bytes:
    """One CloudEvent 1.0 in structured JSON (the provider's document of integrations, "Message Queue Services").

    It is the same on every attempt. `source` is the store's address, as in the provider's examples. An organization's
    integration is told no `storeid`. Where a message to SQS would be too large, `included` is left out and says so
    (the provider's guide); one that is too large even then is for the transport to refuse.
    """
    head = {
        "specversion": "1.0",
        "id": job_id,
        "source": source,
        "type": event.key,
        "time": to_micros(event.at),
        "datacontenttype": "application/json",
        "integrationid": integration.id,
        "orgid": org_id,
    }
    if integration.scope is Scope.STORE:
        head["storeid"] = store_id
    body = orjson.dumps(head | {"data": orjson.Fragment(_said(event.payload))})
    if len(body) > SQS_LIMIT and isinstance(integration.configuration, SqsConfiguration):
        data = _data(event.payload)
        if "included" in data:
            body = orjson.dumps(head | {"data": data | {"included": INCLUDES_ELIDED}})
    return body


@kept_at_hand
def _said(payload: str) -> bytes:
    return orjson.dumps(_data(payload))


def _data(payload: str) -> dict[str, Any]:
    """The resource, with what stands beside it in a webhook (`included`) inside; some payloads are flat already."""
    data: dict[str, Any] = orjson.loads(payload)
    resource = data.get("data")
    if not isinstance(resource, dict):
        return data
    del data["data"]
    return resource | data
