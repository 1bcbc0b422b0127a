"""A plan and the run of it: the same sends, to the microsecond, by the same faults."""

import gc
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.schedule import Schedule
from emulator.core.schedule_diff import difference
from emulator.core.schedule_picture import picture
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import SECOND, parse_instant, to_micros
from emulator.harness.scenario_run import play
from emulator.harness.served_app import ServedApp
from emulator.loading.plan_file import PlanFile
from emulator.loading.scenarios import parse_scenario
from emulator.loading.versions import versions
from emulator.runtime.collector import not_looking
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

STORY = """\
seed: {seed}
profile: {profile}
integrations:
  - {{name: shop, url: "{url}", observes: ["order.*", "transaction.*"]}}
  - {{name: erp, url: "{url}", observes: ["order.*"]}}
steps:
  - {{trigger: order.created, as: o1}}
  - {{trigger: order.paid, of: o1}}
  - {{trigger: order.fulfilled, of: o1, after: 3m}}
  - repeat: {{count: 6, steps: [{{trigger: order.paid, after: 7s}}]}}
  - traffic: {{rate: 3/s, for: 20s, mix: {{order: 3, cart: 1}}}}
  - {{pause: erp}}
  - {{trigger: order.cancelled, burst: {{count: 4, over: 10s}}}}
  - {{resume: erp}}
  - phase: worse
    chaos: [{{id: twice, duplicate: {{copies: 1, spacing: 4s}}}}]
    steps: [{{trigger: order.refunded}}]
  - heal
  - {{trigger: order.created}}
chaos:
  - {{id: backwards, match: {{resource: o1}}, reorder: {{mode: reverse, window: 3}}}}
  - {{id: lost-acknowledgement, match: {{event: order.paid}}, ack_loss: {{times: 2}}}}
  - {{id: third, match: {{event: order.paid, nth: 3}}, delay: {{value: 40s}}}}
"""


def _schedule(seed: int = 3, profile: str = "documented", url: str = "http://127.0.0.1:1/") -> Schedule:
    scenario = parse_scenario(STORY.format(seed=seed, profile=profile, url=url), "story.yaml", {})
    return Rehearsal(scenario, load_fixtures()).schedule()


@pytest.mark.parametrize("looked", [True, False])
def test_planning_leaves_the_garbage_collector_as_it_was(looked: bool) -> None:
    was = gc.isenabled()
    (gc.enable if looked else gc.disable)()
    try:
        _schedule()
        assert gc.isenabled() is looked
    finally:
        (gc.enable if was else gc.disable)()


def test_what_was_planned_is_not_looked_at_as_soon_as_planning_ends(nothing_frozen: None) -> None:
    looked: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looked.append(info["generation"])

    gc.collect()
    gc.callbacks.append(look)
    try:
        with not_looking():
            made = [[number] for number in range(200_000)]
        made.append([])
    finally:
        gc.callbacks.remove(look)
    assert looked == []
    assert gc.get_freeze_count() == 0


def test_after_a_short_plan_nobody_counts_what_a_large_process_has_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million objects that takes longer than the plan."""
    asked: list[None] = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: asked.append(None) or 1)
    gc.collect()
    _schedule()
    assert asked == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_planned_is_what_is_sent(seed: int) -> None:
    async def take(_request: Any) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        scenario = parse_scenario(STORY.format(seed=seed, profile="documented", url=receiver.url), "story.yaml", {})
        played = play(scenario)
    assert played.settled
    schedule = Rehearsal(scenario, load_fixtures()).schedule()
    deliveries = {delivery["number"]: delivery for delivery in played.deliveries}
    sent = [
        (
            deliveries[attempt["delivery"]]["event"],
            attempt["integration"],
            attempt["attempt"],
            attempt["copy"],
            attempt["started_at"],
        )
        for attempt in played.attempts
    ]
    planned = [(s.event, s.integration, s.attempt, s.copy, to_micros(s.at)) for s in schedule.sends]
    assert sorted(sent) == sorted(planned)
    assert len(planned) > 40


@pytest.mark.parametrize(("last", "heard"), [("heal", 1), ('{resume: "*"}', 1), ("{resume: shop}", 0)])
def test_whoever_was_paused_by_name_hears_again_with_everybody(last: str, heard: int) -> None:
    async def take(_request: Any) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        text = f"""\
