"""What the shipped scenarios say of themselves is what happens under their own seeds, and fair under others."""

import json
import threading
from collections import Counter
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.domain.moment import DAY
from emulator.harness.scenario_run import play
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import load_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal


def test_a_duplicate_comes_two_and_three_times_the_third_as_another_job() -> None:
    scenario = load_scenario("duplicate", {"RECEIVER_URL": "http://127.0.0.1:1/"})
    sends = Rehearsal(scenario, load_fixtures()).schedule().sends
    times = Counter(send.event for send in sends)
    jobs = Counter(send.event for send in sends if send.job == 2)
    assert set(times.values()) == {2, 3}
    assert set(jobs) == {event for event, often in times.items() if often == 3}


def test_slow_lines_are_many_at_once() -> None:
    """It answers nobody before all eight have been heard to the end."""
    company = threading.Barrier(8, timeout=10)

    async def take(request: Request) -> Response:
        await request.body()
        await run_in_threadpool(company.wait)
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as served:
        played = play(load_scenario("slow-line", {"RECEIVER_URL": f"{served.url}/"}))
    assert [attempt["status"] for attempt in played.attempts] == [204] * 8


def test_no_day_of_the_week_is_like_another() -> None:
    """In the plan, and in the run that is to be like it."""

    async def take(request: Request) -> Response:
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as served:
        scenario = load_scenario("a-week-in-the-life", {"RECEIVER_URL": f"{served.url}/"})
        plan = Rehearsal(scenario, load_fixtures()).schedule()
        played = play(scenario)
    days: dict[int, list[str]] = {}
    for event in plan.events:
        days.setdefault((event.at - plan.start) // DAY, []).append(event.key)
    assert len(days) == len({tuple(keys) for keys in days.values()}) == 7
    assert {send.event for send in plan.sends} == {delivery["event"] for delivery in played.deliveries}


@pytest.mark.parametrize("seed", [None, 24, 26])
def test_a_busy_api_says_how_long_to_wait_and_refuses_nobody_for_good(seed: int | None) -> None:
    """Under those seeds it once refused one delivery as often as it was tried."""
    answers: list[tuple[int, str | None]] = []
    api: list[str] = []

    async def take(request: Request) -> Response:
        order = json.loads(await request.body())["payload"]["data"]["id"]
        headers = {"Authorization": "Bearer any"}
        answer = await run_in_threadpool(httpx.get, f"{api[0]}/v2/orders/{order}", headers=headers)
        answers.append((answer.status_code, answer.headers.get("Retry-After")))
        return Response(status_code=204 if answer.is_success else 503)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as served:
        scenario = load_scenario("api-throttling", {"RECEIVER_URL": f"{served.url}/"})
        played = play(replace(scenario, seed=scenario.seed if seed is None else seed), on_ready=api.append)
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}
    assert set(answers) == {(200, None), (429, "1"), (503, None)}
