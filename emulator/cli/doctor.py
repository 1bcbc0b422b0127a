"""`doctor`: what could keep it from working, looked at one by one."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from emulator.cli.console import bad, good, print_json
from emulator.cli.lazy import command
from emulator.cli.options import connect, json_option, url_option
from emulator.cli.server_options import DEFAULT_DATA_DIR, option
from emulator.core.locality import is_aws
from emulator.core.masking import masked_address
from emulator.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `detail` is what is so, and what to do where it is not well."""

    what: str
    well: bool
    detail: str


@command(
    "doctor",
    examples={
        "epcc-emulator doctor": "look at everything",
        "epcc-emulator doctor --json": "for a script; exits 3 when something is not well",
    },
)
@option("--host", default="127.0.0.1", show_default=True, help="Address a server would listen on.")
@option("--port", type=click.IntRange(0, 65535), default=3722, show_default=True, help="Port a server would listen on.")
@option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_DATA_DIR, show_default=True,
    help="Where a server keeps its state.",
)  # fmt: skip
@url_option
@json_option
def doctor(host: str, port: int, data_dir: Path, url: str | None, as_json: bool) -> int:
    """Check the port, the data directory, the server if one runs, its receivers and their secrets."""
    findings = list(examine(host, port, data_dir, url))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = good("ok  ") if finding.well else bad("bad ")
            click.echo(f"{mark}{finding.what}: {finding.detail}")
    return 0 if all(finding.well for finding in findings) else 3


def examine(host: str, port: int, data_dir: Path, url: str | None) -> Iterator[Finding]:
    """Everything there is to look at, in the order in which it would go wrong."""
    yield _directory(data_dir)
    try:
        client = connect(url, data_dir if data_dir.exists() else None)
    except EnvironmentFault as absent:
        yield from _nobody(absent, host, port)
        return
    with client:
        try:
            ready = client.health()
        except EnvironmentFault as absent:
            yield from _nobody(absent, host, port)
            return
        yield Finding(what="server", well=ready, detail=f"{'ready' if ready else 'not ready'} at {client.url}")
        yield from _integrations(client)


def _nobody(absent: EnvironmentFault, host: str, port: int) -> Iterator[Finding]:
    yield Finding(what="server", well=True, detail=f"none runs ({absent.sentence})")
    yield _port(host, port)


def _directory(data_dir: Path) -> Finding:
    nearest = next((path for path in (data_dir, *data_dir.absolute().parents) if path.exists()), Path("/"))
    if not nearest.is_dir():
        return Finding(
            what="data directory", well=False, detail=f"{nearest} is no directory; choose one with --data-dir"
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(
            what="data directory", well=False, detail=f"{nearest} is not writable; choose one with --data-dir"
        )
    state = "is there" if nearest == data_dir else "will be made"
    return Finding(what="data directory", well=True, detail=f"{data_dir} {state}")


def _port(host: str, port: int) -> Finding:
    from emulator.runtime.port import bind

    try:
        bind(host, port).close()
    except EnvironmentFault as fault:
        return Finding(what="port", well=False, detail=fault.sentence)
    return Finding(what="port", well=True, detail=f"{port} is free")


def _integrations(client: "ControlClient") -> Iterator[Finding]:
    from emulator.harness.reachability import reachability

    for row in client.integrations():
        what = f"integration {row['name']}"
        if not row["enabled"]:
            detail = f"not enabled; epcc-emulator integrations enable {row['name']}"
            yield Finding(what=what, well=True, detail=detail)
        elif row["integration_type"] == "webhook":
            configuration = row["configuration"]
            found = reachability(configuration["url"])
            secret = "with a secret" if configuration.get("secret_key") else "without a secret (anybody could call it)"
            said = (
                f"{masked_address(configuration['url'])} is reachable, {secret}"
                if found.reachable
                else f"{masked_address(found.url)}: {found.problem}"
            )
            yield Finding(what=what, well=found.reachable, detail=said)
        else:
            yield _queue(what, row["configuration"])


def _queue(what: str, configuration: dict[str, Any]) -> Finding:
    """Of a broker's addresses one is enough. A queue of AWS that is blocked is served by the emulator itself."""
    from emulator.harness.reachability import reachability

    addresses = configuration.get("addresses") or [configuration["url"]]
    found = [reachability(address) for address in addresses]
    there = next((one for one in found if one.reachable), None)
    if there is not None:
        return Finding(what=what, well=True, detail=f"{masked_address(there.url)} is reachable")
    if (found[0].problem or "").startswith("Blocked") and is_aws(urlsplit(found[0].url).hostname or ""):
        return Finding(what=what, well=True, detail=f"{found[0].url} is served by the embedded SQS server")
    return Finding(
        what=what, well=False, detail="; ".join(f"{masked_address(one.url)}: {one.problem}" for one in found)
    )
