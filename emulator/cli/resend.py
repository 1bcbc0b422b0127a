"""`resend`: an event again, to everybody who observes it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.editor import edited
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client
from emulator.core.written_payload import payload_of
from emulator.loading.payload_file import payload_in

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "resend",
    examples={
        "epcc-emulator resend order:1/order.paid:1": "the same job ids, the next attempt",
        "epcc-emulator resend order:1/order.paid:1 --new-job": "as new jobs",
        "epcc-emulator resend last --edit": "the newest event, changed in $EDITOR",
    },
)
@click.argument("event")
@click.option("--new-job", is_flag=True, help="With new job ids.")
@click.option("--integration", metavar="KEY", help="Only to this integration.")
@click.option("--edit", is_flag=True, help="Change the payload in $EDITOR first; it gets new job ids.")
@click.option(
    "--raw",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Send this JSON file as the payload; it gets new job ids.",
)
@json_option
@with_client
def resend(
    client: "ControlClient",
    event: str,
    new_job: bool,
    integration: str | None,
    edit: bool,
    raw: Path | None,
    as_json: bool,
) -> None:
    """Send EVENT again: its identity as `events` shows it, or `last`."""
    identity = _newest(client) if event == "last" else event
    payload = payload_in(raw) if raw is not None else None
    if edit:
        shown = client.event(identity)["payload"] if payload is None else payload
        text = edited(json.dumps(shown, indent=2, ensure_ascii=False))
        payload = payload if text is None else payload_of(text)
    rows = client.resend(identity, new_job=new_job, payload=payload, integration=integration)
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(f"Nobody observes {identity}, so nothing is sent. See: epcc-emulator integrations ls")
    for row in rows:
        click.echo(f"{row['event_key']} goes to {row['integration']} again, as job {row['job_id']}")


def _newest(client: "ControlClient") -> str:
    newest = client.events(limit=1)["data"]
    if not newest:
        raise click.UsageError("nothing has happened yet, so there is no last event")
    identity: str = newest[0]["identity"]
    return identity
