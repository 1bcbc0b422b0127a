"""Sheets: lines of text and JSON below each other, wrapped, folded and searched through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.detail.json_part import JsonPart
from tui.widgets.detail.piece import Piece, cells, of, wrapped
from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.text_part import body, told

DOCUMENT = {"id": "o-1", "customer": {"name": "Mia", "city": "Rome"}, "items": [{"sku": "a"}, {"sku": "b"}]}


def shown(sheet: Sheet) -> list[str]:
    return ["".join(piece.text for piece in line) for line in sheet.lines(0, len(sheet))]


@pytest.fixture
def sheet():
    made = Sheet((told("Rome is first here", ""), JsonPart(DOCUMENT), told("and Rome again")))
    made.fit(80)
    return made


def test_parts_stand_below_each_other_and_any_stretch_of_them_can_be_asked_for(sheet):
    lines = shown(sheet)
    assert lines[0] == "Rome is first here"
    assert lines[2].strip() == "▾ {"
    assert lines[-1] == "and Rome again"
    for start in range(len(lines)):
        assert ["".join(piece.text for piece in line) for line in sheet.lines(start, 3)] == lines[start : start + 3]


def test_folding_takes_lines_away_and_says_where_to_stand(sheet):
    before = len(sheet)
    customer = next(index for index, line in enumerate(shown(sheet)) if "customer" in line)
    assert sheet.toggle(customer) == customer
    assert len(sheet) == before - 3
    assert "2 members" in shown(sheet)[customer]
    assert sheet.toggle(0) is None, "text does not fold"
    sheet.fold_all(folded=True)
    assert [line.strip() for line in shown(sheet)[2:7]] == [
        "▾ {",
        '"id": "o-1",',
        '▸ "customer": {…}, 2 members',
        '▸ "items": […] 2 items',
        "}",
    ]
    sheet.fold_all(folded=False)
    assert len(sheet) == before


def test_a_text_is_found_in_every_part_in_turn_round_and_round_also_where_it_is_folded(sheet):
    sheet.fold_all(folded=True)
    assert sheet.find("rome") == 3
    stops, line = [], -1
    for _ in range(4):
        line = sheet.hit(line, forward=True)
        stops.append(shown(sheet)[line].strip())
    assert stops == ["Rome is first here", '"city": "Rome"', "and Rome again", "Rome is first here"]
    line = sheet.hit(line, forward=False)
    assert shown(sheet)[line] == "and Rome again"
    line = sheet.hit(line, forward=False)
    assert "city" in shown(sheet)[line]
    assert sheet.find("nowhere") == 0
    assert sheet.hit(0, forward=True) is None


def test_what_is_copied_is_the_value_or_its_path(sheet):
    lines = shown(sheet)
    city = next(index for index, line in enumerate(lines) if "city" in line)
    assert (sheet.value(city), sheet.path(city)) == ("Rome", "customer.city")
    items = next(index for index, line in enumerate(lines) if "items" in line)
    assert sheet.value(items).splitlines()[0] == "["
    assert (sheet.value(0), sheet.path(0)) == ("Rome is first here", "")


def test_ascii_marks_folds_with_ascii():
    part = JsonPart({"a": {"b": 1}}, ascii_only=True)
    part.toggle(1)
    assert all(piece.text.isascii() for line in part.lines(0, 1) for piece in line)


def test_a_text_of_others_is_shown_line_by_line_and_harmless_and_copied_as_it_was():
    part = body("one\ttab\n\x1b[31mred\x1b[0m\n\nend\n")
    assert [line[0].text for line in part.lines(0, 9)] == ["one tab", "\\u001b[31mred\\u001b[0m", "", "end"]
    assert part.value(1) == "\x1b[31mred\x1b[0m"


def test_what_is_wrapped_can_be_found_and_copied_by_any_of_its_lines():
    part = told("alpha beta gamma delta", "last")
    part.fit(12)
    lines = ["".join(piece.text for piece in line) for line in part.lines(0, 9)]
    assert [line.rstrip() for line in lines] == ["alpha beta", "  gamma", "  delta", "last"]
    assert part.value(2) == "alpha beta gamma delta"
    assert part.find("delta") == 1
    assert part.hit(None, forward=True) == 0
    assert part.hit(2, forward=True) is None


@given(st.text(max_size=120), st.integers(1, 40), st.integers(0, 8))
def test_no_line_is_wider_than_it_may_be_and_nothing_but_blanks_is_lost(text, width, hang):
    piece = of(text)
    lines = wrapped((piece,), width, hang)
    assert all(cells(line) <= max(8, width) for line in lines)
    together = "".join(part.text for line in lines for part in line)
    assert together.replace(" ", "") == piece.text.replace(" ", "")


def test_wide_signs_are_counted_as_two_cells():
    assert cells((Piece("日本"),)) == 4
    assert [cells(line) for line in wrapped((Piece("日本語日本語"),), 8)] == [8, 4]
