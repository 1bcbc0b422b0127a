"""`explore` finds the mistake of each wrong receiver and none in a right one, while all that is documented happens."""

import os
import time
from collections.abc import Iterator

import pytest

from emulator.core.coverage import Accident, Coverage
from emulator.core.exploration import Tried
from emulator.core.verdict import Verdict
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import QueueSettings, Settings
from zoo.animal import Animal
from zoo.explored import explored
from zoo.registry import RIGHT, WRONG

SOAKING = "EPCC_EMULATOR_TEST_SEEDS" in os.environ
PER_RIGHT_ONE = 2 * int(os.environ.get("EPCC_EMULATOR_TEST_SEEDS", "1"))
RUNS, SECONDS = 200, 60.0
NEAR = {"check_then_act": 3, "mails_again": 2, "no_key": 2, "running_total": 2, "short_memory": 3}
"""The seeds to begin with where time is short; a soak begins with 1."""
HOMES = [
    pytest.param(animal, transport, id=f"{animal.name}-{transport}")
    for animal in WRONG
    for transport in (animal.transports if SOAKING else animal.transports[:1])
]


@pytest.fixture(scope="module")
def sqs_endpoint() -> Iterator[str]:
    """One SQS server for all, for it takes a second to start."""
    with (
        LocalEmulator(Settings(seed=1, queues=QueueSettings(sqs=True))) as local,
        ControlClient(local.url) as client,
    ):
        yield client.environment()["AWS_ENDPOINT_URL_SQS"]


@pytest.mark.soak
@pytest.mark.parametrize(("animal", "transport"), HOMES)
def test_it_finds_the_mistake_of_a_wrong_one(animal: Animal, transport: str, sqs_endpoint: str) -> None:
    first = 1 if SOAKING else NEAR.get(animal.name, 1)
    began = time.monotonic()
    with explored(animal, transport, sqs_endpoint) as run:
        seed = next((seed for seed in range(first, RUNS + 1) if is_found(animal, run(seed))), None)
    took = time.monotonic() - began
    print(f"{animal.name} on {transport}: run {seed}, {took:.1f} s")
    assert seed is not None
    assert took < SECONDS


def is_found(animal: Animal, tried: Tried) -> bool:
    """Whether the mistake shows, not only that there is one: where it does, or in what is never delivered."""
    if tried.verdict is not Verdict.FAIL:
        return False
    return any(one.what.startswith(f"$.{animal.shows_in}") or "eventually" in one.expectation for one in tried.symptoms)


@pytest.mark.soak
@pytest.mark.parametrize("animal", [pytest.param(animal, id=animal.name) for animal in RIGHT])
def test_it_finds_none_in_a_right_one(animal: Animal, sqs_endpoint: str) -> None:
    """Not one false alarm, and not one run about which nothing can be said."""
    found = Coverage()
    with explored(animal, animal.transports[0], sqs_endpoint) as run:
        for seed in range(1, PER_RIGHT_ONE + 1):
            tried = run(seed)
            assert (tried.verdict, tried.symptoms, tried.doubts) == (Verdict.PASS, set(), set()), f"seed {seed}"
            found |= tried.coverage
    assert all(found.share(accident).tried for accident in Accident)
