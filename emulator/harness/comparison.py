"""Comparison: a run under faults beside the same events without any."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.core.converged import compared, converged, disturbed, incomparable
from emulator.core.evaluate import story
from emulator.core.evidence import Delivered
from emulator.core.expectation import Converges
from emulator.core.reading import Reading
from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.core.verdict import Opinion, Verdict
from emulator.harness.forgetting import NO_RESET
from emulator.harness.scenario_run import Played, evidence_of

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`baseline` is the run without faults, None where there is no use in one: `doubt` says why. `doubts` are those
    about a single expectation, by its place. `again` is a second run without faults, where the first was different."""

    baseline: Played | None = None
    again: Played | None = None
    doubt: str | None = None
    doubts: Mapping[int, str] = field(default_factory=dict)

    def opinion(self, place: int, tried: Reading, played: Played) -> Opinion:
        """Of the expectation at this place."""
        doubt = self.doubt or self.doubts.get(place)
        if doubt is not None or self.baseline is None:
            return Opinion(verdict=Verdict.INCONCLUSIVE, sentence=doubt or "there was no run without faults")
        usual = self.baseline.readings[place]
        if usual.doubt is not None or usual.failure is not None:
            return Opinion(
                verdict=Verdict.INCONCLUSIVE, sentence=f"in the run without faults, {usual.failure or usual.doubt}"
            )
        again = None if self.again is None else self.again.readings[place]
        if again is not None and _sound(again) is None:
            return Opinion(
                verdict=Verdict.INCONCLUSIVE,
                sentence=f"in the second run without faults, {again.failure or again.doubt}",
            )
        return converged(
            tried,
            usual,
            again=again,
            excuse=disturbed(evidence_of(self.baseline)) or _called(played, self.baseline),
            deliveries=_hit(played),
        )

    @property
    def certain(self) -> bool:
        """Whether nothing is in doubt about the baseline, and the second run, where there was one, was like it."""
        if self.baseline is None or self.doubt is not None or self.doubts:
            return False
        runs = (self.baseline,) if self.again is None else (self.baseline, self.again)
        return all(map(_undisturbed, runs)) and (self.again is None or not self.differs(self.again))

    def differs(self, played: Played) -> bool:
        """Whether any state that is asked for is not the same in both."""
        if self.baseline is None:
            return False
        pairs = [(_sound(one), _sound(self.baseline.readings.get(place))) for place, one in played.readings.items()]
        return any(one and other and compared(one, other) for one, other in pairs if _converges(one))

    def remarks(self, played: Played) -> list[str]:
        """What is not compared."""
        usual = self.baseline.caused if self.baseline is not None else {}
        if not played.caused and not usual:
            return []
        without = f"; without faults {_listed(usual)}" if self.baseline is not None else ""
        return [f"Not compared: events that the receiver's own calls raised: {_listed(played.caused)}{without}."]


def converging(scenario: Scenario) -> tuple[int, ...]:
    """The places of the expectations that compare."""
    return tuple(place for place, one in enumerate(scenario.expect) if isinstance(one.expected, Converges))


def no_baseline(scenario: Scenario) -> str | None:
    """Why this scenario cannot be played again without faults."""
    if scenario.clock.mode != "virtual":
        return (
            f"the clock is {scenario.clock.mode}, on which the same moments do not come twice; "
            "a scenario that compares needs clock: virtual"
        )
    return NO_RESET if scenario.receiver.reset is None else None


def not_comparable(played: Played) -> str | None:
    """Why this run is not to be compared with another."""
    if not played.settled:
        return "the time limit passed before everything was settled"
    one = incomparable(evidence_of(played))
    return None if one is None else f"{story(one)}; a run in which something does not arrive is not compared"


def with_doubts(played: Played, doubts: Mapping[int, str]) -> Played:
    """The same, with these doubts about what was read; what the receiver itself did stays."""
    readings = {
        place: one if place not in doubts or one.failure is not None else Reading(name=one.name, doubt=doubts[place])
        for place, one in played.readings.items()
    }
    return replace(played, readings=readings)


def caused(events: Sequence[Mapping[str, Any]], planned: Schedule | None) -> Mapping[str, str]:
    """When the events happened, by their identities, that the steps of the scenario do not raise."""
    if planned is None:
        return {}
    known = planned.by_identity
    return {event["identity"]: event["at"] for event in events if event["identity"] not in known}


def _called(played: Played, baseline: Played) -> str | None:
    """What the receiver's own calls may have changed: they happen when it hears of something, under faults later."""
    told = dict(sorted(played.caused.items() ^ baseline.caused.items()))
    heard = {one.event for one in (*evidence_of(played), *evidence_of(baseline))}
    steps = {one.resource for one in evidence_of(baseline) if one.event not in baseline.caused}
    felt = [name for name in told if name in heard or name.partition("/")[0] in steps]
    if not felt:
        return None
    return f"the receiver's own calls raised {_listed(felt)}, at other moments than without faults, and that may be why"


def _hit(played: Played) -> Sequence[Delivered]:
    """The deliveries to which something was done, or which failed."""
    hit = {one["delivery"] for one in played.attempts if one["faults"] or not one["succeeded"]}
    return [one for one in evidence_of(played) if one.number in hit]


def _undisturbed(baseline: Played) -> bool:
    """Whether everything went well in it, and every state that is asked for was told."""
    told = all(_sound(baseline.readings.get(place)) for place in converging(baseline.scenario))
    return told and disturbed(evidence_of(baseline)) is None


def _sound(reading: Reading | None) -> Reading | None:
    return reading if reading is not None and reading.expected is not None else None


def _converges(reading: Reading | None) -> bool:
    return reading is not None and isinstance(reading.expected, Converges)


def _listed(identities: Iterable[str]) -> str:
    named = list(identities)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return (", ".join(named[:_MOST_NAMED]) or "none") + more