integrations: [{{name: shop, url: "{receiver.url}", observes: [order.created]}}]
steps: [{{pause: shop}}, {{pause: "*"}}, {{trigger: order.created}}, {last}]
"""
        scenario = parse_scenario(text, "story.yaml", {})
        played = play(scenario)
    assert played.settled
    assert len(played.attempts) == len(Rehearsal(scenario, load_fixtures()).schedule().sends) == heard


AWAY = "{id: x, outage: {for: 5s}}"
TRAFFIC = "{traffic: {rate: 1/s, count: %s, mix: {cart: 1}}}"


@pytest.mark.parametrize(
    ("steps", "chaos", "sent"),
    [
        (
            "{pause: shop}, {trigger: order.created}, {resume: shop, after: 10m}, {trigger: order.created}",
            "",
            [600, 601],
        ),
        ("{trigger: order.created}, {sleep: 5m, after: 10m}, {trigger: order.created}", "", [0, 900]),
        ("{trigger: order.created}, {pause: shop, at: 0s}, {resume: shop, at: 9s}", "", [9]),
        (
            "{trigger: order.created}, {chaos: {add: [{id: x, drop: }]}, at: 5s}, {trigger: order.created, after: 0s}",
            "",
            [0],
        ),
        (
            "{trigger: order.created}, settle, {trigger: order.created, at: 30m}",
            "{id: late, match: {nth: 1}, delay: 20m}",
            [1200, 1800],
        ),
        (
            "{phase: bad, chaos: [{id: x, drop: }], steps: [{trigger: order.created}, heal, {trigger: order.created}]}",
            "",
            [1],
        ),
        (
            "{trigger: order.created}, {chaos: {remove: x, add: [{id: x, times: 1, drop: }]}}, {trigger: order.paid}",
            "{id: x, times: 1, drop: }",
            [],
        ),
        (
            f"{{trigger: order.paid}}, {{chaos: {{remove: x, add: [{AWAY}]}}, at: 20s}}, {{trigger: order.paid}}",
            AWAY,
            [0, 5, 21, 26],
        ),
        (f"{TRAFFIC % 30}, {{trigger: order.created, at: 1m}}", "", [60]),
        (f"{TRAFFIC % '3, for: 10m'}, {{trigger: order.created, at: 20m}}", "", [1200]),
    ],
)
def test_a_step_happens_when_it_says(steps: str, chaos: str, sent: list[int]) -> None:
    """Whether it is rehearsed or played."""
    assert _rehearsed_and_played(steps, chaos) == (sent, sent)


def test_on_a_running_clock_a_step_happens_when_it_says() -> None:
    async def take(_request: Any) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        text = (
            "clock: {mode: scaled, speed: 40}\n"
            f"integrations: [{{name: shop, url: '{receiver.url}', observes: [order.created]}}]\n"
            "steps: [{trigger: order.created}, settle, {trigger: order.created, at: 1m}]\n"
            "chaos: [{id: late, match: {nth: 1}, delay: 30s}]\n"
        )
        played = play(parse_scenario(text, "x.yaml", {}))
    last = max(parse_instant(attempt["started_at"]) for attempt in played.attempts)
    assert 60 * SECOND <= last - played.began < 85 * SECOND


def _rehearsed_and_played(steps: str, chaos: str = "") -> tuple[list[int], list[int]]:
    """After how many seconds each send left; what one command raises takes some microseconds."""

    async def take(_request: Any) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        shop = f"integrations: [{{name: shop, url: '{receiver.url}', observes: [order.created]}}]"
        scenario = parse_scenario(f"{shop}\nsteps: [{steps}]\nchaos: [{chaos}]\n", "x.yaml", {})
        played = play(scenario)
    schedule = Rehearsal(scenario, load_fixtures()).schedule()
    attempts = sorted(parse_instant(attempt["started_at"]) for attempt in played.attempts)
    sends = [send.at for send in schedule.sends]
    assert attempts == sends
    start = schedule.start
    return [(at - start) // SECOND for at in sends], [(at - start) // SECOND for at in attempts]


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    story = tmp_path / "story.yaml"
    story.write_text(STORY.format(seed=5, profile="documented", url="http://127.0.0.1:1/"), encoding="utf-8")
    here = _file(_schedule(5)).text
    program = "import sys; from emulator.cli.main import main; main()"
    for hash_seed in ("0", "1"):
        saved = tmp_path / f"{hash_seed}.json"
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
        words = ["plan", str(story), "--save", str(saved)]
        subprocess.run([sys.executable, "-c", program, *words], env=environment, check=True, cwd=tmp_path)
        assert _digest(saved.read_text(encoding="utf-8")) == _digest(here)


def _file(schedule: Schedule) -> PlanFile:
    return PlanFile(
        schedule=schedule,
        scenario=STORY.format(seed=5, profile="documented", url="http://127.0.0.1:1/"),
        scenario_name="story.yaml",
        made_with=versions(),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_one_rule_or_event_more_changes_no_other_draw() -> None:
    """Whoever is hit, and by how much, stays so; only what the new one does is new."""
    before = _schedule(7)
    text = STORY.format(seed=7, profile="documented", url="http://127.0.0.1:1/")
    text = text.replace("chaos:\n", "chaos:\n  - {id: new, match: {event: order.deleted}, delay: {value: 1s}}\n", 1)
    after = Rehearsal(parse_scenario(text, "story.yaml", {}), load_fixtures()).schedule()
    assert difference(before, after) == []


def test_a_saved_plan_is_read_back_and_compared(tmp_path: Path) -> None:
    schedule = _schedule(3)
    file = tmp_path / "plan.json"
    file.write_text(_file(schedule).text, encoding="utf-8")
    assert PlanFile.read(file) == _file(schedule)
    changes = difference(schedule, _schedule(3, profile="off"))
    assert {change.what for change in changes} >= {"changed"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no json", "this is not JSON"),
        ("[]", "this is no plan"),
        ('{"a": 1}', "this is no plan"),
        ('{"format": 99}', "the plan has format 99, and this version reads 2; plan it anew"),
        ('{"format": 2, "start": 0}', "'source' is missing"),
        ("[" * 100_000, "this is nested too deeply"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=sentence):
        PlanFile.read(file)


MADE = "steps:\n  - {trigger: order.created, as: o1}\n"


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ("  - {trigger: order.created, of: o1}\n", "x.yaml:3:5: steps[1]"),
        (
            "  - repeat: {count: 2, steps: [settle, {trigger: order.cancelled, of: o1}]}\n",
            "x.yaml:3:40: steps[1].repeat.steps[1]",
        ),
        ("  - mix: {count: 1, of: [{trigger: order.created, of: o1, weight: 1}]}\n", "x.yaml:3:26: steps[1].mix.of[0]"),
        ("  - phase: bad\n    steps: [settle, {trigger: order.created, of: o1}]\n", "x.yaml:4:21: steps[1].steps[1]"),
        ("  - {sleep: 1s}\n  - {chaos: {remove: [x]}}\n", "x.yaml:4:5: steps[2]"),
        (
            "  - phase: bad\n    chaos: [{id: x, drop: }]\n    steps: [{chaos: {add: [{id: x, drop: }]}}]\n",
            "x.yaml:5:13: steps[1].steps[0]",
        ),
    ],
)
def test_a_step_that_the_shop_refuses_is_told_by_its_place(steps: str, place: str) -> None:
    """Whether it is rehearsed or played."""
    scenario = parse_scenario(MADE + steps, "x.yaml", {})
    with pytest.raises(InvalidInput, match=f"^{re.escape(place)}: "):
        Rehearsal(scenario, load_fixtures()).schedule()
    with pytest.raises(InvalidInput, match=f"^{re.escape(place)}: "):
        play(scenario, forward_to="http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ("{chaos: {remove: [zz, aa, mm, bb]}}", "there is no rule 'zz' to take away"),
        ("{chaos: {remove: [y, x1]}}", "there is no rule 'y' to take away; there is a, x"),
        ("{chaos: {remove: [x, x]}}", "there is no rule 'x' to take away"),
        ("{chaos: {add: [{id: x, drop: }, {id: a, drop: }]}}", "there is a rule 'x' already"),
    ],
)
def test_of_rules_that_cannot_be_put_or_taken_away_the_first_is_named(steps: str, sentence: str) -> None:
    text = f"chaos: [{{id: a, drop: }}, {{id: x, drop: }}]\nsteps: [{steps}]\n"
    with pytest.raises(InvalidInput, match=re.escape(f"x.yaml:2:9: steps[0]: {sentence}")):
        Rehearsal(parse_scenario(text, "x.yaml", {}), load_fixtures()).schedule()


def test_an_integration_that_is_refused_is_told_by_its_place() -> None:
    text = f"integrations:\n  - {{name: a queue, type: aws_sqs}}\n{MADE}"
    with pytest.raises(InvalidInput, match=r"^x\.yaml:2:5: integrations\[0\]: 'epcc-a queue' is no queue name"):
        play(parse_scenario(text, "x.yaml", {}))


def test_a_step_can_say_what_another_resource_is_called() -> None:
    """The same in a plan and in a run."""
    text = (
        f"{MADE}  - {{trigger: order.created, as: o-2}}\n"
        "  - trigger: order.paid\n"
        "    of: '{{o-2.id}}'\n"
        "    add: {data.note: 'after {{o1.id}}'}\n"
        "    override: {data.payment: '{{o1.status}}'}\n"
        "  - {trigger: order.paid, add: {data.note: '{{nobody}}'}}\n"
    )
    schedule = Rehearsal(parse_scenario(text, "x.yaml", {}), load_fixtures()).schedule()
    said = {event.identity: json.loads(event.payload)["data"] for event in schedule.events if event.key == "order.paid"}
    first = next(json.loads(event.payload)["data"] for event in schedule.events if event.resource == "o1")
    other, last = said.values()
    assert (other["note"], other["payment"]) == (f"after {first['id']}", first["status"])
    assert last["note"] == "{{nobody}}"


def test_what_another_resource_does_not_have_is_told() -> None:
    wrong = MADE + "  - {trigger: order.paid, add: {data.note: '{{o1.colour}}'}}\n"
    rehearsal = Rehearsal(parse_scenario(wrong, "x.yaml", {}), load_fixtures())
    with pytest.raises(InvalidInput, match=r"^x\.yaml:3:5: steps\[1\]: o1 has no 'colour'; write .*\{\{o1\.id\}\}"):
        rehearsal.schedule()


def test_the_picture_shows_who_is_passed_and_who_comes_again() -> None:
    drawn = picture(_schedule(3))
    assert drawn.startswith("<svg")
    assert 'class="crossed"' in drawn
    assert 'class="again"' in drawn
    assert "prefers-color-scheme: dark" in drawn


def test_the_picture_knows_one_integration_from_another_and_shows_what_is_never_sent() -> None:
    text = """\
