"""Receiver process: the program under test, started for a scenario, waited for, and ended."""

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from emulator.core.scenario import Receiver
from emulator.domain.errors import EnvironmentFault
from emulator.harness.reachability import reachability

_PATIENCE = 30.0  # wall seconds until it listens
_LOOK = 0.02
_GRACE = 5.0


class ReceiverProcess:
    """`url` is where it receives, None where nothing says so.

    Without a `command` nothing is started, and it is only waited for. It runs in a group of its own, so that a shell's
    children end with it.
    """

    def __init__(self, receiver: Receiver, environment: Mapping[str, str]) -> None:
        self._receiver = receiver
        self._environment = environment
        self._port = str(_free_port())
        self._process: subprocess.Popen[bytes] | None = None
        self.url = None if receiver.url is None else self._named(receiver.url)

    def __enter__(self) -> Self:
        """Raises EnvironmentFault when it cannot be started, ends at once, or does not listen in time."""
        command = self._receiver.command
        if command is not None:
            environment = {**os.environ, **self._environment, "PORT": self._port}
            try:
                self._process = subprocess.Popen(  # noqa: S603  the user's own command
                    shlex.split(self._named(command)), env=environment, start_new_session=True
                )
            except (OSError, ValueError) as error:
                raise EnvironmentFault(f"the receiver '{command}' cannot be started: {error}") from None
        try:
            self._wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _wait(self) -> None:
        """Until it takes connections where it receives, or at its `ready`."""
        where = self._receiver.ready or self.url
        if self._process is None or where is None:
            return
        deadline = time.monotonic() + _PATIENCE
        while not reachability(self._named(where)).reachable:
            if self._process.poll() is not None:
                raise EnvironmentFault(f"the receiver ended with {self._process.returncode} before it listened")
            if time.monotonic() > deadline:
                raise EnvironmentFault(f"the receiver does not listen at {_place(self._named(where))}")
            time.sleep(_LOOK)

    def _end(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _named(self, text: str) -> str:
        return text.replace("{port}", self._port)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc or url


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
