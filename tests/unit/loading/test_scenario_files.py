"""Scenario files: what they say, and how mistakes in them are told."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from emulator.core.acts import Beat, Until, acts_of
from emulator.core.step import Heal, Misbehave, Settle, Sleep, Trigger
from emulator.domain.errors import InvalidInput, UnknownWord, UserError
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import MINUTE, SECOND
from emulator.loading.scenario_schema import scenario_schema
from emulator.loading.scenarios import load_scenario, parse_scenario, scenario_text
from emulator.loading.steps import ACTIONS

WHOLE = """\
name: everything
description: All that there is
seed: 42
clock: {mode: scaled, speed: 10, start: "2026-03-01T00:00:00Z"}
profile: documented
stagger: 2s
time_limit: 1m
integrations:
  - {name: shop, url: "${RECEIVER_URL}/hook", observes: ["order.*"], secret_key: s}
  - {name: queue, type: aws_sqs, enabled: false}
receiver: {command: "run {port}", url: "http://localhost:{port}", reset: "curl ${NOWHERE:-here}"}
steps:
  - {trigger: order.created, as: o1}
  - settle
chaos:
  - {id: late, delay: {value: 1s}}
expect:
  - eventually: {event: order.created}
"""


def _steps(*steps: str, env: dict[str, str] | None = None) -> list[Any]:
    text = "steps:\n" + "".join(f"  - {step}\n" for step in steps)
    return list(acts_of(parse_scenario(text, "x.yaml", env or {})))


def _times(acts: list[Any]) -> list[tuple[int, str]]:
    """When each event is raised and what each other act is, in seconds."""
    now, found = 0, []
    for act in acts:
        if isinstance(act, Sleep | Beat):
            now += act.micros
        elif isinstance(act, Until):
            now = max(now, act.micros)
        else:
            found.append((now, act.alias or act.key if isinstance(act, Trigger) else type(act).__name__))
    return [(micros // SECOND, what) for micros, what in found]


def test_a_scenario_says_everything() -> None:
    scenario = parse_scenario(WHOLE, "x.yaml", {"RECEIVER_URL": "http://localhost:8000"})
    shop, queue = scenario.integrations
    assert (scenario.name, scenario.seed, scenario.profile) == ("everything", 42, "documented")
    assert (scenario.clock.mode, scenario.clock.speed) == ("scaled", 10.0)
    assert (scenario.stagger, scenario.time_limit) == (2 * SECOND, MINUTE)
    assert dict(shop.configuration) == {"url": "http://localhost:8000/hook", "secret_key": "s"}
    assert (queue.integration_type, queue.enabled, queue.observes) == (IntegrationType.AWS_SQS, False, ("*",))
    assert scenario.receiver.reset == "curl here"
    assert [rule.id for rule in scenario.rules] == ["late"]
    assert len(scenario.expect) == 1


@pytest.mark.parametrize(
    ("steps", "times"),
    [
        (["{trigger: order.paid}", "{trigger: order.paid}"], [(0, "order.paid"), (1, "order.paid")]),
        (["{trigger: order.paid}", "{trigger: order.paid, after: 5m}"], [(0, "order.paid"), (300, "order.paid")]),
        (
            ["{trigger: order.paid, at: 9s}", "{sleep: 3s}", "{trigger: order.paid}"],
            [(9, "order.paid"), (12, "order.paid")],
        ),
        (["{trigger: cart.updated, count: 2, as: 'c{{n}}'}"], [(0, "c1"), (0, "c2")]),
        (["{trigger: cart.updated, burst: {count: 3, over: 6s}, as: 'c{{n}}'}"], [(0, "c1"), (2, "c2"), (4, "c3")]),
        (["{trigger: cart.updated, rate: 1/2s, count: 2, as: 'c{{n}}'}"], [(0, "c1"), (2, "c2")]),
        (["{trigger: cart.updated, rate: 1/s, for: 3s, as: 'c{{n}}'}"], [(0, "c1"), (1, "c2"), (2, "c3")]),
        (
            ["repeat: {count: 2, steps: [{trigger: order.created, as: 'o{{n}}'}, {sleep: 4s}]}"],
            [(0, "o1"), (4, "o2")],
        ),
        (
            ["{trigger: order.paid}", "{pause: shop}", "{trigger: order.paid}"],
            [(0, "order.paid"), (0, "Pause"), (1, "order.paid")],
        ),
        (
            ["{pause: shop}", "{trigger: order.paid}", "{resume: shop, after: 9s}", "{trigger: order.paid}"],
            [(0, "Pause"), (0, "order.paid"), (9, "Resume"), (10, "order.paid")],
        ),
        (
            ["{trigger: order.paid}", "{chaos: {add: [{id: x, drop: }]}, at: 9s}", "{trigger: order.paid, after: 3s}"],
            [(0, "order.paid"), (9, "Misbehave"), (12, "order.paid")],
        ),
        (["{trigger: order.paid}", "{sleep: 5s, after: 9s}", "heal"], [(0, "order.paid"), (14, "Heal")]),
        (
            ["{phase: bad, after: 9s, chaos: [{id: x, drop: }], steps: [{trigger: order.paid}]}"],
            [(9, "Misbehave"), (9, "order.paid"), (9, "Misbehave")],
        ),
        (
            ["repeat: {count: 2, steps: [{pause: shop, at: 9s}, {trigger: order.paid, after: 3s}]}"],
            [(9, "Pause"), (12, "order.paid"), (12, "Pause"), (15, "order.paid")],
        ),
        (
            ["{repeat: {count: 2, steps: [{release: , after: 2s}]}, at: 5s}", "{trigger: order.paid, at: 4s}"],
            [(7, "Release"), (9, "Release"), (9, "order.paid")],
        ),
        (["{mix: {count: 1, of: [{heal: , at: 7s}]}, after: 2s}", "{settle: , at: 8s}"], [(7, "Heal"), (8, "Settle")]),
    ],
)
def test_steps_happen_when_they_say(steps: list[str], times: list[tuple[int, str]]) -> None:
    assert _times(_steps(*steps)) == times


def test_a_ramp_grows_evenly() -> None:
    acts = _steps("{trigger: cart.updated, ramp: {from: 1/s, to: 9/s, over: 10s}, as: 'c{{n}}'}")
    times = [second for second, _ in _times(acts)]
    assert len(times) == 50
    assert times == sorted(times)
    assert (sum(second < 5 for second in times), sum(second >= 5 for second in times)) == (15, 35)


def test_a_phase_has_rules_of_its_own() -> None:
    acts = _steps("{phase: bad, chaos: [{id: lost, ack_loss: {}}], steps: [{trigger: order.paid}]}", "heal")
    kinds = [type(act) for act in acts]
    assert kinds == [Misbehave, Trigger, Misbehave, Heal]
    assert ([rule.id for rule in acts[0].add], acts[2].remove) == (["lost"], ("lost",))


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ("heal", []),
        ("{chaos: {remove: lost}}", ["late"]),
        ("{chaos: {remove: [lost], add: [{id: lost, drop: }]}}", ["late"]),
        ("{phase: worse, chaos: [{id: odd, drop: }], steps: [heal]}", []),
        ("{repeat: {count: 1, steps: [{chaos: {remove: [late, lost]}}]}}", []),
        ("{chaos: {add: [{id: odd, drop: }]}}", ["lost", "late"]),
    ],
)
def test_the_end_of_a_phase_takes_away_what_is_left_of_its_rules(inside: str, left: list[str]) -> None:
    phase = f"{{phase: bad, chaos: [{{id: lost, ack_loss: {{}}}}, {{id: late, delay: 1s}}], steps: [{inside}, settle]}}"
    last = _steps(phase)[-1]
    assert list(last.remove if isinstance(last, Misbehave) else ()) == left


def test_a_mix_is_drawn_by_weight_and_the_same_every_time() -> None:
    step = "mix: {count: 400, of: [{trigger: cart.updated, weight: 3}, {trigger: product.updated}]}"
    drawn = [act.key for act in _steps(step) if isinstance(act, Trigger)]
    assert drawn == [act.key for act in _steps(step) if isinstance(act, Trigger)]
    assert 260 < drawn.count("cart.updated") < 340


def test_settle_is_a_word_or_a_key() -> None:
    assert [type(act) for act in _steps("settle", "settle: null", "{trigger: order.paid}")] == [Settle, Settle, Trigger]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("steps:", "stesp:", "x.yaml:12:1: stesp: unknown key 'stesp'; did you mean 'steps'?"),
        (
            "{trigger: order.created",
            "{triger: order.created",
            "x.yaml:13:6: steps[0].triger: unknown step 'triger'",
        ),
        (
            "order.created, as",
            "order.creatd, as",
            "x.yaml:13:6: steps[0].trigger: unknown event key 'order.creatd'; did",
        ),
        ("- settle", "- settl", "x.yaml:14:5: steps[1].settl: unknown step 'settl'; did you mean 'settle'?"),
        ("delay: {value: 1s}", "dealy: {value: 1s}", "chaos[0].dealy: unknown fault 'dealy'; did you mean 'delay'?"),
        ("{value: 1s}", "{value: 1 s}", "x.yaml:16:24: chaos[0].delay.value: '1 s' is not a duration"),
        ("mode: scaled", "mode: scald", "x.yaml:4:9: clock.mode: unknown mode 'scald'; did you mean 'scaled'?"),
        ("mode: scaled", "mode: virtual", "clock.speed: a virtual clock has no speed"),
        (
            "profile: documented",
            "profile: documentd",
            "unknown profile 'documentd'; did you mean 'documented'?",
        ),
        ("type: aws_sqs", "type: aws-sqs", "integrations[1].type: unknown type 'aws-sqs'; did you mean 'aws_sqs'?"),
        (
            "type: aws_sqs",
            "type: aws_sqs, url: 'http://localhost:1/1/q', region: eu-west-1",
            "x.yaml:10:34: integrations[1].url: a queue with a url needs aws_access_key_id, aws_secret_access_key too",
        ),
        (
            "type: aws_sqs",
            "type: stomp, addresses: ['stomp://localhost:1']",
            "integrations[1].addresses: a queue with addresses needs destination too; without addresses, one is",
        ),
        ('["order.*"]', '["ordr.*"]', "integrations[0].observes[0]: 'ordr.*' matches no event"),
        ("name: queue", "name: shop", "integrations[1]: there are two integrations called 'shop'"),
        ("${RECEIVER_URL}", "${RECIVER_URL}", "integrations[0].url: the environment has no RECIVER_URL; set it"),
        (
            "eventually:",
            "eventualy:",
            "unknown expectation 'eventualy'; did you mean 'eventually'?",
        ),
        ("  - {trigger: order.created, as: o1}\n  - settle\n", "  []\n", "steps: nothing happens in it"),
        ("seed: 42", "seed: 42\nseed: 43", "'seed' stands here twice"),
        ("as: o1", "as: o1, at: 1s, after: 2s", "keep one"),
        ("as: o1", "as: o1, count: 2", "one name cannot stand for several"),
        ("as: o1", "rate: 5/s", "how many is missing"),
        ("as: o1", "burst: {count: 2}, count: 3", "the burst says that itself"),
        ("- settle", "- traffic: {rate: 5/s}", "steps[1].traffic.for: it would never end"),
        ("- settle", "- traffic: {rate: 0/s, count: 3}", "steps[1].traffic.rate: a rate is above 0"),
        ("as: o1", "rate: 0/s, for: 5s", "x.yaml:13:30: steps[0].rate: a rate is above 0"),
        ("as: o1", "rate: 0/s, count: 5", "x.yaml:13:30: steps[0].rate: a rate is above 0"),
        ("as: o1", "ramp: {from: 0/s, to: 0/s, over: 5s}", "steps[0].ramp.to: a ramp from 0 leads to a rate above 0"),
        ("- settle", "- traffic: {rate: 5/s, for: 1s, mix: {order: true}}", "traffic.mix.order: expected a number"),
        ("speed: 10", "speed: .inf", "x.yaml:4:23: clock.speed: expected a finite number, found inf"),
        (
            "- settle",
            "- mix: {count: 1, of: [{weight: 1e400, settle: }]}",
            "mix.of[0].weight: expected a finite number",
        ),
        ("speed: 10", f"speed: {10**400}", "clock.speed: expected 0.001 to 1e+06"),
        ("speed: 10", "speed: 1e9", "clock.speed: expected 0.001 to 1e+06"),
        (
            "- settle",
            "- {trigger: order.paid, of: o1, override: {data.n: [.nan]}}",
            "override.data.n[0]: expected a fin",
        ),
        ("2026-03-01T00:00:00Z", "9999-12-31T23:59:59Z", "x.yaml:4:34: clock.start: '9999-12-31T23:59:59Z' is beyond"),
        ("secret_key: s", "secret_key: 5", "integrations[0].secret_key: expected a text, found the number 5"),
        ("- settle", "- {phase: p, chaos: null, steps: []}", "steps[1].chaos: expected a list of rules"),
        ("- settle", "- chaos: [{drop: {}}]", "steps[1].chaos: as a step, expected what to add and what to remove"),
        ("as: o1", "sleep: 3s", "a step does one thing; found trigger and sleep"),
        (
            "- settle",
            "- {trigger: order.paid, of: o2}",
            "x.yaml:14:27: steps[1].of: no step before it makes a resource called 'o2'; there is o1",
        ),
        (
            "- settle",
            "- {trigger: order.paid, override: {data.note: 'after {{ordr.id}}'}}",
            "x.yaml:14:38: steps[1].override.data.note: no step before it makes a resource called 'ordr'",
        ),
        (
            "- settle",
            "- repeat: {count: 2, steps: [{trigger: order.paid, of: 'p{{n}}'}]}",
            "steps[1].repeat.steps[0].of: no step before it makes a resource called 'p1'",
        ),
        ("{name: queue", "{nmae: queue", "integrations[1].nmae: 'name' is missing; did you mean it by 'nmae'?"),
        ("- settle", "- {pause: shp}", "x.yaml:14:6: steps[1].pause: unknown integration 'shp'; did you mean 'shop'?"),
        (
            "{id: late,",
            "{id: late, match: {integration: shp*},",
            "x.yaml:16:24: chaos[0].match.integration: unknown integration 'shp*'; did you mean 'shop'?",
        ),
        (
            "{id: late,",
            "{id: late, match: {resource: o9},",
            "x.yaml:16:24: chaos[0].match.resource: no step makes a resource called 'o9'; there is o1",
        ),
        (
            "{id: late, delay: {value: 1s}}",
            "{id: cut, match: {integration: queue}, connection: reset}",
            "x.yaml:16:44: chaos[0].connection: connection is about the socket of a webhook;",
        ),
        (
            "- settle",
            "- {phase: bad, chaos: [{id: who, match: {integration: queue}, secret: wrong}], steps: [settle]}",
            "steps[1].chaos[0].secret: secret is about webhooks; a queue's messages have none",
        ),
        ("${RECEIVER_URL}/hook", "localhost:8000", "integrations[0].url: 'localhost:8000' is no address of a webhook"),
        ("{id: late,", "{id: late, probability: 1e3,", "chaos[0].probability: expected 0 to 1, found 1000.0"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_right_word(old: str, new: str, sentence: str) -> None:
    assert old in WHOLE
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(WHOLE.replace(old, new, 1), "x.yaml", {"RECEIVER_URL": "http://localhost:8000"})
    assert sentence in str(caught.value)


def test_what_the_environment_lacks_is_told() -> None:
    with pytest.raises(InvalidInput, match="set it, or run it with --forward-to URL"):
        parse_scenario(WHOLE, "x.yaml", {})


@pytest.mark.parametrize(("text", "number"), [("1e-3", 0.001), ("2E-1", 0.2), ("1.e-2", 0.01), ("1.5e-2", 0.015)])
def test_a_number_with_an_exponent_is_a_number(text: str, number: float) -> None:
    """YAML 1.1, which PyYAML reads, has texts of them where the point or the sign is missing."""
    scenario = parse_scenario(f"steps: [settle]\nchaos: [{{probability: {text}, drop: }}]", "x.yaml", {})
    assert scenario.rules[0].probability == number


def test_names_that_are_known_are_let_be() -> None:
    parse_scenario(
        """\
