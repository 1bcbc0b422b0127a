"""Receiver process: the program under test, started for a scenario, waited for, and ended."""

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from emulator.core.scenario import Receiver
from emulator.domain.errors import EnvironmentFault
from emulator.harness.reachability import reachability

_PATIENCE = 30.0  # wall seconds until it listens
_LOOK = 0.02
_LOOK_AT_END = 0.005
_GRACE = 5.0
_BESIDE = 2  # what it prints goes where notes go, so that whoever reads our output does not see it


class ReceiverProcess:
    """`url` is where it receives, and `idle` the command that tells whether it has nothing left to do; None where
    nothing says so.

    Without a `command` nothing is started. It runs in a group of its own, so that a shell's children end with it;
    `on_start` is told which, as soon as there is one, each time that it is started.
    """

    def __init__(self, receiver: Receiver, *, on_start: Callable[[int], object] = lambda _group: None) -> None:
        self._receiver = receiver
        self._on_start = on_start
        self._port = str(_free_port())
        self._process: subprocess.Popen[bytes] | None = None
        self.url = None if receiver.url is None else self.named(receiver.url)
        self.idle = None if receiver.idle is None else self.named(receiver.idle)

    @property
    def ended(self) -> int | None:
        """The code with which it has ended by itself, None while it runs or where it was not started."""
        return None if self._process is None else self._process.poll()

    def ends_within(self, patience: float) -> bool:
        """Whether it has ended by itself, or does so within so many wall seconds; False where it was not started."""
        if self._process is None:
            return False
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True

    def rests(self, patience: float) -> bool:
        """Whether it has nothing left to do, or comes to that within so many wall seconds."""
        if self.idle is None:
            return True
        try:
            self._do("idle", self.idle, until=time.monotonic() + patience)
        except EnvironmentFault:
            return False
        return True

    @contextmanager
    def running(self, environment: Mapping[str, str]) -> Iterator[None]:
        """While within, it runs with this in its environment: ready, made to forget, and idle when that begins.

        Raises EnvironmentFault when it cannot be started, ends at once, does not listen in time, or one of the commands
        fails.
        """
        try:
            self._start(environment)
            self._wait()
            self.forget()
            yield
        finally:
            self._end()

    def forget(self) -> None:
        """Makes it forget, where there is a command for that, and waits until it is idle. Raises EnvironmentFault."""
        if self._receiver.reset is not None:
            self._do("reset", self.named(self._receiver.reset))
        if self.idle is not None:
            self._do("idle", self.idle, until=time.monotonic() + _PATIENCE)

    def revive(self, environment: Mapping[str, str]) -> None:
        """Starts it again where it has ended by itself. Raises what `running` does."""
        if self.ended is not None:
            self._end()  # what it has left behind may hold its port
            self._start(environment)
            self._wait()

    def _start(self, environment: Mapping[str, str]) -> None:
        command = self._receiver.command
        if command is not None:
            environment = {**os.environ, **environment, "PORT": self._port}
            try:
                self._process = subprocess.Popen(  # noqa: S603  the user's own command
                    shlex.split(self.named(command)),
                    env=environment,
                    start_new_session=True,
                    stdout=_BESIDE,
                )
            except (OSError, ValueError) as error:
                raise EnvironmentFault(f"the receiver '{command}' cannot be started: {error}") from None
            self._on_start(self._process.pid)

    def _do(self, what: str, command: str, *, until: float = 0.0) -> None:
        """Runs a command of the receiver's; again and again `until` then, in wall time, while it fails."""
        while True:
            try:
                done = subprocess.run(  # noqa: S603  the user's own command
                    shlex.split(command),
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=_PATIENCE,
                    check=False,
                    process_group=0,  # Ctrl+C is for us, who may go on for a while
                )
            except (OSError, ValueError) as error:
                raise EnvironmentFault(f"the receiver's {what} '{command}' cannot be started: {error}") from None
            except subprocess.TimeoutExpired:
                raise EnvironmentFault(f"the receiver's {what} '{command}' takes over {_PATIENCE:.0f} s") from None
            if done.returncode == 0:
                return
            if time.monotonic() >= until:
                words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
                why = f": {words[-1]}" if words else ""
                if until:
                    raise EnvironmentFault(
                        f"the receiver does not come to rest: its {what} '{command}' still fails with"
                        f" {done.returncode} after {_PATIENCE:.0f} s{why}"
                    )
                raise EnvironmentFault(f"the receiver's {what} '{command}' failed with {done.returncode}{why}")
            time.sleep(_LOOK)

    def _wait(self) -> None:
        """Until it takes connections where it receives, or at its `ready`."""
        where = self._receiver.ready or self.url
        if self._process is None or where is None:
            return
        deadline = time.monotonic() + _PATIENCE
        while not reachability(self.named(where)).reachable:
            if self._process.poll() is not None:
                raise EnvironmentFault(f"the receiver ended with {self._process.returncode} before it listened")
            if time.monotonic() > deadline:
                raise EnvironmentFault(f"the receiver does not listen at {_place(self.named(where))}")
            time.sleep(_LOOK)

    def _end(self) -> None:
        """With all of its group, also where it has ended by itself."""
        process = self._process
        if process is None:
            return
        deadline = time.monotonic() + _GRACE
        _signal(process, signal.SIGTERM)
        while _signal(process, 0):
            process.poll()
            if time.monotonic() > deadline:
                _signal(process, signal.SIGKILL)
                break
            time.sleep(_LOOK_AT_END)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            raise EnvironmentFault(
                f"the receiver (process {process.pid}) cannot be ended: it runs as somebody else, or is stuck"
            ) from None

    def named(self, text: str) -> str:
        """The text with its port in the place of `{port}`."""
        return text.replace("{port}", self._port)


def _signal(process: "subprocess.Popen[bytes]", number: int) -> bool:
    """Whether there was still somebody in its group to get it."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # on macOS the latter, where all of them are zombies
        return False
    return True


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc or url


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
