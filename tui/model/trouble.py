"""Trouble: what went wrong on the way with the events of each resource, the worst first."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from emulator.core.arrivals import passed_by
from emulator.domain.delivery import DeliveryState
from tui.model.row import Row
from tui.model.timeline import happened_of


class Trouble(NamedTuple):
    """Counts of one resource. `events` are those that happened; of the others each counts once an integration:

    events that came after a newer one of the resource, that came more than once, that came late, and that are not there
    although a request has failed.
    """

    resource: str
    events: int
    out_of_order: int
    twice: int
    late: int
    failed: int

    @property
    def total(self) -> int:
        return self.out_of_order + self.twice + self.late + self.failed


def troubles(rows: Iterable[Row], *, late_after: int) -> list[Trouble]:
    """Every resource, those with the most trouble first. Late is more than `late_after` microseconds."""
    of_resource: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_resource[row.resource].append(row)
    found = [_trouble(resource, own, late_after) for resource, own in of_resource.items()]
    return sorted(found, key=lambda trouble: (-trouble.total, trouble.resource))


def _trouble(resource: str, rows: list[Row], late_after: int) -> Trouble:
    happened = {event: mark.at for event, mark in happened_of(rows).items()}
    out_of_order = twice = late = failed = 0
    by_integration: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_integration[row.integration].append(row)
    for own in by_integration.values():
        came: dict[str, list[int]] = defaultdict(list)
        refused: set[str] = set()
        for row in own:
            heard = [arrival.at for arrival in row.arrivals if arrival.heard]
            if heard:
                came[row.event] += heard
            elif row.succeeded is False or row.state is DeliveryState.EXHAUSTED:
                refused.add(row.event)
        first = sorted((min(times), happened[event]) for event, times in came.items())
        out_of_order += sum(place is not None for place in passed_by(at for _, at in first))
        twice += sum(len(times) > 1 for times in came.values())
        late += sum(arrived - at > late_after for arrived, at in first)
        failed += len(refused - came.keys())
    return Trouble(resource, len(happened), out_of_order, twice, late, failed)
