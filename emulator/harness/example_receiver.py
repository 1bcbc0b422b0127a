"""The example receivers, each a process of its own for as long as a `with` block lasts."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from emulator.domain.errors import EnvironmentFault

_PATIENCE = 5.0


class ExampleProcess:
    """A module of `emulator.examples`. It ends with the block, and with our process whatever ends that."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._words = [sys.executable, "-m", f"emulator.examples.{module}", *arguments, "--until-stdin-closes"]
        self._environment = {**os.environ, **(environment or {})}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own module)
            self._words,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we end it
        )
        greeting = self._line()
        if not greeting.startswith("Receiving "):
            self.__exit__(None, None, None)
            raise EnvironmentFault(f"the example receiver {self._words[2]} did not start")
        self.greeting = greeting.strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _line(self) -> str:
        """The next line that it prints; empty when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()


class ExampleReceiver(ExampleProcess):
    """Takes webhooks at `url`."""

    def __init__(self, secret: str) -> None:
        super().__init__("receiver", "--port=0", f"--secret={secret}")

    @property
    def url(self) -> str:
        return self.greeting.removeprefix("Receiving on ")

    def seen(self) -> list[dict[str, Any]]:
        """What it was sent, in the order of arrival: job, event, attempt, resource."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/seen", trust_env=False, timeout=10.0).json()
        return found


class ExampleQueueReceiver(ExampleProcess):
    """Takes what is in a queue of SQS (`sqs_receiver`) or of a STOMP broker (`stomp_receiver`)."""

    def __init__(self, module: str, name: str, environment: Mapping[str, str]) -> None:
        super().__init__(module, name, environment=environment)
        self._seen: list[dict[str, Any]] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        super().__enter__()
        self._reading = threading.Thread(target=self._read, name="example-receiver", daemon=True)
        self._reading.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._reading.join(_PATIENCE)
        super().__exit__(kind, error, trace)

    def seen(self, at_least: int = 0, *, time_limit: float = _PATIENCE) -> list[dict[str, Any]]:
        """What it has received, in the order of arrival, once it is as much as that or the limit (seconds) is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._seen) >= at_least, time_limit)
            return list(self._seen)

    def _read(self) -> None:
        while line := self._line():
            with self._changed:
                self._seen.append(json.loads(line))
                self._changed.notify_all()
