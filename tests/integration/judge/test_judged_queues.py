"""Scenarios whose receivers take from queues: what they are told of them, and where these are."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings

TELLS = """\
import json, os, signal
json.dump(dict(os.environ), open("seen.new", "w"))
os.rename("seen.new", "seen.json")
"""
REJECTS = """\
import os, re, socket
def send(command, **headers):
    lines = [command, *(f"{name.replace('_', '-')}:{value}" for name, value in headers.items())]
    broker.sendall(("\\n".join(lines) + "\\n\\n\\0").encode())
broker = socket.create_connection((os.environ["STOMP_HOST"], int(os.environ["STOMP_PORT"])))
send("CONNECT", accept_version="1.2", host="/")
send("SUBSCRIBE", id="1", destination="/queue/line", ack="client-individual", receipt="there")
seen = b""
while data := broker.recv(65536):
    seen += data
    if b"receipt-id:there" in seen:
        open("seen.json", "w").close()
    *whole, seen = seen.split(b"\\0")
    for frame in whole:
        for ack in re.findall(rb"\\nack:(.*)", frame):
            send("NACK", id=ack.decode())
"""
SCENARIO = f"""\
integrations:
  - {{name: queue, type: aws_sqs, region: eu-west-1, observes: [order.created]}}
  - {{name: line, type: stomp, observes: [order.created]}}
receiver: {{command: '{sys.executable} -S tells.py', idle: 'test -e seen.json'}}
steps: [{{trigger: order.created}}]
"""


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tells.py").write_text(TELLS + "signal.pause()\n")
    (tmp_path / "queues.yaml").write_text(SCENARIO)
    return "queues.yaml"


@pytest.fixture
def server() -> Iterator[LocalEmulator]:
    ports = QueueSettings(sqs_port=0, stomp_port=0)
    with LocalEmulator(Settings(seed=1, clock=ClockSettings(mode=ClockMode.VIRTUAL), queues=ports)) as local:
        yield local


def check(seen: dict[str, str]) -> None:
    assert seen["AWS_ENDPOINT_URL_SQS"].startswith("http://127.0.0.1:")
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STOMP_HOST", "STOMP_PORT", "STOMP_LOGIN"} <= set(seen)


def test_a_receiver_is_told_where_its_queues_are(scenario: str, command: Callable[..., Any]) -> None:
    result = command("run", scenario)
    assert result.code == 0, result.err
    check(json.loads(Path("seen.json").read_text()))


def test_so_is_the_command_that_is_run_beside_a_scenario(scenario: str, command: Callable[..., Any]) -> None:
    tells = [sys.executable, "-S", "-c", TELLS.replace("seen.json", "told.json")]
    result = command("exec", "--scenario", scenario, "--", *tells)
    assert result.code == 0, result.err
    check(json.loads(Path("told.json").read_text()))


def test_and_a_receiver_that_is_started_for_a_server_that_runs(
    scenario: str, server: LocalEmulator, command: Callable[..., Any]
) -> None:
    """The queue is in the region that the scenario names, and what was sent is in it."""
    result = command("run", scenario, "--url", server.url)
    assert result.code == 0, result.err
    seen = json.loads(Path("seen.json").read_text())
    check(seen)
    sqs = boto3.client(
        "sqs",
        endpoint_url=seen["AWS_ENDPOINT_URL_SQS"],
        region_name=seen["AWS_REGION"],
        aws_access_key_id=seen["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=seen["AWS_SECRET_ACCESS_KEY"],
    )
    (message,) = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="epcc-queue")["QueueUrl"])["Messages"]
    assert json.loads(message["Body"])["type"] == "order.created"


def test_what_a_receiver_rejects_does_not_keep_it_from_being_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Any]
) -> None:
    """It lies where the broker puts dead letters, and that is nobody's work."""
    monkeypatch.chdir(tmp_path)
    Path("rejects.py").write_text(REJECTS)
    Path("line.yaml").write_text(
        "integrations: [{name: line, type: stomp}]\nsteps: [{trigger: order.created, count: 3}]\n"
        f"receiver: {{command: '{sys.executable} -S rejects.py', idle: 'test -e seen.json'}}\n"
        "expect: [exactly: {probe: {command: 'echo 1'}, equals: 1}]\n"
    )
    result = command("run", "line.yaml")
    assert result.code == 0, result.out + result.err


def test_a_destination_without_a_prefix_is_a_queue_of_the_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Any]
) -> None:
    """As with ActiveMQ, and not one of SQS."""
    monkeypatch.chdir(tmp_path)
    Path("plain.yaml").write_text(
        "integrations: [{name: line, type: stomp, destination: orders}]\nsteps: [{trigger: order.created}]\n"
        "expect: [eventually: {event: order.created, delivered: true}]\n"
    )
    result = command("run", "plain.yaml")
    assert result.code == 0, result.err


def test_an_integration_that_a_server_refuses_is_told_with_its_place(
    server: LocalEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd.yaml").write_text(
        "integrations:\n  - {name: shop, url: 'http://localhost:1'}\n  - {name: a b, type: aws_sqs}\nsteps: [settle]\n"
    )
    result = command("run", "odd.yaml", "--url", server.url)
    assert result.code == 2
    assert "odd.yaml:3:5: integrations[1]: 'epcc-a b' is no queue name" in result.err
    with ControlClient(server.url) as client:
        assert client.integrations() == []
