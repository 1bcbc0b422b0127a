"""`demo`: the main job from end to end: an emulator, a receiver in a process of its own, an order's bad day."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import click

from emulator.cli.attempt_line import Narrator, print_heading
from emulator.cli.console import dim, note, strong
from emulator.cli.lazy import command
from emulator.cli.params import PROFILE
from emulator.domain.errors import EmulatorError
from emulator.domain.moment import SECOND, format_duration, parse_instant
from emulator.domain.record import Record, RecordKind

if TYPE_CHECKING:
    from emulator.harness.arrivals import Arrival, Arrivals
    from emulator.harness.client import ControlClient
    from emulator.harness.example_receiver import ExampleReceiver

OBSERVED = ("order.created", "order.authorized", "order.paid", "order.fulfilled", "cart.updated")
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
_SECRET = "demo-secret"  # noqa: S105  (of a receiver that lives for seconds)
_SHOWN = 3


@command(
    "demo",
    examples={
        "epcc-emulator demo": "the same bad day, every time",
        "epcc-emulator demo --seed 7": "another one",
        "epcc-emulator demo --profile off": "a good day",
    },
)
@click.option("--seed", type=int, default=23, show_default=True, help="The same seed, the same day.")
@click.option("--profile", type=PROFILE, default="documented", show_default=True, help="How bad the day is.")
@click.option("--speed", type=click.FloatRange(1, 10_000), default=60.0, show_default=True, help="Times real time.")
@click.option(
    "--time-limit", type=click.FloatRange(1), default=15.0, show_default=True, help="Wall seconds to wait at most."
)
def demo(seed: int, profile: str, speed: float, time_limit: float) -> int:
    """See it work: a shop, a receiver and a bad day, in seconds. Nothing is kept, nothing is left running."""
    from emulator.harness.example_receiver import ExampleReceiver
    from emulator.harness.local import LocalEmulator
    from emulator.runtime.settings import ClockMode, ClockSettings, Settings

    clock = ClockSettings(mode=ClockMode.SCALED, speed=speed)
    settings = Settings(seed=seed, profile=profile, clock=clock)
    with ExampleReceiver(_SECRET) as receiver, LocalEmulator(settings) as local, _client(local.url) as client:
        click.echo(
            f"Emulator  {strong(local.url)}  {dim(f'seed {seed}, profile {profile}, {speed:g} times real time')}"
        )
        click.echo(f"Receiver  {strong(receiver.url)}  {dim(f'a process of its own, pid {receiver.pid}')}")
        name = _register(client, receiver)
        observed = f"registered with POST /v2/integrations, observes {', '.join(OBSERVED)}"
        click.echo(f"Webhook   {strong(name)}  {dim(observed)}\n")
        attempts, settled = _watch(client, lambda: _play(client, speed, time_limit))
        click.echo()
        _summarise(_arrivals(client, receiver, attempts))
        if not settled:
            note(f"\nNot all of it came within {time_limit:g} s; a higher --speed or --time-limit shows the rest.")
    click.echo(dim("\nNext: epcc-emulator listen --forward-to http://localhost:8000/your/webhook"))
    return 0


@contextmanager
def _client(url: str) -> "Iterator[ControlClient]":
    from emulator.harness.client import ControlClient

    with ControlClient(url) as client:
        yield client


def _register(client: "ControlClient", receiver: "ExampleReceiver") -> str:
    """As a merchant would, with a token, over the provider's own API."""
    made = client.shop(
        "POST",
        "/v2/integrations",
        {
            "type": "integration",
            "name": "Order desk",
            "integration_type": "webhook",
            "enabled": True,
            "observes": list(OBSERVED),
            "configuration": {"url": receiver.url, "secret_key": _SECRET},
        },
    )
    name: str = made["data"]["name"]
    return name


def _watch(client: "ControlClient", play: Callable[[], bool]) -> tuple[list[Record], bool]:
    """Prints attempts as they happen while `play` runs beside; the attempts, and what `play` came to."""
    attempts: list[Record] = []
    narrator = Narrator(lambda number: client.delivery(str(number)))
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
        print_heading()
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


def _arrivals(client: "ControlClient", receiver: "ExampleReceiver", attempts: Sequence[Record]) -> "Arrivals":
    """What the receiver says that it was sent, with what we know of each."""
    from emulator.harness.arrivals import Arrival, Arrivals

    deliveries = {row["job_id"]: row for row in client.deliveries(limit=100)["data"]}
    ended = {(record.delivery, record.attempt): record for record in attempts}
    arrived = []
    for seen in receiver.seen():
        row = deliveries[seen["job"]]
        record = ended.get((row["number"], seen["attempt"]))
        if record is None:
            continue
        arrived.append(
            Arrival(
                event=row["event"],
                event_key=row["event_key"],
                resource=row["resource"],
                job_id=row["job_id"],
                attempt=seen["attempt"],
                happened_at=parse_instant(row["created_at"]),
                arrived_at=record.data["started_at"],
            )
        )
    return Arrivals(arrived=arrived, late_after=LATE_AFTER)


def _summarise(arrivals: "Arrivals") -> None:
    """What a receiver has to be ready for, in the order of how often it is forgotten."""
    events, messages = len(arrivals.first), len(arrivals.arrived)
    click.echo(strong(f"The receiver got {messages} messages about {events} events."))
    _section(
        "out of order",
        [
            f"{_named(passed)} of {passed.resource} came after {_named(other)} of {other.resource}"
            for passed, other in arrivals.out_of_order
        ],
        "take the resource's updated_at, not the order of arrival, or fetch the resource",
    )
    _section(
        "more than once",
        [
            f"{_named(twice[0])} of {twice[0].resource} came {len(twice)} times, as job {twice[0].job_id[:8]}, "
            f"attempts {', '.join(str(arrival.attempt) for arrival in twice)}"
            for twice in arrivals.repeated
        ],
        "remember the job ids that are done, and commit that together with the work",
    )
    _section(
        f"late (over {format_duration(arrivals.late_after)})",
        [
            f"{_named(late)} of {late.resource} came {format_duration(late.lateness)} after it had happened"
            for late in arrivals.late
        ],
        "it may be 30 minutes; what was true then may not be true now",
    )
    _section(
        "wrong in the end",
        [
            f"{heard.resource} seems to be at {_named(heard)}, and is at {_named(truth)}"
            for heard, truth in arrivals.misled
        ],
        "for a receiver that believes what it heard last",
    )


def _named(arrival: "Arrival") -> str:
    """The event's key, and where there are several of the kind, which one it is."""
    occurrence = arrival.event.rpartition(":")[2]
    return arrival.event_key if occurrence == "1" else f"{arrival.event_key} ({occurrence})"


def _section(title: str, findings: list[str], advice: str) -> None:
    click.echo(f"\n{strong(f'{len(findings)} {title}')}" + (dim(f"  {advice}") if findings else ""))
    for finding in findings[:_SHOWN]:
        click.echo(f"  {finding}")
    if len(findings) > _SHOWN:
        click.echo(dim(f"  and {len(findings) - _SHOWN} more"))
