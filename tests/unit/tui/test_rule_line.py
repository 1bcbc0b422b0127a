"""RuleLine: a typed rule, and where each of its parts stands."""

import pytest

from emulator.core.rule import Rule
from tui.model.rule_line import Place, WrongLine, completion, parse_rule


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("drop", {"drop": {}}),
        ("delay --value 5s --probability 0.3", {"probability": 0.3, "delay": {"value": "5s"}}),
        ("reorder --match 'order.*' --window=3", {"match": {"event": "order.*"}, "reorder": {"window": 3}}),
        ("delay 5s", {"delay": {"value": "5s"}}),
        ("connection reset --attempt 1", {"match": {"attempt": 1}, "connection": {"mode": "reset"}}),
        ("secret wrong --in header", {"secret": {"value": "wrong", "in": "header"}}),
        ("ack-loss --fault-times 2 --times 3", {"times": 3, "ack_loss": {"times": 2}}),
        ("drop --after 3 --for 10m --id gone", {"after": 3, "for": "10m", "id": "gone", "drop": {}}),
        ("epcc-emulator chaos add outage --after 5s", {"after": "5s", "outage": {}}),
        (
            """drop --when "data.payment == 'paid'" --resource-type order""",
            {"match": {"when": "data.payment == 'paid'", "resource_type": "order"}, "drop": {}},
        ),
    ],
)
def test_a_line_is_what_the_command_line_would_send(line: str, rule: dict[str, object]) -> None:
    parsed = parse_rule(line).rule
    assert parsed == rule
    Rule.parse(parsed)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("delay --value 5x", "5x"),
        ("delay --match order.payd --value 5s", "order.payd"),
        ("delay --value 5s --transport carrier-pigeon", "carrier-pigeon"),
        ("delay --value=5x", "5x"),
        ("delay --value 5s --probability=2", "2"),
        ("delay --value 5s --spread 2s", "2s"),
        ("dealy --value 5s", "dealy"),
    ],
)
def test_what_the_reader_of_rules_complains_of_has_its_place(line: str, part: str) -> None:
    from emulator.domain.errors import InvalidInput, render_path

    parsed = parse_rule(line)
    with pytest.raises(InvalidInput) as refused:
        Rule.parse(parsed.rule)
    place = parsed.place_of(render_path(refused.value.path))
    assert place is not None
    assert line[place.start : place.end] == part


@pytest.mark.parametrize(
    ("line", "place", "sentence"),
    [
        ("", Place(0, 1), "begin with a fault: delay"),
        ("--match order.paid", Place(0, 7), "begin with a fault: delay"),
        ("delay --value", Place(13, 14), "'--value' needs a value"),
        ("drop 5s", Place(5, 7), "'5s' is neither an option nor the value of one"),
        ("drop --match 'order.*", Place(13, 21), "this quote is not closed"),
        ("drop --match order.* twice", Place(21, 26), "'twice' is neither an option nor the value of one"),
    ],
)
def test_a_wrong_line_says_where(line: str, place: Place, sentence: str) -> None:
    with pytest.raises(WrongLine) as wrong:
        parse_rule(line)
    assert wrong.value.place == place
    assert sentence in wrong.value.sentence


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("dup", "duplicate"),
        ("delay --prob", "delay --probability"),
        ("drop --resource_t", None),
        ("drop --resource-t", "drop --resource-type"),
        ("", None),
        ("delay ", None),
        ("delay 'a", None),
        ("delay --value 5", None),
    ],
)
def test_the_last_word_is_completed(line: str, whole: str | None) -> None:
    assert completion(line) == whole
