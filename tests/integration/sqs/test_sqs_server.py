"""The embedded SQS server's life: start, port, death, and the death of those who started it."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.runtime.sqs import SqsServer
from emulator.runtime.sqs.server import Patience

Run = Callable[[Coroutine[Any, Any, Any]], Any]
Notices = asyncio.Queue[str]
Start = Callable[..., "subprocess.Popen[str]"]
Check = Callable[[SqsServer, Notices], Awaitable[None]]

# What a process of its own does in the tests that kill it: a server, its pid said aloud, then whatever `{then}` is.
PARENT = """
import asyncio, os, signal
from emulator.runtime.sqs import SqsServer

async def main():
    server = SqsServer(port=0, on_notice=print)
    await server.start()
    await server.create_queue("q", region="eu-west-1")
    {then}

asyncio.run(main())
"""


def gone(pid: int) -> bool:
    """Whether a process has ended; an orphan that nobody has reaped has."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def start() -> Iterator[Start]:
    """`start("-c", code)`: a Python process in a session of its own, ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen([sys.executable, *arguments], text=True, start_new_session=True, **pipes, **options)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe
            pipe.close()
        process.wait()


def said(process: "subprocess.Popen[str]") -> str:
    """The next line of it, which has ten seconds."""
    assert process.stdout
    assert select.select([process.stdout], [], [], 10)[0], "it said nothing"
    return process.stdout.readline().strip()


def with_server(run: Run, check: Check, **options: Any) -> list[str]:
    """Runs the check on a server that is not started yet, stops it, and answers the notices that are left."""

    async def go() -> list[str]:
        notices = Notices()
        server = SqsServer(**{"port": 0, "on_notice": notices.put_nowait, **options})
        try:
            await check(server, notices)
        finally:
            await server.stop()
        assert not server.running
        return [notices.get_nowait() for _ in range(notices.qsize())]

    left: list[str] = run(go())
    return left


def refused(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def test_it_starts_once_for_all_who_ask_and_stops(run: Run) -> None:
    ports = []

    async def check(server: SqsServer, notices: Notices) -> None:
        assert not server.running
        await asyncio.gather(*(server.start() for _ in range(5)))
        pid = server.pid
        assert server.running
        assert pid
        assert server.endpoint == f"http://127.0.0.1:{server.port}"
        await server.start()
        assert server.pid == pid
        ports.append(server.port)
        await server.stop()
        assert gone(pid)
        await server.stop()

    assert with_server(run, check) == []
    assert refused(ports[0])


def test_it_starts_when_a_queue_is_asked_for_and_keeps_queues_over_a_stop(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        url = await server.create_queue("orders", region="eu-west-1", attributes={"VisibilityTimeout": "7"})
        assert url == f"{server.endpoint}/123456789012/orders"
        assert await server.create_queue("orders", region="eu-west-1") == url
        with pytest.raises(InvalidInput, match="already exists"):
            await server.create_queue("orders", region="eu-west-1", attributes={"VisibilityTimeout": "8"})
        await server.stop()
        (view,) = await server.queues()
        assert view.address == url

    assert with_server(run, check) == []


def test_a_start_that_is_cancelled_leaves_the_others_alone(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        first, second = asyncio.create_task(server.start()), asyncio.create_task(server.start())
        await asyncio.sleep(0)
        first.cancel()
        await second
        assert server.running
        assert first.cancelled()

    with_server(run, check)


def test_a_stop_while_it_starts_leaves_no_process(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        starting = asyncio.create_task(server.start())
        await asyncio.sleep(0)
        await server.stop()
        with pytest.raises(EnvironmentFault, match="was stopped"):
            await starting
        assert refused(server.port)
        await server.start()

    with_server(run, check)


def test_when_its_process_dies_it_comes_back_with_its_queues_and_says_so(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        await server.create_queue("orders.fifo", region="eu-west-1", attributes={"VisibilityTimeout": "7"})
        await server.create_queue("carts", region="us-east-1")
        port, pid = server.port, server.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert await notices.get() == (
            "The embedded SQS server died and was restarted; 2 queues were made again, the messages that were in them "
            "are lost: carts (us-east-1), orders.fifo (eu-west-1)"
        )
        assert server.pid not in (pid, None)
        assert server.port == port
        assert [(view.name, view.region) for view in await server.queues()] == [
            ("orders.fifo", "eu-west-1"),
            ("carts", "us-east-1"),
        ]
        with pytest.raises(InvalidInput, match="already exists"):
            await server.create_queue("orders.fifo", region="eu-west-1", attributes={"VisibilityTimeout": "8"})

    with_server(run, check)


def test_queues_that_its_clients_made_and_changed_come_back_as_they_were(run: Run) -> None:
    def change(client: Any) -> None:
        url = client.create_queue(QueueName="theirs", Attributes={"DelaySeconds": "5"}, tags={"team": "shop"})[
            "QueueUrl"
        ]
        client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
        client.delete_queue(QueueUrl=client.create_queue(QueueName="short-lived")["QueueUrl"])

    def seen(client: Any) -> tuple[Any, ...]:
        (url,) = client.list_queues()["QueueUrls"]
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds", "VisibilityTimeout"])
        return url.rpartition("/")[2], attributes["Attributes"], client.list_queue_tags(QueueUrl=url)["Tags"]

    async def check(server: SqsServer, notices: Notices) -> None:
        await server.start()
        credentials = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        client = boto3.client("sqs", endpoint_url=server.endpoint, region_name="eu-west-1", **credentials)
        with closing(client):
            await asyncio.to_thread(change, client)
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            await notices.get()
            assert await asyncio.to_thread(seen, client) == (
                "theirs",
                {"DelaySeconds": "5", "VisibilityTimeout": "77"},
                {"team": "shop"},
            )

    assert with_server(run, check) == []


def test_a_queue_finds_its_dead_letter_queue_again(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        await server.create_queue("zombies", region="eu-west-1")
        redrive = {"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:zombies", "maxReceiveCount": 3}
        attributes = {"RedrivePolicy": json.dumps(redrive), "DelaySeconds": "1"}
        await server.create_queue("orders", region="eu-west-1", attributes=attributes)
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        assert "orders (eu-west-1), zombies (eu-west-1)" in await notices.get()
        await server.create_queue("orders", region="eu-west-1", attributes=attributes)
        with pytest.raises(InvalidInput, match="already exists"):
            await server.create_queue("orders", region="eu-west-1", attributes={"RedrivePolicy": "{}"})

    assert with_server(run, check) == []


def test_who_asks_while_it_is_dead_waits_for_it(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        await server.create_queue("orders", region="eu-west-1")
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        views = await asyncio.gather(*(server.queues() for _ in range(4)))
        assert [[view.name for view in seen] for seen in views] == [["orders"]] * 4

    assert len(with_server(run, check)) == 1


def test_after_too_many_deaths_it_stays_down_until_it_is_needed(run: Run) -> None:
    async def check(server: SqsServer, notices: Notices) -> None:
        await server.create_queue("orders", region="eu-west-1")
        for expected in ("1 queue was made again", "stays down until it is needed again: it died 2 times in a row"):
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            assert expected in await notices.get()
        assert not server.running
        assert refused(server.port)
        assert [view.name for view in await server.queues()] == ["orders"]

    assert with_server(run, check, patience=Patience(deaths=2)) == []


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("RuntimeError('out of order')", "did not start: RuntimeError: out of order"),
        ("ModuleNotFoundError('No module named moto')", r"No module named moto; is 'moto\[server\]' installed\?"),
        ("__import__('os')._exit(7)", "did not start: it ended with exit code 7"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_its_own_words(
    run: Run, failure: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moto").mkdir()
    (tmp_path / "moto" / "__init__.py").write_text(f"raise {failure}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def check(server: SqsServer, notices: Notices) -> None:
        with pytest.raises(EnvironmentFault, match=sentence):
            await server.start()
        with pytest.raises(EnvironmentFault, match=sentence):
            await server.queues()

    assert with_server(run, check) == []


def test_it_runs_moto_as_it_is_where_it_does_not_know_it_and_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `version` says in the process is changed before anything else is imported there."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\n"
        "known = metadata.version\n"
        "metadata.version = lambda name: '9.9.9' if name == 'moto' else known(name)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def check(server: SqsServer, notices: Notices) -> None:
        await server.create_queue("orders", region="eu-west-1")
        assert "moto 9.9.9 is none of the releases that were tried" in notices.get_nowait()
        assert [view.name for view in await server.queues()] == ["orders"]

    assert with_server(run, check) == []


def test_a_taken_port_is_answered_with_another_one_and_the_holder(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wished = taken.getsockname()[1]

        async def check(server: SqsServer, notices: Notices) -> None:
            await server.start()
            assert server.port != wished
            notice = notices.get_nowait()
            assert f"Port {wished} is taken by" in notice
            assert f"process {os.getpid()}" in notice
            assert f"listens on {server.port} instead" in notice

        assert with_server(run, check, port=wished) == []


def test_a_taken_port_is_an_error_where_no_other_will_do(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wished = taken.getsockname()[1]

        async def check(server: SqsServer, notices: Notices) -> None:
            with pytest.raises(EnvironmentFault, match=f"cannot listen: port {wished} is taken by .*--sqs-port"):
                await server.start()

        with_server(run, check, port=wished, fallback=False)


def test_settings_of_aws_that_nobody_meant_for_it_do_not_keep_it_from_starting(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")

    async def check(server: SqsServer, notices: Notices) -> None:
        assert await server.create_queue("orders", region="no-where-1")

    with_server(run, check)


def test_its_process_ends_when_the_pipe_to_it_closes(start: Start) -> None:
    """By itself, and in peace: nobody here is killed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = start("-P", "-m", "emulator.runtime.sqs", pass_fds=[listening.fileno()])
        order = {"parent": os.getpid(), "socket": listening.fileno(), "allowed_hosts": [], "blueprints": []}
        assert process.stdin
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        assert json.loads(said(process)) == {"ready": True, "unpatched": None}
        process.stdin.close()
        assert process.wait(10) == 0


