"""SqsEndpoint: another SQS server than the embedded one: ElasticMQ, LocalStack, or whatever speaks SQS."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.integration import IntegrationType
from emulator.domain.queue import QueuedMessage, QueueView
from emulator.runtime.sqs.naming import check_queue_name, find_queue, queue_attributes

Answer = TypeVar("Answer")

_PATIENCE = 5  # seconds for a connection and for an answer
_MOST_AT_ONCE = 10
_ANY_KEY = "emulator"
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class SqsEndpoint:
    """A server that somebody else runs. Implements `SqsQueues`, through boto3 in a worker thread.

    Credentials are those of the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), or
    made-up ones, which local servers accept. A server is asked about one region at a time: `queues` knows `region` and
    those in which queues were created here.
    """

    def __init__(self, *, url: str, region: str = "us-east-1") -> None:
        self._url = url.rstrip("/")
        self._home = region
        self._clients: dict[str, Any] = {}
        self._one_at_a_time = asyncio.Lock()
        self._running = False

    @property
    def running(self) -> bool:
        """Whether it has answered."""
        return self._running

    @property
    def endpoint(self) -> str:
        return self._url

    @property
    def peek_notice(self) -> str | None:
        return (
            "Another SQS server shows messages only by receiving them: each look raises the receive count of those it "
            "shows, which may move them to a dead letter queue, and leaves out those that are in flight"
        )

    async def start(self) -> None:
        """Returns when it has answered. Raises EnvironmentFault when it does not."""
        if not self._running:
            await self._do(lambda: self._client(self._home).list_queues(MaxResults=1))
            self._running = True

    async def stop(self) -> None:
        """Forgets the connections; the server goes on."""
        async with self._one_at_a_time:
            clients, self._clients = self._clients, {}
            self._running = False
        for client in clients.values():
            client.close()

    async def create_queue(self, name: str, *, region: str, attributes: Mapping[str, str] | None = None) -> str:
        """The URL of the queue of this name, made when it is missing. Raises InvalidInput for what SQS refuses."""
        check_queue_name(name)
        wanted = queue_attributes(name, attributes or {})
        made = await self._do(lambda: self._client(region).create_queue(QueueName=name, Attributes=wanted))
        return str(made["QueueUrl"])

    async def queues(self) -> list[QueueView]:
        return await self._do(lambda: [view for region in self._regions() for view in self._views(region)])

    async def in_hand(self) -> dict[str, int]:
        """Nothing is known of who takes from another server's queues."""
        return {}

    async def peek(self, name: str, *, region: str | None = None, limit: int) -> list[QueuedMessage]:
        """The first messages, received with a visibility timeout of 0: see `peek_notice` for what that does to them."""
        view = await self._find(name, region)
        return await self._do(lambda: list(_received(self._client(view.region), view.address, limit)))

    async def purge(self, name: str, *, region: str | None = None) -> int:
        """As the server does it, which may be once a minute only; the count is the server's, which is approximate."""
        view = await self._find(name, region)
        await self._do(lambda: self._client(view.region).purge_queue(QueueUrl=view.address))
        return view.waiting + view.in_flight

    async def _find(self, name: str, region: str | None) -> QueueView:
        if region:
            await self._do(lambda: self._client(region))
        return find_queue(await self.queues(), name, region)

    async def _do(self, work: Callable[[], Answer]) -> Answer:
        """In a thread, one call at a time. Raises InvalidInput for what the server refuses, else EnvironmentFault."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._translated, work)

    def _translated(self, work: Callable[[], Answer]) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return work()
        except ClientError as refusal:
            error = refusal.response.get("Error", {})
            words = f"{error.get('Message') or error.get('Code') or refusal}"
            if refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) < 500:
                raise InvalidInput(f"{self._url} refuses this: {words}") from None
            raise EnvironmentFault(f"{self._url} failed: {words}") from None
        except (BotoCoreError, ValueError) as failure:
            raise EnvironmentFault(f"no SQS server answers at {self._url}: {failure}") from None

    def _regions(self) -> list[str]:
        return sorted({self._home, *self._clients})

    def _client(self, region: str) -> Any:
        if region not in self._clients:
            from boto3.session import Session
            from botocore.config import Config

            chosen = "AWS_ACCESS_KEY_ID" in os.environ
            self._clients[region] = Session(
                aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", _ANY_KEY),
                aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", _ANY_KEY),
                aws_session_token=os.environ.get("AWS_SESSION_TOKEN") if chosen else None,
                region_name=region,
            ).client(
                "sqs",
                endpoint_url=self._url,
                config=Config(connect_timeout=_PATIENCE, read_timeout=_PATIENCE, retries={"total_max_attempts": 1}),
            )
        return self._clients[region]

    def _views(self, region: str) -> Iterator[QueueView]:
        client = self._client(region)
        for page in client.get_paginator("list_queues").paginate():
            for url in page.get("QueueUrls", ()):
                asked = client.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))
                waiting, in_flight = (int(asked.get("Attributes", {}).get(name, 0)) for name in _COUNTS)
                yield QueueView(
                    integration_type=IntegrationType.AWS_SQS,
                    name=urlsplit(url).path.rpartition("/")[2],
                    address=url,
                    waiting=waiting,
                    in_flight=in_flight,
                    region=region,
                )


def _received(client: Any, url: str, limit: int) -> Iterator[QueuedMessage]:
    """Until there are as many as asked for, or the server shows nothing new."""
    seen: set[str] = set()
    while len(seen) < limit:
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_MOST_AT_ONCE, limit - len(seen)),
            VisibilityTimeout=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        new = [message for message in answer.get("Messages", ()) if message["MessageId"] not in seen]
        if not new:
            return
        for message in new:
            seen.add(message["MessageId"])
            yield _queued(message)


def _queued(message: Mapping[str, Any]) -> QueuedMessage:
    facts = message.get("Attributes", {})
    own = {name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()}
    shown = {name: facts.get(name) for name in ("MessageGroupId", "MessageDeduplicationId", "SequenceNumber")}
    return QueuedMessage(
        id=message["MessageId"],
        body=message["Body"],
        sent_at=int(facts.get("SentTimestamp", 0)) * 1000,
        received=int(facts.get("ApproximateReceiveCount", 1)),
        headers={name: value for name, value in {**shown, **own}.items() if value is not None},
    )
