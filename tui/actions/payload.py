"""Payload: an event's, from the server."""

from typing import Any
from urllib.parse import quote

from tui.desk import Desk


async def payload_of_event(desk: Desk, event: str) -> Any:
    """As it was sent first. Raises what the client raises."""
    return (await desk.client.get(f"events/{quote(event, safe='/')}"))["data"]["payload"]