def test_it_dies_with_a_parent_that_is_killed(start: Start) -> None:
    process = start("-c", PARENT.format(then="print(server.pid, flush=True); await asyncio.Event().wait()"))
    pid = int(said(process))
    assert not gone(pid)
    process.kill()
    wait_until(lambda: gone(pid))


def test_it_dies_with_a_parent_that_is_killed_before_it_was_ready(start: Start) -> None:
    process = start(
        "-c",
        "import os\n"
        "from emulator.runtime.sqs.child import Child\n"
        "async def die(self):\n"
        "    print(self.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "Child._until_ready = die\n" + PARENT.format(then=""),
    )
    pid = int(said(process))
    wait_until(lambda: gone(pid))
    assert process.wait() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_dies_with_its_parent_also_when_something_else_has_the_pipe(start: Start) -> None:
    fork = "pid = os.fork()\n    if pid == 0: signal.pause()\n    print(server.pid, pid, flush=True); signal.pause()"
    process = start("-c", PARENT.format(then=fork))
    pid, holder = (int(word) for word in said(process).split())
    try:
        process.kill()
        wait_until(lambda: gone(pid))
        assert not gone(holder)
    finally:
        os.kill(holder, signal.SIGKILL)


def test_an_interrupt_from_the_terminal_is_left_to_its_parent(start: Start) -> None:
    """Ctrl-C reaches every process of the terminal's group: the parent may still need its queues to end in order."""
    then = (
        "asked = asyncio.Event(); asyncio.get_running_loop().add_signal_handler(signal.SIGINT, asked.set)\n"
        "    print(server.pid, flush=True); await asked.wait()\n"
        "    print(len(await server.queues()), flush=True); await server.stop()"
    )
    process = start("-c", PARENT.format(then=then))
    pid = int(said(process))
    os.killpg(process.pid, signal.SIGINT)
    assert said(process) == "1"
    assert process.wait(10) == 0
    assert gone(pid)
