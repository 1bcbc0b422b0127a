"""Converged: whether a receiver ended up as it does when the same events come once, in order, without faults."""

import re
from collections.abc import Iterable, Sequence

from emulator.core.convergence import ABSENT, Difference, differences, lasting
from emulator.core.evaluate import numbers, story
from emulator.core.evidence import Delivered
from emulator.core.faults.payload import NEW_FIELD
from emulator.core.reading import Reading, seen_by, shorten
from emulator.core.verdict import Opinion, Verdict
from emulator.domain.delivery import DeliveryState

_TOLD = 20
_ADDED = re.compile(rf"{NEW_FIELD}[0-9a-f]{{8}}")
_ADDED_AT = re.compile(rf"\.{_ADDED.pattern}$")


def incomparable(deliveries: Iterable[Delivered]) -> Delivered | None:
    """A delivery of which it is not sure that the receiver has got it, undamaged: with it, no state can be compared."""
    return next((one for one in deliveries if not _arrived(one)), None)


def disturbed(deliveries: Iterable[Delivered]) -> str | None:
    """What went wrong without faults: then what is different need not come of faults."""
    failed = next((one for one in deliveries if any(not made.succeeded for made in one.made)), None)
    return None if failed is None else f"even without faults not all went well: {story(failed)}"


def compared(tried: Reading, baseline: Reading) -> tuple[Difference, ...]:
    """Where what is asked for differs. It does not where a receiver has kept a field that a fault added, as it may."""
    assert tried.expected is not None, "it was read"
    assert baseline.expected is not None, "it was read, too"
    asked = tried.expected.asked
    value, there = seen_by(asked, tried.value)
    usual, usually_there = seen_by(baseline.expected.asked, baseline.value)
    found = differences(usual if usually_there else ABSENT, value if there else ABSENT, asked.path)
    return tuple(one for one in found if not (one.baseline is ABSENT and _ADDED_AT.search(one.path)))


def converged(
    tried: Reading,
    baseline: Reading,
    *,
    again: Reading | None = None,
    excuse: str | None = None,
    deliveries: Sequence[Delivered] = (),
) -> Opinion:
    """What comes of the comparison. `again` is from another run without faults: what differs there too counts for
    nothing. `excuse` is what else may have made a difference, and `deliveries` are those that faults have hit."""
    assert tried.expected is not None, "it was read"
    asked = tried.expected.asked
    what = f"{'the number of ' if asked.counts else ''}{asked.path} of {tried.name}"
    found = compared(tried, baseline)
    if not found:
        value, there = seen_by(asked, tried.value)
        if not there and tried.value is not None:
            return Opinion(
                verdict=Verdict.INCONCLUSIVE,
                sentence=f"there is nothing at {what}, under faults and without, so that nothing is compared",
                seen=(f"{tried.name} says {shorten(tried.value)}",),
            )
        shown = shorten(value) if there else "not there"
        return Opinion(verdict=Verdict.PASS, sentence=f"{what} is what it is without faults: {shown}")
    left = found if again is None else lasting(found, compared(again, baseline))
    if any(isinstance(one.tried, str) and _ADDED.search(one.tried) for one in left):
        excuse = excuse or "it keeps messages as they came, with fields that a fault added; select what matters by path"
    verdict, sentence = _verdict(what, left, excuse)
    told = (left or found)[:_TOLD]
    more = len(left or found) - len(told)
    return Opinion(
        verdict=verdict,
        sentence=sentence,
        deliveries=numbers(_about(deliveries, told)),
        seen=(*map(str, told), *([f"and in {more} places more"] if more else [])),
        differences=tuple(one.document() for one in told),
    )


def _verdict(what: str, left: Sequence[Difference], excuse: str | None) -> tuple[Verdict, str]:
    if not left:
        return Verdict.INCONCLUSIVE, (
            f"{what} is not the same from run to run even without faults; "
            "leave out by path what changes by itself, such as times of the receiver's own clock and random ids"
        )
    if all(one.order for one in left):
        where = " and ".join(one.path for one in left)
        return Verdict.INCONCLUSIVE, (
            f"{what} is what it is without faults but for the order of {where}; "
            "sort it where it is read, or choose another path, for whether that order matters is not known"
        )
    count = "in 1 place" if len(left) == 1 else f"in {len(left)} places"
    sentence = f"{what} is not what it is without faults: it differs {count}"
    if excuse is not None:
        return Verdict.INCONCLUSIVE, f"{sentence}; but {excuse}"
    return Verdict.FAIL, sentence


def _arrived(one: Delivered) -> bool:
    if one.state is not DeliveryState.SUCCEEDED:
        return False
    return any(made.reached and not made.spoiled for made in one.made)


def _about(deliveries: Sequence[Delivered], found: Sequence[Difference]) -> Sequence[Delivered]:
    """Those of the resources that are named where it differs; all where none is."""
    text = " ".join(map(str, found))
    named = [one for one in deliveries if one.resource_id in text]
    return named or deliveries
