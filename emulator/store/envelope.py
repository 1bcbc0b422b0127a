"""The body of a webhook: an event as the provider wraps it for one integration."""

import orjson

from emulator.domain.event import Event
from emulator.domain.integration import Integration, Scope, WebhookConfiguration
from emulator.store.at_hand import kept_at_hand

_STORE = Scope.STORE


def webhook_body(
    event: Event, integration: Integration, *, job_id: str, attempt: int, store_id: str, org_id: str
) -> bytes:
    """The JSON that is posted to a webhook (the provider's document of integrations, "Webhooks").

    `resources` is the payload once more, as a string; for a deletion it is an object, as the payload is. An
    organization's integration is told the `org_id` alone. The secret stands in `configuration` unmasked, and
    is an empty text when there is none.
    """
    configuration = integration.configuration
    assert isinstance(configuration, WebhookConfiguration), "only webhooks have this body"
    head: dict[str, object] = {"id": job_id, "triggered_by": event.key, "attempt": attempt}
    if integration.scope is _STORE:
        head["store_id"] = store_id
    head["org_id"] = org_id
    head["integration"] = {
        "id": integration.id,
        "integration_type": integration.integration_type._value_,
        "name": integration.name,
        "description": integration.description,
    }
    said = _said_of_a_deletion if event.deletion else _said
    secret = {"url": configuration.url, "secret_key": configuration.secret_key or ""}
    return b"".join(
        (
            orjson.dumps(head)[:-1],
            said(event.payload),
            b',"configuration":',
            orjson.dumps(secret),
            b"}",
        )
    )


@kept_at_hand
def _said(payload: str) -> bytes:
    return b"".join((b',"resources":', orjson.dumps(payload), b',"payload":', payload.encode()))


@kept_at_hand
def _said_of_a_deletion(payload: str) -> bytes:
    said = payload.encode()
    return b"".join((b',"resources":', said, b',"payload":', said))
