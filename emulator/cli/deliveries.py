"""`deliveries`: what was, is being or will be delivered; one of them in detail; attempts as they happen."""

import json
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.attempt_line import Narrator, print_heading, zone_of
from emulator.cli.console import bad, dim, good, print_json, print_json_line, print_table, strong, until, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, limit_option, offset_option, with_client
from emulator.cli.params import EVENT_KEY
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import UserError
from emulator.domain.record import RecordKind

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

_SHADES = {
    DeliveryState.SUCCEEDED: good,
    DeliveryState.EXHAUSTED: bad,
    DeliveryState.DROPPED: bad,
    DeliveryState.CANCELLED: bad,
    DeliveryState.WAITING: warning,
    DeliveryState.HELD: warning,
}


@command(
    "deliveries",
    examples={
        "epcc-emulator deliveries": "the newest ones",
        "epcc-emulator deliveries --state waiting": "those that failed and will be tried again",
        "epcc-emulator deliveries 12": "one in detail, with its attempts and the request",
        "epcc-emulator deliveries --follow": "every attempt as it happens",
        "epcc-emulator deliveries 12 --curl": "its request as a command, to send by hand",
        "epcc-emulator deliveries --state exhausted --har failed.har": "what failed, for a browser's tools",
    },
)
@click.argument("job", required=False)
@click.option("--follow", "-f", is_flag=True, help="Print every attempt as it happens.")
@click.option("--integration", metavar="KEY", help="Only to this integration: its name or id.")
@click.option("--event", type=EVENT_KEY, help="Only of events whose key matches this glob.")
@click.option("--state", type=click.Choice([str(state) for state in DeliveryState]), help="Only those that stand so.")
@click.option("--resource", metavar="ID", help="Only about this resource: its id, or its key such as order:1.")
@click.option("--har", metavar="FILE", help="Write all that match, with every attempt, as an HTTP archive (HAR 1.2).")
@click.option("--ndjson", metavar="FILE", help="Write all that match in detail, one JSON document a line.")
@click.option("--curl", "as_curl", is_flag=True, help="Print the request of JOB as a curl command.")
@limit_option
@offset_option
@json_option
@with_client
def deliveries(
    client: "ControlClient",
    job: str | None,
    follow: bool,
    har: str | None,
    ndjson: str | None,
    as_curl: bool,
    limit: int,
    offset: int,
    as_json: bool,
    **filters: Any,
) -> None:
    """What was, is being or will be delivered, newest first; or one delivery, by its JOB id or number.

    A FILE may be -, for the output. Secrets are masked in what is written.
    """
    if sum([follow, har is not None, ndjson is not None, as_curl]) > 1:
        raise click.UsageError("choose one of --follow, --har, --ndjson and --curl")
    if har is not None or ndjson is not None:
        _export(client, job, har, ndjson, filters)
    elif as_curl:
        _curl(client, job)
    elif follow:
        if job is not None or any(filters[name] for name in ("state", "resource")):
            raise click.UsageError(
                "--follow shows attempts of all deliveries; only --event and --integration narrow it"
            )
        _follow(client, filters["event"], filters["integration"], as_json)
    elif job is not None:
        _show(client.delivery(job), as_json)
    else:
        page = client.deliveries(**filters, limit=limit, offset=offset)
        if as_json:
            print_json(page["data"])
        else:
            _list(page, offset + limit, client.clock()["now"])


def _export(
    client: "ControlClient", job: str | None, har: str | None, ndjson: str | None, filters: dict[str, Any]
) -> None:
    from emulator.cli.export import details, write_har, write_ndjson

    if job is not None and any(value is not None for value in filters.values()):
        raise click.UsageError("a JOB is one delivery; leave out --integration, --event, --state and --resource")
    found = details(client, job, filters)
    if har is not None:
        write_har(har, found)
    elif ndjson is not None:
        write_ndjson(ndjson, found)


def _curl(client: "ControlClient", job: str | None) -> None:
    from emulator.core.curl import curl

    if job is None:
        raise click.UsageError("name a delivery, by its JOB id or number")
    request = client.delivery(job)["request"]
    if request is None:
        raise UserError(f"the request of delivery {job} is not known: its integration is gone, or a fault fails")
    click.echo(curl(request))


def _list(page: dict[str, Any], further: int, now: str) -> None:
    if not page["data"]:
        click.echo("There are none.")
        return
    print_table(
        ("number", "event", "resource", "integration", "state", "attempts", "due", "job"),
        [
            (
                str(row["number"]),
                row["event_key"],
                row["resource"],
                row["integration"],
                _state(row["state"]),
                str(row["attempts"]),
                until(row["due"], now) if row["due"] else "-",
                row["job_id"],
            )
            for row in page["data"]
        ],
        spare=2,
    )
    if (total := page["results"]["total"]) > further:
        click.echo(dim(f"{total} in all; more with --offset {further}"))


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(f"{strong(found['event_key'])}  {found['event']}  to {found['integration']}: {_state(found['state'])}")
    for name in ("number", "job_id", "resource_id", "created_at", "due"):
        if found.get(name) is not None:
            click.echo(f"  {dim(f'{name:<12}')} {found[name]}")
    for fault in found["faults"]:
        kind, detail, rule = f"{fault['fault']:<12}", fault["detail"], f"(rule {fault['rule']})"
        click.echo(f"  {dim(kind)} {detail} {dim(rule)}")
    for attempt in reversed(found["attempts_made"]):
        result = (
            good(str(attempt["status"] or "ok")) if attempt["succeeded"] else bad(str(attempt["status"] or "failed"))
        )
        copy = f"+{attempt['copy']}" if attempt["copy"] else ""
        click.echo(
            f"  {dim('attempt')} #{attempt['attempt']}{copy}  {attempt['started_at']}  {result}  "
            f"{attempt['processing_time'] * 1000:.0f}ms  {attempt['error'] or ''}".rstrip()
        )
        if attempt["body"]:
            click.echo(f"    {dim('answer')} {attempt['body'][:200]}")
    for send in found["sends"]:
        when = f"held: {send['held']}" if send["held"] else f"due {send['due']}"
        click.echo(f"  {dim('to come')} #{send['attempt']}  {when}")
    if found["request"]:
        click.echo(dim("\nThe request"))
        click.echo(json.dumps(found["request"], indent=2, ensure_ascii=False))


def _follow(client: "ControlClient", event: str | None, integration: str | None, as_json: bool) -> None:
    from fnmatch import fnmatchcase

    narrator = Narrator(
        lambda number: client.delivery(str(number)),
        zone_of(client.clock()["mode"]),
        show_integration=integration is None,
    )
    with client.feed() as feed:
        if not as_json:
            print_heading(show_integration=integration is None)
        for record in feed:
            line = narrator.tell(record)
            if line is None or record.kind is not RecordKind.ATTEMPTED:
                continue
            told = narrator.told(record.delivery)
            if event is not None and not fnmatchcase(told.event_key, event):
                continue
            if integration is not None and told.integration != integration:
                continue
            if as_json:
                print_json_line(narrator.document(record))
            else:
                click.echo(line)


def _state(state: str) -> str:
    shade = _SHADES.get(DeliveryState(state))
    return shade(state) if shade else state
