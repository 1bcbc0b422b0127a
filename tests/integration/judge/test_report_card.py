"""Report cards of the zoo: a right animal's is clean, and a wrong one's says what is wrong with it."""

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
from zoo.animal import Animal
from zoo.hosting import at_desk
from zoo.registry import RIGHT, WRONG, ZOO

from emulator.cli.main import run
from emulator.core.card.card import Card
from emulator.core.card.standing import Standing
from emulator.harness.card.report_card import report_card
from emulator.harness.card.sheet import Sheet, Where

SECRET = "open sesame"
ORDERS = ("order.created", "order.paid", "order.fulfilled")
EVERYTHING = int(os.environ.get("EPCC_EMULATOR_TEST_SEEDS", "6")) >= 250
"""In a whole `make soak`, all animals; else those that the others are like."""
SHOWS: dict[str, str] = {
    "duplicate": "duplicates",
    "ack_loss": "redelivery",
    "reorder": "out-of-order",
    "overlap": "simultaneity",
    "payload": "new-fields",
    "delay": "late",
}
"""In which aspect the fault that gives an animal away is found."""


def scenario(animal: Animal, url: str, *, observes: tuple[str, ...] = (), secret: str | None = None) -> str:
    """The animal's, where it is there already."""
    port = url.rpartition(":")[2]
    document: dict[str, Any] = json.loads(animal.scenario("webhook", started=True).replace("{port}", port))
    del document["receiver"]["command"]
    [integration] = document["integrations"]
    integration |= {} if secret is None else {"secret_key": secret}
    integration |= {"observes": list(observes)} if observes else {}
    document["expect"] = [{"converges": {"probe": f"{url}/state", "stable_for": "1ms"}}]
    return json.dumps(document)


def card_of(animal: Animal, folder: Path, **how: Any) -> Card:
    """Of one behind a door that asks for the secret."""
    with at_desk(animal, secret=how.get("secret")) as (_, url):
        text = scenario(animal, url, **how)
        return report_card(Sheet.of(text, f"{animal.name}.yaml", {}, where=Where(folder=folder)))


def wrong(card: Card) -> dict[str, set[str | None]]:
    """The event types that it does not tolerate, by aspect."""
    found: dict[str, set[str | None]] = {}
    for line in card.lines:
        if line.standing is Standing.FAILS:
            found.setdefault(line.aspect, set()).add(line.event)
    return found


def test_a_right_one_with_a_door_has_a_clean_card(tmp_path: Path) -> None:
    card = card_of(ZOO["ledger"], tmp_path, secret=SECRET)
    assert {line.standing for line in card.lines} == {Standing.TOLERATES}
    assert len(card.runs) == 15
    for name, one in card.runs.items():
        assert one.verdict == "pass", name
        assert (tmp_path / one.page).stat().st_size > 1000
    assert SECRET not in (tmp_path / "report-card.html").read_text()
    assert not any(SECRET in (tmp_path / one.page).read_text() for one in card.runs.values())
    assert json.loads((tmp_path / "badge.json").read_text())["message"] == "✓ 12 of 12"
    assert json.loads((tmp_path / "report-card.json").read_text()) == card.document()


def test_one_that_knows_every_field_fails_new_ones_alone(tmp_path: Path) -> None:
    found = wrong(card_of(ZOO["strict_parser"], tmp_path, observes=("order.created", "order.paid"), secret=SECRET))
    assert found == {"new-fields": {"order.created", "order.paid"}}


def test_one_that_refuses_what_is_early_fails_out_of_order(tmp_path: Path) -> None:
    found = wrong(card_of(ZOO["refuses_early"], tmp_path, observes=("order.created", "order.paid"), secret=SECRET))
    assert found["out-of-order"] == {"order.created", "order.paid"}
    assert found["late"] == {"order.created"}
    assert found.keys() <= {"out-of-order", "late", "simultaneity"}


