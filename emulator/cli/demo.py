"""`demo`: the main job from end to end: an emulator, receivers in processes of their own, an order's bad day."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import click

from emulator.cli.attempt_line import Narrator, print_heading
from emulator.cli.console import dim, note, strong
from emulator.cli.demo_receivers import OBSERVED, demo_receivers
from emulator.cli.demo_summary import summarise
from emulator.cli.lazy import command
from emulator.cli.params import PROFILE
from emulator.domain.errors import EmulatorError
from emulator.domain.moment import SECOND
from emulator.domain.record import Record, RecordKind

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

STORY = (
    ("cart.updated", None),
    ("cart.updated", "cart:1"),
    ("order.created", "cart:1"),
    ("order.authorized", "order:1"),
    ("cart.updated", None),
    ("order.paid", "order:1"),
    ("cart.updated", "cart:2"),
    ("order.fulfilled", "order:1"),
    ("cart.updated", "cart:2"),
)
LATE_AFTER = 30 * SECOND


@command(
    "demo",
    examples={
        "epcc-emulator demo": "the same bad day, every time",
        "epcc-emulator demo --seed 7": "another one",
        "epcc-emulator demo --profile off": "a good day",
    },
)
@click.option("--seed", type=int, default=74, show_default=True, help="The same seed, the same day.")
@click.option("--profile", type=PROFILE, default="documented", show_default=True, help="How bad the day is.")
@click.option("--speed", type=click.FloatRange(1, 10_000), default=60.0, show_default=True, help="Times real time.")
@click.option(
    "--time-limit", type=click.FloatRange(1), default=15.0, show_default=True, help="Wall seconds to wait at most."
)
def demo(seed: int, profile: str, speed: float, time_limit: float) -> int:
    """See it work: a shop, three receivers and a bad day, in seconds. Nothing is kept, nothing is left running."""
    from emulator.harness.arrivals import arrivals_of, reached
    from emulator.harness.client import ControlClient
    from emulator.harness.local import LocalEmulator
    from emulator.runtime.settings import ClockMode, ClockSettings, Settings

    clock = ClockSettings(mode=ClockMode.SCALED, speed=speed)
    settings = Settings(seed=seed, profile=profile, clock=clock)
    with LocalEmulator(settings) as local, ControlClient(local.url) as client, demo_receivers(client) as receivers:
        how = f"seed {seed}, profile {profile}, {speed:g} times real time"
        click.echo(f"{'Emulator':<11} {strong(local.url)}  {dim(how)}")
        for receiver in receivers:
            what = f"{receiver.kind}; a process of its own, pid {receiver.process.pid}"
            click.echo(f"{receiver.name:<11} {strong(receiver.place)}  {dim(what)}")
        click.echo(dim(f"Each is registered with POST /v2/integrations and observes {', '.join(OBSERVED)}.\n"))
        attempts, settled = _watch(client, lambda: _play(client, speed, time_limit))
        click.echo()
        deliveries = client.deliveries(limit=100)["data"]
        saw = {}
        for receiver in receivers:
            own = [record for record in attempts if record.integration == receiver.name and reached(record)]
            saw[receiver] = arrivals_of(receiver.seen(len(own)), deliveries, own, late_after=LATE_AFTER)
        summarise(saw)
        if not settled:
            note(f"\nNot all of it came within {time_limit:g} s; a higher --speed or --time-limit shows the rest.")
    click.echo(dim("\nNext: epcc-emulator listen --forward-to http://localhost:8000/your/webhook"))
    return 0


def _watch(client: "ControlClient", play: Callable[[], bool]) -> tuple[list[Record], bool]:
    """Prints attempts as they happen while `play` runs beside; the attempts, and what `play` came to."""
    attempts: list[Record] = []
    narrator = Narrator(lambda number: client.delivery(str(number)), show_integration=True)
    played: Future[bool] = Future()

    def run() -> None:
        try:
            played.set_result(play())
        except BaseException as error:
            played.set_exception(error)
        # Leaves its mark in the feed, after everything that has happened; an interrupted demo has nobody to tell.
        with suppress(EmulatorError, RuntimeError):
            client.resume()

    with client.feed() as feed:
        print_heading(show_integration=True)
        Thread(target=run, name="story", daemon=True).start()
        for record in feed:
            if record.kind is RecordKind.CONTROL:
                break
            line = narrator.tell(record)
            if line is not None:
                attempts.append(record)
                click.echo(line)
    return attempts, played.result()


def _play(client: "ControlClient", speed: float, time_limit: float) -> bool:
    """One step a second of emulated time; whether everything has arrived in the end."""
    for key, of in STORY:
        client.trigger(key, **({} if of is None else {"of": of}))
        time.sleep(1.0 / speed)
    return client.settle(time_limit)
