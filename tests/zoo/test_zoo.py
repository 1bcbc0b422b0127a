"""Each wrong receiver is given away by one fault, and no right one by all of them."""

import inspect
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.verdict import Verdict
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.scenario_run import Played, play
from emulator.harness.trials import Trial
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.settings import QueueSettings, Settings
from zoo.animal import Animal
from zoo.keeper import Trier, live, tried
from zoo.registry import RIGHT, WRONG, ZOO

MANY = range(1, 1 + int(os.environ.get("EPCC_EMULATOR_TEST_SEEDS", "6")))
FEW = range(1, 3)
AGAIN = max(10, len(MANY) * 100 // 250)
"""Times that the same is judged: 100 where all seeds are tried."""


def places(animals: Iterable[Animal], first: int = 0) -> list[object]:
    """Where they live; an animal's first transport is where it is at home."""
    return [pytest.param(a, t, id=f"{a.name}-{t}") for a in animals for t in a.transports[first:]]


@pytest.fixture(scope="module")
def sqs_endpoint() -> Iterator[str]:
    """One SQS server for all, for it takes a second to start."""
    with (
        LocalEmulator(Settings(seed=1, queues=QueueSettings(sqs=True))) as local,
        ControlClient(local.url) as client,
    ):
        yield client.environment()["AWS_ENDPOINT_URL_SQS"]


@pytest.mark.parametrize(("animal", "transport"), places(WRONG))
def test_one_fault_gives_a_wrong_one_away(animal: Animal, transport: str, sqs_endpoint: str) -> None:
    """It fails what it is to converge to, and nothing but what its mistake spoils is different."""
    with tried(animal, transport, sqs_endpoint=sqs_endpoint) as trier:
        trial = trier.run()
    assert trial.judgement.verdict is Verdict.FAIL, trial.judgement
    assert faults_of([trial]) == {animal.fault}
    found = trial.judgement.findings[-1]
    if animal.name == "strict_parser":  # what it never accepts is not compared; that it is not delivered fails
        assert (trial.baseline, found.verdict) == (None, Verdict.INCONCLUSIVE)
        return
    assert trial.baseline is not None
    sound(trial.baseline)
    assert found.verdict is Verdict.FAIL
    assert {one["path"].split("[")[0].split(".")[1] for one in found.differences} == {animal.shows_in}
    assert found.deliveries


@pytest.fixture(scope="module")
def ledger() -> Iterator[Trier]:
    """A right one that is tried with everything."""
    with tried(ZOO["ledger"], "webhook") as trier:
        yield trier


@pytest.mark.parametrize("animal", [pytest.param(animal, id=animal.name) for animal in WRONG])
def test_what_gives_a_wrong_one_away_leaves_a_right_one_alone(animal: Animal, ledger: Trier) -> None:
    trial = ledger.run(animal)
    passed(trial)
    assert faults_of([trial]) == {animal.fault}


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("animal", [pytest.param(animal, id=animal.name) for animal in RIGHT])
def test_a_right_one_survives_everything(animal: Animal) -> None:
    """Whatever is documented, many times over, where it is at home."""
    survives(animal, animal.transports[0], MANY)


@pytest.mark.parametrize(("animal", "transport"), places(RIGHT, 1))
def test_a_right_one_survives_it_elsewhere(animal: Animal, transport: str, sqs_endpoint: str) -> None:
    survives(animal, transport, FEW, sqs_endpoint)


def survives(animal: Animal, transport: str, seeds: Iterable[int], sqs_endpoint: str | None = None) -> None:
    """The state is the same with all faults and without, and there was something to survive."""
    everything = []
    with tried(animal, transport, sqs_endpoint=sqs_endpoint) as trier:
        for seed in seeds:
            everything.append(trier.run(seed=seed))
            passed(everything[-1])
    assert faults_of(everything) == {"delay", "reorder", "overlap", "duplicate", "ack_loss", "payload"}


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize(("name", "times"), [("check_then_act", AGAIN), ("ledger", AGAIN), ("no_key", AGAIN // 2)])
def test_the_same_is_judged_the_same_every_time(name: str, times: int) -> None:
    """Also of one that acts on two messages at once."""
    animal = ZOO[name]
    with tried(animal, "webhook") as trier:
        judged = [trier.run().judgement for _ in range(times)]
    assert {judgement.verdict for judgement in judged} == {Verdict.PASS if animal.right else Verdict.FAIL}
    assert {repr(judgement) for judgement in judged} == {repr(judged[0])}


def passed(trial: Trial) -> None:
    """It met everything, and has refused nothing in either run."""
    assert trial.judgement.verdict is Verdict.PASS, trial.judgement
    assert trial.baseline is not None
    for played in (trial.played, trial.baseline):
        sound(played)
        assert {attempt["error"] for attempt in played.attempts} <= {None, LOST_ACKNOWLEDGEMENT}


def sound(played: Played) -> None:
    """It has come to an end, and everything has been delivered."""
    assert played.settled
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}


def faults_of(trials: Iterable[Trial]) -> set[str]:
    """The kinds of fault that hit any attempt."""
    return {fault["fault"] for trial in trials for attempt in trial.played.attempts for fault in attempt["faults"]}


def test_the_zoo_is_as_large_as_it_has_to_be() -> None:
    assert (len(WRONG), len(RIGHT)) == (15, 4)
    assert len(ZOO) == 19
    assert {kind for animal in ZOO.values() for kind in animal.transports} == {"webhook", "aws_sqs", "stomp"}


@pytest.mark.parametrize("animal", [pytest.param(animal, id=animal.name) for animal in ZOO.values()])
def test_an_animal_tells_what_it_does_in_one_sentence(animal: Animal) -> None:
    said = inspect.getdoc(sys.modules[type(animal.receiver()).__module__])
    assert said == f"{'Right' if animal.right else 'Mistake'}: {animal.mistake}"
    assert animal.mistake.endswith(".")
    assert "\n" not in animal.mistake


@contextmanager
def program(animal: Animal, transport: str, **environment: str) -> Iterator[str]:
    """The animal as a program of its own, for as long as the block lasts."""
    words = shlex.split(animal.command(transport).replace("{port}", "0"))
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().removeprefix("Receiving on ")
        finally:
            process.terminate()


@pytest.mark.parametrize("transport", ["webhook", "aws_sqs", "stomp"])
def test_as_a_program_it_believes_the_same(transport: str) -> None:
    animal = ZOO["running_total"]
    expected = live(animal, transport).state
    scenario = parse_scenario(animal.scenario(transport), "zoo.yaml", {})
    with ExitStack() as programs:
        if transport == "webhook":
            url = programs.enter_context(program(animal, transport))
            assert play(scenario, forward_to=f"{url}/hook").settled
            assert ask("GET", url, "/idle") == {"idle": True}
        else:
            running: list[str] = []

            def start(emulator: str) -> None:
                running.append(programs.enter_context(program(animal, transport, EPCC_EMULATOR_URL=emulator)))

            assert play(scenario, on_ready=start).settled
            [url] = running
        assert ask("GET", url, "/state") == expected
        assert ask("POST", url, "/reset") == {"reset": True}
        assert ask("GET", url, "/state")["orders"] == {}


def ask(method: str, url: str, path: str) -> Any:
    with httpx.Client(trust_env=False) as client:
        return client.request(method, f"{url}{path}").raise_for_status().json()


@pytest.mark.parametrize("name", ["acknowledges_first", "check_then_act"])
def test_a_run_can_start_it(name: str) -> None:
    animal = ZOO[name]
    scenario = parse_scenario(animal.scenario("webhook", started=True, faults=False), "zoo.yaml", {})
    played = play(scenario)
    assert played.settled
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}
