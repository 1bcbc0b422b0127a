"""JSON as lines that fold: what is shown, that folding only hides, that finding unfolds; size does not matter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.model.json_lines import OPENED, JsonLines
from tui.model.json_node import PAGE
from tui.model.json_path import Path, path_text
from tui.model.json_tokens import Kind

ORDER: dict[str, Any] = {
    "data": {"id": "o-1", "paid": True, "total": 12.5, "note": None, "items": [{"sku": "a"}, {"sku": "b"}], "tags": []},
    "included": {},
}


def shown(lines: JsonLines, width: int = 80) -> list[str]:
    return ["  " * line.depth + line.text for line in lines.lines(0, len(lines), width)]


def test_a_small_document_is_shown_as_json_writes_it() -> None:
    assert "\n".join(shown(JsonLines(ORDER))) == json.dumps(ORDER, indent=2)


def test_each_piece_has_its_kind_and_each_line_its_path() -> None:
    lines = JsonLines(ORDER).lines(2, 5, 80)
    assert [line.segments[2].kind for line in lines[:4]] == [Kind.STRING, Kind.BOOL, Kind.NUMBER, Kind.NULL]
    assert {line.segments[0].kind for line in lines} == {Kind.KEY}
    assert [path_text(line.path) for line in lines] == ["data.id", "data.paid", "data.total", "data.note", "data.items"]


def test_what_is_folded_is_one_line_that_says_how_much_it_hides() -> None:
    lines = JsonLines(ORDER)
    lines.fold(("data",))
    assert shown(lines) == ["{", '  "data": {…}, 6 members', '  "included": {}', "}"]
    folded = lines.lines(1, 1, 80)[0]
    assert (folded.foldable, folded.folded) == (True, 6)
    lines.toggle(1)
    assert "\n".join(shown(lines)) == json.dumps(ORDER, indent=2)


def test_a_closing_bracket_folds_what_it_closes() -> None:
    lines = JsonLines(ORDER)
    closing = len(lines) - 3
    assert lines.lines(closing, 1, 80)[0].text == "},"
    assert lines.toggle(closing) == 1
    assert len(lines) == 4


def test_folding_and_unfolding_everything() -> None:
    lines = JsonLines(ORDER)
    lines.fold_all()
    assert len(lines) == 4
    assert lines.unfold_all()
    assert "\n".join(shown(lines)) == json.dumps(ORDER, indent=2)


@pytest.mark.parametrize("value", ["text", 3, None, True, [], {}, 1.5, [[]]])
def test_a_document_may_be_any_value(value: Any) -> None:
    assert "".join(line.strip() for line in shown(JsonLines(value))) == json.dumps(value)


def test_a_long_text_is_cut_and_says_its_length() -> None:
    (line,) = JsonLines("x" * 5_000_000).lines(0, 1, 20)
    assert line.text == f'"{"x" * 17}…" 5,000,000 characters'


def test_a_long_key_leaves_room_for_its_value() -> None:
    line = JsonLines({"k" * 100: "value"}).lines(1, 1, 60)[0]
    assert line.text.endswith('"value"')
    assert "…" in line.text


def test_nothing_in_a_document_talks_to_the_terminal() -> None:
    lines = shown(JsonLines({"\x1b[2J": '\x1b]0;x\x07\u202e\ud800 "\\'}))
    assert lines[1] == r'  "\u001b[2J": "\u001b]0;x\u0007\u202e\ud800 \"\\"'


def test_searching_finds_keys_and_values_in_small_and_large_letters_and_unfolds_to_them() -> None:
    lines = JsonLines({"a": {"Order": 1}, "b": [{"c": "my ORDER"}, "order"], "d": True})
    lines.fold_all()
    hits = lines.search("order")
    assert [path_text(lines.path(lines.show(hits, number))) for number in range(len(hits))] == [
        "a.Order",
        "b[0].c",
        "b[1]",
    ]
    assert len(lines.search("tru")) == 1
    assert len(lines.search("  ")) == 0
    assert lines.next_hit(lines.search("nowhere"), 0) is None
    assert lines.previous_hit(lines.search("nowhere"), 0) is None


def test_the_next_hit_is_below_and_begins_anew_at_the_end() -> None:
    lines = JsonLines(["x", "y", "x", "y"])
    hits = lines.search("x")
    steps = [0]
    for _ in range(3):
        number = lines.next_hit(hits, steps[-1])
        assert number is not None
        steps.append(lines.show(hits, number))
    assert steps == [0, 1, 3, 1]
    back = lines.previous_hit(hits, 1)
    assert back == 1
    assert lines.previous_hit(hits, 4) == 1
    assert lines.previous_hit(hits, 3) == 0


def test_many_members_come_in_pages() -> None:
    lines = JsonLines(list(range(PAGE * 6 + 1)))
    lines.fold_all()
    assert shown(lines)[:4] == ["[", "  0 … 199", "  200 … 399", "  400 … 599"]
    assert shown(lines)[-2:] == ["  1,200 … 1,200", "]"]
    lines.toggle(2)
    assert shown(lines)[2:5] == ["  200 … 399", "    200,", "    201,"]
    assert lines.path(3) == (200,)
    assert lines.reveal((1200,)) == len(lines) - 2
    assert shown(lines)[-2] == "    1200"


def test_a_great_document_makes_only_what_is_looked_at() -> None:
    """What it costs is told by what is made, which no busy machine changes."""
    great = {"items": [{"id": number} for number in range(200_000)], "names": {str(n): n for n in range(200_000)}}
    lines = JsonLines(great)
    assert len(lines) <= OPENED
    assert not lines.unfold_all()
    assert len(lines) <= 20_000
    at = lines.reveal(("names", "123456"))
    assert lines.lines(at, 1, 80)[0].text == '"123456": 123456,'
    assert lines.path(at) == ("names", "123456")


def test_a_deep_document_is_no_trouble() -> None:
    deep: Any = 1
    for _ in range(1000):
        deep = [deep]
    lines = JsonLines(deep)
    lines.unfold_all()
    assert len(lines) == 2001
    assert lines.path(lines.reveal((0,) * 1000)) == (0,) * 1000


def test_a_path_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(KeyError):
        JsonLines(ORDER).reveal(("data", "gone"))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "$"),
        (("data", "items", 3, "id"), "data.items[3].id"),
        ((0, "x"), "[0].x"),
        (("data", "a b", "é"), 'data["a b"]["\\u00e9"]'),
        (("\x1b",), '["\\u001b"]'),
        (("meta", "display-price"), "meta.display-price"),
    ],
)
def test_paths_are_written_as_people_do(path: Path, text: str) -> None:
    assert path_text(path) == text


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=30,
)


@given(documents, st.lists(st.integers(0, 60), max_size=20))
def test_however_it_is_folded_every_line_leads_back_to_itself(value: Any, toggles: list[int]) -> None:
    lines = JsonLines(value)
    for line in toggles:
        lines.toggle(line)
    every = lines.lines(0, len(lines) + 5, 40)
    assert len(every) == len(lines)
    for number, line in enumerate(every):
        assert lines.lines(number, 1, 40) == [line]
        if not line.text.startswith(("]", "}")):
            assert lines.reveal(line.path) == number
    assert len(lines) == len(every)
    lines.unfold_all()
    assert len(lines) == len(json.dumps(value, indent=2).splitlines())


@given(st.dictionaries(st.text(max_size=100), st.text(max_size=300) | st.lists(st.text(max_size=300)), max_size=5))
def test_a_line_is_wider_than_its_place_by_no_more_than_two_notes_of_lengths(value: Any) -> None:
    for line in JsonLines(value).lines(0, 100, 60):
        assert 2 * line.depth + cell_len(line.text) <= 60 + 2 * len(" 300 characters")


@given(documents, st.sampled_from(["a", "0", "true"]))
def test_the_next_hit_from_any_line_is_the_nearest_below_and_the_previous_the_nearest_above(
    value: Any, text: str
) -> None:
    lines = JsonLines(value)
    hits = lines.search(text)
    at = [lines.show(hits, number) for number in range(len(hits))]
    for line in range(len(lines)) if at else ():
        below = [number for number, hit in enumerate(at) if hit > line]
        above = [number for number, hit in enumerate(at) if hit < line]
        assert lines.next_hit(hits, line) == (below or [0])[0]
        assert lines.previous_hit(hits, line) == (above or [len(at) - 1])[-1]


def test_the_next_hit_may_be_the_first_of_a_page() -> None:
    lines = JsonLines([f"item {number}" for number in range(3 * PAGE)])
    lines.fold_all()
    hits = lines.search("item 200")
    assert lines.next_hit(hits, 2) == 0  # from the line of the page that begins with it
    assert lines.show(hits, 0) == 3
    assert lines.previous_hit(hits, 4) == 0


@given(documents, st.sampled_from(["a", "0", "true", "null", "é"]))
def test_every_hit_holds_the_text(value: Any, text: str) -> None:
    lines = JsonLines(value)
    hits = lines.search(text)
    assert list(hits.places) == sorted(set(hits.places))
    for number in range(len(hits)):
        line = lines.lines(lines.show(hits, number), 1, 200)[0]
        assert text in line.text.lower()
