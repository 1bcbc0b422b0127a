"""Requests of which only so many bytes are written: the plan knows which of them do not arrive."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.schedule import Schedule
from emulator.harness.scenario_run import play
from emulator.harness.served_app import ServedApp
from emulator.loading.plan_file import PlanFile
from emulator.loading.scenarios import parse_scenario
from emulator.loading.versions import versions
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

STORY = """\
seed: 3
integrations: [{{name: shop, url: "{url}", observes: [order.created]}}]
steps: [{{trigger: order.created}}]
chaos:
  - {{id: cut, {times}, connection: {{mode: limit, bytes: {bytes}}}}}
  - {{id: unheard, ack_loss: {{times: 1}}}}
"""


def _schedule(text: str) -> Schedule:
    return Rehearsal(parse_scenario(text, "story.yaml", {}), load_fixtures()).schedule()


@pytest.mark.parametrize(
    ("times", "size", "sends"),
    [("times: 2", 0, 4), ("times: 2", 3000, 4), ("probability: 1", 50, 6), ("times: 2", 1_000_000, 2)],
)
def test_what_is_planned_is_what_is_sent(times: str, size: int, sends: int) -> None:
    async def take(_request: Any) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        text = STORY.format(url=receiver.url, times=times, bytes=size)
        played = play(parse_scenario(text, "story.yaml", {}))
    sent = [(one["attempt"], [note["rule"] for note in one["faults"]]) for one in played.attempts]
    planned = [(send.attempt, [note.rule for note in send.faults]) for send in _schedule(text).sends]
    assert sent == planned
    assert len(sent) == sends


def test_the_job_is_part_of_the_body_that_is_planned() -> None:
    """Its id is; the receiver's address, which is longer than the plan's, is not known to a plan."""
    bodies: list[bytes] = []

    async def take(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as receiver:
        story = partial(STORY.format, url=f"{receiver.url}/", times="times: 1")
        play(parse_scenario(story(bytes=1_000_000), "story.yaml", {}))
        size = len(bodies[0]) - len(f"{receiver.url}/") + len("http://127.0.0.1:1/")
        played = play(parse_scenario(story(bytes=size), "story.yaml", {}))
    planned = _schedule(story(bytes=size)).sends
    assert [one["attempt"] for one in played.attempts] == [send.attempt for send in planned] == [1, 2, 3]


def test_a_plan_with_what_comes_after_it_is_read_back(tmp_path: Path) -> None:
    text = STORY.format(url="http://127.0.0.1:1/", times="times: 2", bytes=3000)
    file = PlanFile(schedule=_schedule(text), scenario=text, scenario_name="story.yaml", made_with=versions())
    place = tmp_path / "plan.json"
    place.write_text(file.text, encoding="utf-8")
    assert PlanFile.read(place) == file
