"""The OpenAPI documents: written from the same operations that the routes are made of, so that they stay true."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from emulator.api.operation import Operation, Surface
from emulator.api.refusal import writes_status_as_text
from emulator.api.schema import Schema, array, shape, text
from emulator.loading.versions import package_version

_PATH_WORD = re.compile(r"\{(\w+)(?::\w+)?\}")
_TITLES = {
    Surface.EPCC: "Integrations and shop, as the emulator answers them",
    Surface.CONTROL: "Control of the emulator",
}
_ALWAYS = (405, 500)


def document(operations: Sequence[Operation], surface: Surface, server: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of one surface, for a server at this URL."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        if operation.surface is surface:
            path = _PATH_WORD.sub(r"{\1}", operation.path)
            paths.setdefault(path, {})[operation.method.lower()] = _described(operation)
    shown: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": _TITLES[surface], "version": package_version()},
        "servers": [{"url": server.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": {"Errors": _errors("integer"), "ErrorsAsText": _errors("string")}},
    }
    if surface is Surface.EPCC:
        shown["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        shown["security"] = [{"bearer": []}]
    return shown


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": operation.name, "summary": operation.summary}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PATH_WORD.findall(operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in operation.parameters().items()
    ]
    if parameters:
        described["parameters"] = parameters
    for media_type, schema in (
        ("application/json", operation.body),
        ("application/x-www-form-urlencoded", operation.form),
    ):
        if schema is not None:
            required = not operation.body_optional
            described["requestBody"] = {"required": required, "content": {media_type: {"schema": dict(schema)}}}
    described["responses"] = {
        **{str(status): _answer(operation, status, schema) for status, schema in operation.answers.items()},
        **{str(status): _refusal(operation, status) for status in sorted(_refusals(operation))},
    }
    if operation.public and operation.surface is Surface.EPCC:
        described["security"] = []
    return described


def _refusals(operation: Operation) -> set[int]:
    """The statuses of errors. The provider's API but for its tokens has a rate limit where one is switched on."""
    statuses = {*operation.refusals, *_ALWAYS}
    if operation.surface is Surface.EPCC and not operation.public:
        statuses.add(HTTPStatus.TOO_MANY_REQUESTS)
    return statuses


def _answer(operation: Operation, status: int, schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {"description": HTTPStatus(status).phrase}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {operation.media_type: {"schema": dict(schema)}},
    }


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    name = "ErrorsAsText" if writes_status_as_text(operation.path) else "Errors"
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _errors(status_type: str) -> dict[str, Any]:
    entry = shape(
        {
            "status": {"type": status_type},
            "title": text("What kind of fault"),
            "detail": text("A sentence"),
            "source": text("The field that is wrong"),
            "request_id": text("Names the fault in the server's log"),
        },
        required=("status", "title"),
        closed=False,
    )
    return shape({"errors": array(entry, "One per fault", minItems=1)}, required=("errors",), closed=False)
