"""The release: what is in it, and that it runs where nothing of the checkout is."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CODE = ("emulator", "tui")
DATA = {"fixtures": "emulator/fixtures", "scenarios": "emulator/scenarios"}
VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Both distributions, built from a copy of the checkout: the wheel from what is in the sdist."""

    wheel: Path
    sdist: Path

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return {name for name in archive.namelist() if not name.endswith("/")}

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as archive:
            return {name.partition("/")[2] for name in archive.getnames()}

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return Parser().parsestr(archive.read(name).decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A virtual environment with the wheel in it; what it depends on is borrowed from the one that runs the tests."""

    home: Path

    def run(self, program: str, *arguments: str, time_limit: float = 30) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EPCC_"))}
        return subprocess.run(
            [self.home / "bin" / program, *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            timeout=time_limit,
        )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    place = tmp_path_factory.mktemp("release")
    source = shutil.copytree(CHECKOUT, place / "source", ignore=LEFT_BEHIND)
    built = place / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = built.glob("*.whl")
    (sdist,) = built.glob("*.tar.gz")
    return Release(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="module")
def installed(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True, timeout=60)
    python = str(home / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(release.wheel)], check=True, timeout=60)
    # Only the path is borrowed: `.pth` files in there, an editable install's among them, are not read.
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(home=home)


def expected_files() -> set[str]:
    """What the checkout has for the wheel: all code, and the data under its names as packages."""
    files = {
        str(path.relative_to(CHECKOUT))
        for top in CODE
        for path in (CHECKOUT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for folder, package in DATA.items():
        files |= {f"{package}/{path.name}" for path in (CHECKOUT / folder).glob("*.*")}
    return files


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_packages_and_their_data(release: Release) -> None:
    info = f"epcc_integrations_emulator-{VERSION}.dist-info"
    about = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt")}
    assert release.in_wheel() == expected_files() | about | {f"{info}/licenses/LICENSE"}


def test_the_data_that_the_wheel_must_hold_is_there_to_be_shipped() -> None:
    expected = expected_files()
    assert {"emulator/py.typed", "emulator/fixtures/order.yaml", "emulator/profiles/documented.yaml"} <= expected
    assert {"emulator/scenarios/__init__.py", "emulator/examples/receiver.py", "tui/__init__.py"} <= expected
    assert not any(name.startswith(("tests/", "fixtures/", "scenarios/", "benchmarks/")) for name in expected)


@pytest.mark.slow
def test_the_source_distribution_is_enough_for_both_commands(release: Release) -> None:
    needed = {"Makefile", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", ".ci/run"}
    needed |= {"tests/conftest.py", "tests/acceptance/test_release.py", "benchmarks/__main__.py", "fixtures/order.yaml"}
    needed |= {"docs/architecture.md", "emulator/cli/main.py", "emulator/profiles/documented.yaml", "tui/__init__.py"}
    assert needed <= release.in_sdist()


@pytest.mark.slow
def test_the_metadata_says_what_it_is(release: Release) -> None:
    metadata = release.metadata()
    assert metadata["Name"] == "epcc-integrations-emulator"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_all("Provides-Extra") == ["test"]


@pytest.mark.slow
def test_it_runs_from_anywhere(installed: Installed) -> None:
    version = installed.run("epcc-emulator", "--version")
    assert (version.returncode, version.stdout) == (0, f"epcc-emulator, version {VERSION}\n"), version.stderr
    where = installed.run("python", "-c", "import emulator.fixtures, tui; print(emulator.fixtures.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed.home), where.stderr


@pytest.mark.slow
def test_its_data_is_found(installed: Installed) -> None:
    catalog = installed.run("epcc-emulator", "catalog")
    assert catalog.returncode == 0, catalog.stderr
    assert "order.paid" in catalog.stdout


@pytest.mark.slow
def test_it_gives_its_demo(installed: Installed) -> None:
    demo = installed.run("epcc-emulator", "demo", time_limit=40)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "order.fulfilled" in demo.stdout
    assert demo.stderr == ""
