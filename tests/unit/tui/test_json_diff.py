"""The difference of two JSON values: what each change looks like, and that nothing that differs goes unsaid."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.json_diff import MOST_LINES, SIGNS, Change, JsonDiff, json_diff
from tui.model.json_order import merged, moved
from tui.model.json_path import path_text


def shown(diff: JsonDiff) -> list[str]:
    return [f"{SIGNS[line.change]} {'  ' * line.depth}{line.text}" for line in diff.lines]


def test_members_added_removed_and_changed() -> None:
    diff = json_diff({"id": "o", "status": "unpaid", "old": 1}, {"id": "o", "status": "paid", "new": [1]})
    assert shown(diff) == [
        "  {",
        '    "id": "o"',
        '~   "status": "unpaid" → "paid"',
        '-   "old": 1',
        '+   "new": [',
        "+     1",
        "+   ]",
        "  }",
    ]
    assert diff.counts == {Change.ADDED: 1, Change.REMOVED: 1, Change.CHANGED: 1, Change.MOVED: 0}
    assert [path_text(line.path) for line in diff.lines] == ["$", "id", "status", "old", "new", "new[0]", "new", "$"]


def test_many_members_that_are_the_same_are_one_line() -> None:
    before = {str(number): number for number in range(10)}
    assert shown(json_diff(before, before | {"9": "nine"})) == ["  {", "    … 9 the same", '~   "9": 9 → "nine"', "  }"]


def test_the_same_is_one_line() -> None:
    diff = json_diff({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})
    assert (shown(diff), diff.same, diff.complete) == (["  {…} 1 member"], True, True)


def test_items_with_ids_are_compared_by_them_wherever_they_stand() -> None:
    before = {"items": [{"id": "a", "n": 1}, {"id": "b", "n": 1}, {"id": "c", "n": 1}]}
    after = {"items": [{"id": "c", "n": 1}, {"id": "a", "n": 2}, {"id": "d", "n": 1}]}
    assert shown(json_diff(before, after)) == [
        "  {",
        '    "items": [',
        ">     {…} 2 members was [2]",
        "      {",
        '        "id": "a"',
        '~       "n": 1 → 2',
        "      }",
        "-     {",
        '-       "id": "b",',
        '-       "n": 1',
        "-     }",
        "+     {",
        '+       "id": "d",',
        '+       "n": 1',
        "+     }",
        "    ]",
        "  }",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([{"id": 1}, {"id": 1}], [{"id": 1}]),  # an id twice
        ([{"id": 1}, {}], [{"id": 1}]),  # one without
        ([{"id": True}, {"id": 2}], [{"id": True}]),
        ([1, 2], [1]),
    ],
)
def test_other_lists_are_compared_by_position(before: Any, after: Any) -> None:
    diff = json_diff(before, after)
    assert next(path_text(line.path) for line in diff.lines if line.change is Change.REMOVED) == "[1]"
    assert diff.counts[Change.REMOVED] == 1
    assert diff.counts[Change.MOVED] == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (True, 1),
        (False, 0),
        (None, 0),
        (None, False),
        ("1", 1),
        ([], {}),
        ({}, None),
        ([True], [1]),
        ({"a": 0}, {"a": False}),
    ],
)
def test_what_only_python_takes_for_equal_is_different(before: Any, after: Any) -> None:
    assert not json_diff(before, after).same


def test_numbers_are_compared_by_their_value() -> None:
    assert json_diff({"n": 1}, {"n": 1.0}).same
    assert json_diff([float("nan")], [float("nan")]).same


def test_long_texts_are_shown_from_where_they_begin_to_differ() -> None:
    diff = json_diff("x" * 100_000 + "abc", "x" * 100_000 + "abd")
    assert shown(diff) == ['~ "…xxxxxxxxxxabc" → "…xxxxxxxxxxabd"']


def test_nothing_in_it_talks_to_the_terminal() -> None:
    text = "\n".join(shown(json_diff({"\x1b": "\x07"}, {"\x1b": "\u202e", "\x9b": ["\x1b"]})))
    assert not set(text) & set("\x1b\x07\u202e\x9b")


def test_great_values_are_compared_up_to_a_bound_and_it_says_so() -> None:
    great = {"items": [{"id": number, "n": number} for number in range(100_000)]}
    changed = copy.deepcopy(great)
    for item in changed["items"]:
        item["n"] += 1
    diff = json_diff(great, changed)
    assert len(diff.lines) <= MOST_LINES
    assert not diff.complete
    assert not diff.same
    added = json_diff([], great)
    assert len(added.lines) < 200


def test_deep_values_are_compared_to_their_end() -> None:
    def deep(value: Any) -> Any:
        for _ in range(900):
            value = [value]
        return value

    assert json_diff(deep(1), deep(1)).same
    assert json_diff(deep(1), deep(2)).counts[Change.CHANGED] == 1


documents = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        | st.lists(
            st.fixed_dictionaries({"id": st.integers(0, 4), "v": inner}), max_size=4, unique_by=lambda item: item["id"]
        )
    ),
    max_leaves=12,
)


def exactly(value: Any) -> Any:
    """A form in which only what is the same JSON is equal: members in any order, items in theirs."""
    if isinstance(value, dict):
        return ("object", frozenset((name, exactly(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(exactly, value)))
    return (type(value).__name__, value)


@given(documents, documents)
def test_it_is_the_same_exactly_when_the_values_are(before: Any, after: Any) -> None:
    assert json_diff(before, after).same == (exactly(before) == exactly(after))
    assert json_diff(before, before).same


@given(documents, documents)
def test_the_other_way_round_what_was_added_is_removed(before: Any, after: Any) -> None:
    there, back = json_diff(before, after).counts, json_diff(after, before).counts
    assert (there[Change.ADDED], there[Change.REMOVED]) == (back[Change.REMOVED], back[Change.ADDED])
    assert (there[Change.CHANGED], there[Change.MOVED]) == (back[Change.CHANGED], back[Change.MOVED])


names = st.lists(st.integers(0, 9), unique=True, max_size=8)


@given(names, names)
def test_two_orders_are_shown_as_one(before: list[int], after: list[int]) -> None:
    both = list(merged(before, after))
    assert sorted(both) == sorted({*before, *after})
    assert [name for name in both if name in after] == after


@given(names, names)
def test_without_what_moved_the_order_is_the_same(before: list[int], after: list[int]) -> None:
    gone = moved(before, after)
    stayed = [name for name in before if name in after and name not in gone]
    assert stayed == [name for name in after if name in before and name not in gone]


def test_as_little_as_possible_has_moved() -> None:
    assert moved("abcde", "bcdea") == {"a"}
    assert moved("abcde", "eabcd") == {"e"}
    assert moved("abc", "abc") == set()
