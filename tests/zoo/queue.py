"""Queue: a desk that takes its messages from SQS, by boto3, or from a STOMP broker, by stomp.py."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from zoo.desk import Desk
from zoo.message import queued
from zoo.receiver import Acknowledge

_POLL = 10  # seconds; a poll ends as soon as a message comes
_FAREWELL = "farewell"
_LOOK_AGAIN = 0.1  # wall seconds, where the server is not there


@contextmanager
def consuming(desk: Desk, made: Mapping[str, Any]) -> Iterator[None]:
    """While within, it takes what comes to a queue or destination as `POST /_emulator/queues` has described it."""
    take = _from_stomp if "destination" in made["configuration"] else _from_sqs
    with take(desk, made):
        yield


@contextmanager
def _from_sqs(desk: Desk, made: Mapping[str, Any]) -> Iterator[None]:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    known = made["environment"]
    sqs = boto3.client(
        "sqs",
        endpoint_url=known["AWS_ENDPOINT_URL_SQS"],
        region_name=known["AWS_REGION"],
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    url = made["configuration"]["url"]
    ended = threading.Event()

    def consume() -> None:
        while True:
            try:
                polled = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=_POLL)
            except BotoCoreError:  # the server is away
                if ended.wait(_LOOK_AGAIN):
                    return
                continue
            for message in polled.get("Messages", ()):
                delete = partial(sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                if message["Body"] == _FAREWELL:
                    delete()
                    return
                _take(desk, message["Body"], delete)

    sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)  # from now on the emulator knows that somebody asks
    thread = threading.Thread(target=consume, name="sqs consumer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # What was sent before it is worked on before it, where the server is still there.
        ended.set()
        with suppress(BotoCoreError):
            sqs.send_message(QueueUrl=url, MessageBody=_FAREWELL)
        thread.join()
        sqs.close()


@contextmanager
def _from_stomp(desk: Desk, made: Mapping[str, Any]) -> Iterator[None]:
    import stomp

    known = made["environment"]
    connection = stomp.Connection12([(known["STOMP_HOST"], int(known["STOMP_PORT"]))], vhost="/")
    subscribed = threading.Event()

    class Consumer(stomp.ConnectionListener):  # type: ignore[misc]
        def on_receipt(self, _frame: Any) -> None:
            subscribed.set()

        def on_message(self, frame: Any) -> None:
            _take(desk, frame.body, lambda: connection.ack(frame.headers["ack"]))

    connection.set_listener("", Consumer())
    connection.connect(known["STOMP_LOGIN"], known["STOMP_PASSCODE"], wait=True)
    connection.subscribe(
        made["configuration"]["destination"], id="1", ack="client-individual", headers={"receipt": "subscribed"}
    )
    if not subscribed.wait(10):
        raise TimeoutError("the broker has not confirmed the subscription")
    try:
        yield
    finally:
        connection.disconnect()


def _take(desk: Desk, body: str, acknowledge: Acknowledge) -> None:
    """The desk notes what goes wrong; a consumer goes on with the next message."""
    with suppress(Exception):
        desk.take(queued(body), acknowledge)
