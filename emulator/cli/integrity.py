"""`integrity`: whether everything in the shop hangs together."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import good, print_json, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

BROKEN = 4
"""The exit code when something does not hang together."""


@command(
    "integrity",
    examples={"epcc-emulator integrity": "after you changed things by hand, or imported them"},
)
@json_option
@with_client
def integrity(client: "ControlClient", as_json: bool) -> int:
    """Check that ids refer to things that are there, totals are sums, and histories make sense; exits 4 if not."""
    report = client.integrity()
    if as_json:
        print_json(report)
    else:
        for finding in report["findings"]:
            click.echo(f"{warning('wrong')}  {strong(finding['resource'])}  {finding['finding']}")
        looked = f"{report['resources']} resources and {report['events']} events"
        verdict = f"{len(report['findings'])} findings in" if report["findings"] else "Nothing wrong with"
        click.echo(f"{verdict} {looked}." if report["findings"] else good(f"{verdict} {looked}."))
    return BROKEN if report["findings"] else 0
