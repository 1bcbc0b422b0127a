"""What only a process of its own can show: readiness, signals, exit codes, files that come and go."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.domain.errors import EnvironmentFault
from emulator.examples.receiver import make_server
from emulator.harness.client import ControlClient
from emulator.harness.locate import locate

Start = Callable[..., Any]


def ready(running: Any) -> str:
    """The address that a server printed."""
    line: str = running.until("Ready http")
    return line.split()[1]


def waited_for(directory: Path) -> ControlClient:
    """A client of the server that is about to be ready in this directory."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(EnvironmentFault):
            return ControlClient(locate(start=directory, environ={}))
    raise AssertionError(f"no server in {directory}")


def test_serve_says_everything_one_needs_and_where_it_is(start: Start, tmp_path: Path) -> None:
    serving = start("serve", "--port", "0", "--port-file", "p.txt", "--seed", "7", "--profile", "documented")
    url = ready(serving)
    serving.until("Next:", "epcc-emulator trigger order.paid")
    said = "\n".join(serving.lines)
    for word in ("documented", "seed      7", "real", ".epcc-emulator", "client epcc-emulator", "blocked"):
        assert word in said
    assert f"EPCC_API_BASE_URL={url}" in said
    port = int((tmp_path / "p.txt").read_text())
    assert url == f"http://127.0.0.1:{port}"
    assert locate(start=tmp_path, environ={}).url == url
    with ControlClient(url) as client:
        assert client.health()
        assert client.environment()["EPCC_CLIENT_SECRET"] in said
    assert serving.end(signal.SIGTERM) == 0
    assert not (tmp_path / "p.txt").exists()
    assert not (tmp_path / ".epcc-emulator" / "port").exists()
    assert "Traceback" not in "\n".join(serving.lines)


def test_serve_ends_well_on_interrupt_while_somebody_reads_the_feed(start: Start) -> None:
    serving = start("serve", "--port", "0", "--ephemeral")
    with ControlClient(ready(serving)) as client, client.feed():
        assert serving.end(signal.SIGINT) == 0
    assert "Traceback" not in "\n".join(serving.lines)


def test_serve_without_colours_where_no_terminal_is(start: Start) -> None:
    serving = start("serve", "--port", "0", "--ephemeral")
    ready(serving)
    serving.end()
    assert "\x1b" not in "\n".join(serving.lines)


def test_serve_in_json(start: Start) -> None:
    serving = start("serve", "--port", "0", "--ephemeral", "--json", "--clock", "virtual")
    told = json.loads(serving.until('"ready": true'))
    assert told["data_dir"] is None
    assert told["clock"] == "virtual"
    assert httpx.get(f"{told['url']}/_emulator/health", trust_env=False).status_code == 200
    assert serving.end() == 0


