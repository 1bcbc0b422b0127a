"""What a receiver said, against what was expected of it; and the paths by which it is looked up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.expectation import Asked, Holds
from emulator.core.json_path import json_path
from emulator.core.probe_target import HttpTarget
from emulator.core.reading import Reading, hold, same
from emulator.core.verdict import Verdict
from emulator.domain.errors import InvalidInput

STATE = {"orders": [{"id": 1, "status": "paid"}, {"id": 2, "status": None}], "total": 3.0, "ok": True}


def holds(path: str, value: Any, **how: Any) -> Holds:
    asked = Asked(target=HttpTarget(url="http://localhost/"), path=path, counts=how.pop("counts", False))
    return Holds(asked=asked, value=value, **how)


@pytest.mark.parametrize(
    ("expected", "verdict", "sentence"),
    [
        (holds("$.orders[0].status", "paid"), "pass", '$.orders[0].status of it is "paid"'),
        (holds("$.orders[0].status", "open"), "fail", '$.orders[0].status of it is "paid", expected "open"'),
        (holds("$.orders[1].status", None), "pass", "is null"),
        (holds("$.orders[2].status", None), "fail", "is not there, expected null"),
        (holds("$.orders[*].id", [1, 2]), "pass", "is [1, 2]"),
        (holds("$.total", 3), "pass", "is 3.0"),
        (holds("$.ok", 1), "fail", "is true, expected 1"),
        (holds("$.orders[*]", 2, counts=True), "pass", "the number of $.orders[*] of it is 2"),
        (holds("$.orders[?@.status=='paid']", 2, counts=True), "fail", "is 1, expected 2"),
        (holds("$.nothing[*]", 0, counts=True), "pass", "is 0"),
        (holds("$.total", 3, at_least=True), "pass", "is 3.0"),
        (holds("$.total", 4, at_least=True), "fail", "is 3.0, expected at least 4"),
        (holds("$.orders[0].status", 4, at_least=True), "fail", 'is "paid", expected at least 4'),
        (holds("$.orders[0].status", "paid", never=True), "fail", 'is "paid", which it was never to be'),
        (holds("$.orders[0].status", "open", never=True), "pass", 'is "paid"'),
        (holds("$.nowhere", "open", never=True), "pass", "is not there"),
    ],
)
def test_what_the_receiver_says_is_compared(expected: Holds, verdict: str, sentence: str) -> None:
    opinion = hold(expected, Reading(name="it", value=STATE))
    assert (str(opinion.verdict), sentence in opinion.sentence) == (verdict, True), opinion.sentence


def test_what_is_doubtful_is_inconclusive_and_a_receiver_that_died_failed() -> None:
    expected = holds("$", 1)
    assert hold(expected, Reading(name="it", value=2, doubt="it moves")).verdict is Verdict.INCONCLUSIVE
    assert hold(expected, Reading(name="it", failure="it ended with 1")).verdict is Verdict.FAIL


@pytest.mark.parametrize("value", [None, 3, "text", True])
def test_a_state_may_be_a_bare_value(value: Any) -> None:
    assert hold(holds("$", value), Reading(name="it", value=value)).verdict is Verdict.PASS
    assert hold(holds("$[*]", 0, counts=True), Reading(name="it", value=value)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("status", r"'status' is no JSONPath, which begins with \$"),
        ("", "is no JSONPath"),
        ("$.a[", r"'\$\.a\[' is no JSONPath: unexpected end of query"),
        ("$.length()", "is no JSONPath"),
        ("$.a | $.b", "is no JSONPath"),
    ],
)
def test_a_path_that_is_none_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        json_path(text)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.store.book[0].title", ["A"]),
        ("$..price", [1, 2, 3]),
        ("$.store.book[-1:].title", ["B"]),
        ("$.store.book[?@.price<2].title", ["A"]),
        ("$.store['book','pen']", [[{"title": "A", "price": 1}, {"title": "B", "price": 2}], {"price": 3}]),
        ("$.store.book[?match(@.title, 'A|C')].price", [1]),
        ("$.store.book[?length(@.title)==1].price", [1, 2]),
    ],
)
def test_paths_are_those_of_the_standard(path: str, found: list[Any]) -> None:
    """Examples in the manner of RFC 9535, section 1.5."""
    document = {"store": {"book": [{"title": "A", "price": 1}, {"title": "B", "price": 2}], "pen": {"price": 3}}}
    compiled = json_path(path)
    assert compiled.count(document) == len(found)
    assert compiled.select(document) == ((found[0], True) if compiled.single else (found, True))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(one=json_values, other=json_values)
def test_equality_is_an_equivalence_that_tells_kinds_apart(one: Any, other: Any) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)
    if same(one, other):
        assert isinstance(one, bool) == isinstance(other, bool)
        assert isinstance(one, str) == isinstance(other, str)
        assert (one is None) == (other is None)
