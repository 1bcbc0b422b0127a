"""Explorer worker: a process with an emulator and a receiver of its own, which runs the seeds that it is told."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

from emulator.core.exploration import NotRun, Tried
from emulator.domain.errors import EmulatorError, EnvironmentFault
from emulator.harness.errand import Errand

_GRACE = 10.0  # wall seconds in which an end that was asked for has to be over
_LAST_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """Its receiver runs, or runs again: `receiver` is its process group, None where it has started none."""

    receiver: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """It cannot go on, and no other could: a sentence, and the exit code of the error that it is."""

    sentence: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What it is told first. What it and its receiver print is appended to the log."""

    errand: Errand
    log: Path


Message = Began | Tried | NotRun | Stopped


class _Ended(BaseException):
    """Whoever started this process wants it to end, or is no more."""


def main(descriptor: int) -> None:
    """The life of a worker: it is told an `Order` and then seeds, one after the other, and tells what became of each.
    It ends, and ends its receiver, when nobody is at the other end any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells all of us; whoever started us decides
    connection = Connection(descriptor)
    try:
        order: Order = connection.recv()
    except EOFError:
        return
    errand, log = order.errand, order.log
    _print_to(log)
    signal.signal(signal.SIGTERM, _end)
    seeds: SimpleQueue[int] = SimpleQueue()
    with suppress(_Ended):
        threading.Thread(target=_listen, args=(connection, seeds.put), name="seeds", daemon=True).start()
        try:
            _live(connection, errand, seeds, log)
        except EmulatorError as error:
            _tell(connection, Stopped(sentence=f"{error.sentence}{last_words(log)}", exit_code=error.exit_code))
        except Exception as error:
            sentence = f"a worker failed by a mistake of ours: {type(error).__name__}: {error}"
            _tell(connection, Stopped(sentence=sentence, exit_code=EnvironmentFault.exit_code))


def last_words(log: Path) -> str:
    """What stands at the end of a worker's log, to follow a sentence; nothing where it is empty."""
    try:
        lines = [line.rstrip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    last = [line for line in lines if line][-_LAST_LINES:]
    return "".join(f"\n  {line}" for line in ("it printed:", *last)) if last else ""


def _live(connection: Connection, errand: Errand, seeds: "SimpleQueue[int]", log: Path) -> None:
    from emulator.harness.exploring import Prober
    from emulator.harness.scenario_run import settings_of
    from emulator.harness.trials import trials

    scenario = errand.scenario()
    settings = settings_of(scenario, fixtures=errand.fixtures)
    while True:
        with trials(scenario, forward_to=errand.forward_to, settings=settings) as here:
            prober = Prober(here, errand)
            receiver = None
            first = True
            while True:
                if receiver != here.receiver_group:
                    receiver = here.receiver_group
                    _tell(connection, Began(receiver=receiver))
                seed = seeds.get()
                try:
                    tried = prober.run(seed)
                except EnvironmentFault as fault:
                    if first:
                        raise  # it would be no better the next time
                    _tell(connection, NotRun(seed=seed, why=fault.sentence))
                    break
                _tell(connection, tried)
                first = False


def _listen(connection: Connection, hand_on: Callable[[int], None]) -> None:
    """Until the other end is closed; then this process ends, in order if that can be."""
    with suppress(EOFError, OSError):
        while True:
            hand_on(connection.recv())
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE)
    os._exit(1)


def _tell(connection: Connection, message: Message) -> None:
    try:
        connection.send(message)
    except OSError:
        raise _Ended from None


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Ended


def _print_to(log: Path) -> None:
    sys.stdout.flush()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
