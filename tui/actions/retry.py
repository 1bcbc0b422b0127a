"""Retry: one delivery again, as its next attempt."""

from tui.desk import Desk
from tui.model.row import Row


async def retry(desk: Desk, row: Row) -> str:
    """What was done, in a sentence. Raises what the client raises."""
    done = (await desk.client.post("retry", {"job": str(row.number)}))["data"]
    return f"{done['event_key']} goes to {done['integration']} again, as its next attempt"