steps:
  - {trigger: order.created, as: "o{{n}}", count: 3}
  - {phase: bad, chaos: [{match: {resource: later}, drop: }], steps: [{trigger: order.paid, as: later}]}
  - {trigger: order.paid, of: o3}
  - {trigger: order.fulfilled, of: "{{o3.id}}"}
  - {trigger: order.fulfilled, of: "order:1", only: true}
  - {trigger: order.fulfilled, of: last}
  - {trigger: order.fulfilled, of: 0c5ee1a0-5e5a-4b12-9c5b-6f8a0e4f1c11}
  - {pause: anybody}
  - mix: {count: 2, of: [{trigger: cart.updated, as: c1}, {trigger: cart.updated, of: o1}]}
chaos: [{match: {resource: o2, integration: "*"}, connection: reset}]
""",
        "x.yaml",
        {},
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("b.yaml", b"steps:\n\xff", r"b\.yaml:2: this is not UTF-8 text; is it a scenario\?"),
        ("d.yaml", None, r"d\.yaml is a directory; name a scenario file"),
        ("large.yaml", b"#" * 5_000_001, r"large\.yaml: this has 5MB, and a scenario at most 5MB; .* repeat, count"),
        ("plain", b"steps: [settle]", r"plain is a file, and the name of a scenario's ends in \.yaml"),
        ("empty.yaml", b"", r"empty\.yaml:1:1: 'steps' is missing"),
        ("nul.yaml", b"seed: 1\0", r"nul\.yaml: this is not YAML: unacceptable character"),
    ],
)
def test_a_file_that_cannot_be_a_scenario(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    file = tmp_path / name
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        load_scenario(str(file), {})


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfseed: 5\nsteps: [settle]\n")
    assert load_scenario(str(tmp_path / "x.yaml"), {}).seed == 5


def test_a_file_that_is_not_there_and_a_name_that_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="scenario new"):
        load_scenario(str(tmp_path / "none.yaml"), {})
    with pytest.raises(UnknownWord, match="unknown scenario"):
        load_scenario("nothing-of-the-kind", {})


def test_the_schema_takes_what_the_loader_takes() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = yaml.safe_load(WHOLE)
    jsonschema.validate(document, schema)
    for steps in ("[{repeat: {count: 2, steps: []}}]", "[{phase: p, steps: []}]"):
        parse_scenario(f"steps: {steps}", "x.yaml", {})
        jsonschema.validate({"steps": yaml.safe_load(steps)}, schema)
    for wrong in (
        {**document, "stesp": []},
        {**document, "steps": [{"triger": "order.paid"}]},
        {**document, "steps": [{"trigger": "order.payed"}]},
        {**document, "chaos": [{"dealy": {}}]},
        {**document, "chaos": [{"delay": {}, "drop": {}}]},
        {**document, "profile": "documentd"},
        {**document, "integrations": [{"name": "q", "type": "aws_sqs", "url": "http://localhost:1/1/q"}]},
        {**document, "integrations": [{"name": "q", "type": "stomp", "addresses": ["stomp://localhost:1"]}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_every_example_of_a_fault_is_a_rule_by_the_schema() -> None:
    page = (Path(__file__).parents[3] / "docs" / "chaos.md").read_text(encoding="utf-8")
    schema = scenario_schema()
    validator = jsonschema.Draft202012Validator({"$ref": "#/$defs/rule", "$defs": schema["$defs"]})
    examples = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(id:.*?)```", page, re.DOTALL)]
    assert len(examples) > 5
    for example in examples:
        validator.validate(example)
    json.dumps(schema)


def test_the_examples_of_the_page_are_scenarios() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        scenario = parse_scenario(example, "page.yaml", {"RECEIVER_URL": "http://localhost:8000"})
        assert list(acts_of(scenario))
        jsonschema.validate(yaml.safe_load(example), scenario_schema())


def test_the_page_names_every_step() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    table = re.search(r"\| step \|.*?\n\n", page, re.DOTALL)
    assert table
    named = [line.split("|")[1] for line in table[0].splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", "".join(named))) == set(ACTIONS)


def test_a_file_that_is_not_there_is_told_with_the_nearest_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shipping.yaml").touch()
    with pytest.raises(UserError, match=r"no scenario file shiping\.yaml; did you mean 'shipping\.yaml'\?$"):
        scenario_text("shiping.yaml")
    with pytest.raises(UserError, match=r"no scenario file other\.yaml; write one with: epcc-emulator scenario new"):
        scenario_text("other.yaml")


def test_a_profile_that_is_not_there_is_told_where_it_stands() -> None:
    with pytest.raises(InvalidInput, match=r"s\.yaml:1:1: profile: there is no file \./nowhere\.yaml$"):
        parse_scenario("profile: ./nowhere.yaml\nsteps: [{trigger: order.paid}]\n", "s.yaml", {})


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "{trigger: order.paid, rate: 999999999/s, for: 3650d}",
            r"\.for: that would be .* and a step happens 1,000,000",
        ),
        ("{trigger: order.paid, ramp: {from: 0/s, to: 9999/s, over: 30d}}", r"ramp\.over: that would be .* times, and"),
    ],
)
def test_a_step_that_happens_too_often_is_refused(step: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_scenario(f"steps: [{step}]\n", "s.yaml", {})


def test_aliases_that_repeat_each_other_without_measure_are_refused() -> None:
    rows = "".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(InvalidInput, match="with what its aliases repeat, this comes to over 1,000,000 values"):
        parse_scenario(f"steps:\n  - &a0 [x]\n{rows}", "s.yaml", {})


def test_a_ramp_down_to_nothing_gets_slower() -> None:
    (step,) = parse_scenario(
        "steps: [{trigger: order.paid, ramp: {from: 2/s, to: 0/s, over: 10s}}]\n", "s.yaml", {}
    ).steps
    assert isinstance(step, Trigger)
    offsets = step.load.offsets()
    gaps = [later - earlier for earlier, later in pairwise(offsets)]
    assert (len(offsets), offsets[0]) == (10, 0)
    assert gaps == sorted(gaps)
    assert gaps[-1] > 2 * gaps[0]
