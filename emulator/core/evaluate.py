"""Evaluate: whether deliveries are as expected, what was seen instead, and what came nearest."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import NamedTuple

from emulator.core.evidence import Delivered, Made
from emulator.core.expectation import Counted, Eventually, Never, NoMore, OnDeliveries, Ordered, Sought
from emulator.core.verdict import Opinion, Verdict
from emulator.domain.errors import nearest
from emulator.domain.moment import format_duration

_MOST = 5


class Run(NamedTuple):
    """What is judged: every delivery, whether nothing was left to send, and when it began (microseconds)."""

    deliveries: Sequence[Delivered]
    settled: bool
    began: int = 0


def evaluate(expected: OnDeliveries, run: Run) -> Opinion:
    """What is not settled may yet come: then only what can no longer change is said for certain."""
    match expected:
        case Eventually():
            opinion = _eventually(expected, run)
        case Never():
            opinion = _never(expected, run)
        case Counted():
            opinion = _counted(expected, run)
        case Ordered():
            opinion = _ordered(expected, run)
        case NoMore():
            opinion = _no_more(expected, run)
    enough = isinstance(expected, Counted) and expected.at_least and opinion.verdict is Verdict.PASS
    if run.settled or enough:
        return opinion
    return Opinion(
        verdict=Verdict.INCONCLUSIVE,
        sentence=f"the time limit passed before everything was settled; so far: {opinion.sentence}",
        nearest=opinion.nearest,
        deliveries=opinion.deliveries,
    )


def _eventually(expected: Eventually, run: Run) -> Opinion:
    sought = expected.sought
    meant = [one for one in run.deliveries if sought.concerns(one)]
    if not meant:
        return Opinion(
            verdict=Verdict.FAIL,
            sentence=f"there is no delivery of {subject(sought)}",
            nearest=_nearest(sought, run.deliveries),
        )
    wrong = [one for one in meant if not sought.became(one)]
    if wrong:
        return Opinion(
            verdict=Verdict.FAIL,
            sentence=f"{_of(wrong, meant)} of {subject(sought)} {_not(sought)}",
            nearest=story(max(wrong, key=lambda one: one.attempts)),
            deliveries=numbers(wrong),
        )
    late = [] if expected.within is None else [one for one in meant if took(one) > expected.within]
    if expected.within is not None and late:
        least = min(late, key=took)
        return Opinion(
            verdict=Verdict.FAIL,
            sentence=f"{_of(late, meant)} of {subject(sought)} came later than {format_duration(expected.within)}",
            nearest=f"delivery {least.number} took {format_duration(took(least))}",
            deliveries=numbers(late),
        )
    return Opinion(verdict=Verdict.PASS, sentence=f"{_of(meant, meant)} of {subject(sought)}: as expected")


def _never(expected: Never, run: Run) -> Opinion:
    found = _matching(expected.sought, run.deliveries)
    if not found:
        return Opinion(verdict=Verdict.PASS, sentence=f"there is no delivery of {wanted(expected.sought)}")
    return Opinion(
        verdict=Verdict.FAIL,
        sentence=f"{_many(len(found))} of {wanted(expected.sought)} where none was to be",
        deliveries=numbers(found),
    )


def _counted(expected: Counted, run: Run) -> Opinion:
    found = _matching(expected.sought, run.deliveries)
    right = len(found) >= expected.count if expected.at_least else len(found) == expected.count
    least = "at least " if expected.at_least else ""
    sentence = f"{_many(len(found))} of {wanted(expected.sought)}"
    if right:
        return Opinion(verdict=Verdict.PASS, sentence=sentence)
    return Opinion(
        verdict=Verdict.FAIL,
        sentence=f"{sentence}, expected {least}{expected.count}",
        nearest="" if len(found) > expected.count else _nearest(expected.sought, run.deliveries, found),
        deliveries=numbers(found),
    )


class _Arrived(NamedTuple):
    send: Made
    delivery: Delivered


def _ordered(expected: Ordered, run: Run) -> Opinion:
    meant = [one for one in run.deliveries if expected.sought.concerns(one)]
    wrong: list[tuple[_Arrived, _Arrived]] = []
    compared = 0
    missing: set[str] = set(expected.events)
    for own in _lots(expected, meant):
        first = [_first(own, glob) for glob in expected.events]
        missing -= {glob for glob, one in zip(expected.events, first, strict=True) if one is not None}
        there = [one for one in first if one is not None]
        compared += len(there) > 1
        wrong += [(left, right) for left, right in pairwise(there) if left.send.after(right.send)]
    order = ", ".join(expected.events)
    if wrong:
        left, right = wrong[0]
        return Opinion(
            verdict=Verdict.FAIL,
            sentence=f"{right.delivery.event} reached {right.delivery.integration} {_ahead(right.send, left.send)} "
            f"{left.delivery.event}; expected {order}",
            nearest=f"{len(wrong)} of {compared} are out of order" if compared > 1 else "",
            deliveries=tuple(sorted({one.delivery.number for pair in wrong for one in pair})),
        )
    if missing:
        return Opinion(
            verdict=Verdict.FAIL,
            sentence=f"{' and '.join(sorted(missing))} never reached the receiver; expected {order}",
            nearest="; ".join(
                filter(None, (_nearest(_only(expected.sought, glob), run.deliveries) for glob in sorted(missing)))
            ),
            deliveries=numbers([one for one in meant if any(fnmatchcase(one.event_key, glob) for glob in missing)]),
        )
    if not compared:
        return Opinion(
            verdict=Verdict.INCONCLUSIVE, sentence=f"no resource had two of {order}, so there is no order to judge"
        )
    return Opinion(verdict=Verdict.PASS, sentence=f"{order}: in this order")


def _lots(expected: Ordered, meant: Sequence[Delivered]) -> list[list[Delivered]]:
    """What is compared with each other: what one integration got, of one resource where they are all of one type."""
    types = {glob.rpartition(".")[0] for glob in expected.events}
    apart = expected.sought.resource is None and len(types) == 1 and "*" not in types
    found: dict[tuple[str, str], list[Delivered]] = {}
    for one in meant:
        found.setdefault((one.integration, one.resource if apart else ""), []).append(one)
    return list(found.values())


def _first(deliveries: Sequence[Delivered], glob: str) -> _Arrived | None:
    arrived = [
        _Arrived(one.arrivals[0], one) for one in deliveries if one.arrivals and fnmatchcase(one.event_key, glob)
    ]
    return min(arrived, key=lambda one: (one.send.started_at, one.send.rank), default=None)


def _ahead(one: Made, other: Made) -> str:
    apart = other.started_at - one.started_at
    return f"{format_duration(apart)} before" if apart else "just before"


def _no_more(expected: NoMore, run: Run) -> Opinion:
    meant = [one for one in run.deliveries if expected.sought.concerns(one)]
    if expected.after_time is not None:
        what, ends = f"{format_duration(expected.after_time)} after the beginning", None
        late = [one for one in meant if any(send.started_at > run.began + expected.after_time for send in one.arrivals)]
    else:
        assert expected.after_event is not None
        what = ends = expected.after_event
        subject_of = _only(expected.sought, ends)
        last = [one for one in run.deliveries if subject_of.concerns(one) and one.arrivals]
        if not last:
            return Opinion(
                verdict=Verdict.INCONCLUSIVE,
                sentence=f"{ends} never reached the receiver, so that nothing could come after it",
                nearest=_nearest(subject_of, run.deliveries),
            )
        late = [one for one in meant if any(_ended(one, send, last) for send in one.arrivals)]
    if not late:
        return Opinion(verdict=Verdict.PASS, sentence=f"nothing of {subject(expected.sought)} came after {what}")
    return Opinion(
        verdict=Verdict.FAIL,
        sentence=f"{_many(len(late))} of {subject(expected.sought)} reached the receiver after {what}",
        deliveries=numbers([*late, *(() if ends is None else [min(last, key=lambda one: one.number)])]),
    )


def _ended(one: Delivered, send: Made, last: Sequence[Delivered]) -> bool:
    """Whether this was to be over: the same integration had already been told of the end of this resource."""
    return any(
        end.number != one.number
        and end.integration == one.integration
        and end.resource == one.resource
        and send.after(end.arrivals[0])
        for end in last
    )


def _matching(sought: Sought, deliveries: Sequence[Delivered]) -> list[Delivered]:
    return [one for one in deliveries if sought.concerns(one) and sought.became(one)]


def _only(sought: Sought, event: str) -> Sought:
    return Sought(event=event, integration=sought.integration, resource=sought.resource)


def _nearest(sought: Sought, deliveries: Sequence[Delivered], found: Sequence[Delivered] = ()) -> str:
    """What fits but for one thing."""
    for one in deliveries:
        if sought.concerns(one) and one not in found:
            return story(one)
    for left_out in (
        Sought(event=sought.event, integration=sought.integration),
        Sought(event=sought.event, resource=sought.resource),
        Sought(event="*", integration=sought.integration, resource=sought.resource),
    ):
        close = [one for one in deliveries if left_out.concerns(one) and one not in found]
        if close and (left_out.event != "*" or sought.resource is not None):
            return story(close[0])
    if found:
        return ""
    keys = sorted({one.event_key for one in deliveries})
    return f"delivered were {', '.join(keys[:_MOST])}{nearest(sought.event, keys)}" if keys else "nothing was delivered"


def subject(sought: Sought) -> str:
    """Which deliveries are meant, in words."""
    words = [sought.event if sought.event != "*" else "anything"]
    words += [] if sought.resource is None else [f"about {sought.resource}"]
    words += [] if sought.integration is None else [f"to {sought.integration}"]
    return " ".join(words)


def wanted(sought: Sought) -> str:
    """The same, and what became of them."""
    words = [subject(sought)]
    if sought.delivered is not None:
        words.append("that was delivered" if sought.delivered else "that was not delivered")
    if sought.attempts_from or sought.attempts_to is not None:
        words.append(f"with {_attempts(sought)}")
    return " ".join(words)


def _attempts(sought: Sought) -> str:
    if sought.attempts_from == sought.attempts_to:
        return f"{sought.attempts_from} attempts"
    upto = "" if sought.attempts_to is None else f" at most {sought.attempts_to}"
    least = f" at least {sought.attempts_from}" if sought.attempts_from else ""
    return " and".join(filter(None, (least, upto))).strip() + " attempts"


def _not(sought: Sought) -> str:
    said = {True: "was not delivered", False: "was delivered"}
    words = [said[sought.delivered]] if sought.delivered is not None else []
    if sought.attempts_from or sought.attempts_to is not None:
        words.append(f"did not take {_attempts(sought)}")
    return " or ".join(words)


def story(one: Delivered) -> str:
    """A delivery in a sentence."""
    tries = "1 attempt" if one.attempts == 1 else f"{one.attempts} attempts"
    said = f"delivery {one.number} of {one.event} to {one.integration}: {one.state} after {tries}"
    last = one.made[-1] if one.made else None
    if last is not None and not last.succeeded:
        answer = f"it answered {last.status}" if last.status is not None else str(last.error)
        said += f", the last: {answer}"
    return said


def took(one: Delivered) -> int:
    """From its event until it was acknowledged, in microseconds."""
    return (one.delivered_at if one.delivered_at is not None else one.happened_at) - one.happened_at


def numbers(found: Sequence[Delivered]) -> tuple[int, ...]:
    """What the deliveries are called, in order."""
    return tuple(sorted({one.number for one in found}))


def _many(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"


def _of(some: Sequence[Delivered], all_of_them: Sequence[Delivered]) -> str:
    if len(all_of_them) == 1:
        return "the delivery"
    return f"{len(some)} of {len(all_of_them)} deliveries"
