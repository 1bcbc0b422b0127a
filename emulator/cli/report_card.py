"""`report-card`: what a receiver tolerates, event type by event type."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, note, print_json, warning
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.params import ADDRESS
from emulator.cli.verdict import EXIT_CODES

if TYPE_CHECKING:
    from emulator.core.card.card import Card
    from emulator.core.card.standing import Standing
    from emulator.harness.card.sheet import Sheet, Stranger, Where
    from emulator.harness.card.tries import Tell

_SECRET = "RECEIVER_SECRET"  # noqa: S105  (the name of a variable)
_OUT = Path(".epcc-emulator") / "report-card"


@command(
    "report-card",
    examples={
        "epcc-emulator report-card mine.yaml": "the receiver, the integrations and the probes of a scenario",
        "epcc-emulator report-card mine.yaml --out card": "the page, the badge and every run, to keep",
        "epcc-emulator report-card --forward-to http://localhost:8000/hook --observes 'order.*'": "without a scenario:"
        " what its answers prove",
        "epcc-emulator report-card --forward-to localhost:8000/hook --observes 'order.*' --probe"
        " http://localhost:8000/state --reset 'curl -fsX POST localhost:8000/reset'": "and what its state proves",
    },
)
@click.argument("scenario", required=False)
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="Where webhooks go, whatever the scenario says.")
@click.option("--observes", multiple=True, metavar="GLOB", help="Which events it hears of, without a scenario; all.")
@click.option("--probe", metavar="URL", help="What a GET of this address answers is its state, without a scenario.")
@click.option("--path", metavar="JSONPATH", help="The part of that which counts.  [default: all of it]")
@click.option("--reset", metavar="COMMAND", help="What makes it forget everything, without a scenario.")
@click.option(
    "--secret", envvar=_SECRET, help=f"The secret_key that messages carry, without a scenario; also from {_SECRET}."
)
@click.option("--seed", type=click.IntRange(0), help="Another seed than the scenario's.")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="A directory of your own fixtures.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=_OUT,
    show_default=True,
    help="Where the card and its runs are kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report_card(
    scenario: str | None,
    forward_to: str | None,
    observes: tuple[str, ...],
    probe: str | None,
    path: str | None,
    reset: str | None,
    secret: str | None,
    seed: int | None,
    fixtures: Path | None,
    out: Path,
    as_json: bool,
) -> int:
    """Say what the receiver of SCENARIO tolerates, a name or a file: who receives, and the probes that `converges`
    names. Its steps, its chaos and its other expectations are not played; every event type that is observed is, in the
    course of its resource's whole life.

    Duplicates, redelivery, events out of order, at the same moment and late, slow requests, new fields and new events;
    and whether it rejects a missing and a wrong secret. What cannot be proven is not known, and never counts as good:
    without a probe only answers prove something.

    Exits 2 when the scenario is invalid, 3 when something it needs is not there, 4 when anything is not tolerated, 5
    when anything is not known.
    """
    from emulator.harness.card.report_card import report_card as make
    from emulator.harness.card.sheet import Stranger, Where

    where = Where(forward_to=forward_to, fixtures=fixtures, folder=out)
    own = {"observes": observes, "probe": probe, "path": path, "reset": reset}
    if scenario is not None:
        for name, value in own.items():
            if value:
                raise click.UsageError(f"the scenario says that itself; leave out --{name}, or the scenario")
        sheet = _of_scenario(scenario, seed, where)
    elif forward_to is None:
        raise click.UsageError("name a scenario, or say where the receiver is: --forward-to URL")
    else:
        stranger = Stranger(url=forward_to, observes=observes, secret=secret, probe=probe, path=path, reset=reset)
        sheet = _of_stranger(stranger, seed, where)
    tell_notices()
    with _progress() as tell:
        card = make(sheet, tell=tell)
    if as_json:
        print_json(card.document())
    else:
        _tell(card, out)
    return EXIT_CODES[card.verdict]


def _of_scenario(name: str, seed: int | None, where: "Where") -> "Sheet":
    from emulator.harness.card.sheet import Sheet
    from emulator.loading.scenarios import scenario_text

    environment = {**os.environ, **({"RECEIVER_URL": where.forward_to} if where.forward_to else {})}
    return Sheet.of(*scenario_text(name), environment, seed=seed, where=where)


def _of_stranger(stranger: "Stranger", seed: int | None, where: "Where") -> "Sheet":
    from emulator.harness.card.sheet import SECRET, sheet_for

    if stranger.probe is None and (stranger.path or stranger.reset):
        raise click.UsageError("--path and --reset are for a --probe URL, which reads the receiver's state")
    if stranger.probe is not None and stranger.reset is None:
        note("Without --reset COMMAND states cannot be compared, so the probe will prove nothing.")
    if stranger.secret is not None and SECRET not in os.environ:
        note(f"To reproduce a run, set {SECRET}: no file of the card holds the secret.")
    return sheet_for(stranger, os.environ, seed=1 if seed is None else seed, where=where)


@contextmanager
def _progress() -> "Iterator[Tell]":
    """On a terminal's standard error, which run is being made; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _doing: None
        return
    made: list[str] = []

    def tell(doing: str) -> None:
        made.append(doing)
        click.echo(f"\r\x1b[K{dim(f'run {len(made)}')}  {doing}", nl=False, err=True)

    try:
        yield tell
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


def _tell(card: "Card", out: Path) -> None:
    from emulator.core.card.text import card_text
    from emulator.harness.card.folder import CARD

    click.echo(card_text(card, _painted), nl=False)
    note(f"The page, the badge and {len(card.runs)} runs: {out / f'{CARD}.html'}")


def _painted(standing: "Standing", text: str) -> str:
    from emulator.core.card.standing import Standing

    paints = {Standing.TOLERATES: good, Standing.FAILS: bad, Standing.UNKNOWN: warning}
    return paints.get(standing, dim)(text)
