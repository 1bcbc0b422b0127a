"""Where two states differ, and which of that lasts."""

from typing import Any

import pytest

from emulator.core.converged import converged
from emulator.core.convergence import ABSENT, differences, lasting
from emulator.core.expectation import Asked, Converges
from emulator.core.probe_target import HttpTarget
from emulator.core.reading import Reading
from emulator.core.verdict import Opinion, Verdict


@pytest.mark.parametrize(
    ("baseline", "tried", "told"),
    [
        ({"a": 1, "b": [1, None]}, {"b": [1.0, None], "a": 1}, []),
        (1, True, ["$: true, without faults 1"]),
        ({"o": {"s": "paid"}}, {"o": {"s": "new"}}, ['$.o.s: "new", without faults "paid"']),
        ({"a b": 1}, {}, ["$['a b']: not there, without faults 1"]),
        ({}, {"it's": None}, ["$['it\\'s']: null, without faults not there"]),
        ([1, 2, 3], [1, 2, 2, 3], ["$[2]: 2, without faults not there"]),
        ([1, 2], [], ["$[0]: not there, without faults 1", "$[1]: not there, without faults 2"]),
        ([{"n": 1}, {"n": 2}], [{"n": 1}, {"n": 3}], ["$[1].n: 3, without faults 2"]),
        ([0, 1, 2], [0, 2.0, 1], ["$: the same 3 elements in another order"]),
        ([1, 1, 2], [2, 2, 1], ["$[0]: 2, without faults 1", "$[1]: 2, without faults 1", "$[2]: 1, without faults 2"]),
        (ABSENT, 1, ["$: 1, without faults not there"]),
    ],
)
def test_a_difference_is_told_with_its_path(baseline: Any, tried: Any, told: list[str]) -> None:
    assert [str(one) for one in differences(baseline, tried)] == told


def test_there_is_an_end_to_differences() -> None:
    assert len(differences([0] * 5_000, [1] * 5_000)) == 1_000


def test_large_states_are_compared_at_once() -> None:
    """Five megabytes; what both begin and end with is passed over."""
    large = [{"id": number, "text": "x" * 40} for number in range(100_000)]
    other = [*large[:50_000], {"id": -1}, *large[50_000:]]
    assert [one.path for one in differences(large, other)] == ["$[50000]"]


@pytest.mark.parametrize(
    ("first", "second", "tried", "left"),
    [
        ({"at": 1, "n": 1}, {"at": 2, "n": 1}, {"at": 3, "n": 1}, []),
        ({"at": 1, "n": 1}, {"at": 2, "n": 1}, {"at": 3, "n": 2}, ["$.n"]),
        ({"at": {"s": 1}, "atom": 1}, {"at": {"s": 2}, "atom": 1}, {"at": {"s": 3}, "atom": 2}, ["$.atom"]),
        ([{"id": "a"}], [{"id": "b"}], [{"id": "c"}, {"id": "d"}], ["$[1]"]),
        ({"rows": {"a": 1}, "n": 1}, {"rows": {"b": 1}, "n": 1}, {"rows": {"c": 1}, "n": 2}, ["$.n"]),
        ({"a": 1}, {"b": 1}, {"c": 1}, []),
        ({"x y": {"k'": 1}}, {"x y": {}}, {"x y": {"q": 1}}, []),
    ],
    ids=["a time", "a time, and more", "not what begins like it", "random ids", "by random ids", "all", "quoted"],
)
def test_what_changes_by_itself_counts_for_nothing(first: Any, second: Any, tried: Any, left: list[str]) -> None:
    assert [one.path for one in lasting(differences(first, tried), differences(first, second))] == left


def opinion(baseline: Any, tried: Any, again: Any = None, **how: Any) -> Opinion:
    """Of a receiver that says this under faults, that without, and `again` in a second run without."""
    asked = Asked(target=HttpTarget(url="http://it/"), path=how.pop("path", "$"))

    def reading(value: Any) -> Reading:
        return Reading(name="it", expected=Converges(asked=asked), value=value)

    second = reading(baseline if again is None else again)
    return converged(reading(tried), reading(baseline), again=second, **how)


@pytest.mark.parametrize(
    ("baseline", "tried", "again", "verdict", "words"),
    [
        ({"s": 1}, {"s": 1}, None, Verdict.PASS, "$ of it is what it is without faults: {"),
        ({"s": 1}, {"s": 2}, None, Verdict.FAIL, "it differs in 1 place"),
        ({"s": 1, "at": 1}, {"s": 1, "at": 3}, {"s": 1, "at": 2}, Verdict.INCONCLUSIVE, "from run to run even without"),
        ({"s": 1, "at": 1}, {"s": 2, "at": 3}, {"s": 1, "at": 2}, Verdict.FAIL, "it differs in 1 place"),
        (
            {"l": [1, 2]},
            {"l": [2, 1]},
            None,
            Verdict.INCONCLUSIVE,
            "but for the order of $.l; sort it where it is read",
        ),
        ({"l": [1, 2], "s": 1}, {"l": [2, 1], "s": 2}, None, Verdict.FAIL, "it differs in 2 places"),
        ({"o": {}}, {"o": {"emulator_0123abcd": True}}, None, Verdict.PASS, "$ of it is what it is"),
        ({"s": "{}"}, {"s": '{"emulator_0123abcd": 1}'}, None, Verdict.INCONCLUSIVE, "select what matters by path"),
    ],
    ids=[
        "same",
        "other",
        "a time",
        "a time, and more",
        "order",
        "order, and more",
        "a new field",
        "a new field in text",
    ],
)
def test_what_comes_of_a_comparison(baseline: Any, tried: Any, again: Any, verdict: Verdict, words: str) -> None:
    found = opinion(baseline, tried, again)
    assert (found.verdict, words in found.sentence) == (verdict, True), found


def test_an_excuse_makes_a_difference_inconclusive() -> None:
    found = opinion(1, 2, excuse="it rained")
    assert (found.verdict, found.sentence.endswith("; but it rained")) == (Verdict.INCONCLUSIVE, True)
    assert opinion(1, 1, excuse="it rained").verdict is Verdict.PASS


def test_nothing_to_compare_is_inconclusive_unless_there_is_nothing_at_all() -> None:
    """Such as an order that both have deleted."""
    assert opinion({"s": 1}, {"s": 1}, path="$.z").verdict is Verdict.INCONCLUSIVE
    assert opinion({"s": 1}, {}, path="$.s").verdict is Verdict.FAIL
    assert opinion(None, None, path="$.s").verdict is Verdict.PASS


def test_many_differences_are_told_in_part() -> None:
    found = opinion([0] * 100, [1] * 100)
    assert (len(found.differences), found.seen[-1]) == (20, "and in 80 places more")
    assert "it differs in 100 places" in found.sentence
