"""Payloads that a person has written: what could not be sent is refused with its line."""

import pytest

from emulator.core.written_payload import WrongPayload, payload_of, sendable


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n  "a": 1,,\n}', 2, "line 2, column"),
        ("[1]", 1, "a payload is an object"),
        ('{"a": NaN}', 1, "NaN is no JSON"),
        ('{"a": 1e999}', 1, "too large"),
        ('{"a": "\\ud800"}', 1, "surrogate"),
        ("", 1, "line 1, column 1"),
        ("[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_what_is_no_payload_is_refused_with_its_line(text, line, says):
    with pytest.raises(WrongPayload) as wrong:
        payload_of(text)
    assert wrong.value.line == line
    assert says in wrong.value.sentence


def test_a_value_is_taken_as_json_has_it():
    assert sendable('{"n": 12345678901234567890, "x": 1e3}') == {"n": 12345678901234567890, "x": 1000.0}


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 100_000, "ann"])
def test_what_could_not_be_sent_is_no_value(text):
    with pytest.raises(ValueError, match=r"."):
        sendable(text)
