"""Terminal: a program that draws, in a terminal of its own; keys go in, and what it paints is waited for."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter

_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
_KEPT = 200_000
_SEARCHED = 20_000
"""Bytes that are searched again when more has come: searching all of them took the processor from what is measured."""


class Terminal:
    """What the program has painted is what it wrote since it was last forgotten, without the control sequences."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self._written = bytearray()

    @property
    def painted(self) -> bytes:
        return _ESCAPES.sub(b"", self._written)

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def forget(self) -> None:
        """What was painted so far is not looked at again."""
        self._written.clear()

    def wait_for(self, pattern: bytes, seconds: float) -> re.Match[bytes]:
        """Reads until this has been painted."""
        wanted = re.compile(pattern)
        until = perf_counter() + seconds
        while True:
            found = wanted.search(self.painted)
            if found is not None:
                return found
            left = until - perf_counter()
            assert left > 0, f"{pattern!r} was not painted in {seconds:g} s: {self.painted[-2000:]!r}"
            del self._written[:-_SEARCHED]
            self.read(left)

    def read(self, seconds: float) -> None:
        """What comes within this time, at most one portion."""
        readable, _, _ = select.select([self._master], [], [], seconds)
        if readable:
            self._written += os.read(self._master, 1 << 16)

    def drain(self, seconds: float) -> None:
        """Reads on for this long, as a terminal does that nobody types at, and forgets what came before."""
        until = perf_counter() + seconds
        self.forget()
        while (left := until - perf_counter()) > 0:
            self.read(left)
            del self._written[:-_KEPT]

    def processor_seconds(self) -> float:
        """What the program has used of the processor."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident MiB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024


@contextmanager
def terminal(command: Sequence[str], *, columns: int = 200, rows: int = 60) -> Iterator[Terminal]:
    """The program runs within, and is ended after."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.terminate()
        with suppress(OSError):
            while os.read(master, 1 << 16):
                pass
        process.wait()
        os.close(master)
