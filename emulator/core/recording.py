"""Recordings: a message of the real service read, with its secrets taken out, and made ready to be sent again."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.core.credentials import holds_json, without_credentials
from emulator.core.json_text import MAX_DEPTH, deeper_than, members, on_one_line, with_members
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.moment import parse_instant
from emulator.domain.recording import RecordedForm, Recording

_LONGEST = 200
_MOST_ATTEMPTS = 1_000_000
_INCLUDED = "included"
_STAMPS: tuple[tuple[str, ...], ...] = (("meta", "timestamps"), ("meta",), ("attributes",), ())


def form_of(body: object) -> RecordedForm | None:
    """Which kind of message this JSON value is; None when it is none."""
    if not isinstance(body, Mapping):
        return None
    if "specversion" in body:
        return RecordedForm.CLOUD_EVENT
    if "triggered_by" in body and ("payload" in body or "resources" in body):
        return RecordedForm.WEBHOOK
    return None


def read_recording(text: str, at: int | None = None) -> Recording:
    """The message of this JSON text. `at` is when it was received, in microseconds since the epoch.

    Raises InvalidInput, which says what is missing and repeats nothing of the text.
    """
    _read(text)
    body = without_credentials(on_one_line(text))
    message = orjson.loads(body)
    form = form_of(message)
    if form is None:
        raise InvalidInput('this is neither a webhook body (it has no "triggered_by") nor a CloudEvent ("specversion")')
    webhook = form is RecordedForm.WEBHOOK
    key = _word(message, "triggered_by" if webhook else "type")
    if "." not in key.strip("."):
        raise InvalidInput(f"'{key}' is not an event key such as order.paid")
    payload = _webhook_payload(body, message) if webhook else _event_payload(message)
    found = _read(payload)
    resource = found.get("data", found)
    identity = resource.get("id") if isinstance(resource, Mapping) else None
    return Recording(
        form=form,
        key=key,
        job_id=_word(message, "id"),
        attempt=_attempt(message) if webhook else 1,
        resource_type=key.rpartition(".")[0],
        resource_id=identity if isinstance(identity, str) and len(identity) <= _LONGEST else "",
        deletion="data" not in found and key.endswith(".deleted"),
        body=body,
        payload=payload,
        at=next((time for time in (at, _time_of(message), changed_at(resource)) if time is not None), None),
    )


def stamp_of(document: object, name: str) -> int | None:
    """What a resource says of itself (`created_at`, `updated_at`), in microseconds since the epoch."""
    for path in _STAMPS:
        found: Any = document
        for step in (*path, name):
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, str):
            try:
                return parse_instant(found)
            except InvalidInput:
                continue
    return None


def changed_at(document: object) -> int | None:
    """When a resource was last changed, or else made, as it says itself."""
    changed = stamp_of(document, "updated_at")
    return stamp_of(document, "created_at") if changed is None else changed


def suits(form: RecordedForm, integration: Integration) -> bool:
    """Whether an integration of this type gets messages of this form."""
    return (form is RecordedForm.WEBHOOK) == (integration.integration_type is IntegrationType.WEBHOOK)


def recorded_body(body: str, integration: Integration, *, job_id: str, attempt: int) -> bytes | None:
    """What goes out for a recorded body: the same, with the receiver's own address and secret in `configuration`.

    Job and attempt are those of the delivery, which are the recorded ones unless it is sent again by hand. None when
    this integration gets messages of another form.
    """
    names = dict(members(body))
    form = RecordedForm.CLOUD_EVENT if "specversion" in names else RecordedForm.WEBHOOK
    if not suits(form, integration):
        return None
    changed = {"id": orjson.dumps(job_id).decode()}
    if isinstance(integration.configuration, WebhookConfiguration):
        own = {"url": integration.configuration.url, "secret_key": integration.configuration.secret_key or ""}
        changed |= {"attempt": str(attempt), "configuration": _filled(names.get("configuration", "{}"), own)}
    return with_members(body, changed).encode()


def _read(text: str) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput("this is not JSON") from None
    if deeper_than(value, MAX_DEPTH):
        raise InvalidInput(f"this nests deeper than {MAX_DEPTH} levels")
    return value


def _filled(configuration: str, own: Mapping[str, str]) -> str:
    """The recorded configuration with the receiver's own address and secret, where it shows them."""
    if not configuration.startswith("{"):
        return configuration
    return with_members(configuration, {key: orjson.dumps(value).decode() for key, value in own.items()})


def _webhook_payload(body: str, message: Mapping[str, Any]) -> str:
    if isinstance(message.get("payload"), Mapping):
        return dict(members(body))["payload"]
    resources = message.get("resources")
    if isinstance(resources, Mapping):
        return dict(members(body))["resources"]
    if isinstance(resources, str) and resources.startswith("{") and holds_json(resources):
        return resources
    raise InvalidInput('its "payload" and its "resources" hold no resource')


def _event_payload(message: Mapping[str, Any]) -> str:
    data = message.get("data")
    if not isinstance(data, Mapping):
        raise InvalidInput('the CloudEvent has no "data" that is an object')
    if str(message.get("type")).endswith(".deleted") and set(data) <= {"id", "type"}:
        return orjson.dumps(data).decode()
    payload = {"data": {name: value for name, value in data.items() if name != _INCLUDED}}
    if _INCLUDED in data:
        payload[_INCLUDED] = data[_INCLUDED]
    return orjson.dumps(payload).decode()


def _word(message: Mapping[str, Any], name: str) -> str:
    word = message.get(name)
    if not isinstance(word, str) or not 0 < len(word) <= _LONGEST:
        raise InvalidInput(f'its "{name}" is not a text of 1 to {_LONGEST} characters')
    return word


def _attempt(message: Mapping[str, Any]) -> int:
    attempt = message.get("attempt", 1)
    if not isinstance(attempt, int) or isinstance(attempt, bool) or not 1 <= attempt <= _MOST_ATTEMPTS:
        raise InvalidInput(f'its "attempt" is not a whole number from 1 to {_MOST_ATTEMPTS}')
    return attempt


def _time_of(message: Mapping[str, Any]) -> int | None:
    """What a CloudEvent says of its time; a webhook's body says nothing."""
    time = message.get("time")
    try:
        return parse_instant(time) if isinstance(time, str) else None
    except InvalidInput:
        return None
