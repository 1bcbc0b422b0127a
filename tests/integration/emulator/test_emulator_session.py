"""What a run has sent, from its journal: the same messages again, in the same order, as the same attempts."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.recording import read_recording
from emulator.domain.errors import EnvironmentFault, InvalidInput, UnknownWord
from emulator.domain.recording import Recording
from emulator.harness.scenario_run import play, settings_of
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.session import read_session

STORY = """\
seed: 6
profile: documented
integrations:
  - {{name: shop, url: "{url}/shop", secret_key: s3cret, observes: ["order.*"]}}
  - {{name: erp, url: "{url}/erp", observes: [order.paid]}}
  - {{name: queue, type: aws_sqs, observes: [order.paid]}}
steps:
  - {{trigger: order.created, as: o1}}
  - {{trigger: order.paid, of: o1}}
  - {{trigger: order.fulfilled, of: o1, burst: {{count: 1, over: 0s}}}}
  - {{trigger: order.paid, burst: {{count: 6, over: 10s}}}}
chaos:
  - {{id: unheard, match: {{event: order.paid, integration: shop}}, probability: 0.5, ack_loss: {{times: 1}}}}
  - {{id: twice, match: {{nth: 2, integration: shop}}, duplicate: {{copies: 1}}}}
  - {{id: odd, match: {{nth: 3, integration: shop}}, payload: stale}}
"""


class Receiver:
    """Keeps what comes to each path, and fails one request in four."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[str]] = {"/shop": [], "/erp": []}

    async def take(self, request: Request) -> Response:
        mine = self.bodies[request.url.path]
        mine.append((await request.body()).decode())
        return Response(status_code=500 if len(mine) % 4 == 0 else 204)


@pytest.fixture
def played(tmp_path: Path) -> tuple[Path, Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/{name}", receiver.take, methods=["POST"])])
    with ServedApp(app) as served:
        scenario = parse_scenario(STORY.format(url=served.url), "story.yaml", {})
        assert play(scenario, settings=settings_of(scenario, data_dir=tmp_path / "kept")).settled
    return tmp_path / "kept", receiver


def _words(recording: Recording) -> tuple[Any, ...]:
    return recording.key, recording.job_id, recording.attempt, json.loads(recording.payload)


def test_a_session_is_what_the_receiver_got(played: tuple[Path, Receiver]) -> None:
    directory, receiver = played
    for name in ("shop", "erp"):
        session = read_session(directory, name)
        assert [_words(one) for one in session] == [
            _words(read_recording(body)) for body in receiver.bodies[f"/{name}"]
        ]
        assert [one.at for one in session] == sorted(one.at or 0 for one in session)
    assert max(one.attempt for one in session) > 1
    shop = read_session(directory / "journal.sqlite3", "shop")
    assert len({(one.job_id, one.attempt) for one in shop}) < len(shop), "copies are there too"
    assert not any("s3cret" in one.body for one in shop)


def test_a_queues_messages_are_cloud_events(played: tuple[Path, Receiver]) -> None:
    session = read_session(played[0], "queue")
    assert {one.form.value for one in session} == {"CloudEvent"}
    assert len(session) >= 7


def test_it_has_to_be_clear_which_messages_are_meant(played: tuple[Path, Receiver], tmp_path: Path) -> None:
    directory, _ = played
    with pytest.raises(InvalidInput, match=r"messages were sent to shop \(\d+\), erp \(\d+\), queue \(\d+\); name one"):
        read_session(directory)
    with pytest.raises(UnknownWord, match="unknown integration 'shap'; did you mean 'shop'"):
        read_session(directory, "shap")
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        read_session(tmp_path)
    (tmp_path / "notes.txt").write_text("not a journal\n" * 20)
    with pytest.raises(EnvironmentFault, match="not a journal at all"):
        read_session(tmp_path / "notes.txt")
