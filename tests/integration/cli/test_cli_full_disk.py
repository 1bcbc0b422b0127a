"""A disk that is really full: callers are refused, nothing is sent, and all goes on by itself when there is room."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.moment import SECOND, parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.control_answer import ServerFault

_SIZE = "4m"
_BALLAST = 2_000_000  # bytes that are given back when the disk has filled up


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes; only root may mount one, and containers may forbid even that."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("mount is not installed")
    if mounted.returncode:
        pytest.skip(f"this user may not mount a file system here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_stops_everything_until_there_is_room(
    start: Callable[..., Any], receiver: Any, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(os.urandom(_BALLAST))
    serving = start("serve", "--port", "0", "--data-dir", str(small_disk / "state"))
    url = serving.until("Ready").split()[-1]
    with ControlClient(url) as client:
        client.ensure_integration(
            "shop",
            integration_type="webhook",
            enabled=True,
            observes=["order.created"],
            configuration={"url": receiver.url},
        )
        client.add_rule({"id": "late", "delay": {"value": "400ms"}})
        accepted = _fill(client)
        serving.until("the journal cannot be written", "free some disk space")
        assert not client.health()

        # When all of them are overdue, those that had not left yet do not leave any more.
        due = max(parse_instant(delivery["due"]) for delivery in accepted)
        jobs = {delivery["job_id"] for delivery in accepted}
        _refused_until(client, due)
        sent = {attempt["job"] for attempt in receiver.seen()}
        assert sent < jobs
        _refused_until(client, due + SECOND)
        assert {attempt["job"] for attempt in receiver.seen()} == sent

        ballast.unlink()
        serving.until("the journal can be written again")
        client.trigger("customer.created")
        assert client.settle(20)
        assert {attempt["job"] for attempt in receiver.seen()} == jobs
    assert serving.end() == 0


def _fill(client: ControlClient) -> list[dict[str, Any]]:
    """Orders until one is refused; the deliveries of those that were accepted."""
    accepted: list[dict[str, Any]] = []
    with suppress(ServerFault):
        while True:
            accepted += client.trigger("order.created")["deliveries"]
    assert accepted, "the disk was full before anything was accepted"
    return accepted


def _refused_until(client: ControlClient, moment: int) -> None:
    while parse_instant(client.clock()["now"]) < moment:
        with pytest.raises(ServerFault, match="cannot be written: the disk is full"):
            client.trigger("customer.created")
