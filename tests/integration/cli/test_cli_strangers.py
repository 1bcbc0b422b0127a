"""Servers that are no emulators, receivers that are not there, and places that one may not look at."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.harness.served_app import ServedApp

Command = Callable[..., Any]


@pytest.fixture(params=[b'{"a": [1]}', b"[1]", b"<html>"], ids=["an object", "a list", "a page"])
def stranger(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of one that answers everything with 200 and this."""

    async def answer(_call: Request) -> Response:
        return Response(request.param)

    everything = Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"])
    with ServedApp(Starlette(routes=[everything])) as served:
        yield served.url.rstrip("/")


@pytest.mark.parametrize(
    "words",
    [
        *("deliveries", "events", "env", "traffic", "integrity", "doctor", "queues ls", "integrations ls", "chaos ls"),
        *(
            "clock show",
            "scenario from 1",
            "trigger order.paid",
            "pause",
            "hold ls",
            "retry 1",
            "why order:1/order.paid:1",
        ),
        *("wait settled", "reset --yes"),
    ],
)
def test_a_server_that_is_no_emulator_is_told_apart(command: Command, stranger: str, words: str) -> None:
    found = command(*words.split(), "--url", stranger)
    assert found.code == 3
    assert f"what listens at {stranger} is no emulator" in found.err


def test_one_that_is_no_emulator_is_never_ready(command: Command, stranger: str) -> None:
    found = command("wait", "ready", "--time-limit", "100ms", "--url", stranger)
    assert found.code != 0


def test_a_run_that_reaches_nobody_says_why_and_tells_no_secret(command: Command, tmp_path: Path) -> None:
    nobody = "http://me:hunter2@127.0.0.1:1/?token=abc"
    found = command("run", "out-of-order", "--forward-to", nobody, "--json")
    assert "hunter2" not in found.err
    assert json.loads(found.out)["settled"]
    told = command("run", "out-of-order", "--forward-to", nobody, "--report", "ndjson=r.nd,html=r.html,junit=r.xml")
    assert "shop: what was given up failed with: 127.0.0.1:1 refused the connection" in told.out
    said = told.out + told.err + "".join(Path(name).read_text("utf-8") for name in ("r.nd", "r.html", "r.xml"))
    assert "hunter2" not in said
    assert "token=abc" not in said


def test_a_place_that_one_may_not_look_at_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists

    def refuse(path: Path) -> bool:
        if path.parent.name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", refuse)
    found = command("scenario", "new", "shut/x.yaml")
    assert found.code == 3
    assert "epcc-emulator: shut/x.yaml may not be looked at: Permission denied" in found.err