integrations: [{name: "shop & warehouse", observes: ["order.*"]}, {name: erp, observes: ["order.*"]}]
steps: [{trigger: order.paid, as: a-long-name-for-an-order, only: true}, {trigger: order.fulfilled}]
chaos:
  - {id: twice, match: {event: order.paid, integration: erp}, duplicate: }
  - {id: lost, match: {event: order.created, integration: erp}, drop: }
"""
    schedule = Rehearsal(parse_scenario(text, "x.yaml", {}), load_fixtures()).schedule()
    drawn = ElementTree.fromstring(picture(schedule))
    space = "{http://www.w3.org/2000/svg}"
    kinds = Counter(line.get("class") for line in drawn.iter(f"{space}line") if line.find(f"{space}title") is not None)
    assert (kinds["again"], kinds["never"], kinds["crossed"]) == (2, 1, 0)
    assert kinds["straight"] == len(schedule.sends) - 2
    said = [label.text or "" for label in drawn.iter(f"{space}text")]
    assert {"in order", "sent again", "never sent"} < set(said)
    assert any(label.startswith("never · ") and label.endswith(" order.created to erp") for label in said)
    assert any(label.endswith("a-long-name-for-an-order order.paid to shop & warehouse") for label in said)
    assert max(map(len, said)) * 7 < float(drawn.attrib["viewBox"].split()[2]), "it is as wide as what is in it"


def test_the_picture_is_xml_whatever_things_are_called() -> None:
    text = 'name: "late\\bday <&>"\nsteps: [{trigger: order.paid}]\n'
    schedule = Rehearsal(parse_scenario(text, "x.yaml", {}), load_fixtures()).schedule()
    drawn = ElementTree.fromstring(picture(schedule))
    assert (drawn[0].text or "").startswith("late\ufffdday <&>: ")
