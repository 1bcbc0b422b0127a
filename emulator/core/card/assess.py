"""Assess: what a run that was judged says of a receiver in one aspect, event type by event type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emulator.core.card.aspect import Aspect, Hits
from emulator.core.card.standing import Opinion, Standing
from emulator.core.evidence import Delivered
from emulator.core.verdict import Verdict

NO_PROBE = "it answered 2xx; what it did then only a probe can tell"
QUEUE_TOOK_IT = "the queue took it; what the receiver did with it only a probe can tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the probes say of the receiver in the end, beside what they said without faults; `verdict` is whether that
    is the same, `sentence` why. Beside one that is `telling`, although not known, answers alone prove nothing."""

    verdict: Verdict
    sentence: str = ""
    seen: tuple[str, ...] = ()
    telling: bool = False

    @classmethod
    def unknown(cls, sentence: str) -> "State":
        return cls(verdict=Verdict.INCONCLUSIVE, sentence=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run: its deliveries to the integration that is examined, whether it was settled, which event types the fault
    has hit, and the receiver's state, None where no probe reads it. `answers`: it answers to deliveries by itself, as a
    webhook does and a queue does not."""

    deliveries: Sequence[Delivered]
    settled: bool
    reached: frozenset[str]
    state: State | None = None
    answers: bool = True

    def with_state(self, state: State | None) -> "Seen":
        """The same, but for what is said of the receiver's state."""
        return replace(self, state=state)


def assess(aspect: Aspect, keys: Sequence[str], seen: Seen) -> Mapping[str, Opinion]:
    """What each of these event types that the fault has hit comes to. A wrong state, or an event that was never taken,
    is held against all of them: which of them it is owing to, one run cannot tell."""
    return {key: _of_one(aspect, key, seen) for key in keys if key in seen.reached}


def _of_one(aspect: Aspect, key: str, seen: Seen) -> Opinion:
    if not seen.settled:
        return Opinion(Standing.UNKNOWN, "the time limit passed before everything was settled")
    if aspect.refuses:
        return _refused([one for one in seen.deliveries if one.event_key == key])
    unheard = [one for one in seen.deliveries if not one.delivered]
    own = [one for one in unheard if one.event_key == key]
    if own:
        return Opinion(Standing.FAILS, _never_taken(own[0]))
    if unheard and aspect.hits is not Hits.NOTHING:
        return Opinion(Standing.FAILS, f"{unheard[0].event_key} was not taken any more: {_never_taken(unheard[0])}")
    return _by_state(aspect, seen)


def _by_state(aspect: Aspect, seen: Seen) -> Opinion:
    state = seen.state
    if state is not None and state.verdict is Verdict.PASS:
        plain = aspect.hits is Hits.NOTHING
        return Opinion(Standing.TOLERATES, "it took it" if plain else "its state is what it is without")
    if state is not None and state.verdict is Verdict.FAIL:
        return Opinion(Standing.FAILS, state.sentence, state.seen)
    if aspect.answers and seen.answers and (state is None or not state.telling):
        return Opinion(Standing.TOLERATES, "it answered 2xx")
    if state is not None:
        return Opinion(Standing.UNKNOWN, state.sentence, state.seen)
    return Opinion(Standing.UNKNOWN, NO_PROBE if seen.answers else QUEUE_TOOK_IT)


def _refused(own: Sequence[Delivered]) -> Opinion:
    """Its first attempt was spoiled, the others were not."""
    first = [made for one in own for made in one.made if made.attempt == 1]
    taken = [made for made in first if made.status is not None and 200 <= made.status < 300]
    if taken:
        return Opinion(Standing.FAILS, f"it answered {taken[0].status}")
    silent = [made for made in first if made.status is None]
    if silent or not first:
        error = silent[0].error if silent else None
        return Opinion(Standing.UNKNOWN, f"it did not answer at all: {error or 'nothing was sent'}")
    return Opinion(Standing.TOLERATES, f"it answered {first[0].status}")


def _never_taken(one: Delivered) -> str:
    last = one.made[-1] if one.made else None
    if last is None:
        return "it was never sent"
    said = f"it answered {last.status}" if last.status is not None else str(last.error)
    times = f" at the last of {one.attempts} attempts" if one.attempts > 1 else ""
    return f"{said}{times}"
