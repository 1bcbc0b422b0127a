"""What a run has sent, from its journal: the same messages again, in the same order, as the same attempts."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.cli.capture_file import as_sent
from emulator.core.recording import read_recording
from emulator.domain.errors import EnvironmentFault, InvalidInput, UnknownWord, UserError
from emulator.domain.recording import Recording
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.scenario_run import play, settings_of
from emulator.harness.served_app import ServedApp
from emulator.loading.capture import Captured
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.session import read_session
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

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
  - {{id: away, match: {{integration: erp}}, outage: {{for: 8s}}}}
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
    assert {one.attempt for one in session} > {1, 2}, "some of the first attempts met with an outage"
    assert len({one.job_id for one in session}) > sum(one.attempt == 1 for one in session)
    shop = read_session(directory / "journal.sqlite3", "shop")
    assert len({(one.job_id, one.attempt) for one in shop}) < len(shop), "copies are there too"
    assert not any("s3cret" in one.body for one in shop)


def test_a_queues_messages_are_cloud_events(played: tuple[Path, Receiver]) -> None:
    session = read_session(played[0], "queue")
    assert {one.form.value for one in session} == {"CloudEvent"}
    assert len(session) >= 7


DAMAGED = """\
seed: 6
integrations:
  - {{name: shop, url: "{url}", secret_key: s3cret, observes: [order.created, order.paid]}}
steps:
  - {{trigger: order.paid, count: 6}}
chaos:
{rules}
  - {{id: odd, match: {{event: order.created, nth: 1}}, payload: unknown_field}}
  - {{id: flipped, match: {{event: order.created, nth: 1}}, corrupt: bitflip}}
  - {{id: unheard, match: {{event: order.paid, nth: 1}}, ack_loss: {{times: 1}}}}
"""
TREATED = [
    "connection: reset",
    "connection: {mode: limit, bytes: 99}",
    "connection: {mode: dribble, chunk: 400, delay: 1ms}",
    "corrupt: truncate",
    "corrupt: headers",
    "secret: wrong",
]


def test_what_was_done_to_a_message_is_done_again(bare_receiver: Any, tmp_path: Path) -> None:
    """The receiver sees the very same bytes, also of requests that end in the middle."""

    def again(url: str) -> None:
        settings = Settings(seed=99, port=0, clock=ClockSettings(mode=ClockMode.VIRTUAL))
        with LocalEmulator(settings) as local, ControlClient(local.url) as client:
            configuration = {"url": url, "secret_key": "s3cret"}
            client.ensure_integration(
                "there", integration_type="webhook", observes=[], enabled=True, configuration=configuration
            )
            messages = [as_sent(Captured(line=1, recording=one)) for one in read_session(tmp_path / "kept")]
            done = client.replay(messages, "there")["data"]
            faults = client.attempts(delivery=done[0]["number"])["data"][0]["faults"]
            assert [note["rule"] for note in faults] == ["replay", "replay"]
            assert {note["fault"] for note in faults} == {"corrupt", "connection"}

    async def go() -> None:
        rules = "\n".join(
            f"  - {{id: x{nth}, match: {{event: order.created, nth: {nth}, attempt: 1}}, {how}}}"
            for nth, how in enumerate(TREATED, start=1)
        )
        async with asyncio.timeout(60), bare_receiver() as receiver:
            scenario = parse_scenario(DAMAGED.format(url=receiver.url, rules=rules), "story.yaml", {})
            settings = settings_of(scenario, data_dir=tmp_path / "kept")
            played = await asyncio.to_thread(play, scenario, settings=settings)
            assert {note["fault"] for one in played.attempts for note in one["faults"]} == {
                *("connection", "corrupt", "secret", "payload", "ack_loss"),
            }
            requests, connections = list(receiver.requests), len(receiver.seen)
            await receiver.until(lambda: all(seen.end != "open" for seen in receiver.seen))
            cut = [(seen.received, seen.end) for seen in receiver.seen if not seen.requests]
            assert len(cut) == 2
            await asyncio.to_thread(again, receiver.url)
            await receiver.until(lambda: all(seen.end != "open" for seen in receiver.seen))
            assert receiver.requests == requests * 2
            assert [(seen.received, seen.end) for seen in receiver.seen[connections:] if not seen.requests] == cut

    asyncio.run(go())


def test_the_source_of_a_cloud_event_is_that_of_its_run(tmp_path: Path) -> None:
    scenario = parse_scenario(
        "integrations: [{name: queue, type: aws_sqs, observes: [order.created]}]\nsteps: [{trigger: order.created}]",
        "story.yaml",
        {},
    )
    settings = replace(settings_of(scenario, data_dir=tmp_path), base_url="https://shop.example")
    play(scenario, settings=settings)
    (recording,) = read_session(tmp_path)
    assert json.loads(recording.body)["source"].startswith("https://shop.example")


@pytest.mark.parametrize(
    ("treatment", "sentence"),
    [
        ({"fault": "corupt", "how": {}}, "no fault of one message; did you mean 'corrupt'?"),
        ({"fault": "delay", "how": {}}, "no fault of one message"),
        ({"fault": "corrupt", "how": {"mode": "truncate"}}, "corrupt cannot do this"),
        *(
            ({"fault": "connection", "how": how}, f"connection cannot do this: ValueError('{why}")
            for how, why in (
                ({"mode": "dribble", "chunk": 0, "delay": 1}, "dribble needs a chunk above 0"),
                ({"mode": "dribble", "chunk": 3}, "dribble needs a delay"),
                ({"mode": "bandwidth"}, "bandwidth needs a rate above 0"),
                ({"mode": "limit", "bytes": "9"}, "its numbers are whole, and 0 or more"),
                ({"mode": "reset", "salt": -1}, "its numbers are whole, and 0 or more"),
                ({"mode": "timeout", "delay": 10**12}, "a delay is 600000000 microseconds at most"),
            )
        ),
    ],
)
def test_what_cannot_be_done_to_a_message_is_refused(treatment: Any, sentence: str) -> None:
    body = {"id": "1", "triggered_by": "order.created", "attempt": 1, "payload": {"data": {"id": "2"}}}
    with LocalEmulator(Settings(seed=1, port=0)) as local, ControlClient(local.url) as client:
        client.ensure_integration(
            "there",
            integration_type="webhook",
            observes=[],
            enabled=True,
            configuration={"url": "http://127.0.0.1:1/"},
        )
        with pytest.raises(UserError, match=re.escape("messages[0].treatments[0]")) as caught:
            client.replay([{"body": body, "treatments": [treatment]}], "there")
    assert sentence in str(caught.value)


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
