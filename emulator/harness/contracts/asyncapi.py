"""AsyncAPI: one document of everything that is delivered, from the shop's side: it sends, receivers receive."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from emulator.domain.ports import CONTENT_TYPE, SECRET_HEADER, TRIGGER_HEADER
from emulator.harness.contracts.guarantees import DELIVERY, SCOPE
from emulator.harness.contracts.message import BY, HOW, ContractMessage
from emulator.harness.contracts.samples import Sample
from emulator.loading.schemas import Envelope, envelope_schema, is_deletion, payload_name, payload_schema, queued
from emulator.loading.versions import package_version

VERSION = "3.0.0"
Document = dict[str, Any]

_JSON = "application/json"
_TITLE = "Elastic Path Commerce Cloud integration events, as epcc-integrations-emulator delivers them"
_SERVERS: Mapping[Envelope, Document] = MappingProxyType(
    {
        Envelope.WEBHOOK: {
            "host": "{receiver}",
            "protocol": "https",
            "description": "A receiver of webhooks; http as well where it is on your own machine.",
            "variables": {"receiver": {"default": "receiver.example", "description": "Host and port of its URL"}},
        },
        Envelope.SQS: {
            "host": "sqs.{region}.amazonaws.com",
            "protocol": "sqs",
            "description": "Requests are signed with the integration's own aws_access_key_id and its secret.",
            "variables": {"region": {"default": "us-east-1", "description": "The integration's region"}},
        },
        Envelope.STOMP: {
            "host": "{broker}",
            "protocol": "stomp",
            "description": "stomp+ssl as well. Of several addresses the first that answers is taken.",
            "variables": {"broker": {"default": "broker.example:61613", "description": "Host and port of an address"}},
            "security": [{"$ref": "#/components/securitySchemes/brokerLogin"}],
        },
    }
)
_PLACES: Mapping[Envelope, tuple[str, str]] = MappingProxyType(
    {
        Envelope.WEBHOOK: ("path", "The rest of the webhook's URL, as registered"),
        Envelope.SQS: ("queue", "The path of the queue's URL: account and name"),
        Envelope.STOMP: ("destination", "As registered, such as /queue/orders"),
    }
)
_SECURITY: Document = {
    "secret": {
        "type": "httpApiKey",
        "name": SECRET_HEADER,
        "in": "header",
        "description": "The integration's secret_key itself, in every request of an integration that has one.",
    },
    "brokerLogin": {"type": "userPassword", "description": "Where the broker wants one."},
}


def asyncapi_document(messages: Sequence[ContractMessage]) -> Document:
    """The AsyncAPI 3.0 document of these messages; each transport that one of them uses is a channel."""
    by_envelope: dict[Envelope, list[ContractMessage]] = {}
    for message in messages:
        by_envelope.setdefault(message.envelope, []).append(message)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": _TITLE,
            "version": package_version(),
            "description": f"{DELIVERY}\n{SCOPE}\n\n`x-sources` of a message tells how we know of its key, of its "
            "payload and of what is around it: from which document of the provider, or as our assumption.\n",
        },
        "defaultContentType": _JSON,
        "servers": {str(envelope): dict(_SERVERS[envelope]) for envelope in by_envelope},
        "channels": {str(envelope): _channel(envelope, those) for envelope, those in by_envelope.items()},
        "operations": {
            f"deliver-by-{envelope}": _operation(envelope, those) for envelope, those in by_envelope.items()
        },
        "components": {
            "messages": {_name(message): _message(message) for message in messages},
            "schemas": _schemas(messages),
            "securitySchemes": _SECURITY,
        },
    }


def _channel(envelope: Envelope, messages: Sequence[ContractMessage]) -> Document:
    name, description = _PLACES[envelope]
    return {
        "address": f"{{{name}}}",
        "title": f"Events by {BY[envelope]}",
        "servers": [{"$ref": f"#/servers/{envelope}"}],
        "parameters": {name: {"description": description}},
        "messages": {message.key: {"$ref": f"#/components/messages/{_name(message)}"} for message in messages},
    }


def _operation(envelope: Envelope, messages: Sequence[ContractMessage]) -> Document:
    operation: Document = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{envelope}"},
        "title": f"Deliver by {BY[envelope]}",
        "summary": "The shop tells an integration of an event that it observes.",
        "description": HOW[envelope],
        "messages": [{"$ref": f"#/channels/{envelope}/messages/{message.key}"} for message in messages],
    }
    if envelope is Envelope.WEBHOOK:
        operation["security"] = [{"$ref": "#/components/securitySchemes/secret"}]
        operation["bindings"] = {"http": {"method": "POST", "bindingVersion": "0.3.0"}}
    return operation


def _name(message: ContractMessage) -> str:
    return f"{message.envelope}.{message.key}"


def _message(message: ContractMessage) -> Document:
    described: Document = {
        "name": message.key,
        "title": message.title,
        "contentType": _JSON,
        "payload": _payload(message),
        "correlationId": {
            "location": "$message.payload#/id",
            "description": "The job's id, the same on every attempt: what tells a repetition from something new.",
        },
        "tags": [{"name": message.key.rpartition(".")[0]}],
        "examples": [_example(sample) for sample in message.samples],
        "x-sources": message.grounds,
    }
    headers = _headers(message)
    return described if headers is None else {**described, "headers": headers}


def _payload(message: ContractMessage) -> Document:
    """What is around any message of this transport, and what this one says."""
    inner = {"$ref": f"#/components/schemas/{_inner_name(message)}"}
    if message.envelope is Envelope.WEBHOOK:
        text = {"type": "string", "contentMediaType": _JSON}
        resources = inner if is_deletion(message.key) else text
        said = {"triggered_by": {"const": message.key}, "payload": inner, "resources": resources}
    else:
        said = {"type": {"const": message.key}, "data": inner}
    around = {"$ref": f"#/components/schemas/{_around_name(message)}"}
    return {"allOf": [around, {"type": "object", "properties": said}]}


def _headers(message: ContractMessage) -> Document | None:
    if message.envelope is Envelope.SQS:
        return None
    if message.envelope is Envelope.STOMP:
        return {
            "type": "object",
            "properties": {"content-type": {"const": _JSON}, "persistent": {"const": "true"}},
            "required": ["content-type"],
        }
    return {
        "type": "object",
        "properties": {
            CONTENT_TYPE: {"const": _JSON},
            SECRET_HEADER: {"type": "string", "description": "Absent where the integration has no secret"},
            TRIGGER_HEADER: {"const": message.key},
        },
        "required": [CONTENT_TYPE, TRIGGER_HEADER],
    }


def _example(sample: Sample) -> Document:
    example: Document = {"name": sample.name, "summary": sample.summary, "payload": dict(sample.body)}
    return {**example, "headers": dict(sample.headers)} if sample.headers else example


def _schemas(messages: Sequence[ContractMessage]) -> Document:
    """What several messages share, by name."""
    schemas: Document = {}
    for message in messages:
        schemas.setdefault(_around_name(message), _around(message.envelope))
        schemas.setdefault(_inner_name(message), _inner(message))
    return dict(sorted(schemas.items()))


def _around_name(message: ContractMessage) -> str:
    return "webhook" if message.envelope is Envelope.WEBHOOK else "cloud-event"


def _around(envelope: Envelope) -> Document:
    schema = envelope_schema(envelope)
    if envelope is Envelope.WEBHOOK:
        # A text or an object, which each message says for itself.
        schema["properties"]["resources"] = {"description": schema["properties"]["resources"]["description"]}
    return schema


def _inner_name(message: ContractMessage) -> str:
    name = payload_name(message.key)
    if message.envelope is Envelope.WEBHOOK or "data" not in payload_schema(message.key)["properties"]:
        return name
    return f"{name}.{message.envelope}"


def _inner(message: ContractMessage) -> Document:
    payload = payload_schema(message.key)
    if message.envelope is Envelope.WEBHOOK:
        return payload
    return queued(payload, elidable=message.envelope is Envelope.SQS)
