"""An animal as a program: `python tests/zoo/__main__.py no_key --port 8000` receives at `/hook`, until it is ended.

With `--transport aws_sqs` or `stomp` it takes its messages from the queue that the emulator at `EPCC_EMULATOR_URL` has.
"""

import argparse
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

if __name__ == "__main__":
    # By its path it is a program beside its package; what is named here like a module of Python's is not to hide that.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    from zoo.animal import QUEUES
    from zoo.hosting import at_desk
    from zoo.registry import ZOO

    parser = argparse.ArgumentParser(prog="zoo", description=__doc__)
    parser.add_argument("animal", choices=sorted(ZOO))
    parser.add_argument("--transport", default=None, help="webhook, aws_sqs or stomp; the animal's first by default")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    animal = ZOO[options.animal]
    transport = options.transport or animal.transports[0]
    if transport not in animal.transports:
        parser.error(f"{animal.name} lives on {', '.join(animal.transports)}")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as open_now:
        desk, url = open_now.enter_context(at_desk(animal, options.port))
        desk.receiver.environment = os.environ
        if transport in QUEUES:
            from emulator.harness.client import ControlClient
            from zoo.queue import consuming

            with ControlClient(os.environ["EPCC_EMULATOR_URL"]) as client:
                made = client.make_queue(QUEUES[transport])
            open_now.enter_context(consuming(desk, made))
        print(f"Receiving on {url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
