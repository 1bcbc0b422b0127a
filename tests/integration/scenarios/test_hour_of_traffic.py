"""An hour of traffic, half an hour late, in virtual time and to a real receiver: over at once, and always the same."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.domain.moment import HOUR, MINUTE, parse_instant
from emulator.harness.scenario_run import Played, play
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import parse_scenario

STORY = """\
seed: 12
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: ["*"]}]
steps: [{traffic: {rate: 6/m, for: 1h}}]
chaos:
  - {id: late, delay: {distribution: uniform, lower: 0s, upper: 30m}}
  - {id: unheard, probability: 0.2, ack_loss: {times: 1}}
"""


def _hour() -> tuple[Played, list[tuple[str, int]]]:
    seen: list[tuple[str, int]] = []

    async def take(request: Request) -> Response:
        message: dict[str, Any] = json.loads(await request.body())
        seen.append((message["id"], message["attempt"]))
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as served:
        played = play(parse_scenario(STORY, "hour.yaml", {"RECEIVER_URL": f"{served.url}/"}))
    return played, seen


def test_an_hour_is_the_same_every_time() -> None:
    played, seen = _hour()
    again, seen_again = _hour()
    assert seen == seen_again
    assert [one["started_at"] for one in played.attempts] == [one["started_at"] for one in again.attempts]
    assert played.settled
    assert played.events > 300
    assert len(seen) > played.events
    times = [parse_instant(one["started_at"]) for one in played.attempts]
    assert max(times) - min(times) > HOUR
    created = {one["number"]: parse_instant(one["created_at"]) for one in played.deliveries}
    late = [
        parse_instant(one["started_at"]) - created[one["delivery"]] for one in played.attempts if one["attempt"] == 1
    ]
    assert 25 * MINUTE < max(late) <= 30 * MINUTE
