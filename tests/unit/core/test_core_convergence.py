"""Where two states differ, and which of that lasts."""

from typing import Any

import pytest

from emulator.core.convergence import ABSENT, differences, lasting


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
    assert len(differences([0] * 1000, [1] * 1000)) == 20


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
