"""What the demo's receivers saw: what each has to be ready for, and what that looked like for the first of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from emulator.cli.console import dim, print_table, strong
from emulator.domain.moment import format_duration

if TYPE_CHECKING:
    from emulator.cli.demo_receivers import DemoReceiver
    from emulator.harness.arrivals import Arrival, Arrivals

_SHOWN = 3


def summarise(saw: "Mapping[DemoReceiver, Arrivals]") -> None:
    """A table of them all, then what came of it at the first."""
    click.echo(strong("What each receiver saw"))
    print_table(
        ("receiver", "by", "messages", "of events", "out of order", "more than once", "late", "wrong in the end"),
        [
            (
                receiver.name,
                receiver.kind,
                *(
                    str(len(what))
                    for what in (
                        arrivals.arrived,
                        arrivals.first,
                        arrivals.out_of_order,
                        arrivals.repeated,
                        arrivals.late,
                        arrivals.misled,
                    )
                ),
            )
            for receiver, arrivals in saw.items()
        ],
    )
    receiver, arrivals = next(iter(saw.items()))
    _tell(receiver.name, arrivals)


def _tell(name: str, arrivals: "Arrivals") -> None:
    """What a receiver has to be ready for, in the order of how often it is forgotten."""
    events, messages = len(arrivals.first), len(arrivals.arrived)
    click.echo(f"\n{strong(name)} got {messages} messages about {events} events.")
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
