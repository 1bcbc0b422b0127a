"""Rule files: what is wrong in one is told in one sentence, with the file, the line, the key and the nearest word."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.faults import FAULTS
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput, UnknownWord, UserError
from emulator.domain.moment import DAY, exact_duration, parse_duration
from emulator.loading.profiles import load_profile, profile_names
from emulator.loading.rules import parse_rules

FAULT_WORDS = ", ".join(FAULTS)
FIRST_ATTEMPTS = "this drop makes or unmakes whole deliveries, so it acts on first attempts; leave out 'attempt'"
CODE_TAG = "tag:yaml.org,2002:python/object/apply:os.getcwd"

WRONG = {
    "a misspelt fault": (
        "chaos:\n  - id: late\n    dealy: {value: 5s}\n",
        "r.yaml:3: chaos[0].dealy: unknown fault 'dealy'; did you mean 'delay'?",
    ),
    "no fault": (
        "chaos:\n  - id: late\n",
        f"r.yaml:2: chaos[0]: a rule holds one fault of {FAULT_WORDS}; found none",
    ),
    "two faults": (
        "chaos:\n  - {id: late, delay: {value: 5s}, drop: {}}\n",
        f"r.yaml:2: chaos[0]: a rule holds one fault of {FAULT_WORDS}; found delay and drop",
    ),
    "a misspelt key of a rule": (
        "chaos:\n  - id: late\n    probabilty: 0.5\n    delay: {value: 5s}\n",
        "r.yaml:3: chaos[0].probabilty: unknown key 'probabilty'; did you mean 'probability'?",
    ),
    "a misspelt key of a fault": (
        "chaos:\n  - id: late\n    reorder:\n      windw: 3\n",
        "r.yaml:3: chaos[0].reorder: give either 'window' (a number of events) or 'within' (a duration)",
    ),
    "a misspelt key beside a good one": (
        "chaos:\n  - id: late\n    reorder:\n      window: 3\n      scpoe: any\n",
        "r.yaml:5: chaos[0].reorder.scpoe: unknown key 'scpoe'; did you mean 'scope'?",
    ),
    "a misspelt choice": (
        "chaos:\n  - id: late\n    delay: {distribution: lognormall, median: 1s}\n",
        "r.yaml:3: chaos[0].delay.distribution: unknown distribution 'lognormall'; did you mean 'lognormal'?",
    ),
    "a choice that is far off": (
        "chaos:\n  - id: x\n    overlap: {scope: 7}\n",
        "r.yaml:3: chaos[0].overlap.scope: unknown scope '7'; there is across_resources, any, same_resource",
    ),
    "a misspelt mode that stands alone": (
        "chaos:\n  - id: cut\n    connection: resett\n",
        "r.yaml:3: chaos[0].connection.mode: unknown mode 'resett'; did you mean 'reset'?",
    ),
    "a fault that makes no sense there": (
        "chaos:\n  - id: cut\n    match: {transport: stomp}\n    secret: wrong\n",
        "r.yaml:3: chaos[0].match.transport: secret is about webhooks; a queue's messages have none",
    ),
    "a wrong duration": (
        "chaos:\n  - id: late\n    delay: {value: 5 seconds}\n",
        "r.yaml:3: chaos[0].delay.value: '5 seconds' is not a duration; write 250ms, 30s, 10m or 2h",
    ),
    "a duration without a unit": (
        "chaos:\n  - id: late\n    delay: {value: 5}\n",
        "r.yaml:3: chaos[0].delay.value: '5' is not a duration; write 250ms, 30s, 10m or 2h",
    ),
    "a duration beyond the calendar": (
        "chaos:\n  - id: late\n    delay: {value: 99999d}\n",
        "r.yaml:3: chaos[0].delay.value: '99999d' is too long; the longest duration is 3650d",
    ),
    "a missing parameter": (
        "chaos:\n  - id: late\n    delay: {distribution: uniform, lower: 1s}\n",
        "r.yaml:3: chaos[0].delay: 'upper' is missing",
    ),
    "bounds the wrong way round": (
        "chaos:\n  - id: late\n    delay: {distribution: uniform, lower: 5s, upper: 1s}\n",
        "r.yaml:3: chaos[0].delay.upper: is below lower (5s)",
    ),
    "a probability above 1": (
        "chaos:\n  - id: late\n    probability: 50\n    delay: {value: 5s}\n",
        "r.yaml:3: chaos[0].probability: expected 0 to 1, found 50",
    ),
    "a probability that is no number": (
        "chaos:\n  - id: late\n    probability: .nan\n    delay: {value: 5s}\n",
        "r.yaml:3: chaos[0].probability: expected 0 to 1, found nan",
    ),
    "a probability as a text": (
        "chaos:\n  - id: late\n    probability: often\n    delay: {value: 5s}\n",
        "r.yaml:3: chaos[0].probability: expected a number, found the text 'often'",
    ),
    "true for a number": (
        "chaos:\n  - id: x\n    duplicate: {copies: yes}\n",
        "r.yaml:3: chaos[0].duplicate.copies: expected a whole number, found true",
    ),
    "too small a window": (
        "chaos:\n  - id: x\n    reorder: {window: 1}\n",
        "r.yaml:3: chaos[0].reorder.window: expected 2 to 10000, found 1",
    ),
    "a count that never ends": (
        "chaos:\n  - id: x\n    times: 99999999999999999999\n    drop: {}\n",
        "r.yaml:3: chaos[0].times: expected 1 to 1000000000, found 99999999999999999999",
    ),
    "a count below the least": (
        "chaos:\n  - id: x\n    times: 0\n    drop: {}\n",
        "r.yaml:3: chaos[0].times: expected 1 or more, found 0",
    ),
    "window and within": (
        "chaos:\n  - id: x\n    reorder: {window: 3, within: 5s}\n",
        "r.yaml:3: chaos[0].reorder: give either 'window' (a number of events) or 'within' (a duration)",
    ),
    "an unknown key of a match": (
        "chaos:\n  - id: x\n    match: {evnt: 'order.*'}\n    drop: {}\n",
        "r.yaml:3: chaos[0].match.evnt: unknown key 'evnt'; did you mean 'event'?",
    ),
    "a match for no event": (
        "chaos:\n  - id: x\n    match: {event: 'ordr.*'}\n    drop: {}\n",
        "r.yaml:3: chaos[0].match.event: 'ordr.*' matches no event that can be observed; did you mean 'order.paid'?",
    ),
    "an empty match": (
        "chaos:\n  - id: x\n    match:\n    drop: {}\n",
        "r.yaml:3: chaos[0].match: expected keys and values, found nothing",
    ),
    "a fault that is switched off as if it were a switch": (
        "chaos:\n  - id: x\n    drop: false\n",
        "r.yaml:3: chaos[0].drop: expected keys and values, found false",
    ),
    "a delay that is a number": (
        "chaos:\n  - id: x\n    delay: 5\n",
        "r.yaml:3: chaos[0].delay.value: '5' is not a duration; write 250ms, 30s, 10m or 2h",
    ),
    "a drop of what was sent already": (
        "chaos:\n  - id: x\n    match: {attempt: 2}\n    drop: {}\n",
        f"r.yaml:3: chaos[0].match.attempt: {FIRST_ATTEMPTS}",
    ),
    "an empty id": (
        "chaos:\n  - id: ''\n    drop: {}\n",
        "r.yaml:2: chaos[0].id: expected a name, found an empty text",
    ),
    "an id that is a number": (
        "chaos:\n  - id: 7\n    drop: {}\n",
        "r.yaml:2: chaos[0].id: expected a text, found the number 7",
    ),
    "two rules of one id": (
        "chaos:\n  - {id: x, drop: {}}\n  - {id: x, hold: {}}\n",
        "r.yaml:3: chaos[1]: there are two rules with the id 'x'; give one another id",
    ),
    "a rule that is a text": (
        "chaos:\n  - drop\n",
        "r.yaml:2: chaos[0]: expected keys and values, found the text 'drop'",
    ),
    "rules that are no list": ("chaos: {id: x, drop: {}}\n", "r.yaml:1: chaos: expected a list of rules"),
    "rules that are switched off": ("chaos: false\n", "r.yaml:1: chaos: expected a list of rules"),
    "a misspelt key of the file": (
        "description: x\nchoas: []\n",
        "r.yaml:2: choas: unknown key 'choas'; did you mean 'chaos'?",
    ),
    "a key twice": (
        "chaos:\n  - id: x\n    drop: {}\n    id: y\n",
        "r.yaml:4: 'id' stands here twice; the first is on line 2",
    ),
    "a list for a file": ("- 1\n", "r.yaml:1: expected keys and values, found a list"),
    "a date that does not exist": (
        "description: !!timestamp 2026-13-45\n",
        "r.yaml: this is not YAML: month must be in 1..12",
    ),
    "a tag that would run code": (
        "description: !!python/object/apply:os.getcwd []\n",
        f"r.yaml:1:14: this is not YAML: could not determine a constructor for the tag '{CODE_TAG}'",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_rules(text, "r.yaml")
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("chaos: [\n", "what was opened before it closed?"),
        ("chaos:\n- id: x\n  drop:\n - id: y\n", "is it indented as what stands beside it"),
        ("chaos:\n\t- x\n", "YAML is indented by spaces, and here is a tab"),
        ("chaos: []\n---\nchaos: []\n", ""),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^r\.yaml:\d:\d+: this is not YAML: .*{re.escape(hint)}"):
        parse_rules(text, "r.yaml")


@pytest.mark.parametrize("text", ["", "chaos:\n", "chaos: []\n", "# nothing\n"])
def test_an_empty_file_has_no_rules(text: str) -> None:
    assert parse_rules(text, "r.yaml").rules == ()


def test_a_fault_without_parameters_needs_no_braces() -> None:
    [rule] = parse_rules("chaos:\n  - id: x\n    duplicate:\n", "r.yaml").rules
    assert rule.describe()["duplicate"]["copies"] == 1


def test_aliases_are_read_once_however_often_they_are_repeated() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    with pytest.raises(InvalidInput, match="unknown key 'a0'"):
        parse_rules(bomb, "r.yaml")


def test_an_alias_of_itself_ends() -> None:
    with pytest.raises(InvalidInput, match=r"^r\.yaml:1:12: chaos\.x: this contains itself"):
        parse_rules("chaos: &a {x: *a}\n", "r.yaml")


@pytest.mark.parametrize("text", ["[" * 5_000 + "]" * 5_000, "- " * 5_000, "[" * 200_000, "- " * 200_000])
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"r\.yaml: this is nested too deeply"):
        parse_rules(text, "r.yaml")


def sentence_of(text: str) -> str | None:
    try:
        parse_rules(text, "r.yaml")
    except InvalidInput as error:
        return error.sentence
    return None


@given(st.text(max_size=60) | st.text("[]{}:-?&*!#'\" \nab01", max_size=60))
def test_no_text_whatever_gives_anything_but_rules_or_one_sentence(text: str) -> None:
    sentence = sentence_of(text)
    assert sentence is None or (sentence.startswith("r.yaml") and "\n" not in sentence)


def micros(most: int = 3650 * DAY) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda value: f"{value}us")


FAULT_MAPPINGS: dict[str, st.SearchStrategy[Any]] = {
    "delay": st.fixed_dictionaries(
        {"distribution": st.just("exponential"), "mean": micros()}, optional={"max": micros()}
    ),
    "reorder": st.one_of(
        st.fixed_dictionaries({"window": st.integers(2, 10_000)}),
        st.fixed_dictionaries({"within": micros()}, optional={"scope": st.sampled_from(["any", "across_resources"])}),
    ),
    "overlap": st.fixed_dictionaries({}, optional={"count": st.integers(2, 64)}),
    "duplicate": st.fixed_dictionaries(
        {}, optional={"copies": st.integers(1, 1000), "spacing": micros(), "identity": st.sampled_from(["same"])}
    ),
    "drop": st.just({}),
    "hold": st.just({}),
    "outage": st.fixed_dictionaries({}, optional={"after": st.just("30s") | st.just(3), "for": st.just("2m")}),
    "ack_loss": st.fixed_dictionaries({}, optional={"times": st.integers(1, 1000)}),
    "connection": st.one_of(
        st.sampled_from(["reset", "close_early", "timeout"]),
        st.fixed_dictionaries(
            {"mode": st.just("dribble")}, optional={"chunk": st.integers(1, 9), "delay": st.just("1s")}
        ),
        st.fixed_dictionaries({"mode": st.just("timeout"), "delay": micros(600_000_000)}),
        st.fixed_dictionaries({"mode": st.just("limit"), "bytes": st.integers(0, 9)}),
        st.fixed_dictionaries({"mode": st.just("bandwidth"), "rate": st.integers(1, 9)}),
    ),
    "corrupt": st.sampled_from(["truncate", "malformed_json", "bitflip", "charset", "headers"]),
    "secret": st.fixed_dictionaries(
        {"value": st.sampled_from(["missing", "wrong", "empty"])},
        optional={"in": st.sampled_from(["header", "body", "both"])},
    ),
    "payload": st.one_of(
        st.sampled_from(["stale", "unknown_field", "omit_field", "elide_included", "tie"]),
        st.fixed_dictionaries({"mode": st.just("omit_field"), "path": st.just("included.items[0].name")}),
    ),
    "api": st.fixed_dictionaries(
        {"latency": micros()},
        optional={
            "calls": st.sampled_from(["GET /v2/orders*", "/v2/carts/*", "*"]),
            "error": st.integers(400, 599),
            "rate_limit": st.fixed_dictionaries({"limit": st.integers(0, 1000)}, optional={"retry_after": micros()}),
        },
    ),
}


@given(st.data(), st.sampled_from(sorted(FAULTS)), st.floats(0, 1), st.none() | st.integers(1, 1000))
def test_a_rule_is_written_back_as_the_very_same(data: Any, kind: str, probability: float, times: int | None) -> None:
    """The journal keeps rules as they are described, so a restart must read the same ones."""
    match = {"event": "order.*", "integration": "shop", "transport": "webhook", "resource": "order:1", "attempt": 1}
    mapping: dict[str, Any] = {"id": "x", "probability": probability, kind: data.draw(FAULT_MAPPINGS[kind])}
    if kind != "api":
        mapping["match"] = match
    if times is not None:
        mapping["times"] = times
    rule = Rule.parse(mapping)
    assert Rule.parse(rule.describe()) == rule


@given(st.integers(0, 3650 * DAY))
def test_an_exact_duration_is_read_back_as_the_very_same(value: int) -> None:
    assert parse_duration(exact_duration(value)) == value


@pytest.mark.parametrize(("text", "value"), [("1h30m", 5_400_000_000), ("1.5s", 1_500_000), ("0s", 0), ("1d", DAY)])
def test_durations_are_read_as_people_write_them(text: str, value: int) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "s", "-1s", "1 s", "1", "1w", "1s ", "9" * 400 + "d", None, 5])
def test_what_is_no_duration_is_refused(text: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_duration(text)


def test_the_shipped_profiles_are_those_of_the_vocabulary_and_load() -> None:
    assert profile_names() == ["off", "at_least_once", "documented", "hostile", "jittery", "lost_acks", "outage"]
    for name in profile_names():
        loaded = load_profile(name)
        assert loaded.description
        assert bool(loaded.rules) is (name != "off")


@pytest.mark.parametrize("name", ["documented", "at_least_once", "jittery", "lost_acks"])
def test_no_profile_but_hostile_does_what_the_provider_rules_out(name: str) -> None:
    assert {FAULTS[rule.fault.kind].legality.value for rule in load_profile(name).rules} == {"documented"}


def test_an_unknown_profile_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownWord, match="unknown profile 'documentd'; did you mean 'documented'"):
        load_profile("documentd")


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("chaos:\n  - {id: x, drop: {}}\n")
    assert [rule.id for rule in load_profile(str(path)).rules] == ["x"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"the profile .*mine\.yaml cannot be read"):
        load_profile(str(path))
