"""The tutorial, typed as it stands there; and the workflow of GitHub, as far as that goes without GitHub."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from newcomer import PATIENCE, Shell, files_of, free_port, shell, wait_for

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = DOCS / "tutorial.md"
IN_CI = DOCS / "how-to" / "contract-test-in-ci.md"
COLLEAGUE = DOCS / "how-to" / "onboard-a-colleague.md"


def shown(word: str) -> list[str]:
    """The tutorial's blocks in this language, but for those that stand alone as files."""
    return re.findall(rf"^```{word}\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def anyone_s(text: str) -> list[str]:
    """Its lines, without ports, ids, and what else a case is called."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:<port>", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", text)
    return re.sub(r"(shipping-\d)-[0-9a-f]{4}\b", r"\1-<case>", text).splitlines()


def holds(printed: str, block: str) -> None:
    """Each line of the block was printed, in this order."""
    lines = iter(anyone_s(printed))
    for line in anyone_s(block):
        assert any(line == each for each in lines), f"{line!r} is not, or not there, in\n{printed}"


def rewrite(place: Path) -> None:
    """Mends the receiver's `take` as the tutorial does at first."""
    *_, new, _ = shown("python")
    imports, lock, take = new.partition("lock = ")
    receiver = place / "shipping.py"
    text = receiver.read_text(encoding="utf-8").replace("import sys\n", f"import sys\n{imports.strip()}\n")
    (old,) = re.findall(r"^def take.*?(?=^class)", text, re.DOTALL | re.MULTILINE)
    receiver.write_text(text.replace(old, f"{lock}{take}\n\n"), encoding="utf-8")


def begin_with(place: Path) -> None:
    """Puts the last lines that the tutorial shows before the others of `take`."""
    *_, lines = shown("python")
    head, _, _ = lines.partition("\n")
    receiver = place / "shipping.py"
    receiver.write_text(receiver.read_text(encoding="utf-8").replace(f"{head}\n", lines), encoding="utf-8")


def state(terminal: Shell, look: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads(terminal.run(look))
    return told


@pytest.mark.slow
def test_the_tutorial(tmp_path: Path) -> None:
    commands, port = files_of(TUTORIAL, tmp_path), free_port()
    receive, listen, trigger, look, duplicate, *later = (each.replace("8000", port) for each in commands)
    with shell(tmp_path) as terminal:
        terminal.start(receive)
        wait_for(port)
        terminal.start(listen).until("^Next, in another terminal")
        terminal.run(trigger)
        terminal.run("epcc-emulator wait settled")
        assert len(state(terminal, look)["shipments"]) == 1
        terminal.run(duplicate)
        terminal.run(trigger)
        terminal.run("epcc-emulator wait settled")
        shipments = state(terminal, look)["shipments"]
        assert (len(shipments), len(set(shipments))) == (3, 2), "the second is there twice"
    assert later[:2] == [trigger, look]
    run, explore, shrink, replay, again, card = later[2:]
    said_of_run, said_of_explore, said_of_shrink, said_when_mended, said_by_card = shown("text")
    with shell(tmp_path) as terminal:
        holds(terminal.run_both(run, code=4), said_of_run)
        holds(terminal.run_both(explore, code=4), said_of_explore)
        (case,) = (path.stem for path in (tmp_path / ".epcc-emulator" / "cases").glob("shipping-4-*.json"))
        shrink, replay = (re.sub(r"shipping-4-\w+", case, command) for command in (shrink, replay))
        terminal.run(shrink, code=4)
        holds((tmp_path / "twice.yaml").read_text(encoding="utf-8"), said_of_shrink)
        assert (tmp_path / "test_twice.py").exists()
        rewrite(tmp_path)
        holds(terminal.run_both(replay) + terminal.run_both(again), said_when_mended)
        holds(terminal.run_both(card, code=4), said_by_card)
        begin_with(tmp_path)
        assert "✗ new events" not in terminal.run(card)


class Runner:
    """Runs the steps of a job as GitHub does: each in a shell that ends with the first command that fails, and after
    one that failed those alone that ask for it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.installed = place / "installed.txt"
        tools = place / "tools"
        tools.mkdir()
        pip = tools / "pip"  # what is installed is here already
        pip.write_text(f'#!/bin/sh\necho "$@" >> "{self.installed}"\n', encoding="utf-8")
        pip.chmod(0o755)
        path = os.pathsep.join((str(tools), str(Path(sys.executable).parent), os.environ["PATH"]))
        self._environment = {**os.environ, "PATH": path, "CI": "true", "GITHUB_ACTIONS": "true"}
        self.annotations = ""

    def job(self, steps: list[Mapping[str, Any]]) -> list[str]:
        """The names of the steps that failed; what is uploaded has to be there."""
        failed: list[str] = []
        for step in steps:
            if step.get("if") == "failure()":
                if failed:
                    self._upload(step["with"])
            elif "run" in step and not failed:
                done = subprocess.run(
                    ["bash", "-e", "-c", step["run"]],
                    cwd=self.place,
                    env=self._environment,
                    capture_output=True,
                    text=True,
                    timeout=4 * PATIENCE,
                )
                self.annotations += done.stdout
                failed += [step["name"]] if done.returncode else []
        return failed

    def _upload(self, how: Mapping[str, Any]) -> None:
        places = [self.place / line for line in how["path"].split()]
        assert any(any(place.iterdir()) for place in places if place.exists()), "nothing to upload"
        assert how["include-hidden-files"] or not any(place.name.startswith(".") for place in places)


@pytest.mark.slow
def test_the_workflow_of_github(tmp_path: Path) -> None:
    files_of(TUTORIAL, tmp_path)
    files_of(IN_CI, tmp_path)
    text = (tmp_path / "contract.yml").read_text(encoding="utf-8")
    (steps,) = (job["steps"] for job in yaml.safe_load(text)["jobs"].values())
    runner = Runner(tmp_path)
    assert runner.job(steps) == ["The day that was agreed on"]
    assert runner.installed.read_text() == "install epcc-integrations-emulator\n"
    assert re.search(r"^::error file=shipping\.yaml,line=15", runner.annotations, re.MULTILINE), runner.annotations
    assert {path.name for path in (tmp_path / "results").iterdir()} == {"contract.xml", "contract.html"}
    rewrite(tmp_path)
    begin_with(tmp_path)
    shorter = [
        {**step, "run": step["run"].replace("--runs 25", "--runs 3")} if "run" in step else step for step in steps
    ]
    assert runner.job(shorter) == []


def test_the_workflow_is_one(tmp_path: Path) -> None:
    """By the schema that GitHub's is published as; each action of a version."""
    files_of(IN_CI, tmp_path)
    workflow = tmp_path / "contract.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["receiver"]["steps"]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps if "uses" in step)


@pytest.mark.slow
def test_a_colleague_s_first_hour(tmp_path: Path) -> None:
    files_of(TUTORIAL, tmp_path)
    port = free_port()
    install, doctor, check, run, listen, trigger, deliveries, why, keep, look = files_of(COLLEAGUE, tmp_path)
    assert install == "pipx install epcc-integrations-emulator"
    configuration = tmp_path / "epcc-emulator.yaml"
    configuration.write_text(configuration.read_text(encoding="utf-8").replace("8000", port), encoding="utf-8")
    rewrite(tmp_path)
    with shell(tmp_path) as terminal:
        terminal.run(doctor.partition("  ")[0])
        assert "fine" in terminal.run(check)
        terminal.run(run.partition("  ")[0])
        terminal.start(f"{sys.executable} shipping.py {port}")
        wait_for(port)
        terminal.start(listen).until("^Next, in another terminal")
        terminal.run(trigger)
        terminal.run("epcc-emulator wait settled")
        assert terminal.run(deliveries).count("order.") == 3
        assert "order.paid" in terminal.run(why)
        terminal.run(keep)
    assert look == "epcc-emulator tui --journal monday"
    assert list((tmp_path / "monday").iterdir())
