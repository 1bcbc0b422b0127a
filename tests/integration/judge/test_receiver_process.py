"""The receiver as a process: what it has started ends with it."""

import sys
import time
from pathlib import Path

import pytest

from emulator.core.scenario import Receiver
from emulator.harness import receiver_process
from emulator.harness.receiver_process import ReceiverProcess

STAYS = (
    "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_{how}); print(os.getpid(), flush=True); signal.pause()"
)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("how", ["DFL", "IGN"], ids=["asked", "killed"])
@pytest.mark.parametrize("then", ["wait", "exit 3"], ids=["it is ended", "it has ended by itself"])
def test_its_children_end_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, then: str) -> None:
    monkeypatch.setattr(receiver_process, "_GRACE", 0.3)
    (tmp_path / "stays.py").write_text(STAYS.format(how=how))
    told = tmp_path / "pid"
    script = tmp_path / "start.sh"
    script.write_text(f"{sys.executable} -S {tmp_path / 'stays.py'} > {told} &\n{then}\n")
    deadline = time.monotonic() + 30
    receiver = ReceiverProcess(Receiver(command=f"sh {script}"))
    with receiver.running({}):
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert then == "wait" or receiver.ends_within(30)
        child = int(told.read_text())
        assert lives(child)
    while lives(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)
