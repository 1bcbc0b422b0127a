"""Way: how deliveries to one integration came about, and in which order they left."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.core.faults.ack_loss import AckLoss
from emulator.core.report.run_report import Document, RunReport
from emulator.domain.moment import parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One attempt on its way to one integration, in the order in which they left.

    `place` is where its delivery stands in the order in which they came about, from 0; `kind` is `order`, `late` (a
    later one went before), `again` (it went before), `lost` (answered, and the answer was ignored) or `failed`; `why`
    is what chaos did to it. `behind` counts the places by which deliveries that came about later went before it.
    """

    number: int
    place: int
    label: str
    at: int
    kind: str
    why: str
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What happened on the way to one integration: `created` are deliveries as they came about, each with a label;
    `never` are the places of those that were not sent."""

    integration: str
    created: Sequence[str]
    arrivals: Sequence[Arrival]
    never: Sequence[int]
    counts: Mapping[str, int]


def way_to(report: RunReport, integration: str) -> Way:
    """How deliveries to this integration came about, and in which order they left."""
    own = [one for one in report.deliveries if one["integration"] == integration]
    own.sort(key=lambda one: one["number"])
    made = sorted(
        (
            (parse_instant(attempt["started_at"]), place, attempt["attempt"], attempt["copy"], attempt)
            for place, one in enumerate(own)
            for attempt in one["attempts_made"]
        ),
        key=lambda row: row[:4],
    )
    seen: set[int] = set()
    highest = -1
    arrivals = []
    for at, place, number, copy, attempt in made:
        kind = _kind(attempt, again=place in seen, late=place < highest)
        seen.add(place)
        highest = max(highest, place)
        named = f"{own[place]['resource']} {own[place]['event_key']}"
        which = f" #{number}" if number > 1 else ""
        arrivals.append(
            Arrival(
                number=own[place]["number"],
                place=place,
                label=named + which + (" copy" if copy else ""),
                at=at,
                kind=kind,
                why="; ".join(note["detail"] for note in attempt["faults"]),
                behind=highest - place,
            )
        )
    return Way(
        integration=integration,
        created=[f"{one['resource']} {one['event_key']}" for one in own],
        arrivals=arrivals,
        never=[place for place in range(len(own)) if place not in seen],
        counts=Counter(arrival.kind for arrival in arrivals),
    )


def _kind(attempt: Document, *, again: bool, late: bool) -> str:
    if not attempt["succeeded"]:
        return "lost" if any(note["fault"] == AckLoss.kind for note in attempt["faults"]) else "failed"
    return "again" if again else "late" if late else "order"
