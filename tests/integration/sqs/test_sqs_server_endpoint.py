"""Another SQS server in the place of the embedded one; here it is the embedded one that plays the other."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import boto3
import pytest

from emulator.domain.errors import EnvironmentFault, InvalidInput, UnknownWord
from emulator.runtime.sqs import SqsEndpoint, SqsQueues, SqsServer

Check = Callable[[SqsEndpoint, Any], Awaitable[None]]


def with_endpoint(check: Check) -> None:
    """Runs the check on an endpoint, with a client of boto3's to see what it did."""

    async def go() -> None:
        notices: list[str] = []
        server = SqsServer(port=0, on_notice=notices.append)
        await server.start()
        endpoint = SqsEndpoint(url=f"{server.endpoint}/", region="eu-west-1")
        client = await asyncio.to_thread(
            boto3.client,
            "sqs",
            endpoint_url=server.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        try:
            assert endpoint.endpoint == server.endpoint
            async with asyncio.timeout(20):
                await check(endpoint, client)
        finally:
            client.close()
            await endpoint.stop()
            await server.stop()
        assert notices == []

    asyncio.run(go())


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def send(client: Any, url: str, *bodies: str) -> None:
    for body in bodies:
        attribute = {"kind": {"DataType": "String", "StringValue": "order"}}
        client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attribute)


def test_queues_are_made_seen_looked_at_and_purged() -> None:
    async def check(endpoint: SqsEndpoint, client: Any) -> None:
        queues: SqsQueues = endpoint
        assert not queues.running
        await queues.start()
        assert queues.running
        url = await queues.create_queue("orders", region="eu-west-1", attributes={"VisibilityTimeout": "7"})
        assert await queues.create_queue("orders", region="eu-west-1") == url
        await asyncio.to_thread(send, client, url, *(str(number) for number in range(12)))
        (view,) = await queues.queues()
        assert (view.name, view.address, view.region, view.waiting) == ("orders", url, "eu-west-1", 12)
        seen = await queues.peek("orders", limit=5)
        assert [message.body for message in seen] == ["0", "1", "2", "3", "4"]
        assert seen[0].headers == {"kind": "order"}
        assert seen[0].sent_at > 0
        assert (await queues.queues())[0].waiting == 12
        assert await queues.purge("orders") == 12
        assert await queues.peek("orders", limit=5) == []

    with_endpoint(check)


def test_looking_raises_the_receive_count_and_is_said_to() -> None:
    async def check(endpoint: SqsEndpoint, client: Any) -> None:
        url = await endpoint.create_queue("orders.fifo", region="eu-west-1")
        await asyncio.to_thread(
            client.send_message, QueueUrl=url, MessageBody="1", MessageGroupId="g", MessageDeduplicationId="d"
        )
        looks = [await endpoint.peek("orders.fifo", region="eu-west-1", limit=1) for _ in range(2)]
        assert [look[0].received for look in looks] == [1, 2]
        assert {"MessageGroupId": "g", "MessageDeduplicationId": "d"}.items() <= looks[0][0].headers.items()
        assert "raises the receive count" in (endpoint.peek_notice or "")

    with_endpoint(check)


def test_a_queue_is_found_in_the_regions_that_were_named() -> None:
    async def check(endpoint: SqsEndpoint, client: Any) -> None:
        await endpoint.create_queue("orders", region="us-east-1")
        assert [view.region for view in await endpoint.queues()] == ["us-east-1"]
        assert await endpoint.purge("orders") == 0
        with pytest.raises(UnknownWord, match="unknown queue 'order'; did you mean 'orders'"):
            await endpoint.peek("order", limit=1)
        with pytest.raises(UnknownWord, match="unknown queue of eu-west-1"):
            await endpoint.peek("orders", region="eu-west-1", limit=1)

    with_endpoint(check)


def test_what_the_server_refuses_is_refused_in_its_words() -> None:
    async def check(endpoint: SqsEndpoint, client: Any) -> None:
        with pytest.raises(InvalidInput, match="is no queue name"):
            await endpoint.create_queue("a queue", region="eu-west-1")
        await endpoint.create_queue("orders", region="eu-west-1", attributes={"VisibilityTimeout": "7"})
        with pytest.raises(InvalidInput, match=f"{endpoint.endpoint} refuses this: .*already exists"):
            await endpoint.create_queue("orders", region="eu-west-1", attributes={"VisibilityTimeout": "8"})

    with_endpoint(check)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "no url at all"])
def test_a_server_that_does_not_answer_is_the_environment_s_fault(url: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = SqsEndpoint(url=url.format(port=closed.getsockname()[1]))

        async def go() -> None:
            with pytest.raises(EnvironmentFault, match="no SQS server answers at"):
                await endpoint.start()
            assert not endpoint.running
            await endpoint.stop()

        asyncio.run(go())
