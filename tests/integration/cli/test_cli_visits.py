"""`run --url`: a scenario played on a server that runs already, which is afterwards as it was."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

STORY = """\
seed: 5
profile: lost_acks
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created, order.paid]}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1}
  - {chaos: {add: [{id: more, delay: 2s}]}}
chaos: [{id: unheard, match: {event: order.created, resource: o1}, ack_loss: {times: 1}}]
"""
Command = Callable[..., Any]


@pytest.fixture
def story(tmp_path: Path) -> str:
    path = tmp_path / "story.yaml"
    path.write_text(STORY, encoding="utf-8")
    return str(path)


@pytest.fixture
def client(server: LocalEmulator) -> Iterator[ControlClient]:
    with ControlClient(server.url) as found:
        yield found


def _rules(client: ControlClient) -> tuple[str, list[dict[str, Any]]]:
    """The profile and the rules, but for how often they have hit."""
    state = client.chaos()
    return state["profile"], [{name: rule[name] for name in rule if name != "hits"} for rule in state["rules"]]


def _heard(receiver: Any) -> list[tuple[str, int]]:
    return [(one["event"], one["attempt"]) for one in receiver.seen()]


def test_it_is_played_there_and_the_server_is_as_it_was(
    command: Command, server: LocalEmulator, receiver: Any, client: ControlClient, story: str
) -> None:
    client.set_profile("at_least_once")
    client.remove_rule("copy")
    client.switch_rule("lost-acknowledgement", on=False)
    client.add_rule({"id": "unheard", "match": {"event": "cart.*"}, "times": 3, "delay": "5s"})
    client.add_rule({"id": "mine", "drop": None, "probability": 0})
    client.switch_rule("mine", on=False)
    before = _rules(client)
    played = command("run", story, "--url", server.url, "--forward-to", receiver.url)
    assert played.code == 0, played.err
    assert "its seed 5 does not apply: the server's is 1" in played.err
    assert "its clock" not in played.err, "both are virtual"
    assert "shop         2           2" in played.out
    assert ("order.created", 2) in _heard(receiver), "its own rule was in force, about its own order"
    assert _rules(client) == before
    assert [one["name"] for one in client.integrations()] == ["shop"]
    assert client.status()["paused"] == []


def test_it_can_be_played_twice_and_tells_of_its_own_deliveries(
    command: Command, server: LocalEmulator, receiver: Any, client: ControlClient, story: str
) -> None:
    for turn in (1, 2, 3):
        told = command("run", story, "--url", server.url, "--forward-to", receiver.url, "--json").json
        assert len(told["deliveries"]) == 2
        assert {one["resource"] for one in told["deliveries"]} == {"o1" if turn == 1 else f"o1-{turn}"}
        assert len(told["attempts"]) >= 3
        assert {one["delivery"] for one in told["attempts"]} == {one["number"] for one in told["deliveries"]}


def test_where_nothing_says_where_the_servers_own_integrations_hear_of_it(
    command: Command, server: LocalEmulator, receiver: Any, client: ControlClient, story: str
) -> None:
    told = command("run", story, "--url", server.url)
    assert told.code == 1
    assert "nobody would receive anything: the server has no enabled integration; add --forward-to URL" in told.err
    client.ensure_integration("mine", observes=["order.paid"], configuration={"url": receiver.url})
    told = command("run", story, "--url", server.url)
    assert told.code == 0, told.err
    assert "shop is not registered, because nothing says where it receives" in told.err
    assert {event for event, _ in _heard(receiver)} == {"order.paid"}
    assert [one["name"] for one in client.integrations()] == ["mine"]


def test_a_refused_step_leaves_the_server_as_it_was(
    command: Command, server: LocalEmulator, receiver: Any, client: ControlClient, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        'profile: hostile\nsteps: [{trigger: order.fulfilled, as: o1}, {pause: "*"},\n'
        "  {trigger: order.authorized, of: o1, only: true}]\n"
        "chaos: [{id: x, drop: null}]\n"
    )
    before = _rules(client)
    told = command("run", str(path), "--url", server.url, "--forward-to", receiver.url)
    assert told.code != 0
    assert "wrong.yaml:3:" in told.err, told.err
    assert _rules(client) == before
    assert client.status()["paused"] == []


def test_who_was_paused_before_is_so_afterwards_and_hears_nothing_in_between(
    command: Command, receiver: Any, tmp_path: Path
) -> None:
    path = tmp_path / "pausing.yaml"
    path.write_text('steps: [{trigger: order.created}, {pause: "*"}]\n', encoding="utf-8")
    with (
        LocalEmulator(Settings(seed=1, clock=ClockSettings(mode=ClockMode.REAL))) as local,
        ControlClient(local.url) as client,
    ):
        client.ensure_integration("mine", observes=["order.created"], configuration={"url": receiver.url})
        client.pause("mine")
        told = command("run", str(path), "--url", local.url)
        assert told.code == 0, told.err
        assert client.status()["paused"] == ["mine"]
        assert client.settle(5)
        assert client.attempts()["data"] == []


def test_its_clock_is_the_servers(command: Command, receiver: Any, tmp_path: Path, story: str) -> None:
    with LocalEmulator(Settings(seed=5, clock=ClockSettings(mode=ClockMode.SCALED, speed=1_000))) as local:
        told = command("run", story, "--url", local.url, "--forward-to", receiver.url)
    assert told.code == 0, told.err
    assert "its clock (virtual) does not apply: the server's is scaled" in told.err
    assert "its seed" not in told.err


def test_a_saved_journal_plays_nothing(command: Command, receiver: Any, tmp_path: Path, story: str) -> None:
    with LocalEmulator(Settings(seed=5, data_dir=tmp_path / "data")):
        pass
    with SavedEmulator(tmp_path / "data") as local:
        told = command("run", story, "--url", local.url, "--forward-to", receiver.url)
    assert told.code == 1
    assert "shows a saved journal; it can be looked at, not changed" in told.err


def test_what_a_server_has_already_is_not_asked_for(command: Command, server: LocalEmulator, story: str) -> None:
    assert "name only what to play there" in command("run", story, "--url", server.url, "--seed", "3").err
    assert "name a scenario" in command("run", "--url", server.url).err
