"""Ctrl+C in a terminal, which reaches all that runs in its foreground."""

import os
import pty
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from integration.explore.conftest import pids
from processes import lives, until

Story = Callable[..., str]
CTRL_C = b"\x03"


@dataclass(slots=True)
class Terminal:
    """Of a command that runs in its foreground."""

    pid: int
    descriptor: int
    shown: str = ""

    def look(self) -> bool:
        """Waits for more to be shown; False once there is nobody left to show anything."""
        try:
            more = os.read(self.descriptor, 65_536)
        except OSError:
            return False
        self.shown += more.decode(errors="replace")
        return bool(more)

    def type(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def end(self) -> int:
        """The exit code."""
        while self.look():
            pass
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def on_terminal(*words: str) -> Terminal:
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "emulator", *words])
    return Terminal(pid, descriptor)


@pytest.fixture
def case(story: Story, explore: Callable[..., Any], tmp_path: Path) -> str:
    """Of a careless department, whose reset takes a while."""
    ask = (
        'import socket as s, time; time.sleep(0.1); c = s.create_connection(("127.0.0.1", {port})); '
        'c.sendall(b"POST /reset HTTP/1.0\\r\\n\\r\\n"); c.recv(99)'
    )
    department = str(Path(__file__).with_name("shipper.py"))
    receiver = {
        "command": " ".join([sys.executable, "-S", department, "{port}", "careless", "yes"]),
        "url": "http://127.0.0.1:{port}/hook",
        "reset": f"{sys.executable} -S -c '{ask}'",
    }
    assert explore(story(receiver=receiver), "--until-fail").code == 4
    (found,) = (tmp_path / ".epcc-emulator" / "cases").glob("*.json")
    return found.stem


def test_what_has_been_found_is_kept_whatever_the_receiver_s_commands_do_then(case: str, tmp_path: Path) -> None:
    terminal = on_terminal("shrink", case, "--repeat", "1", "-o", "small.yaml")
    while not re.search(r"runs +[2-9]", terminal.shown):
        assert terminal.look(), terminal.shown
    terminal.type(CTRL_C)
    assert terminal.end() == 4, terminal.shown
    assert "Interrupted; the smallest so far is run once more." in terminal.shown
    assert (tmp_path / "small.yaml").exists()
    until(lambda: not any(map(lives, pids(tmp_path))))


def test_before_anything_is_known_nothing_is_kept_and_nobody_is_left(case: str, tmp_path: Path) -> None:
    before = len(pids(tmp_path))
    terminal = on_terminal("shrink", case, "--repeat", "1")
    until(lambda: len(pids(tmp_path)) > before)
    terminal.type(CTRL_C)
    assert terminal.end() == 130, terminal.shown
    until(lambda: not any(map(lives, pids(tmp_path))))
