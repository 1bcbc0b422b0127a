"""`plan` and `run` as their user has them: planned, saved, edited, played, kept, and replayed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from emulator.harness.local import LocalEmulator

STORY = """\
seed: 5
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created, order.paid, order.fulfilled]}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.fulfilled, of: o1}
chaos: [{id: unheard, match: {event: order.paid}, ack_loss: {times: 1}}]
"""
Command = Callable[..., Any]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.yaml"
    path.write_text(STORY, encoding="utf-8")
    return path


def _heard(receiver: Any) -> list[tuple[str, int]]:
    return [(one["event"], one["attempt"]) for one in receiver.seen()]


def test_a_plan_is_saved_edited_and_played(command: Command, receiver: Any, story: Path) -> None:
    assert command("plan", str(story), "--save", "monday.json").code == 0
    document = json.loads(Path("monday.json").read_text(encoding="utf-8"))
    document["sends"][0] |= {"at": "1h", "faults": [{"rule": "mine", "fault": "delay"}]}
    Path("monday.json").write_text(json.dumps(document), encoding="utf-8")

    shown = command("plan", "monday.json")
    assert shown.out.splitlines()[-1].endswith("delay (mine)")
    assert [line.split()[1] for line in shown.out.splitlines()[1:]] == [
        "order.paid",
        "order.fulfilled",
        "order.paid",
        "order.created",
    ]
    different = command("plan", "diff", str(story), "monday.json")
    assert different.code == 4
    assert "order.created:1 to shop job 1 attempt 1 copy 0" in different.out

    played = command("run", "--plan", "monday.json", "--forward-to", receiver.url)
    assert played.code == 0, played.err
    assert "Of the plan: 4 of 4 sends were made, at their times\n" in played.out
    assert f"Reproduce with: epcc-emulator run --plan monday.json --forward-to {receiver.url}" in played.err
    assert _heard(receiver) == [("order.paid", 1), ("order.fulfilled", 1), ("order.paid", 2), ("order.created", 1)]


def test_what_is_held_is_not_said_to_be_observed_by_nobody(command: Command, story: Path) -> None:
    story.write_text(
        STORY.replace("${RECEIVER_URL}", "http://localhost:1").replace("ack_loss: {times: 1}", "hold: "),
        encoding="utf-8",
    )
    assert "; 5 events are sent to nobody: unobserved, held or paused." in command("plan", str(story)).err


def test_a_send_that_could_not_be_made_when_it_was_planned_is_told(command: Command, receiver: Any) -> None:
    Path("paused.yaml").write_text(
        'integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created]}]\n'
        "steps: [{trigger: order.created}, {trigger: order.created}, {pause: shop}, {sleep: 10s}, {resume: shop}]\n",
        encoding="utf-8",
    )
    assert command("plan", "paused.yaml", "--save", "paused.json").code == 0
    document = json.loads(Path("paused.json").read_text(encoding="utf-8"))
    document["sends"][1]["at"] = "5s"
    Path("paused.json").write_text(json.dumps(document), encoding="utf-8")
    played = command("run", "--plan", "paused.json", "--forward-to", receiver.url)
    assert "Of the plan: 2 of 2 sends were made, 1 of them at another time\n" in played.out, played.err


def test_what_is_left_in_the_end_is_told(command: Command, receiver: Any) -> None:
    Path("held.yaml").write_text(
        'integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created]}]\n'
        "steps: [{trigger: order.created, count: 3}]\n"
        "chaos: [{id: kept, times: 2, hold: null}]\n",
        encoding="utf-8",
    )
    played = command("run", "held.yaml", "--forward-to", receiver.url)
    assert (played.code, "Left: 2 held\n" in played.out) == (0, True), played.out


def test_a_plan_of_another_version_says_so_and_is_kept_to(command: Command, receiver: Any, story: Path) -> None:
    command("plan", str(story), "--save", "old.json")
    document = json.loads(Path("old.json").read_text(encoding="utf-8"))
    assert set(document["made_with"]) == {"emulator", "faker"}
    document["made_with"]["faker"] = "1.0"
    Path("old.json").write_text(json.dumps(document), encoding="utf-8")
    played = command("run", "--plan", "old.json", "--forward-to", receiver.url)
    assert played.code == 0
    assert "The plan was made with faker 1.0, and this is" in played.err


def test_what_is_written_besides_is_no_part_of_the_json(command: Command, story: Path) -> None:
    result = command("plan", str(story), "--save", "monday.json", "--svg", "monday.svg", "--json")
    assert result.json["seed"] == json.loads(Path("monday.json").read_text(encoding="utf-8"))["seed"]
    assert result.err.split()[::2] == ["wrote", "wrote"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run"], "name a scenario, or a plan with --plan FILE"),
        (["run", "monday.json"], "monday.json looks like a plan; run it with --plan monday.json"),
        (["run", "out-of-order", "--plan", "monday.json"], "a plan holds its scenario and its seed; leave them out"),
        (["run", "--plan", "monday.json", "--seed", "3"], "a plan holds its scenario and its seed; leave them out"),
        (["run", "--plan", "monday.json"], "the plan monday.json cannot be read"),
        (["plan", "monday.json", "--seed", "3"], "monday.json is planned already; --seed and --fixtures are for"),
        (["plan", "diff", "a.json", "b.json", "--seed", "3"], "a.json and b.json are planned already; --seed and"),
        (["plan", "diff", "outage", "jittery-day", "--save", "c.json"], "--save and --svg are for one plan"),
        (["plan", "diff", "outage", "jittery-day", "--svg", "c.svg"], "--save and --svg are for one plan"),
        (["plan", "outage", "--save", "monday"], "a plan is a JSON file; call it monday.json"),
    ],
)
def test_what_does_not_go_together_is_said(command: Command, words: list[str], sentence: str) -> None:
    result = command(*words)
    assert result.code in (1, 2)
    assert sentence in " ".join(result.err.split())


def test_an_edited_plan_that_cannot_be_kept_to_is_refused_at_its_line(
    command: Command, receiver: Any, story: Path
) -> None:
    command("plan", str(story), "--save", "monday.json")
    text = Path("monday.json").read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if '"integration": "shop"' in each)
    Path("monday.json").write_text(text.replace('"integration": "shop"', '"integration": "shap"', 1), encoding="utf-8")
    result = command("run", "--plan", "monday.json", "--forward-to", receiver.url)
    assert result.code == 2
    assert f"monday.json:{line}:4: sends[0].integration: unknown integration 'shap'; did you mean 'shop'?" in result.err
    assert receiver.seen() == []


def test_an_event_that_was_moved_is_refused_at_its_line(command: Command, receiver: Any, story: Path) -> None:
    command("plan", str(story), "--save", "monday.json")
    document = json.loads(Path("monday.json").read_text(encoding="utf-8"))
    document["events"][1]["at"] -= 1
    text = json.dumps(document, indent=1)
    Path("monday.json").write_text(text, encoding="utf-8")
    line = [number for number, each in enumerate(text.splitlines(), start=1) if each == "  {"][1]
    result = command("run", "--plan", "monday.json", "--forward-to", receiver.url)
    assert result.code == 2
    assert f"monday.json:{line}:3: events[1]: 'o1/order.created:1' happens" in result.err
    assert receiver.seen() == []


@pytest.mark.parametrize(
    ("fault", "how", "sentence"),
    [
        ("connection", {"mode": "dribble", "chunk": 4, "delay": 100, "salt": 1}, "is about the socket of a webhook"),
        ("secret", {"value": "wrong", "in": "both", "salt": 1}, "secret is about webhooks"),
        ("corrupt", {"mode": "charset", "salt": 1}, "corrupt: charset cannot reach a queue of SQS"),
        ("corrupt", {"mode": "headers", "salt": 1}, "corrupt: headers is about the headers of a webhook"),
    ],
)
def test_a_treatment_that_no_message_to_a_queue_can_get_is_refused(
    command: Command, story: Path, fault: str, how: dict[str, Any], sentence: str
) -> None:
    story.write_text(STORY.replace('url: "${RECEIVER_URL}"', "type: aws_sqs"), encoding="utf-8")
    command("plan", str(story), "--save", "monday.json")
    document = json.loads(Path("monday.json").read_text(encoding="utf-8"))
    document["sends"][1]["treatments"] = [{"fault": fault, "how": how}]
    text = json.dumps(document, indent=1)
    Path("monday.json").write_text(text, encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.endswith(f'"fault": "{fault}",'))
    result = command("run", "--plan", "monday.json")
    assert result.code == 2, result.err
    assert f"monday.json:{line}:6: sends[1].treatments[0].fault: " in result.err
    assert sentence in result.err


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"made_with": {', '"made_with": null, "was": {', "made_with: expected keys and values, found nothing"),
        ('"made_with": {', '"made_with": 5, "was": {', "made_with: expected keys and values, found the number 5"),
        ('"made_with": {', '"made_with": "abc", "was": {', "made_with: expected keys and values, found the text 'abc'"),
        ('"made_with": {', '"made_with": {"x": 5, ', "made_with.x: expected a text, found the number 5"),
        ('"payload": "', '"payload": "' + "[" * 100_000, "events[0].payload: this is not JSON"),
        ('"rule": "unheard"', '"rule": "\\ud800"', "faults[0].rule: this holds half of a character"),
        ('"made_with": {', '"made_with": {"\\udc00": "1", ', "made_with: this holds half of a character"),
        ('"payload": "{', '"payload": "{\\"a\\": \\"\\\\ud800\\", ', "events[0].payload: this is not JSON"),
    ],
)
def test_a_plan_that_cannot_be_what_it_says_is_refused_at_its_line(
    command: Command, receiver: Any, story: Path, old: str, new: str, sentence: str
) -> None:
    command("plan", str(story), "--save", "monday.json")
    text = Path("monday.json").read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    Path("monday.json").write_text(text.replace(old, new, 1), encoding="utf-8")
    for words in (
        ["run", "--plan", "monday.json", "--forward-to", receiver.url],
        ["plan", "diff", "monday.json", str(story)],
    ):
        result = command(*words)
        assert result.code == 2, result.err
        assert f"monday.json:{line}:" in result.err
        assert sentence in result.err
    assert receiver.seen() == []


def test_what_a_run_has_sent_is_kept_and_replayed(
    command: Command, receiver: Any, story: Path, server: LocalEmulator
) -> None:
    played = command("run", str(story), "--forward-to", receiver.url, "--data-dir", "kept")
    assert played.code == 0, played.err
    sent = receiver.seen()
    replayed = command("replay", "kept", "--forward-to", receiver.url)
    assert replayed.code == 0, replayed.err
    assert receiver.seen()[len(sent) :] == sent
    assert command("import", "kept", "--json").json["loaded"]["resources"]["order"] == 1

    again = command("run", str(story), "--forward-to", receiver.url, "--data-dir", "kept")
    assert "kept holds something already; a run begins with nothing, so name a new directory" in " ".join(
        again.err.split()
    )
    assert command("replay", str(story), "--sent-to", "shop", "--forward-to", receiver.url).code == 2


def test_what_just_happened_is_frozen_and_played_again(command: Command, receiver: Any, server: LocalEmulator) -> None:
    made = ("integrations", "create", "--name", "shop", "--forward-to", receiver.url, "--secret", "hush-hush")
    assert command(*made, "--observes", "order.paid", "--observes", "order.fulfilled").code == 0
    assert command("chaos", "add", "reorder", "--mode", "reverse", "--window", "2").code == 0
    assert command("trigger", "order.fulfilled").code == 0
    assert command("wait", "settled").code == 0
    first, second = command("deliveries", "--json").json
    assert _heard(receiver) == [("order.fulfilled", 1), ("order.paid", 1)]

    shown = command("scenario", "from", str(first["number"]), second["job_id"])
    assert shown.code == 0, shown.err
    assert "hush" not in shown.out
    assert command("scenario", "from", str(first["number"]), second["job_id"], "--save", "broken.yaml").code == 0
    assert Path("broken.yaml").read_text(encoding="utf-8") == shown.out
    assert command("scenario", "check", "broken.yaml").code == 0
    played = command("run", "broken.yaml", "--forward-to", receiver.url)
    assert played.code == 0, played.err
    assert _heard(receiver)[2:] == [("order.fulfilled", 1), ("order.paid", 1)]

    again = command("scenario", "from", "1", "--save", "broken.yaml")
    assert "broken.yaml is there already; move it away, or choose another name" in again.err
    assert "There is no delivery '99'" in command("scenario", "from", "99").err


def test_a_new_scenario_comes_with_its_schema_and_can_be_played(command: Command, receiver: Any) -> None:
    made = command("scenario", "new", "mine.yaml")
    assert made.code == 0, made.err
    document = yaml.safe_load(Path("mine.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(Path("scenario.schema.json").read_text(encoding="utf-8")))
    assert "$schema=scenario.schema.json" in Path("mine.yaml").read_text(encoding="utf-8")
    assert command("scenario", "check", "mine.yaml").code == 0
    assert command("run", "mine.yaml", "--forward-to", receiver.url).code == 0
    assert ("order.fulfilled", 2) in _heard(receiver)
    assert "mine.yaml is there already; --force writes over it" in command("scenario", "new", "mine.yaml").err
    assert command("scenario", "new", "mine.yaml", "--force").code == 0
    assert "call it mine.yaml" in command("scenario", "new", "mine").err


def test_a_scenario_is_checked_by_what_its_environment_has_and_each_step_is_tried(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path("mine.yaml")
    written.write_text(
        'integrations: [{name: shop, url: "${RECEIVER_URL}", secret_key: "${SECRET}", observes: ["${KEY:-order.*}"]}]\n'
        "steps:\n"
        "  - {trigger: order.created, as: o1}\n"
        '  - {trigger: order.paid, of: o1, add: {data.external_ref: "after {{o1.id}}"}}\n',
        encoding="utf-8",
    )
    assert command("scenario", "check", "mine.yaml").code == 0
    monkeypatch.setenv("KEY", "odrer.*")
    assert "mine.yaml:1:" in command("scenario", "check", "mine.yaml").err
    monkeypatch.delenv("KEY")
    written.write_text(written.read_text(encoding="utf-8").replace("add:", "override:"), encoding="utf-8")
    refused = command("scenario", "check", "mine.yaml")
    assert refused.code == 2
    assert "mine.yaml:4:5: steps[1]: there is no 'data.external_ref' in the payload" in refused.err
    nowhere = command("run", "mine.yaml")
    assert nowhere.code == 2
    assert "the environment has no RECEIVER_URL; set it, or run it with --forward-to URL" in nowhere.err


@pytest.mark.parametrize("much", ["{rate: 1000/s, for: 10h}", "{rate: 1000/s, count: 1000000}"])
def test_so_much_traffic_that_nobody_could_wait_for_it_is_soon_checked(command: Command, much: str) -> None:
    Path("soak.yaml").write_text(
        f"steps:\n  - traffic: {much}\n  - {{trigger: order.paid, as: o1}}\n  - {{trigger: order.created, of: o1}}\n",
        encoding="utf-8",
    )
    assert "soak.yaml:4:5: steps[2]:" in command("scenario", "check", "soak.yaml").err
