"""The example receiver as a process of its own, for as long as a `with` block lasts."""

import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import httpx

from emulator.domain.errors import EnvironmentFault

_PATIENCE = 5.0


class ExampleReceiver:
    """`url` is where it takes webhooks. The process ends with the block, and with ours whatever ends that."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own module)
            [
                *(sys.executable, "-m", "emulator.examples.receiver"),
                *("--port=0", f"--secret={self._secret}", "--until-stdin-closes"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we end it
        )
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        if not greeting.startswith("Receiving on "):
            self.__exit__(None, None, None)
            raise EnvironmentFault("the example receiver did not start")
        self.url = greeting.removeprefix("Receiving on ").strip()
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

    def seen(self) -> list[dict[str, Any]]:
        """What it was sent, in the order of arrival: job, event, attempt, resource."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/seen", trust_env=False, timeout=10.0).json()
        return found
