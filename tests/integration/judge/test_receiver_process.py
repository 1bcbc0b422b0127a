"""The receiver as a process: what it has started ends with it."""

import os
import signal
import sys
from pathlib import Path

import pytest
from processes import lives, until

from emulator.core.scenario import Receiver
from emulator.domain.errors import EnvironmentFault
from emulator.harness import receiver_process
from emulator.harness.receiver_process import ReceiverProcess

STAYS = (
    "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_{how}); print(os.getpid(), flush=True); signal.pause()"
)


@pytest.mark.parametrize("how", ["DFL", "IGN"], ids=["asked", "killed"])
@pytest.mark.parametrize("then", ["wait", "exit 3"], ids=["it is ended", "it has ended by itself"])
def test_its_children_end_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, then: str) -> None:
    monkeypatch.setattr(receiver_process, "_GRACE", 0.3)
    (tmp_path / "stays.py").write_text(STAYS.format(how=how))
    told, script = tmp_path / "pid", tmp_path / "start.sh"
    script.write_text(f"{sys.executable} -S {tmp_path / 'stays.py'} > {told} &\n{then}\n")
    receiver = ReceiverProcess(Receiver(command=f"sh {script}"))
    with receiver.running({}):
        until(lambda: told.exists() and told.read_text())
        assert then == "wait" or receiver.ends_within(30)
        child = int(told.read_text())
        assert lives(child)
    until(lambda: not lives(child))


def test_one_that_may_not_be_ended_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_process, "_GRACE", 0.1)
    started: list[int] = []
    receiver = ReceiverProcess(Receiver(command="sleep 60"), on_start=started.append)

    def refuse(group: int, number: int) -> None:
        raise PermissionError

    with monkeypatch.context() as somebody_else:
        somebody_else.setattr(os, "killpg", refuse)
        refused = pytest.raises(EnvironmentFault, match="cannot be ended: it runs as somebody else")
        with refused, receiver.running({}):
            assert started
    os.killpg(started[0], signal.SIGKILL)
    until(lambda: receiver.ended is not None)
