"""An SQS server in a process of its own, a consumer that is plain boto3, and answers that no server should give."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import uuid4

import boto3
import pytest

from emulator.domain.integration import Integration, IntegrationType, SqsConfiguration
from emulator.domain.ports import Message
from emulator.transports.reach import Reach
from emulator.transports.sqs import SqsTransport

REGION = "eu-west-1"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

_MOTO = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """moto as it is sold, by an address that every test shares."""
    child = subprocess.Popen([sys.executable, "-c", _MOTO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.communicate()


@dataclass
class Consumer:
    """Queues of one server, seen by boto3 alone."""

    url: str

    def client(self, region: str = REGION) -> Any:
        return boto3.client(
            "sqs",
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="consumer",
            aws_secret_access_key="consumer",
        )

    def create(self, *, fifo: bool = False, regions: Sequence[str] = (REGION,)) -> str:
        """The URL of a new queue, which is there in each of the regions."""
        name = f"epcc-{uuid4().hex}" + (".fifo" if fifo else "")
        attributes = {"FifoQueue": "true"} if fifo else {}
        for region in regions:
            url = self.client(region).create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return str(url)

    def take(self, url: str, *, region: str = REGION) -> list[dict[str, Any]]:
        """Everything that is in the queue, taken out of it, in the order in which it came."""
        client = self.client(region)
        taken: list[dict[str, Any]] = []
        while True:
            messages = client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not messages:
                return taken
            taken += messages
            client.delete_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages)
                ],
            )


@pytest.fixture
def consumer_of() -> Callable[[str], Consumer]:
    """`consumer_of(url)` reads another server's queues."""
    return Consumer


@pytest.fixture
def consumer(moto_url: str) -> Consumer:
    return Consumer(moto_url)


@pytest.fixture
def sqs_message() -> Callable[..., Message]:
    """A message for the queue of this URL; `integration` names whose it is."""

    def make(url: str, number: int = 1, *, integration: str = "queue", **values: Any) -> Message:
        configuration = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET, "region": REGION}
        configuration |= {name: values.pop(name) for name in list(values) if name in configuration}
        given: dict[str, Any] = {
            "integration": Integration(
                key=integration,
                id=integration,
                name=integration,
                integration_type=IntegrationType.AWS_SQS,
                configuration=SqsConfiguration(url=url, **configuration),
                created_at=0,
                updated_at=0,
            ),
            "event_key": "order.paid",
            "job_id": f"job-{number}",
            "resource": f"order:{number}",
            "attempt": 1,
            "copy": 0,
            "body": json.dumps({"number": number}).encode(),
        }
        return Message(**(given | values))

    return make


@pytest.fixture
def sqs_transport() -> Callable[..., AbstractAsyncContextManager[SqsTransport]]:
    """`async with sqs_transport() as transport`: closed at the end."""

    @asynccontextmanager
    async def opened(reach: Reach | None = None, **options: Any) -> AsyncIterator[SqsTransport]:
        transport = SqsTransport(reach=reach or Reach(), **options)
        try:
            yield transport
        finally:
            await transport.aclose()

    return opened


class Speech:
    """What a scripted server reads, and what it can answer."""

    @staticmethod
    def call(request: bytes) -> dict[str, Any]:
        """What was asked: the queue's URL and the entries."""
        called: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
        return called

    @staticmethod
    def http(status: str, body: bytes, content_type: str = "application/x-amz-json-1.0") -> bytes:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    @classmethod
    def error(cls, status: str, code: str, message: str) -> bytes:
        document = {"__type": f"com.amazonaws.sqs#{code}", "message": message}
        return cls.http(status, json.dumps(document).encode())

    @classmethod
    def taken(cls, request: bytes, *, refused: Mapping[int, tuple[str, str]] = {}, without: Any = ()) -> bytes:
        """All entries are acknowledged, but those `refused` (code and message) and those the answer is `without`."""
        results: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for number, entry in enumerate(cls.call(request)["Entries"]):
            if number in refused:
                code, message = refused[number]
                results["Failed"].append({"Id": entry["Id"], "Code": code, "Message": message, "SenderFault": True})
            elif number not in without:
                digest = md5(entry["MessageBody"].encode()).hexdigest()
                results["Successful"].append(
                    {"Id": entry["Id"], "MessageId": f"id-{number}", "MD5OfMessageBody": digest}
                )
        return cls.http("200 OK", json.dumps(results).encode())


@pytest.fixture
def speech() -> type[Speech]:
    return Speech
