"""The processes of `explore`: whatever is killed, every seed is accounted for and nobody is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from integration.explore.conftest import pids
from processes import lives, until

from emulator.core.exploration import NotRun, Tried
from emulator.domain.errors import EnvironmentFault
from emulator.harness.errand import Errand
from emulator.harness.explorer import Explorer

Story = Callable[..., str]


def errand(name: str) -> Errand:
    return Errand.of(Path(name).read_text(), name)


def test_the_seed_of_a_killed_worker_is_run_again(story: Story, tmp_path: Path) -> None:
    lost: list[str] = []
    found: list[Tried | NotRun] = []
    with Explorer(errand(story()), jobs=2, on_loss=lost.append) as explorer:
        for one in explorer.results(range(1, 7)):
            found.append(one)
            if len(found) == 1:
                # The one that is about to do something else, so that this is while it does it.
                os.kill(explorer.pids[0], signal.SIGKILL)
    assert sorted(one.seed for one in found) == [1, 2, 3, 4, 5, 6]
    assert all(isinstance(one, Tried) for one in found)
    [sentence] = lost
    assert sentence.startswith("A worker was killed by SIGKILL during seed ")
    until(lambda: not any(map(lives, pids(tmp_path))))


def test_a_seed_that_kills_its_workers_is_left_out(story: Story, tmp_path: Path) -> None:
    """A reset that kills whoever asks for it the second time, which is our worker."""
    lost: list[str] = []
    kill = f"{sys.executable} -S {tmp_path / 'kill.py'}"
    (tmp_path / "kill.py").write_text(
        "import os, pathlib, signal\n"
        "file = pathlib.Path('asked'); number = len(file.read_bytes()) + 1 if file.exists() else 1\n"
        "file.write_bytes(b'.' * number)\n"
        "if number in (3, 5): os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    receiver = {"command": f"{sys.executable} -S {SHIPPER} {{port}}", "url": HOOK, "reset": kill}
    with Explorer(errand(story(receiver=receiver, expect=None)), on_loss=lost.append) as explorer:
        found = list(explorer.results(range(1, 4)))
    assert [type(one) for one in found] == [Tried, Tried, NotRun]
    assert found[-1] == NotRun(seed=3, why="2 workers ended during it: the last was killed by SIGKILL")
    assert len(lost) == 2
    until(lambda: not any(map(lives, pids(tmp_path))))


SHIPPER = Path(__file__).with_name("shipper.py")
HOOK = "http://127.0.0.1:{port}/hook"


@pytest.mark.parametrize("then", ["", "signal.pause()"], ids=["and its receiver ends", "and its receiver stays"])
def test_workers_that_never_begin_are_our_failure(story: Story, tmp_path: Path, then: str) -> None:
    """What they have started is ended, though it has not listened yet."""
    (tmp_path / "early.py").write_text(
        "import os, signal\n"
        "with open(os.environ['PIDS'], 'a') as pids: print(os.getpid(), file=pids)\n"
        f"os.kill(os.getppid(), signal.SIGKILL); {then}\n"
    )
    receiver = {"command": f"{sys.executable} -S {tmp_path / 'early.py'}", "url": HOOK}
    with (
        Explorer(errand(story(receiver=receiver, expect=None))) as explorer,
        pytest.raises(EnvironmentFault, match="3 workers ended before they had run anything: the last was killed by"),
    ):
        list(explorer.results(range(1, 4)))
    assert len(pids(tmp_path)) == 3
    until(lambda: not any(map(lives, pids(tmp_path))))


@contextmanager
def exploring(*words: str) -> Iterator[subprocess.Popen[str]]:
    """As a program in a group of its own, as a shell starts it."""
    line = [sys.executable, "-m", "emulator", "explore", *words]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_ends_with_what_is_known(story: Story, tmp_path: Path) -> None:
    with exploring(story(), "--runs", "10000", "--jobs", "2") as process:
        until(lambda: len(pids(tmp_path)) == 2)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 5
    assert "Traceback" not in err
    assert "Interrupted after " in err
    assert out.startswith("story  ")
    until(lambda: not any(map(lives, pids(tmp_path))))


def test_nobody_is_left_when_it_is_killed(story: Story, tmp_path: Path) -> None:
    with exploring(story(), "--runs", "10000", "--jobs", "2") as process:
        until(lambda: len(pids(tmp_path)) == 2)
        workers = children(process.pid)
        assert len(workers) == 2
        process.kill()
        process.wait()
        until(lambda: not any(map(lives, (*workers, *pids(tmp_path)))))


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
