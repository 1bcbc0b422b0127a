"""`contracts`: what is delivered, for the tools that check and generate code from it."""

from pathlib import Path

import click

from emulator.cli.console import good, note
from emulator.cli.lazy import WordyGroup
from emulator.cli.params import EVENT_KEY

_DEFAULT = Path("contracts")


@click.group(
    "contracts",
    cls=WordyGroup,
    examples={
        "epcc-emulator contracts export": "JSON Schemas and an AsyncAPI document in ./contracts",
        "epcc-emulator contracts export --event 'order.*' --format asyncapi --dir docs/events": "of orders alone",
    },
)
def contracts() -> None:
    """What everything that is delivered looks like, for tools that check messages or generate code."""


@contracts.command(
    "export",
    examples={
        "epcc-emulator contracts export": "everything, into ./contracts",
        "epcc-emulator contracts export --event 'order.*' --event cart.updated": "what your receiver observes",
        "epcc-emulator contracts export --event wishlist_ext.created": "of a Custom API",
    },
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=_DEFAULT,
    show_default=True,
    help="Where to; made if it is missing.",
)
@click.option(
    "--event", "events", type=EVENT_KEY, multiple=True, metavar="GLOB", help="Of these keys only. Repeatable."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonschema", "asyncapi", "all"]),
    default="all",
    show_default=True,
    help="JSON Schemas (2020-12), one for each message; an AsyncAPI 3.0 document of all of them; or both.",
)
def export(folder: Path, events: tuple[str, ...], form: str) -> None:
    """Write the contracts of webhooks, SQS and STOMP: schemas, channels, guarantees, and examples from the shop.

    The same version writes the same bytes every time, so they can be committed and compared. An earlier export is
    written over; files that are not one's own are not, and nothing is removed. Needs no running server.
    """
    from emulator.domain.catalog import chosen_keys
    from emulator.harness.contracts.folder import Format, contract_files, write_contracts
    from emulator.harness.contracts.message import contract_messages
    from emulator.runtime.fixtures import load_fixtures

    messages = list(contract_messages(load_fixtures(), chosen_keys(events)))
    files = list(contract_files(messages, Format(form)))
    write_contracts(folder, files)
    click.echo(f"{good('wrote')}  {click.format_filename(folder)}  {_amount(len(files), 'file')}")
    note(f"{_amount(len(messages), 'message')} of {_amount(len({one.key for one in messages}), 'event key')}")


def _amount(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
