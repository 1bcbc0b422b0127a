"""What the OpenAPI document says of integrations, jobs and logs."""

from typing import Any

from emulator.api.schema import array, boolean, integer, number, shape, text
from emulator.domain.integration import IntegrationType, Scope

ERROR_STATUSES = (400, 401, 403, 413, 422, 503)
"""What a write may be refused with, beside its own."""

_KINDS = [str(kind) for kind in IntegrationType]
_WEBHOOK = shape(
    {
        "url": text("Where events are posted", pattern="^https?://[a-z0-9]"),
        "secret_key": {
            "type": "string",
            "description": "Sent as X-MOLTIN-SECRET-KEY",
            "pattern": "^[!-~]*$",
        },
    },
    required=("url",),
    closed=False,
    description="For integration_type webhook",
)
_SQS = shape(
    {
        "url": text("The queue's URL", pattern="^https?://[a-z0-9]"),
        "aws_access_key_id": text("Answers mask it"),
        "aws_secret_access_key": text("Answers mask it"),
        "region": text("The queue's region"),
    },
    required=("url", "aws_access_key_id", "aws_secret_access_key", "region"),
    closed=False,
    description="For integration_type aws_sqs",
)
_STOMP = shape(
    {
        "addresses": array(
            text("stomp://host:port or stomp+ssl://host:port", pattern="^stomp([+]ssl)?://[a-z0-9]"),
            "Tried in order",
            minItems=1,
        ),
        "destination": text("A queue or a topic"),
        "username": {"type": "string"},
        "password": {"type": "string", "description": "Answers mask it"},
    },
    required=("addresses", "destination"),
    closed=False,
    description="For integration_type stomp",
)
_WRITABLE: dict[str, Any] = {
    "type": text("Always integration", enum=["integration"]),
    "name": text("For people"),
    "description": {"type": "string"},
    "enabled": boolean("Whether events are delivered; false unless sent"),
    "integration_type": text("How events are delivered", enum=_KINDS),
    "observes": array(text("An event key such as order.paid"), "The events it wants to hear of"),
    "configuration": {"anyOf": [_WEBHOOK, _SQS, _STOMP]},
}
CREATION = shape(
    {
        "data": shape(
            _WRITABLE,
            required=("type", "name", "integration_type", "observes", "configuration"),
            closed=False,
        )
    },
    required=("data",),
    closed=False,
)
UPDATE = shape({"data": shape(_WRITABLE, closed=False)}, required=("data",), closed=False)

_SCOPE = text("Whose events", enum=[str(scope) for scope in Scope])
MANAGED = shape(
    {
        **{name: part for name, part in _WRITABLE.items() if name != "type"},
        "scope": _SCOPE,
        "configuration": {"type": "object"},
    },
    required=("name", "observes", "configuration"),
)

_TIMESTAMPS = shape(
    {
        "created_at": text("When it was made", format="date-time"),
        "updated_at": text("When it last changed", format="date-time"),
    },
    required=("created_at",),
    closed=False,
)
_META = shape({"timestamps": _TIMESTAMPS}, required=("timestamps",), closed=False)
_LINKS = shape({"self": text("Its own address")}, required=("self",), closed=False)
_INTEGRATION = shape(
    {**_WRITABLE, "id": text("Its id"), "links": _LINKS, "meta": _META},
    required=(*_WRITABLE, "id", "links", "meta"),
    closed=False,
)
_PAGES = shape(
    {
        "limit": integer("Records a page"),
        "offset": integer("Records before this page"),
        "current": integer("This page, from 1"),
        "total": integer("Pages in all"),
    },
    required=("limit", "offset", "current", "total"),
    closed=False,
)
_RESULTS = shape({"total": integer("Records in all")}, required=("total",), closed=False)


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page of `item`."""
    return shape(
        {"data": array(item, "This page"), "meta": _PAGES, "results": _RESULTS},
        required=("data", "meta", "results"),
        closed=False,
    )


def single(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer that is one `item`."""
    return shape({"data": item}, required=("data",), closed=False)


def _reference(kind: str) -> dict[str, Any]:
    thing = shape({"id": text("Its id"), "type": text(f"Always {kind}")}, required=("id", "type"), closed=False)
    return single(thing)


INTEGRATION_ANSWER = single(_INTEGRATION)
INTEGRATIONS_ANSWER = listed(_INTEGRATION)
REMOVAL_ANSWER = _reference("integration")
JOBS_ANSWER = listed(
    shape({"id": text("The job's id"), "type": text("Always integration-job")}, required=("id", "type"), closed=False)
)
LOGS_ANSWER = listed(
    shape(
        {
            "id": text("The log's id"),
            "type": text("Always integration-log"),
            "succeeded": boolean("Whether the delivery was accepted"),
            "attempt": integer("Which attempt of the job, from 1"),
            "processing_time": number("Wall seconds until the answer"),
            "body": {"type": "string", "description": "The receiver's answer"},
            "status_code": integer("The receiver's status; 0 where there was none"),
            "error_detail": {"type": "string", "description": "Why it failed; empty where it did not"},
            "relationships": shape(
                {"integration": _reference("integration"), "job": _reference("integration-job")},
                required=("integration", "job"),
                closed=False,
            ),
            "meta": _META,
        },
        required=("id", "type", "succeeded", "attempt", "processing_time", "body", "status_code", "relationships"),
        closed=False,
    )
)

_OWN = shape(
    {
        **_INTEGRATION["properties"],
        "key": text("The name it was made with; never changes"),
        "scope": _SCOPE,
        "managed": boolean("Whether it was made on this surface"),
    },
    required=(*_INTEGRATION["required"], "key", "scope", "managed"),
    closed=False,
)
_NEEDS = shape(
    {
        "observes": array(text("An event key"), "What it observes, without globs"),
        "integrations": integer("How many integrations that takes"),
        "notes": array(text("A sentence"), "What production would not take as it is"),
    },
    required=("observes", "integrations", "notes"),
    closed=False,
)
MANAGED_ANSWER = shape({"data": _OWN, "production": _NEEDS}, required=("data", "production"), closed=False)
MANAGED_LIST_ANSWER = shape({"data": array(_OWN, "All of them")}, required=("data",), closed=False)
