"""The request of a delivery, as its receiver gets it, with the secrets masked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from emulator.core.job import Job
from emulator.core.masking import mask, masked_address
from emulator.domain.delivery import DeliveryKey, Send, Treatment
from emulator.domain.errors import NotFound, UserError
from emulator.domain.event import Event
from emulator.domain.integration import Configuration, SqsConfiguration, StompConfiguration, WebhookConfiguration
from emulator.domain.ports import Message
from emulator.runtime.emulator import Emulator
from emulator.runtime.journal import DeliveryRow
from emulator.runtime.rendering import Rendering
from emulator.transports.target import target_of, with_headers

_CREDENTIALS = re.compile(r"(?<=//)[^/@]*@")


def request_document(
    emulator: Emulator, row: DeliveryRow, event: Event, treatments: Mapping[int, tuple[Treatment, ...]]
) -> dict[str, Any] | None:
    """Method, URL, headers and body of the newest attempt (the first, where none has left).

    It follows the integration as it is now, as every send does, under the `treatments` of its attempt; a body that is
    no JSON after these is a text. None when the integration is gone or cannot be sent to, or when a fault that somebody
    else has written fails, or is there no more.
    """
    try:
        integration = emulator.integration(row.integration)
    except NotFound:
        return None
    shown = replace(integration, configuration=_masked(integration.configuration))
    attempt = max(1, row.attempts)
    key = DeliveryKey(row.event, row.integration)
    send = Send(
        delivery=key, resource=event.resource, due=event.at, attempt=attempt, treatments=treatments.get(attempt, ())
    )
    job = Job(number=row.number, key=key, job_id=row.job_id, event=event)
    try:
        message = Rendering(emulator.shop, emulator.journal.payload_before)(job, shown, send)
        method, url, headers = _head(shown.configuration, message)
    except UserError:
        return None
    return {"method": method, "url": url, "headers": headers, "body": _body(message.body)}


def _masked(configuration: Configuration) -> Configuration:
    """The secrets of queues sign or log in; they are not in the message."""
    if isinstance(configuration, SqsConfiguration):
        return replace(configuration, url=_address(configuration.url))
    if isinstance(configuration, StompConfiguration):
        return replace(configuration, addresses=tuple(map(_address, configuration.addresses)))
    return replace(
        configuration,
        url=_address(configuration.url),
        secret_key=None if configuration.secret_key is None else mask(configuration.secret_key),
    )


def _address(address: str) -> str:
    return masked_address(_CREDENTIALS.sub("", address))


def _body(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")


def _head(configuration: Configuration, message: Message) -> tuple[str, str, dict[str, str]]:
    """What is called, where, and with which headers. Raises InvalidInput where it cannot be."""
    if isinstance(configuration, WebhookConfiguration):
        request = with_headers(target_of(configuration).request(message.event_key, message.body), message.headers or {})
        head = request.partition(b"\r\n\r\n")[0].decode(errors="replace").split("\r\n")
        lines = (line.partition(": ") for line in head[1:])
        return "POST", configuration.url, {name: value for name, _, value in lines}
    if isinstance(configuration, SqsConfiguration):
        return "SendMessage", configuration.url, {}
    headers = {"destination": configuration.destination, "content-type": "application/json", "persistent": "true"}
    return "SEND", configuration.addresses[0], headers
