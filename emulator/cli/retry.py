"""`retry`: one delivery again, as its next attempt."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "retry",
    examples={
        "epcc-emulator retry 12": "the delivery of that number",
        "epcc-emulator retry 6f1c1e4e-5bd7-4f1c-a3a5-3c1b8c0e2f47": "the delivery of that job id",
    },
)
@click.argument("job")
@json_option
@with_client
def retry(client: "ControlClient", job: str, as_json: bool) -> None:
    """Send a delivery again, also one that succeeded: the same JOB (id or number), the next attempt."""
    row = client.retry(job)
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['event_key']} goes to {row['integration']} again, as job {row['job_id']}")
