"""What scenarios that end in a queue have in common: a plain client that takes everything out of one."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest

Document = Mapping[str, Any]


def of_sqs(made: Document) -> list[bytes]:
    """All that waits in the queue, in the order in which it is received."""
    given, url = made["environment"], made["configuration"]["url"]
    client = boto3.client(
        "sqs",
        endpoint_url=given["AWS_ENDPOINT_URL_SQS"],
        region_name=made["configuration"]["region"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    bodies = []
    while messages := client.receive_message(QueueUrl=url).get("Messages"):
        for message in messages:
            bodies.append(str(message["Body"]).encode())
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def of_stomp(made: Document) -> list[bytes]:
    """All that waits there, up to a message of one's own that is sent behind it."""
    destination = made["configuration"]["destination"]
    bodies: list[bytes] = []
    with socket.create_connection(("127.0.0.1", int(made["environment"]["STOMP_PORT"])), timeout=10) as connection:
        frames = connection.makefile("rb")
        connection.sendall(
            b"CONNECT\naccept-version:1.2\nhost:/\n\n\0"
            + f"SEND\ndestination:{destination}\ncontent-length:3\n\nend\0".encode()
            + f"SUBSCRIBE\ndestination:{destination}\nid:0\nack:auto\n\n\0".encode()
        )
        while bodies[-1:] != [b"end"]:
            head = {}
            command = frames.readline().strip(b"\n\0")
            while line := frames.readline().strip(b"\n"):
                name, value = line.split(b":", 1)
                head[name] = value
            body = frames.read(int(head.get(b"content-length", b"0")))
            assert frames.read(1) == b"\0"
            if command == b"MESSAGE":
                bodies.append(body)
    return bodies[:-1]


@pytest.fixture(scope="session")
def drained() -> Callable[[Document], list[bytes]]:
    """Takes the messages out of a queue or destination that the emulator has made, in the order in which they come."""
    return lambda made: (of_stomp if "destination" in made["configuration"] else of_sqs)(made)
