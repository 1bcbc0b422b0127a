"""Child: the process that the embedded SQS server runs in, seen from the emulator."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import IO, Any

from emulator.domain.errors import EnvironmentFault, InvalidInput

Json = dict[str, Any]

_START = 30.0  # seconds until the first answer; half a second is usual
_ANSWER = 15.0
_STOP = 3.0
_LONGEST_LINE = 1 << 30  # bytes; a look at a thousand of the largest messages
_WORDS = 4096  # bytes of its last words


class ChildGone(Exception):
    """It has ended, or ended before it answered."""


class Child:
    """Ends when it is told to stop, when its standard input closes, and so also when the emulator is killed.

    It has a process group of its own: Ctrl-C in a terminal is the emulator's to deal with.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        *,
        on_blueprints: Callable[[list[Json]], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._process = process
        self._on_blueprints = on_blueprints
        self._on_gone = on_gone
        self._hand = _Hand()
        self._stdin: asyncio.WriteTransport | None = None
        self._outputs: list[asyncio.BaseTransport] = []
        self._ready: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Json]] = {}
        self._words = b""
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self.unpatched: str | None = None
        """Why moto runs as it is, and so slows down as queues fill up; None when it does not."""

    @classmethod
    async def spawn(
        cls,
        listening: socket.socket,
        *,
        allowed_hosts: Sequence[str],
        blueprints: Sequence[Json],
        on_blueprints: Callable[[list[Json]], None],
        on_gone: Callable[[], None],
    ) -> "Child":
        """One that answers on this socket and has these queues. Raises EnvironmentFault with its last words.

        `on_blueprints` hears of every change of its queues, `on_gone` of its end, before those who wait for answers do.
        """
        child = cls(_process(listening), on_blueprints=on_blueprints, on_gone=on_gone)
        try:
            await child._connect()
            child._tell(
                {
                    "parent": os.getpid(),
                    "socket": listening.fileno(),
                    "allowed_hosts": list(allowed_hosts),
                    "blueprints": list(blueprints),
                }
            )
            await child._until_ready()
        except BaseException:
            await child.stop()
            raise
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The last line that it wrote on its standard error, or how it ended."""
        lines = self._words.decode(errors="replace").strip().splitlines()
        if lines:
            return lines[-1].strip()
        code = self._process.returncode
        return f"it was ended by signal {-code}" if code and code < 0 else f"it ended with exit code {code}"

    async def ended(self) -> None:
        """Returns when the process has ended, for whatever reason, and all it said was heard."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        for output in self._outputs:
            output.close()
        await asyncio.to_thread(self._reap)

    async def ask(self, do: str, **arguments: object) -> Any:
        """What one of the operations of `MotoQueues` answers.

        Raises ChildGone when it ends meanwhile, InvalidInput for what moto refuses, EnvironmentFault for the rest.
        """
        if self._tasks[0].done():
            raise ChildGone
        number = next(self._numbers)
        self._asked[number] = answer = asyncio.get_running_loop().create_future()
        self._tell({"id": number, "do": do, "with": arguments})
        try:
            async with asyncio.timeout(_ANSWER):
                heard = await answer
        except TimeoutError:
            raise EnvironmentFault(f"the embedded SQS server has not answered for {_ANSWER:.0f} seconds") from None
        finally:
            self._asked.pop(number, None)
        if "refused" in heard:
            raise InvalidInput(f"SQS refuses this: {heard['refused']}")
        if "failed" in heard:
            raise EnvironmentFault(f"the embedded SQS server failed: {heard['failed']}")
        return heard["answer"]

    async def stop(self) -> None:
        """Ends it, by force when it does not listen."""
        if self._stdin is not None:
            self._stdin.close()
            await self._hand.closed
        else:
            self._process.kill()
        if self._tasks:
            _, still = await asyncio.wait(self._tasks, timeout=_STOP)
            if still:
                self._process.kill()
        await self.ended()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._stdin, _ = await loop.connect_write_pipe(lambda: self._hand, self._process.stdin)
        news, words = await self._output(self._process.stdout), await self._output(self._process.stderr)
        self._tasks = (asyncio.create_task(self._hear(news)), asyncio.create_task(self._overhear(words)))

    async def _output(self, pipe: IO[bytes] | None) -> asyncio.StreamReader:
        reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        self._outputs.append(transport)
        return reader

    def _tell(self, message: Mapping[str, object]) -> None:
        assert self._stdin
        self._stdin.write(json.dumps(message).encode() + b"\n")

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(_START):
                self.unpatched = (await self._ready)["unpatched"]
        except TimeoutError:
            raise EnvironmentFault(f"the embedded SQS server was not ready within {_START:.0f} seconds") from None
        except ChildGone:
            await self.ended()
            hint = "; is 'moto[server]' installed?" if "ModuleNotFoundError" in self.last_words else ""
            raise EnvironmentFault(f"the embedded SQS server did not start: {self.last_words}{hint}") from None

    async def _hear(self, news: asyncio.StreamReader) -> None:
        try:
            async for line in news:
                self._take(json.loads(line))
        finally:
            self._on_gone()
            for waiting in (self._ready, *self._asked.values()):
                if not waiting.done():
                    waiting.set_exception(ChildGone())
                    waiting.exception()  # nobody may be waiting for it any more

    def _take(self, message: Json) -> None:
        if "blueprints" in message:
            self._on_blueprints(message["blueprints"])
        elif "ready" in message:
            self._ready.set_result(message)
        elif (answer := self._asked.get(message["id"])) and not answer.done():
            answer.set_result(message)

    async def _overhear(self, words: asyncio.StreamReader) -> None:
        while heard := await words.read(_WORDS):
            self._words = (self._words + heard)[-_WORDS:]

    def _reap(self) -> None:
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Hand(asyncio.Protocol):
    """The other end of the pipe that the process lives by."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


def _process(listening: socket.socket) -> "subprocess.Popen[bytes]":
    # Whoever started the emulator may have settings of AWS that make boto3 fail, a profile that is not there, for one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    environment |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "MOTO_ALLOW_NONEXISTENT_REGION": "true",
        "MOTO_DISABLE_GLOBAL_CORS": "true",
        "MOTO_PORT": str(listening.getsockname()[1]),
    }
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "emulator.runtime.sqs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=[listening.fileno()],
            process_group=0,
            env=environment,
        )
    except OSError as error:
        raise EnvironmentFault(f"the embedded SQS server cannot be started: {error}") from None
