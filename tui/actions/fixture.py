"""Fixture: what an event's resource looks like, saved to be edited and used again."""

import json
from pathlib import Path
from typing import Any

from tui.actions.command import command
from tui.actions.payload import payload_of_event
from tui.desk import Desk

FOLDER = "fixtures"


async def save_fixture(desk: Desk, event: str, folder: Path) -> str:
    """What was written, in a sentence. Raises what the client raises, and Failed."""
    payload = await payload_of_event(desk, event)
    known = desk.session.window.events.get(event)
    key = known.key if known is not None else event.partition("/")[2].rpartition(":")[0]
    said = await command("import", "-", "--no-load", "--fixtures", str(folder), "--json", given=_message(key, payload))
    written = json.loads(said.output).get("fixtures", ())
    if not written:
        return said.beside.splitlines()[-1] if said.beside else "Nothing was written"
    return f"Wrote {', '.join(written)}; use it with serve --fixtures {folder}"


def _message(key: str, payload: Any) -> bytes:
    """The event as a webhook would get it, which is what the command reads."""
    message = {"id": "saved", "triggered_by": key, "resources": json.dumps(payload), "payload": payload}
    return json.dumps(message).encode()
