"""An example receiver of a queue: polls SQS, prints each message as a line of JSON, and deletes it afterwards.

What it needs to know stands in the environment, as `epcc-emulator listen --queue NAME` prints it: AWS_ENDPOINT_URL_SQS,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION. The same lines of code read from AWS itself.
"""

import argparse
import json
import os
import sys
import threading
from typing import Any

import boto3

LONGEST_POLL = 20  # seconds; SQS waits no longer


class QueueReceiver:
    """Takes what is in one queue. A message that could not be worked on is left there, and comes again."""

    def __init__(self, name: str, *, wait: int = LONGEST_POLL) -> None:
        self._sqs = boto3.client("sqs", region_name=os.environ.get("AWS_REGION"))
        self._url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        self._wait = wait

    def poll(self) -> list[dict[str, Any]]:
        """The next messages, at most ten; none after a while without any."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=self._wait)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def done(self, message: dict[str, Any]) -> None:
        """Only now is it gone: whoever deletes first and then works loses what they were working on."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


def seen(body: str) -> dict[str, Any]:
    """What this receiver takes from a message. A deletion's `data` has nothing but an id and a type."""
    event = json.loads(body)
    return {"job": event["id"], "event": event["type"], "resource": event["data"]["id"]}


def main() -> None:
    """Receive until interrupted, or, with `--until-stdin-closes`, until whoever started us is gone."""
    parser = argparse.ArgumentParser(prog="python -m emulator.examples.sqs_receiver", description=__doc__)
    parser.add_argument("queue", help="the queue's name")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    ended = threading.Event()
    if options.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, args=(ended,), daemon=True).start()
    receiver = QueueReceiver(options.queue, wait=1 if options.until_stdin_closes else LONGEST_POLL)
    print(f"Receiving from {options.queue}", flush=True)
    while not ended.is_set():
        for message in receiver.poll():
            print(json.dumps(seen(message["Body"])), flush=True)
            receiver.done(message)


def _end_with_stdin(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
