"""Explorer: worker processes that run a scenario under many seeds, and what becomes of those that are killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from emulator.core.exploration import NotRun, Tried
from emulator.domain.errors import EnvironmentFault, InvalidInput, UserError
from emulator.harness.errand import Errand
from emulator.harness.explorer_worker import Began, Message, Order, Stopped, last_words

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from emulator.harness.explorer_worker import main; main(int(sys.argv[1]))"
)
_GRACE = 12.0  # wall seconds in which a worker has to end, with its receiver
_TRIES = 2  # for a seed under which workers are killed
_STILLBORN = 3  # workers that end before they have run anything, until it is given up


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """`seed` is the one that it is about; `receiver` the process group of its receiver."""

    process: subprocess.Popen[bytes]
    connection: Connection
    log: Path
    seed: int
    has_run: bool = False
    receiver: int | None = None


@dataclass(slots=True)
class _Seeds:
    """Those that are still to be run; those whose worker was killed come first."""

    rest: Iterator[int]
    again: deque[int] = field(default_factory=deque)
    killed: Counter[int] = field(default_factory=Counter)

    def next(self) -> int | None:
        return self.again.popleft() if self.again else next(self.rest, None)


class Explorer:
    """`jobs` worker processes, each with an emulator and a receiver of its own, for as long as a `with` block lasts.

    They end with this process, whatever ends it, and their receivers with them. `on_loss` is told, in a sentence, of
    each worker that was killed.
    """

    def __init__(self, errand: Errand, *, jobs: int = 1, on_loss: Callable[[str], object] = lambda _: None) -> None:
        self._errand = errand
        self._jobs = jobs
        self._on_loss = on_loss
        self._workers: list[_Worker] = []
        self._leaving: list[_Worker] = []
        self._stillborn = 0
        self._started = 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="epcc-explore-")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        finally:
            self._folder.cleanup()

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers that run now."""
        return tuple(worker.process.pid for worker in self._workers)

    def results(self, seeds: Iterable[int], *, patience: float | None = None) -> Iterator[Tried | NotRun]:
        """What becomes of each seed, as soon as it is known; those that are still under way after so many wall seconds
        are left out.

        Raises EnvironmentFault, or UserError where the scenario is to blame, when no worker can go on.
        """
        deadline = None if patience is None else time.monotonic() + patience
        todo = _Seeds(iter(seeds))
        while True:
            while len(self._workers) < self._jobs and (seed := todo.next()) is not None:
                self._workers.append(self._start(seed))
            left = None if deadline is None else deadline - time.monotonic()
            if not self._workers or (left is not None and left <= 0):
                return
            for connection in wait([worker.connection for worker in self._workers], left):
                worker = next(one for one in self._workers if one.connection is connection)
                yield from self._heard(worker, todo)

    def _heard(self, worker: _Worker, todo: _Seeds) -> Iterator[Tried | NotRun]:
        try:
            message: Message = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._killed(worker, todo)
            return
        match message:
            case Began():
                worker.receiver = message.receiver
            case Stopped():
                raise _error(message)
            case Tried() | NotRun():
                self._stillborn, worker.has_run = 0, True
                self._occupy(worker, todo)
                yield message

    def _occupy(self, worker: _Worker, todo: _Seeds) -> None:
        """Gives it its next seed, or sends it home where there is none."""
        seed = todo.next()
        if seed is None:
            self._workers.remove(worker)
            self._leaving.append(worker)
            worker.connection.close()
            return
        worker.seed = seed
        with suppress(OSError):  # it was killed just now, as its connection will tell
            worker.connection.send(seed)

    def _start(self, seed: int) -> _Worker:
        self._started += 1
        log = Path(self._folder.name) / f"worker-{self._started}.log"
        ours, theirs = Pipe()
        with theirs, log.open("wb") as printed:
            process = subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                process_group=0,  # what is typed into the terminal is for us
            )
        worker = _Worker(process=process, connection=ours, log=log, seed=seed)
        with suppress(OSError):  # it has ended already, as its connection will tell
            ours.send(Order(errand=self._errand, log=log))
            ours.send(seed)
        return worker

    def _killed(self, worker: _Worker, todo: _Seeds) -> Iterator[NotRun]:
        """Its seed is run again, unless others were killed under it."""
        self._workers.remove(worker)
        worker.connection.close()
        _finish(worker, _GRACE)
        _end_group(worker.receiver)
        how = _how(worker.process.returncode)
        self._stillborn += not worker.has_run
        if self._stillborn >= _STILLBORN:
            raise EnvironmentFault(
                f"{_STILLBORN} workers ended before they had run anything: the last {how}{last_words(worker.log)}"
            )
        todo.killed[worker.seed] += 1
        if todo.killed[worker.seed] < _TRIES:
            self._on_loss(f"A worker {how} during seed {worker.seed}, which is run again.")
            todo.again.append(worker.seed)
        else:
            self._on_loss(f"Another worker {how} during seed {worker.seed}, which is left out.")
            yield NotRun(
                seed=worker.seed, why=f"{_TRIES} workers ended during it: the last {how}{last_words(worker.log)}"
            )

    def _end(self) -> None:
        workers = [*self._workers, *self._leaving]
        for worker in self._workers:
            _hear_out(worker)
        for worker in workers:
            worker.connection.close()
        deadline = time.monotonic() + _GRACE
        for worker in workers:
            _finish(worker, max(0.0, deadline - time.monotonic()))
            if worker.process.returncode:
                _end_group(worker.receiver)


def _hear_out(worker: _Worker) -> None:
    """What it has said so far of its receiver."""
    with suppress(EOFError, OSError):
        while worker.connection.poll():
            message: Message = worker.connection.recv()
            if isinstance(message, Began):
                worker.receiver = message.receiver


def _finish(worker: _Worker, patience: float) -> None:
    """Waits until its process is over, and brings that about if need be."""
    try:
        worker.process.wait(patience)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.process.wait()


def _end_group(group: int | None) -> None:
    """A receiver whose worker cannot end it any more."""
    if group is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _error(stopped: Stopped) -> UserError | EnvironmentFault:
    match stopped.exit_code:
        case UserError.exit_code:
            return UserError(stopped.sentence)
        case InvalidInput.exit_code:
            return InvalidInput(stopped.sentence)
        case _:
            return EnvironmentFault(stopped.sentence)
