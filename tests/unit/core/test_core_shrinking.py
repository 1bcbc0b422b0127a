"""Shrinking: what is left fails, nothing less does, and nothing is asked in vain."""

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.core.dice import Dice
from emulator.core.shrinking import fewest, simplest

Some = tuple[int, ...]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Some, dict[int, frozenset[int]], int]:
    """Units, which earlier ones each needs, and a seed by which any set of them fails or does not."""
    count = draw(st.integers(0, 12))
    needs = {
        unit: frozenset(draw(st.sets(st.integers(0, unit - 1), max_size=2)) if unit else ()) for unit in range(count)
    }
    return tuple(range(count)), needs, draw(st.integers(0, 2**32))


class World:
    """Fails by chance, but the same way every time, or wherever all of some culprits are there; notes what it is
    asked."""

    def __init__(self, needs: dict[int, frozenset[int]], fails: Callable[[Some], bool]) -> None:
        self.needs = needs
        self.asked: list[Some] = []
        self._fails = fails

    def fails(self, some: Some) -> bool:
        self.asked.append(some)
        return self._fails(some)

    def closed(self, some: Some) -> Some:
        kept: list[int] = []
        for unit in some:
            if self.needs[unit] <= set(kept):
                kept.append(unit)
        return tuple(kept)


def _by_chance(seed: int) -> Callable[[Some], bool]:
    dice = Dice(seed)
    return lambda some: dice.stream("fails", *some).uniform() < 0.3


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_what_is_left_is_minimal_closed_and_asked_for_once(
    world: tuple[Some, dict[int, frozenset[int]], int],
) -> None:
    units, needs, seed = world
    fails = _by_chance(seed)
    one = World(needs, fails)
    left = fewest(units, one.fails, one.closed)
    assert left == units or fails(left)
    assert left == tuple(sorted(left))
    for unit in left:
        without = one.closed(tuple(each for each in left if each != unit))
        assert not fails(without), f"{unit} was not needed"
    assert all(one.closed(some) == some for some in one.asked)
    assert len(set(one.asked)) == len(one.asked)
    assert units not in one.asked
    again = World(needs, fails)
    assert fewest(units, again.fails, again.closed) == left
    assert again.asked == one.asked


@given(worlds(), st.data())
@settings(max_examples=200, deadline=None)
def test_the_culprits_and_what_they_need_are_all_that_is_left(
    world: tuple[Some, dict[int, frozenset[int]], int], data: st.DataObject
) -> None:
    units, needs, _ = world
    culprits = data.draw(st.sets(st.sampled_from(units), max_size=4) if units else st.just(set()))
    one = World(needs, lambda some: culprits <= set(some))
    wanted: set[int] = set()
    for unit in sorted(culprits, reverse=True):
        wanted |= {unit, *_all_needs(unit, needs)}
    assert set(fewest(units, one.fails, one.closed)) == wanted


def _all_needs(unit: int, needs: dict[int, frozenset[int]]) -> set[int]:
    return set(needs[unit]).union(*(_all_needs(each, needs) for each in needs[unit]))


@given(st.integers(1, 400), st.data())
@example(400, None)
@settings(max_examples=50, deadline=None)
def test_one_culprit_of_many_is_found_in_few_questions(count: int, data: st.DataObject | None) -> None:
    culprit = count // 3 if data is None else data.draw(st.integers(0, count - 1))
    one = World({}, lambda some: culprit in some)
    assert fewest(range(count), one.fails) == (culprit,)
    assert len(one.asked) <= 2 * count.bit_length() + 2


def test_nothing_is_left_of_what_fails_without_anything() -> None:
    assert fewest("abc", lambda _: True) == ()
    assert fewest("", lambda _: True) == ()


def test_all_is_left_where_all_is_needed() -> None:
    assert fewest("abc", lambda _: False) == ("a", "b", "c")


def test_the_simplest_is_the_first_that_fails() -> None:
    assert simplest((1, 2, 3, 4), lambda one: one >= 3) == 3
    assert simplest((1, 2), lambda _: False) is None
