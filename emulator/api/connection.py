"""Connection: whether a caller is still there."""

from starlette.requests import Request


async def hung_up(request: Request) -> None:
    """Returns when the caller has gone. What is left of the request's body is given up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
