"""Coverage: which accidents that the events of a resource can have were tried on a receiver, and which were not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, NamedTuple

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.evidence import Delivered, Made


class Accident(StrEnum):
    """What can befall the events of one resource on their way."""

    ORDER = "order"
    TOGETHER = "together"
    TWICE = "twice"
    UNHEARD = "unheard"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    Accident.ORDER: "events of a resource, in each order",
    Accident.TOGETHER: "events of a resource, at the same moment",
    Accident.TWICE: "an event, twice",
    Accident.UNHEARD: "an event, its acknowledgement lost",
}


class Chance(NamedTuple):
    """Something that can be tried on the receiver behind an integration, with one event or with two."""

    accident: Accident
    integration: str
    events: tuple[str, ...]

    @property
    def said(self) -> str:
        """`order.paid before order.created`."""
        words = {Accident.ORDER: " before ", Accident.TOGETHER: " with "}
        return words.get(self.accident, "").join(self.events)


class Share(NamedTuple):
    """How many of those that are possible were tried, and the others."""

    tried: int
    possible: int
    missing: tuple[Chance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is `possible` with the events that happened, and what of that was `tried`."""

    possible: frozenset[Chance] = frozenset()
    tried: frozenset[Chance] = frozenset()

    def __or__(self, other: "Coverage") -> "Coverage":
        """What several runs have tried together."""
        return Coverage(possible=self.possible | other.possible, tried=self.tried | other.tried)

    def share(self, accident: Accident) -> Share:
        possible = {one for one in self.possible if one.accident is accident}
        missing = tuple(sorted(possible - self.tried))
        return Share(len(possible) - len(missing), len(possible), missing)

    @property
    def receivers(self) -> frozenset[str]:
        """The integrations that any of it is about."""
        return frozenset(one.integration for one in self.possible)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {str(accident): _document(self.share(accident)) for accident in Accident}


def coverage(deliveries: Iterable[Delivered], own: Collection[str] | None = None) -> Coverage:
    """Of one run. `own` are the identities of the events that count, such as those that a scenario raises by itself;
    all of them count where it is None.

    What counts is how events reached the receiver, and of two of them the first time. A pair of one key is told apart
    by which happened earlier.
    """
    possible: set[Chance] = set()
    tried: set[Chance] = set()
    for integration, events in _lots(deliveries, own):
        for one in events:
            for accident, happened in ((Accident.TWICE, one.twice), (Accident.UNHEARD, one.unheard)):
                chance = Chance(accident, integration, (one.key,))
                possible.add(chance)
                if happened:
                    tried.add(chance)
        for earlier, later in combinations(events, 2):
            names = _names(earlier.key, later.key)
            as_they_were = Chance(Accident.ORDER, integration, names)
            turned = Chance(Accident.ORDER, integration, names[::-1])
            together = Chance(Accident.TOGETHER, integration, tuple(sorted(names)))
            possible |= {as_they_were, turned, together}
            if earlier.arrived and later.arrived:
                if later.arrived[0].after(earlier.arrived[0]):
                    tried.add(as_they_were)
                elif earlier.arrived[0].after(later.arrived[0]):
                    tried.add(turned)
                if earlier.meets(later):
                    tried.add(together)
    return Coverage(possible=frozenset(possible), tried=frozenset(tried))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """An event as one receiver has heard of it; `arrived` are the sends, the first one first."""

    key: str
    happened_at: int
    number: int
    arrived: tuple[Made, ...]
    jobs: int

    @property
    def twice(self) -> bool:
        return self.jobs > 1 or any(one.copy for one in self.arrived)

    @property
    def unheard(self) -> bool:
        return any(one.error == LOST_ACKNOWLEDGEMENT for one in self.arrived)

    def meets(self, other: "_Heard") -> bool:
        """Whether both were with the receiver at any one moment."""
        return any(not one.after(two) and not two.after(one) for one in self.arrived for two in other.arrived)


def _lots(deliveries: Iterable[Delivered], own: Collection[str] | None) -> Iterator[tuple[str, list[_Heard]]]:
    """The events of each resource that one integration is to hear of, in the order in which they happened."""
    lots: dict[tuple[str, str], dict[str, list[Delivered]]] = defaultdict(lambda: defaultdict(list))
    for one in deliveries:
        if own is None or one.event in own:
            lots[one.integration, one.resource][one.event].append(one)
    for (integration, _), events in lots.items():
        heard = [_heard(jobs) for jobs in events.values()]
        yield integration, sorted(heard, key=lambda one: (one.happened_at, one.number))


def _heard(jobs: Sequence[Delivered]) -> _Heard:
    arrived = sorted((made for job in jobs for made in job.arrivals), key=lambda one: (one.started_at, one.rank))
    return _Heard(
        key=jobs[0].event_key,
        happened_at=jobs[0].happened_at,
        number=min(job.number for job in jobs),
        arrived=tuple(arrived),
        jobs=sum(bool(job.arrivals) for job in jobs),
    )


def _names(earlier: str, later: str) -> tuple[str, str]:
    return (f"the earlier {earlier}", f"the later {later}") if earlier == later else (earlier, later)


def _document(share: Share) -> dict[str, Any]:
    return {
        "tried": share.tried,
        "possible": share.possible,
        "missing": [{"integration": one.integration, "events": list(one.events)} for one in share.missing],
    }
