"""`integrations`: registrations, as a client of the real service manages them."""

from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import bad, dim, good, note, print_json, print_table
from emulator.cli.lazy import WordyGroup
from emulator.cli.options import json_option, with_client
from emulator.cli.params import ASSIGNMENT, EVENT_KEY
from emulator.core.masking import masked_address
from emulator.domain.errors import NotFound, nearest

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

_PATH = "/v2/integrations"


@click.group(
    "integrations",
    cls=WordyGroup,
    examples={
        "epcc-emulator integrations ls": "all of them",
        "epcc-emulator integrations create --name shop --forward-to http://localhost:8000 --observes order.paid": "one",
        "epcc-emulator integrations disable shop": "by name or id",
    },
)
def integrations() -> None:
    """Register, change and remove integrations, through the same API that production has."""


@integrations.command("ls")
@json_option
@with_client
def ls(client: "ControlClient", as_json: bool) -> None:
    """All integrations."""
    rows = client.integrations()
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("There are none. Next: epcc-emulator listen --forward-to http://localhost:8000/hook")
        return
    print_table(
        ("name", "type", "enabled", "observes", "destination", "id"),
        [
            (
                row["key"] + (dim(" (managed)") if row["managed"] else ""),
                row["integration_type"],
                good("yes") if row["enabled"] else bad("no"),
                " ".join(row["observes"]),
                destination(row["configuration"]),
                row["id"],
            )
            for row in rows
        ],
        spare=1,
    )


@integrations.command("show")
@click.argument("name")
@with_client
def show(client: "ControlClient", name: str) -> None:
    """One integration, by its NAME or id, as JSON."""
    print_json(_find(client, name))


@integrations.command("create")
@click.option("--name", required=True, help="What it is called.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["webhook", "aws_sqs", "stomp"]),
    default="webhook",
    show_default=True,
    help="What it delivers to.",
)
@click.option("--observes", type=EVENT_KEY, multiple=True, required=True, help="An event key; as often as needed.")
@click.option("--forward-to", "target", metavar="URL", help="Where a webhook, a queue or a broker is.")
@click.option("--secret", help="A webhook's secret_key.")
@click.option("--set", "configured", type=ASSIGNMENT, multiple=True, help="Any other value of the configuration.")
@click.option("--description", default="", help="What it is for.")
@click.option("--disabled", is_flag=True, help="Register it without delivering to it.")
@click.option("--managed", is_flag=True, help="Beyond what production allows: globs, and no quotas.")
@json_option
@with_client
def create(
    client: "ControlClient",
    kind: str,
    target: str | None,
    secret: str | None,
    configured: tuple[tuple[str, Any], ...],
    observes: tuple[str, ...],
    disabled: bool,
    managed: bool,
    as_json: bool,
    **attributes: Any,
) -> None:
    """Register one."""
    configuration = _configuration(kind, target, secret, configured)
    body = {**attributes, "integration_type": kind, "observes": list(observes), "enabled": not disabled}
    body["configuration"] = configuration
    if managed:
        made = client.ensure_integration(**body)
        for needed in made["production"]["notes"]:
            note(f"{needed}.")
    else:
        made = client.shop("POST", _PATH, {"type": "integration", **body})
    _tell(made["data"], "registered", as_json)


@integrations.command("update")
@click.argument("name")
@click.option("--rename", metavar="NAME", help="A new name.")
@click.option("--observes", type=EVENT_KEY, multiple=True, help="The event keys it observes from now on.")
@click.option("--forward-to", "target", metavar="URL", help="Where it is now.")
@click.option("--secret", help="A webhook's secret_key.")
@click.option("--set", "configured", type=ASSIGNMENT, multiple=True, help="Any other value of the configuration.")
@click.option("--description", help="What it is for.")
@json_option
@with_client
def update(
    client: "ControlClient",
    name: str,
    rename: str | None,
    observes: tuple[str, ...],
    target: str | None,
    secret: str | None,
    configured: tuple[tuple[str, Any], ...],
    description: str | None,
    as_json: bool,
) -> None:
    """Change one, by its NAME or id; what is not given stays."""
    found = _find(client, name)
    changes: dict[str, Any] = {"name": rename, "description": description, "observes": list(observes) or None}
    configuration = _configuration(found["integration_type"], target, secret, configured)
    if configuration:
        changes["configuration"] = {**found["configuration"], **configuration}
    _change(client, found, {key: value for key, value in changes.items() if value is not None}, "changed", as_json)


@integrations.command("enable")
@click.argument("name")
@json_option
@with_client
def enable(client: "ControlClient", name: str, as_json: bool) -> None:
    """Deliver to it from now on."""
    _change(client, _find(client, name), {"enabled": True}, "enabled", as_json)


@integrations.command("disable")
@click.argument("name")
@json_option
@with_client
def disable(client: "ControlClient", name: str, as_json: bool) -> None:
    """Deliver to it no more; what is on its way to it is cancelled."""
    _change(client, _find(client, name), {"enabled": False}, "disabled", as_json)


@integrations.command("rm")
@click.argument("name")
@json_option
@with_client
def rm(client: "ControlClient", name: str, as_json: bool) -> None:
    """Remove it; what is on its way to it is cancelled."""
    found = _find(client, name)
    client.delete_integration(found["id"])
    _tell(found, "removed", as_json)


def destination(configuration: dict[str, Any]) -> str:
    """Where an integration's messages go, without secrets."""
    addresses = [str(configuration["url"])] if configuration.get("url") else configuration.get("addresses", ())
    return ", ".join(map(masked_address, addresses))


def _configuration(
    kind: str, target: str | None, secret: str | None, configured: tuple[tuple[str, Any], ...]
) -> dict[str, Any]:
    """What the options say of it, in the words of its type."""
    if secret is not None and kind != "webhook":
        raise click.UsageError("--secret is a webhook's; a queue's messages have none")
    configuration = dict(configured)
    if target is not None:
        configuration |= {"addresses": [target]} if kind == "stomp" else {"url": target}
    return configuration | ({} if secret is None else {"secret_key": secret})


def _find(client: "ControlClient", name: str) -> dict[str, Any]:
    rows = client.integrations()
    for row in rows:
        if name in (row["id"], row["key"], row["name"]):
            return row
    raise NotFound(f"there is no integration '{name}'{nearest(name, [row['key'] for row in rows])}")


def _change(client: "ControlClient", found: dict[str, Any], changes: dict[str, Any], verb: str, as_json: bool) -> None:
    answer = client.shop("PUT", f"{_PATH}/{found['id']}", {"type": "integration", **changes})
    _tell(answer["data"], verb, as_json)


def _tell(integration: dict[str, Any], verb: str, as_json: bool) -> None:
    if as_json:
        print_json(integration)
    else:
        click.echo(f"Integration {integration['name']} ({integration['id']}) is {verb}.")
