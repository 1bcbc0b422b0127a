"""`catalog`: every event key there is."""

from fnmatch import fnmatchcase
from typing import Any

import click

from emulator.cli.console import print_json, print_table
from emulator.cli.lazy import command
from emulator.cli.options import json_option
from emulator.cli.params import EVENT_KEY
from emulator.domain.errors import UnknownWord


@command(
    "catalog",
    examples={
        "epcc-emulator catalog": "every event key",
        "epcc-emulator catalog 'order.*'": "those of orders",
        "epcc-emulator catalog order.paid": "one of them",
        "epcc-emulator catalog order.paid --schema --envelope webhook": "what its messages look like, as JSON Schema",
    },
)
@click.argument("key", type=EVENT_KEY, required=False)
@click.option("--schema", is_flag=True, help="The JSON Schema of what an event of KEY carries.")
@click.option(
    "--envelope",
    type=click.Choice(["none", "webhook", "queue", "sqs", "stomp"]),
    default="none",
    show_default=True,
    help="Of the whole message, with --schema.",
)
@json_option
def catalog(key: str | None, schema: bool, envelope: str, as_json: bool) -> None:
    """Every event key that an integration may observe, or those that match KEY. Needs no running server."""
    if schema:
        _print_schema(key, envelope)
        return
    from emulator.domain.catalog import CATALOG

    found = [entry for entry in CATALOG.values() if key is None or fnmatchcase(entry.key, key)]
    if not found:
        raise UnknownWord("event key", str(key), CATALOG)
    rows: list[dict[str, Any]] = [
        {
            "key": entry.key,
            "scopes": sorted(entry.scopes),
            "source": str(entry.source),
        }
        for entry in found
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("event", "belongs to", "known from"),
        [(row["key"], ", ".join(row["scopes"]), row["source"]) for row in rows],
    )


def _print_schema(key: str | None, envelope: str) -> None:
    from emulator.loading.schemas import Envelope, message_schema

    if key is None or "*" in key:
        raise click.UsageError("--schema is for one key, such as order.paid")
    print_json(message_schema(key, Envelope(envelope)))
