"""The plans of the shipped scenarios, byte for byte: on every Python, under every hash seed, wherever it runs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from emulator.core.schedule import schedule_data
from emulator.loading.scenarios import load_scenario, scenario_names
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

CHECKOUT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parents[2] / "golden" / "plans.json"
PLAN = "import sys; from emulator.cli.main import main; main()"
PLAN_ALL = """\
import sys
from emulator.cli.main import main
for name in sys.argv[1:]:
    try:
        main(["plan", name, "--save", f"{name}.json"])
    except SystemExit as end:
        if end.code:
            raise
"""
NEEDED = ("click", "faker", "orjson", "pyyaml")
"""What planning imports of others, and what that imports."""
ELSEWHERE = {"PYTHONHASHSEED": "4242", "RECEIVER_URL": "http://[::1]:65000/hook", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
VERSION = "import sys; print(*sys.version_info[:3], sys.implementation.name == 'cpython')"


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


def _run(*words: str, place: Path, own: Mapping[str, str]) -> None:
    place.mkdir(exist_ok=True)
    done = subprocess.run(words, cwd=place, env={**os.environ, **own}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the plans of all scenarios are, as one process of this Python has written them."""
    place = tmp_path_factory.mktemp("plans")
    own = {"PYTHONHASHSEED": "1", "RECEIVER_URL": "http://127.0.0.1:1/"}
    _run(sys.executable, "-c", PLAN_ALL, *scenario_names(), place=place, own=own)
    return place


@pytest.mark.parametrize("name", scenario_names())
def test_a_plan_is_the_same_bytes_in_every_process(name: str, plans: Path, tmp_path: Path) -> None:
    """Alone, under another hash seed, for a receiver elsewhere, in another time zone."""
    _run(sys.executable, "-c", PLAN, "plan", name, "--save", "plan.json", place=tmp_path, own=ELSEWHERE)
    assert (tmp_path / "plan.json").read_bytes() == (plans / f"{name}.json").read_bytes()


def _candidates() -> Iterator[Path]:
    """Where Pythons are found: those that EPCC_EMULATOR_TEST_PYTHONS names, on the path, in pyenv's and uv's places."""
    for named in filter(None, os.environ.get("EPCC_EMULATOR_TEST_PYTHONS", "").split(os.pathsep)):
        yield Path(named)
    for folder in filter(None, os.environ.get("PATH", "").split(os.pathsep)):
        yield from sorted(Path(folder).glob("python3.[0-9][0-9]"))
    yield from sorted(Path("~/.pyenv/versions").expanduser().glob("*/bin/python3"))
    yield from sorted(Path("~/.local/share/uv/python").expanduser().glob("*/bin/python3"))


def other_pythons() -> list[Path]:
    """One of each further version from 3.11 on."""
    found: dict[tuple[str, ...], Path] = {tuple(map(str, sys.version_info[:2])): Path(sys.executable)}
    for candidate in _candidates():
        try:
            said = subprocess.run([candidate, "-c", VERSION], capture_output=True, text=True, timeout=30)
        except OSError:  # no program at all, or one for another machine
            continue
        if said.returncode == 0:  # pyenv puts programs on the path for versions that are not in use
            *number, is_cpython = said.stdout.split()
            if is_cpython == "True" and tuple(map(int, number)) >= (3, 11):
                found.setdefault(tuple(number[:2]), candidate)
    return list(found.values())[1:]


def test_a_plan_is_the_same_bytes_on_every_python(plans: Path, tmp_path: Path) -> None:
    """With the same releases of what it depends on."""
    pythons = other_pythons()
    if not pythons:
        pytest.skip("there is no other Python than this one; name some in EPCC_EMULATOR_TEST_PYTHONS")
    left_behind = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests", "docs")
    source = shutil.copytree(CHECKOUT, tmp_path / "source", ignore=left_behind)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    how = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    _run(*pip, "wheel", *how, str(source), place=tmp_path, own={})
    (wheel,) = tmp_path.glob("*.whl")
    pinned = [f"{name}=={version(name)}" for name in NEEDED]
    for number, python in enumerate(pythons):
        packages, written = tmp_path / f"packages-{number}", tmp_path / f"plans-{number}"
        there = ["--python", str(python), "install", "--no-deps", "--target", str(packages)]
        _run(*pip, *there, str(wheel), *pinned, place=tmp_path, own={})
        own = {**ELSEWHERE, "PYTHONPATH": str(packages)}
        _run(str(python), "-c", PLAN_ALL, *reversed(scenario_names()), place=written, own=own)
        for name in scenario_names():
            assert (written / f"{name}.json").read_bytes() == (plans / f"{name}.json").read_bytes(), (python, name)
