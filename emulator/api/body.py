"""Request bodies: read with a limit, decoded, and refused in one sentence when they are not what was asked for."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request

from emulator.api.refusal import ErrorEntry, Refusal, refuse
from emulator.core.json_text import MAX_DEPTH, deeper_than


async def read_body(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes, announced or chunked. Raises a 413 beyond it."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise _too_large(limit)
    return bytes(parts)


def decoded(raw: bytes) -> Any:
    """The body's JSON. Raises a 400 that says what is wrong with it."""
    if not raw.strip():
        raise refuse(HTTPStatus.BAD_REQUEST, "The body is empty; send a JSON object")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise refuse(
            HTTPStatus.BAD_REQUEST,
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})",
        ) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        raise refuse(HTTPStatus.BAD_REQUEST, f"The body nests deeper than {MAX_DEPTH} levels")
    return value


def data_of(value: Any) -> dict[str, Any]:
    """The `data` object that the provider wraps every write in. Raises a 400 without one."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        raise refuse(HTTPStatus.BAD_REQUEST, 'The body has no "data" object; send {"data": {…}}')
    data: dict[str, Any] = value["data"]
    return data


def _too_large(limit: int) -> Refusal:
    # The rest of the body is not read, so the connection cannot be used again.
    entry = ErrorEntry(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        title="Request Entity Too Large",
        detail=f"The body is larger than {limit} bytes",
    )
    return Refusal(entry, headers={"Connection": "close"})
