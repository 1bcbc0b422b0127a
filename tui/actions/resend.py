"""Resend: an event again, to all that observe it or to one, as it was or with another payload."""

from collections.abc import Mapping
from typing import Any

from tui.desk import Desk


async def resend(
    desk: Desk,
    event: str,
    *,
    new_job: bool = False,
    integration: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> str:
    """What was done, in a sentence. Raises what the client raises."""
    asked: dict[str, Any] = {"event": event, "new_job": new_job}
    if integration is not None:
        asked["integration"] = integration
    if payload is not None:
        asked["payload"] = payload
    rows = (await desk.client.post("resend", asked))["data"]
    to = ", ".join(dict.fromkeys(str(row["integration"]) for row in rows))
    how = "as new jobs" if new_job or payload is not None else "as the same jobs"
    if len(rows) == 1:
        how = how.replace("as new jobs", "as a new job").replace("as the same jobs", "as the same job")
    changed = ", with the changed payload" if payload is not None else ""
    return f"{rows[0]['event_key']} goes to {to} again, {how}{changed}"
