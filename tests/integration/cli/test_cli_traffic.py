"""`traffic`, over a real server."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import Settings

Command = Callable[..., Any]
ENDLESS = "1000000000"


def test_it_sums_up_what_it_came_to(command: Command, server: Any) -> None:
    told = command("traffic", "--rate", "50/s", "--for", "10s", "--mix", "order=5, cart=5")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0].split() == ["EVENT", "TIMES"]
    assert lines[1].startswith("cart.updated ")
    assert lines[-2].startswith("Done: 50")
    assert lines[-2].endswith("a second.")
    assert "stories ended (cart " in lines[-1]


def test_as_json_it_is_what_the_server_says(command: Command, server: Any) -> None:
    state = command("traffic", "--rate", "3000/m", "--count", "100", "--mix", "customer", "--json").json
    assert (state["running"], state["ending"], state["mix"]) == (False, "done", {"customer": 1.0})
    assert state["rate"] == {"events": 3000, "window": "1m"}
    assert state["events"] == sum(state["keys"].values()) == 100
    assert {key.partition(".")[0] for key in state["keys"]} == {"customer", "address"}
    assert command("traffic", "--look", "--json").json == state


def test_it_goes_on_in_the_background_until_it_is_stopped(command: Command, server: Any) -> None:
    assert "Traffic goes on" in command("traffic", "--count", ENDLESS, "--background").out
    again = command("traffic", "--count", "1")
    assert (again.code, again.err) == (1, "epcc-emulator: traffic goes on already; stop it first\n")
    stopped = command("traffic", "--stop")
    assert (stopped.code, "Stopped: " in stopped.out) == (0, True)
    assert command("traffic", "--stop").out == stopped.out


def test_stories_that_came_to_nothing_are_told_of(command: Command, server: Any) -> None:
    with ControlClient(server.location) as client:
        customers = client.shop("GET", "/v2/customers")["data"]
    for customer in customers:
        assert command("trigger", "customer.deleted", "--of", customer["id"]).code == 0
    told = command("traffic", "--rate", "10/s", "--for", "5s", "--mix", "address")
    assert told.code == 0
    assert "50 stories were cut short; of the last: every customer was deleted" in told.err


def test_a_rate_that_is_too_high_is_told_of(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalEmulator(Settings(seed=1)) as local:
        monkeypatch.setenv("EPCC_EMULATOR_URL", local.url)
        told = command("traffic", "--rate", "999999/s", "--for", "1200ms")
    assert told.code == 0
    assert "It could not keep up: it was up to 1." in told.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--mix", "ordre=5"), 1, "unknown story 'ordre'; did you mean 'order'?"),
        (("--mix", "order=much"), 1, "'much' is not a weight; write order=5,cart=20."),
        (("--mix", "order=5,,cart"), 1, "'order=5,,cart' is not a mix; write order=5,cart=20."),
        (("--mix", "order=-1", "--count", "1"), 1, "a weight is a number from 0 to"),
        (("--rate", "fast"), 1, "'fast' is not a rate"),
        (("--rate", "0/s", "--count", "1"), 1, "rate: without any events there is no traffic"),
        ((), 1, "virtual time would run on for ever"),
        (("--look",), 1, "there is no traffic"),
        (("--stop",), 1, "there is no traffic"),
        (("--stop", "--look"), 1, "one of --background, --look and --stop at a time"),
    ],
)
def test_what_cannot_be_done_is_refused(
    command: Command, server: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    told = command("traffic", *words)
    assert told.code == code
    assert said in told.err


def test_interrupted_it_stops_and_sums_up(command: Command, server: Any, start: Command) -> None:
    running = start("traffic", "--rate", "1000/s", "--count", ENDLESS, EPCC_EMULATOR_URL=server.url)
    with ControlClient(server.location) as client:
        while not ((state := client.traffic(wait=0.05)) and state["events"] > 50):
            assert running.process.poll() is None
        assert running.end(signal.SIGINT) == 0
        assert any(line.startswith("Stopped: ") for line in running.lines)
        assert client.status()["traffic"] is False


def test_whoever_waits_for_its_end_is_told_at_once(server: Any) -> None:
    with ControlClient(server.location) as client, ControlClient(server.location) as other:
        client.start_traffic(count=int(ENDLESS))
        ended: list[Any] = []
        waiting = threading.Thread(target=lambda: ended.append(other.traffic(wait=60)))
        waiting.start()
        stopped = client.stop_traffic()
        waiting.join(30)
        assert ended == [stopped]
