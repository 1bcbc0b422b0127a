"""An example receiver of a broker's queue: subscribes by STOMP, prints each message as a line of JSON, acknowledges it.

What it needs to know stands in the environment, as `epcc-emulator listen --destination NAME` prints it: STOMP_HOST,
STOMP_PORT, STOMP_LOGIN and STOMP_PASSCODE. The same lines of code read from ActiveMQ, Amazon MQ or RabbitMQ.
"""

import argparse
import json
import os
import sys
import threading
from typing import Any

import stomp


class Printing(stomp.ConnectionListener):  # type: ignore[misc]
    """Acknowledges a message when it has been worked on; one that is not acknowledged comes again."""

    def __init__(self, connection: stomp.Connection12, lost: threading.Event) -> None:
        self._connection = connection
        self._lost = lost

    def on_message(self, frame: Any) -> None:
        print(json.dumps(seen(frame.body)), flush=True)
        self._connection.ack(frame.headers["ack"])

    def on_disconnected(self) -> None:
        self._lost.set()


def seen(body: str) -> dict[str, Any]:
    """What this receiver takes from a message. A deletion's `data` has nothing but an id and a type."""
    event = json.loads(body)
    return {"job": event["id"], "event": event["type"], "resource": event["data"]["id"]}


def main() -> None:
    """Receive until the connection ends, or, with `--until-stdin-closes`, until whoever started us is gone."""
    parser = argparse.ArgumentParser(prog="python -m emulator.examples.stomp_receiver", description=__doc__)
    parser.add_argument("destination", help="such as /queue/orders")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    ended = threading.Event()
    address = (os.environ.get("STOMP_HOST", "127.0.0.1"), int(os.environ.get("STOMP_PORT", "61613")))
    connection = stomp.Connection12([address], vhost="/", heartbeats=(10_000, 10_000))
    connection.set_listener("", Printing(connection, ended))
    connection.connect(os.environ.get("STOMP_LOGIN"), os.environ.get("STOMP_PASSCODE"), wait=True)
    connection.subscribe(options.destination, id="1", ack="client-individual", headers={"receipt": "subscribed"})
    print(f"Receiving from {options.destination}", flush=True)
    if options.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, args=(ended,), daemon=True).start()
    ended.wait()
    connection.disconnect()


def _end_with_stdin(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