def test_serve_tells_who_holds_the_port(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = start("serve", "--ephemeral", "--port", str(port))
        assert serving.wait() == 3
    (line,) = serving.lines
    assert f"port {port} is taken by" in line
    assert f"(process {os.getpid()})" in line
    assert "is free: --port" in line


def test_two_servers_on_one_data_directory(start: Start) -> None:
    first = start("serve", "--port", "0")
    ready(first)
    second = start("serve", "--port", "0")
    assert second.wait() == 3
    assert "in use by another server" in second.lines[0]
    assert first.end() == 0


def test_state_is_there_again_after_a_restart(start: Start) -> None:
    for expected in (["order:1"], ["order:2", "order:1"]):
        serving = start("serve", "--port", "0")
        with ControlClient(ready(serving)) as client:
            client.trigger("order.created")
            orders = client.events(key="order.created")["data"]
        assert [event["resource"] for event in orders] == expected
        assert serving.end() == 0


def test_serve_over_https_with_an_authority_of_its_own(start: Start, tmp_path: Path) -> None:
    for _ in range(2):
        serving = start("serve", "--port", "0", "--tls")
        location = locate(start=tmp_path, environ={}) if (url := ready(serving)) else None
        assert location is not None
        assert url.startswith("https://127.0.0.1:")
        assert location.url == url
        with ControlClient(location) as client:
            assert client.health()
        key = tmp_path / ".epcc-emulator" / "ca.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        authority = (tmp_path / ".epcc-emulator" / "ca.pem").read_bytes()
        assert serving.end() == 0
    assert (tmp_path / ".epcc-emulator" / "ca.pem").read_bytes() == authority


def test_listen_waits_for_a_receiver_prints_attempts_and_leaves_nothing(start: Start, tmp_path: Path) -> None:
    late = make_server("127.0.0.1", 0, None)  # bound and listening, so it takes connections; closed below
    port = late.server_address[1]
    late.server_close()
    listening = start("listen", "--forward-to", f"http://127.0.0.1:{port}/hook", "--port", "0", "--events", "order.*")
    url = ready(listening)
    listening.until("nothing listens there yet")
    listening.until("what happened")
    with ControlClient(url) as client:
        assert client.trigger("order.created")["deliveries"]
        assert client.deliveries()["data"][0]["attempts"] == 0
        receiver = make_server("127.0.0.1", port, None)
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            listening.until("is up")
            line = listening.until("order.created", "order:1", "#1", "200")
            assert "ms" in line
        finally:
            receiver.shutdown()
            thread.join()
            receiver.server_close()
    assert len(receiver.memory.seen()) == 1
    assert listening.end(signal.SIGINT) == 0
    assert "the registration is removed" in listening.lines[-1]
    again = start("serve", "--port", "0")
    with ControlClient(ready(again)) as client:
        assert client.integrations() == []
    again.end()


def test_listen_uses_the_server_that_runs_and_keeps_its_secret(start: Start, receiver: Any) -> None:
    serving = start("serve", "--port", "0")
    url = ready(serving)
    secrets = []
    for _ in range(2):
        listening = start("listen", "--forward-to", receiver.url)
        assert ready(listening) == url
        listening.until("secret")
        secrets.append(listening.lines[-1].split()[1])
        listening.until("what happened")
        with ControlClient(url) as client:
            (row,) = client.integrations()
            assert row["name"] == f"listen {receiver.url.removeprefix('http://')}"
            assert row["configuration"]["secret_key"] == secrets[-1]
            client.trigger("order.created")
        listening.until("order.created")
        assert listening.end() == 0
    assert secrets[0] == secrets[1]
    refused = start("listen", "--forward-to", receiver.url, "--seed", "5")
    assert refused.wait() == 1
    assert "--seed: decided when a server starts" in "\n".join(refused.lines)
    assert serving.end() == 0


def test_two_receivers_are_listened_to_side_by_side(start: Start, receiver: Any) -> None:
    serving = start("serve", "--port", "0")
    url = ready(serving)
    first, second = f"{receiver.url}/orders", f"{receiver.url}/stock?token=hidden"
    listening = [start("listen", "--forward-to", first)]
    listening[0].until("what happened")
    assert all("Events also go" not in line for line in listening[0].lines)
    listening.append(start("listen", "--forward-to", second))
    listening[1].until(f"Events also go to 'listen {first.removeprefix('http://')}'")
    listening[1].until("what happened")
    assert all("hidden" not in line for line in listening[1].lines)
    with ControlClient(url) as client:
        assert {row["configuration"]["url"] for row in client.integrations()} == {first, second}
        client.trigger("order.created", only=True)
        for one in listening:
            one.until("order.created", "#1", "200")
        assert listening[1].end() == 0
        assert [row["configuration"]["url"] for row in client.integrations()] == [first]
    assert listening[0].end() == 0
    assert serving.end() == 0


def test_listen_ends_with_a_sentence_when_its_server_stops(start: Start, receiver: Any) -> None:
    serving = start("serve", "--port", "0")
    ready(serving)
    listening = start("listen", "--forward-to", receiver.url)
    listening.until("what happened")
    assert serving.end() == 0
    assert listening.wait() == 3
    assert "the emulator has stopped" in listening.lines[-1]


def test_deliveries_followed_until_interrupted(start: Start, server: Any, receiver: Any) -> None:
    following = start("deliveries", "--follow", "--event", "order.*", EPCC_EMULATOR_URL=server.url)
    following.until("what happened")
    with ControlClient(server.url) as client:
        client.ensure_integration("shop", observes=["*"], configuration={"url": receiver.url}, enabled=True)
        client.trigger("order.created")
        client.settle()
    following.until("order.created", "order:1", "#1", "200")
    assert following.end(signal.SIGINT) == 130
    assert all("cart.updated" not in line for line in following.lines)


def test_listen_in_json_is_a_line_an_attempt(start: Start, receiver: Any) -> None:
    listening = start("listen", "--forward-to", receiver.url, "--port", "0", "--json", "--events", "order.*")
    with waited_for(listening.directory) as client:
        while not client.integrations():
            client.health()
        client.trigger("order.created")
    told = json.loads(listening.until("order.created"))
    assert told["event"] == "order:1/order.created:1"
    assert told["status"] == 200
    assert told["attempt"] == 1
    assert listening.end(signal.SIGINT) == 0


def test_exec_passes_the_environment_in_and_the_code_out(start: Start) -> None:
    script = "import os, sys, urllib.request as u; u.urlopen(os.environ['EPCC_EMULATOR_URL'] + '/_emulator/health')"
    script += "; print('client', os.environ['EPCC_CLIENT_ID']); sys.exit(7)"
    running = start("exec", "--", sys.executable, "-c", script)
    assert running.wait() == 7
    assert running.lines[0] == "client epcc-emulator"
    assert running.lines[-1].startswith("epcc-emulator exec:")
    assert running.lines[-1].endswith("ended with 7")


def test_exec_ends_its_command_when_it_is_ended(start: Start) -> None:
    script = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"
    running = start("exec", "--", sys.executable, "-c", script)
    child = int(running.until("pid").split()[1])
    assert running.end(signal.SIGTERM) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_exec_refuses_a_command_that_there_is_not(start: Start) -> None:
    running = start("exec", "--", "no-such-command")
    assert running.wait() == 1
    assert "there is no command 'no-such-command'" in running.lines[0]


def test_a_closed_pipe_is_no_reason_to_complain(tmp_path: Path) -> None:
    program = f"{sys.executable} -c 'from emulator.cli.main import main; main()'"
    line = f"{program} catalog --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


@pytest.mark.parametrize(
    ("shell", "expected"), [("bash", "complete -o nosort"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_completion_scripts(start: Start, shell: str, expected: str) -> None:
    running = start("completion", shell)
    assert running.wait() == 0
    assert expected in "\n".join(running.lines)
    assert "_EPCC_EMULATOR_COMPLETE" in "\n".join(running.lines)


@pytest.mark.parametrize(
    ("typed", "cursor", "found"),
    [
        ("epcc-emulator tri", 1, "trigger"),
        ("epcc-emulator trigger order.pa", 2, "order.paid"),
        ("epcc-emulator chaos p", 2, "profile"),
    ],
)
def test_completion_of_commands_and_event_keys(start: Start, typed: str, cursor: int, found: str) -> None:
    completing = start(_EPCC_EMULATOR_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(cursor))
    assert completing.wait() == 0
    assert any(found in line for line in completing.lines)


def test_help_imports_nothing_heavy_and_quickly(tmp_path: Path) -> None:
    heavy = "httpx starlette uvicorn textual moto boto3 stomp faker yaml orjson sqlite3 asyncio trustme"
    script = f"""
import sys
from emulator.cli.main import run
run(["--help"])
print(sorted(name for name in "{heavy}".split() if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_commands_help_has_examples_and_imports_nothing_heavy(tmp_path: Path) -> None:
    script = """
import sys, io, contextlib
from emulator.cli.commands import SECTIONS
from emulator.cli.main import run
for name in [name for section in SECTIONS.values() for name in section]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert run([name, "--help"]) == 0, name
    assert "Examples:" in said.getvalue(), name
print(sorted(name for name in "httpx starlette uvicorn textual moto boto3 stomp faker".split() if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_webhook_and_queues_are_listened_to_side_by_side(start: Start, receiver: Any) -> None:
    serving = start("serve", "--port", "0", "--sqs-port", "0", "--stomp-port", "0")
    url = ready(serving)
    listening = {
        "200": [start("listen", "--forward-to", receiver.url), start("listen", "--queue", "epcc-orders")],
        "ok": [start("listen", "--destination", "/queue/orders")],
    }
    told = {"epcc-orders": "AWS_ENDPOINT_URL_SQS=http://127.0.0.1:", "/queue/orders": "STOMP_PORT="}
    for one, name in zip((listening["200"][1], listening["ok"][0]), told, strict=True):
        one.until(told[name])
    for one in (*listening["200"], *listening["ok"]):
        one.until("what happened")
    with ControlClient(url) as client:
        names = {row["name"] for row in client.integrations()}
        webhook = f"listen {receiver.url.removeprefix('http://')}"
        assert names == {webhook, "listen epcc-orders", "listen /queue/orders"}
        client.trigger("order.created", only=True)
    for status, those in listening.items():
        for one in those:
            one.until("order.created", "#1", status)
            assert one.end() == 0
    refused = start("listen", "--queue", "epcc-more", "--sqs-port", "5")
    assert refused.wait() == 1
    assert "--sqs-port: decided when a server starts" in "\n".join(refused.lines)
    assert serving.end() == 0


def test_serve_tells_the_receiver_of_a_queue_what_it_needs_to_know(start: Start) -> None:
    serving = start("serve", "--port", "0", "--sqs", "--sqs-port", "0", "--stomp", "--stomp-port", "0")
    serving.until("EPCC_API_BASE_URL=")
    serving.until("AWS_ENDPOINT_URL_SQS=http://127.0.0.1:")
    serving.until("STOMP_HOST=127.0.0.1")
    assert serving.end() == 0
