"""Explorer worker: a process with an emulator and a receiver of its own, which runs the seeds that it is told."""

import os
import signal
import threading
import traceback
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
_LAST_BYTES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A receiver has been started, or started again: `receiver` is its process group, to be ended where the worker is
    killed."""

    receiver: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """It cannot go on, and no other could: a sentence, and the exit code of the error that it is."""

    sentence: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What it is told first. What it and its receiver print goes to the log."""

    errand: Errand
    log: Path


Message = Began | Tried | NotRun | Stopped


class _Ended(BaseException):
    """Whoever started this process wants it to end, or is no more."""


def main(descriptor: int) -> None:
    """The life of a worker: it is told an `Order` and then seeds, one after the other, and tells what became of each.
    It ends, and ends its receiver, when nobody is at the other end any more."""
    connection = Connection(descriptor)
    try:
        order: Order = connection.recv()
    except EOFError:
        return
    errand, log = order.errand, order.log
    signal.signal(signal.SIGTERM, _end)
    seeds: SimpleQueue[int] = SimpleQueue()
    with suppress(_Ended):
        threading.Thread(target=_listen, args=(connection, seeds.put), name="seeds", daemon=True).start()
        try:
            _live(connection, errand, seeds, log)
        except EmulatorError as error:
            _tell(connection, Stopped(sentence=f"{error.sentence}{last_words(log)}", exit_code=error.exit_code))
        except Exception as error:
            traceback.print_exc()  # into the log
            sentence = f"a worker failed by a mistake of ours: {type(error).__name__}: {error}{last_words(log)}"
            _tell(connection, Stopped(sentence=sentence, exit_code=EnvironmentFault.exit_code))


def last_words(log: Path) -> str:
    """What stands at the end of a worker's log, to follow a sentence; nothing where it is empty."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    last = [line for line in map(str.rstrip, text.splitlines()) if line][-_LAST_LINES:]
    return "".join(f"\n  {line}" for line in ("it printed:", *last)) if last else ""


def _live(connection: Connection, errand: Errand, seeds: "SimpleQueue[int]", log: Path) -> None:
    from emulator.harness.exploring import Prober
    from emulator.harness.scenario_run import settings_of
    from emulator.harness.trials import trials

    def began(group: int) -> None:
        _tell(connection, Began(receiver=group))

    scenario = errand.scenario()
    settings = settings_of(scenario, fixtures=errand.fixtures)
    while True:
        with trials(scenario, forward_to=errand.forward_to, settings=settings, on_receiver=began) as here:
            prober = Prober(here, errand)
            first = True
            while True:
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
