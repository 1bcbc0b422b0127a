"""Shrinker: makes a draft smaller in every way there is, until it is smaller in none."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.duplicate import Duplicate
from emulator.core.faults.overlap import Overlap
from emulator.core.shrinking import fewest, simplest
from emulator.domain.moment import MINUTE, SECOND, exact_duration
from emulator.harness.shrinking.commands import Command, Retelling
from emulator.harness.shrinking.draft import Draft, together
from emulator.harness.shrinking.oracle import BrokenOff
from emulator.harness.shrinking.pins import Pin

_DELAYS = (SECOND, 10 * SECOND, MINUTE, 10 * MINUTE)
_LATE = 10 * SECOND
_ROUNDS = 5


class Shrinker:
    """`fails` says whether a draft fails; it remembers what it was asked, and raises BrokenOff when nothing more
    is to be asked. `smallest` is the smallest that has failed so far; the one to begin with fails."""

    def __init__(self, draft: Draft, retelling: Retelling, fails: Callable[[Draft], bool]) -> None:
        self.smallest = draft
        self._retelling = retelling
        self._ask = fails

    def shrink(self) -> bool:
        """Whether it is certain now that nothing of the smallest can be left out; else it was broken off."""
        ways = (self._resources, self._pins, self._commands, self._keys, self._simpler)
        try:
            for _ in range(_ROUNDS):
                before = self.smallest
                for make_smaller in ways:
                    make_smaller(self.smallest)
                if self.smallest == before:
                    return True
        except BrokenOff:
            pass
        return False

    def fails(self, draft: Draft) -> bool:
        """As it was asked for. What fails is smaller than anything that did before: nothing else is tried."""
        failed = self._ask(draft)
        if failed:
            self.smallest = draft
        return failed

    def _resources(self, draft: Draft) -> None:
        """All that was done to a resource, and what was made from it, at once."""
        roots = _roots(draft.commands)

        def fails(kept: Sequence[str]) -> bool:
            some = tuple(command for command in draft.commands if roots[command.number] in kept)
            return self._retelling.closed(some) == some and self.fails(_with(draft, some))

        fewest(list(dict.fromkeys(roots.values())), fails)

    def _commands(self, draft: Draft) -> None:
        known = {command.number: command for command in draft.commands}

        def of(numbers: Sequence[int]) -> tuple[Command, ...]:
            return tuple(known[number] for number in numbers)

        def closed(numbers: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(command.number for command in self._retelling.closed(of(numbers)))

        fewest(tuple(known), lambda kept: self.fails(_with(draft, of(kept))), closed)

    def _pins(self, draft: Draft) -> None:
        def fails(kept: Sequence[int]) -> bool:
            return self.fails(replace(draft, pins=tuple(draft.pins[place] for place in kept)))

        fewest(range(len(draft.pins)), fails)

    def _keys(self, draft: Draft) -> None:
        fewest(draft.observed, lambda kept: self.fails(replace(draft, observed=kept).fitting()))

    def _simpler(self, draft: Draft) -> None:
        for place in range(len(draft.pins)):
            self._simpler_pin(place)
        if not draft.spaced:
            spaced = replace(self.smallest, spaced=True)
            simplest((spaced, _later(spaced), _later(spaced, copies=True)), self.fails)
        for place, pin in enumerate(self.smallest.pins):
            if pin.delay is not None and pin.delay not in _DELAYS:
                simplest([_put(self.smallest, place, pin.by(delay)) for delay in _DELAYS], self.fails)

    def _simpler_pin(self, place: int) -> None:
        draft = self.smallest
        pin = draft.pins[place]
        simplest([_put(draft, place, one) for one in _simpler_ways(pin)], self.fails)
        if pin.fault == Overlap.kind and len(pin.events) > 2:
            fewest(pin.events, lambda kept: len(kept) > 1 and self.fails(_put(draft, place, together(pin, kept))))


def _with(draft: Draft, commands: Sequence[Command]) -> Draft:
    return replace(draft, commands=tuple(commands)).fitting()


def _put(draft: Draft, place: int, pin: Pin) -> Draft:
    return replace(draft, pins=(*draft.pins[:place], pin, *draft.pins[place + 1 :]))


def _simpler_ways(pin: Pin) -> list[Pin]:
    """The same fault fewer times, the simplest first."""
    word = {AckLoss.kind: "times", Duplicate.kind: "copies"}.get(pin.fault)
    if word is None:
        return []
    plain = {key: value for key, value in pin.how.items() if key == word}
    ways = [{**how, word: number} for number in range(1, pin.how[word] + 1) for how in (plain, dict(pin.how))]
    return [replace(pin, how=how) for how in ways if how != pin.how]


def _later(draft: Draft, *, copies: bool = False) -> Draft:
    """With what comes late so late that it comes in the same order, but after all else; its copies too, perhaps."""
    late = sorted((pin.delay, place) for place, pin in enumerate(draft.pins) if pin.delay is not None)
    pins = list(draft.pins)
    for rank, (_, place) in enumerate(late, start=1):
        pins[place] = pins[place].by(_LATE * rank)
    if copies:
        apart = {"spacing": exact_duration(_LATE)}
        pins = [replace(pin, how={**pin.how, **apart}) if pin.fault == Duplicate.kind else pin for pin in pins]
    return replace(draft, pins=tuple(pins))


def _roots(commands: Sequence[Command]) -> dict[int, str]:
    """Of each command, the resource with which its story begins."""
    roots: dict[str, str] = {}
    found = {}
    for command in commands:
        of = command.act.of
        root = roots.get(of, of) if of is not None else command.about
        roots.setdefault(command.about, root)
        found[command.number] = root
    return found
