"""The embedded SQS server's own process: `python -m emulator.runtime.sqs`, started by `Child` and by nobody else.

Its standard input is the emulator's hand: first a line that says what to serve, then commands, and when it closes, for
whatever reason, this process ends. Its standard output carries answers and news. Both are JSON, a line each.
"""

import contextlib
import json
import os
import socket
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any

from emulator.runtime.sqs.wsgi import Presence, WsgiServer

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


class Line:
    """The pipes to the emulator. Whoever else prints does so on standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._writing = threading.Lock()
        self._inbox: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def listen(self) -> None:
        """Takes in commands from now on; ends the process when the emulator is gone."""
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> dict[str, Any]:
        return self._inbox.get()

    def say(self, **news: object) -> None:
        with self._writing:
            try:
                self._out.write(json.dumps(news).encode() + b"\n")
                self._out.flush()
            except BrokenPipeError:
                os._exit(0)

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            self._inbox.put(json.loads(line))
        os._exit(0)


def main() -> None:
    line = Line()
    line.listen()
    order = line.next()
    _die_with(order["parent"])

    from emulator.runtime.sqs.application import GuardedApplication
    from emulator.runtime.sqs.moto_queues import MotoQueues, QueueRefused
    from emulator.runtime.sqs.patch import patch_moto

    presence = Presence()
    patch = patch_moto(presence.require)
    one_at_a_time = patch.lock or contextlib.nullcontext()
    queues = MotoQueues(one_at_a_time)
    queues.restore(order["blueprints"])
    known = queues.blueprints()

    def on_change() -> None:
        nonlocal known
        with one_at_a_time:
            now = queues.blueprints()
            if now != known:
                known = now
                line.say(blueprints=now)

    application = GuardedApplication(
        allowed_hosts=order["allowed_hosts"], one_at_a_time=one_at_a_time, on_change=on_change
    )
    application.prepare("sqs")
    listening = socket.socket(fileno=order["socket"])
    listening.setblocking(True)
    threading.Thread(target=WsgiServer(listening, application, presence).serve_forever, daemon=True).start()
    line.say(ready=True, unpatched=patch.reason)
    while True:
        command = line.next()
        try:
            answer = getattr(queues, command["do"])(**command["with"])
            if command["do"] == "create":
                on_change()
            line.say(id=command["id"], answer=answer)
        except QueueRefused as refusal:
            line.say(id=command["id"], refused=str(refusal))
        except Exception as failure:
            line.say(id=command["id"], failed=f"{type(failure).__name__}: {failure}")


def _die_with(parent: int) -> None:
    """Linux ends this process together with its parent, also where something else holds the pipe open."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        # An orderly end would wait for the thread that listens.
        os._exit(1)