def test_it_is_asked_for_on_the_command_line_and_every_line_can_be_reproduced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One without a door, which does twice what comes twice."""
    monkeypatch.chdir(tmp_path)
    with at_desk(ZOO["no_key"]) as (_, url):
        Path("desk.yaml").write_text(scenario(ZOO["no_key"], url, observes=("order.paid",), secret=SECRET))
        code = run(["report-card", "desk.yaml", "--out", "card"])
        told = capsys.readouterr()
        assert code == 4, told.err
        said = json.loads(Path("card/report-card.json").read_text())
        failed = {line["aspect"] for line in said["lines"] if line["standing"] == "does not"}
        assert failed == {"duplicates", "redelivery", "missing-secret", "wrong-secret"}
        commands = [line.partition(": ")[2] for line in told.out.splitlines() if "Reproduce with: " in line]
        assert len(commands) == 4
        for command in commands:
            assert run(shlex.split(command)[1:]) == 4, command
        fine = next(line for line in said["lines"] if line["aspect"] == "new-fields")
        assert run(shlex.split(fine["reproduce"])[1:]) == 0
        capsys.readouterr()
        assert "The page, the badge and 9 runs: card/report-card.html" in told.err


def test_without_a_probe_it_says_what_answers_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECEIVER_SECRET", SECRET)
    with at_desk(ZOO["no_key"], secret=SECRET) as (_, url):
        words = ["report-card", "--forward-to", f"{url}/hook", "--observes", "order.paid", "--json"]
        assert run(words) == 5
        lines = json.loads(capsys.readouterr().out)["lines"]
        standing = {line["aspect"]: line["standing"] for line in lines}
        unknown = ("duplicates", "redelivery", "late")
        assert {name for name, one in standing.items() if one == "not known"} == set(unknown)
        assert standing["wrong-secret"] == standing["new-fields"] == standing["new-events"] == "tolerates"
        assert standing["out-of-order"] == "not applicable"
        reproduce = next(line["reproduce"] for line in lines if line["aspect"] == "wrong-secret")
        assert SECRET not in Path(".epcc-emulator/report-card/runs/wrong-secret-order.paid.yaml").read_text()
        assert run(shlex.split(reproduce)[1:]) == 0
        capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a scenario, or say where the receiver is: --forward-to URL"),
        (["x.yaml", "--probe", "http://127.0.0.1:1/"], "the scenario says that itself; leave out --probe"),
        (["--forward-to", "http://127.0.0.1:1/", "--reset", "true"], "--path and --reset are for a --probe URL"),
    ],
)
def test_what_does_not_go_together_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report-card", *words]) == 1
    assert said in capsys.readouterr().err


def test_nobody_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--forward-to", "http://127.0.0.1:1/", "--observes", "order.paid", "--out", str(tmp_path / "card")]
    assert run(["report-card", *words]) == 3
    assert "nobody answers for receiver: " in capsys.readouterr().err


def test_a_directory_of_somebody_s_own_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "mine.yaml").write_text("mine")
    words = ["--forward-to", "http://127.0.0.1:1/", "--observes", "order.paid", "--out", str(tmp_path)]
    assert run(["report-card", *words]) == 1
    assert "holds what is not a report card's" in capsys.readouterr().err
    assert (tmp_path / "runs" / "mine.yaml").read_text() == "mine"


def started(animal: Animal, transport: str, folder: Path) -> Card:
    """Of one that the run starts, on any transport."""
    document = json.loads(animal.scenario(transport, started=True))
    document["expect"] = [{"converges": {"probe": "http://127.0.0.1:{port}/state", "stable_for": "20ms"}}]
    if not EVERYTHING:
        document["integrations"][0]["observes"] = list(ORDERS)
    return report_card(Sheet.of(json.dumps(document), f"{animal.name}.yaml", {}, where=Where(folder=folder)))


WHOLE = (
    [(animal, animal.transports[0]) for animal in (*RIGHT, *WRONG)] if EVERYTHING else [(ZOO["queue_worker"], "stomp")]
)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize(("animal", "transport"), WHOLE, ids=lambda one: getattr(one, "name", one))
def test_every_animal_has_the_card_that_it_has_earned(animal: Animal, transport: str, tmp_path: Path) -> None:
    card = started(animal, transport, tmp_path)
    found = wrong(card)
    if animal.right:
        assert found == {}
        assert card.verdict == "pass"
    else:
        assert SHOWS[animal.fault] in found
    queue = transport != "webhook"
    asked = {line.aspect: line.standing for line in card.lines if line.event == card.events("zoo")[0]}
    assert (asked["slow-path"] is Standing.NOT_APPLICABLE) == queue
