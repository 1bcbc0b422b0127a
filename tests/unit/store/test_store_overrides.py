"""Payloads changed by hand."""

from typing import Any

import pytest

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import PayloadEdit
from emulator.store.overrides import add, edited, override, parse_path, remove

DOCUMENT = {"data": {"name": "A", "lines": [{"n": 1}, {"n": 2}], "a.b": True}, "empty": []}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("data", ("data",)),
        ("data.lines[0].n", ("data", "lines", 0, "n")),
        ('data["a.b"]', ("data", "a.b")),
        ('data.["a.b"]', ("data", "a.b")),
        (r'["say \"hi\""]', ('say "hi"',)),
        ("a[0][12]", ("a", 0, 12)),
        ("transaction-type", ("transaction-type",)),
    ],
)
def test_a_path_is_keys_and_indexes(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", ".", ".data", "data.", "data..name", "data[", "data[x]", "data[-1]", "a]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("action", "path", "found"),
    [
        (override, "data.name", {"data": {"name": 9, "lines": [{"n": 1}, {"n": 2}], "a.b": True}, "empty": []}),
        (override, "data.lines[1].n", {"data": {"name": "A", "lines": [{"n": 1}, {"n": 9}], "a.b": True}, "empty": []}),
        (override, "data", {"data": 9, "empty": []}),
        (add, "new", {**DOCUMENT, "new": 9}),
        (add, "empty[0]", {**DOCUMENT, "empty": [9]}),
        (add, "data.lines[1].m", {**DOCUMENT, "data": {**DOCUMENT["data"], "lines": [{"n": 1}, {"n": 2, "m": 9}]}}),  # type: ignore[dict-item]
    ],
)
def test_a_value_is_put_where_the_path_says(action: Any, path: str, found: Any) -> None:
    before = repr(DOCUMENT)
    assert action(DOCUMENT, parse_path(path), 9) == found
    assert repr(DOCUMENT) == before


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data", {"empty": []}),
        ("data.lines[0]", {"data": {"name": "A", "lines": [{"n": 2}], "a.b": True}, "empty": []}),
        ('data["a.b"]', {"data": {"name": "A", "lines": [{"n": 1}, {"n": 2}]}, "empty": []}),
    ],
)
def test_a_value_is_taken_away(path: str, found: Any) -> None:
    assert remove(DOCUMENT, parse_path(path)) == found


@pytest.mark.parametrize(
    ("action", "path", "sentence"),
    [
        (override, "dat.name", "there is no 'dat' in the payload; did you mean 'data'?"),
        (override, "data.nam", "there is no 'data.nam' in the payload; did you mean 'name'?"),
        (override, "data.lines[2]", "there is no 'data.lines[2]' in the payload; the list has 2"),
        (override, "data[0]", "'data[0]' asks an object for the index 0"),
        (override, "data.lines.n", "'data.lines.n' asks a list for the key 'n'"),
        (override, "data.name.first", "'data.name.first' asks a plain value for the key 'first'"),
        (add, "data.name", "'data.name' is there already; use override to change it"),
        (add, "data.lines[5]", "'data.lines[5]' is not the list's end; add at [2]"),
        (add, "nope.name", "there is no 'nope' in the payload; there is data, empty"),
    ],
)
def test_what_does_not_fit_is_refused(action: Any, path: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        action(DOCUMENT, parse_path(path), 9)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (PayloadEdit(key="k", raw="{"), "the raw payload is not JSON"),
        (PayloadEdit(key="k", raw="[1]"), "the raw payload is not a JSON object"),
        (PayloadEdit(key="k", override={"a": object()}), "the edited payload is not JSON"),
        (PayloadEdit(key="k", remove=("b",)), "there is no 'b' in the payload; there is a"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(edit: PayloadEdit, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        edited('{"a":1}', edit)
