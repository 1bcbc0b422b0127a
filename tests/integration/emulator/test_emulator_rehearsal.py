"""A plan and the run of it: the same sends, to the microsecond, by the same faults."""

import gc
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.schedule import Schedule
from emulator.core.schedule_diff import difference
from emulator.core.schedule_picture import picture
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.moment import to_micros
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


def test_what_was_planned_is_not_looked_at_as_soon_as_planning_ends() -> None:
    looked: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looked.append(info["generation"])

    gc.collect()
    frozen = gc.get_freeze_count()
    gc.callbacks.append(look)
    try:
        with not_looking():
            made = [[number] for number in range(20_000)]
        made.append([])
    finally:
        gc.callbacks.remove(look)
    assert looked == []
    assert gc.get_freeze_count() == frozen


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


def test_a_step_that_the_shop_refuses_is_told_by_its_number() -> None:
    text = "steps:\n  - {trigger: order.created, as: o1}\n  - {trigger: order.created, of: o1}\n"
    with pytest.raises(UserError, match=r"act 3 of x: .*is there already"):
        Rehearsal(parse_scenario(text, "x.yaml", {}), load_fixtures()).schedule()


def test_the_picture_shows_who_is_passed_and_who_comes_again() -> None:
    drawn = picture(_schedule(3))
    assert drawn.startswith("<svg")
    assert 'class="crossed"' in drawn
    assert 'class="again"' in drawn
    assert "prefers-color-scheme: dark" in drawn
