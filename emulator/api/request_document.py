"""The request of a delivery, as its receiver gets it, with the secrets masked."""

import re
from dataclasses import replace
from typing import Any

import orjson

from emulator.core.masking import mask
from emulator.domain.errors import InvalidInput, NotFound
from emulator.domain.event import Event
from emulator.domain.integration import WebhookConfiguration
from emulator.runtime.emulator import Emulator
from emulator.runtime.journal import DeliveryRow
from emulator.store.envelope import webhook_body
from emulator.transports.target import target_of

_CREDENTIALS = re.compile(r"(?<=//)[^/@]*@")


def request_document(emulator: Emulator, row: DeliveryRow, event: Event) -> dict[str, Any] | None:
    """Method, URL, headers and body of the newest attempt (the first, where none has left).

    It follows the integration as it is now, as every send does. None when the integration is gone, is not a
    webhook, or cannot be sent to.
    """
    try:
        integration = emulator.integration(row.integration)
    except NotFound:
        return None
    configuration = integration.configuration
    if not isinstance(configuration, WebhookConfiguration):
        return None
    shown = replace(
        configuration,
        url=_CREDENTIALS.sub("", configuration.url),
        secret_key=None if configuration.secret_key is None else mask(configuration.secret_key),
    )
    body = webhook_body(
        event,
        replace(integration, configuration=shown),
        job_id=row.job_id,
        attempt=max(1, row.attempts),
        store_id=emulator.store_id,
        org_id=emulator.org_id,
    )
    try:
        request = target_of(shown).request(event.key, body)
    except InvalidInput:
        return None
    head = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {
        "method": "POST",
        "url": shown.url,
        "headers": {name: value for name, _, value in (line.partition(": ") for line in head[1:])},
        "body": orjson.loads(body),
    }
