"""The plans of the shipped scenarios, byte for byte: on every Python, under every hash seed, wherever it runs."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.core.schedule import schedule_data
from emulator.loading.scenarios import load_scenario, scenario_names
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

GOLDEN = Path(__file__).parents[2] / "golden" / "plans.json"
PROGRAM = "import sys; from emulator.cli.main import main; main()"


def _digest(name: str, receiver: str = "http://127.0.0.1:1/") -> str:
    """Of the events but for their payloads, which the bodies' own goldens pin, and of every send."""
    scenario = load_scenario(name, {"RECEIVER_URL": receiver})
    data = schedule_data(Rehearsal(scenario, load_fixtures()).schedule())
    for event in data["events"]:
        del event["payload"]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:24]


def test_every_scenario_has_its_plan() -> None:
    """Where a change is meant, EPCC_EMULATOR_TEST_GOLDEN=write in the environment writes them anew."""
    if os.environ.get("EPCC_EMULATOR_TEST_GOLDEN") == "write":
        digests = {name: _digest(name) for name in scenario_names()}
        GOLDEN.write_text(json.dumps(digests, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert set(json.loads(GOLDEN.read_text(encoding="utf-8"))) == set(scenario_names())


@pytest.mark.parametrize("name", scenario_names())
def test_a_plan_is_what_it_was(name: str) -> None:
    assert _digest(name, "http://[::1]:54321/elsewhere") == json.loads(GOLDEN.read_text(encoding="utf-8"))[name]


@pytest.mark.parametrize("name", ["a-week-in-the-life", "poisoned-payload", "out-of-order"])
def test_a_plan_is_the_same_bytes_in_every_process(name: str, tmp_path: Path) -> None:
    texts = set()
    for number, receiver in enumerate(("http://127.0.0.1:1/", "http://localhost:65000/hook")):
        place = tmp_path / str(number)
        place.mkdir()
        own = {"PYTHONHASHSEED": str(number), "TZ": "Asia/Tokyo", "RECEIVER_URL": receiver, "LC_ALL": "C"}
        words = ["plan", name, "--save", "plan.json"]
        environment = {**os.environ, **own}
        subprocess.run([sys.executable, "-c", PROGRAM, *words], cwd=place, env=environment, check=True)
        texts.add((place / "plan.json").read_bytes())
    assert len(texts) == 1
