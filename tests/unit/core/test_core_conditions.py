"""`when`: what it says of a message, and how a mistake in it is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.condition import Condition
from emulator.domain.errors import InvalidInput

ROOTS = ("event", "data", "attempt")
NAMES: dict[str, Any] = {
    "event": "order.paid",
    "attempt": 2,
    "data": {"payment": "paid", "n": 5, "part": 0.5, "list": [{"a": 1}, {"a": 2}], "ok": True, "none": None, "a-b": 1},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("data.payment == 'paid'", True),
        ('data.payment != "paid"', False),
        ("data.n > 4 and data.n >= 5 and data.n < 6 and data.n <= 5", True),
        ("data.part == 0.5", True),
        ("data.n == -5", False),
        ("data.n == 5e0 and data.n < 1E3 and data.part == 50e-2", True),
        ("data.n < 1e999", True),
        ("event == 'order.paid' or data.n == 6", True),
        ("data.n == 6 or data.n == 7 and data.ok", False),
        ("(data.n == 5 or data.n == 7) and data.ok", True),
        ("not data.ok", False),
        ("not not data.ok", True),
        ("not (attempt == 1 or attempt == 2)", False),
        ("data.list[1].a == 2", True),
        ("data.list[7].a == null", True),
        ("data.list.1.a == 2", True),
        ("data.list.² == null", True),
        ("data.list.١ == null", True),
        (f"data.list[{'9' * 5000}] == null", True),
        (f"data.n < {'9' * 300}", True),
        (f"data.part < {'9' * 300}", True),
        ("data.nothing.at.all == null", True),
        ("data.nothing > 1", False),
        ("data.none == null", True),
        ("data.n < 'text'", False),
        ("data.ok == 1", False),
        ("data.ok == true", True),
        ("data.ok > 0", False),
        ("data.a-b == 1", True),
        ("event in ['order.paid', 'order.created']", True),
        ("data.n not in [1, 2, 3]", True),
        ("'ai' in data.payment", True),
        ("'payment' in data", True),
        ("1 in data.list", False),
        ("1 in data.n", False),
        ("data.payment", True),
        ("data.none", False),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool) -> None:
    assert Condition.parse(text, ROOTS).holds(NAMES) is holds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is empty; write data.payment == 'paid'"),
        ("data.n = 5", "at character 8: '=' is not understood; equal is written =="),
        ("dta.n == 5", "at character 1: nothing here is called 'dta'; did you mean 'data'?"),
        ("qqqq.n == 5", "nothing here is called 'qqqq'; there is attempt, data, event"),
        ("data.n == 5 data.ok", "at character 13: 'data.ok' does not belong here; put 'and' or 'or' before it"),
        ("(data.n == 5", "at character 13: expected ')', found the end"),
        ("data.n == 'x", "a text ends with the quote that it begins with"),
        ("data.n == [1, 2", "expected ',', found the end"),
        ("and", "expected a path or a value, found 'and'"),
        ("data.n in", "expected a path or a value, found the end"),
        ("data.n not 5", "expected 'in', found '5'"),
        ("data.n == 5)", "')' does not belong here"),
        ("__import__('os')", "nothing here is called '__import__'"),
        ("(" * 60 + "1" + ")" * 60, "it is nested too deeply"),
        ("[" * 60 + "1" + "]" * 60, "it is nested too deeply"),
        ("[" * 2000, "it is nested too deeply"),
        (f"data.n == {'9' * 5000}", "at character 11: a number has at most 300 digits"),
        (f"data.n == {'9' * 5000}.5", "at character 11: a number has at most 300 digits"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Condition.parse(text, ROOTS, "match", "when")
    assert sentence in str(caught.value)
    assert caught.value.path == ("match", "when")


@given(text=st.text(alphabet="data.n=<>()[]'\"andor ti5,", max_size=30))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        condition = Condition.parse(text, ROOTS)
    except InvalidInput:
        return
    assert condition.holds(NAMES) in (True, False)
    assert condition == Condition.parse(text, ROOTS)
