"""The SQS transport against moto, read by plain boto3."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest

from emulator.domain.errors import EnvironmentFault
from emulator.runtime.sqs import SqsServer

AWKWARD = '{"name":"Zoë \\"quoted\\"","emoji":"🛒","line":"a\\nb","slash":"</a>","nul":"\\u0000"}'.encode()


async def _send_all(transport: Any, messages: Any) -> list[Any]:
    return await asyncio.gather(*(transport.send(message) for message in messages))


def test_what_arrives_is_the_body_and_nothing_beside_it(
    consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    url = consumer.create()

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await transport.send(sqs_message(url, body=AWKWARD))

    outcome = run(go())
    (message,) = consumer.take(url)
    assert message["Body"].encode() == AWKWARD
    assert "MessageAttributes" not in message
    assert outcome.succeeded
    assert (outcome.status, outcome.error) == (200, None)
    assert json.loads(outcome.body) == {"MessageId": message["MessageId"]}
    assert outcome.processing_time > 0


def test_a_body_that_is_no_text_arrives_as_text(consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any) -> None:
    url = consumer.create()

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await transport.send(sqs_message(url, body=b'{"a":"\xff"}'))

    assert run(go()).succeeded
    (message,) = consumer.take(url)
    assert message["Body"] == '{"a":"\ufffd"}'


@pytest.mark.parametrize("character", ["\uffff", "\ufffe", "\x01", "\x1f"])
def test_a_character_that_sqs_does_not_take_fails_its_message_alone(
    character: str, consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    """moto would take it, and AWS would not."""
    url = consumer.create()
    bodies = [f'{{"name":"a{character}b"}}'.encode(), '{"name":"\t\r\n\x7f\ufffd\U0001f6d2"}'.encode()]

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await _send_all(transport, [sqs_message(url, body=body) for body in bodies])

    refused, taken = run(go())
    assert refused.error == (
        f"The message has the character U+{ord(character):04X}, which SQS does not take; nothing was sent. "
        "Send it to a webhook or a STOMP destination, or leave the character out"
    )
    assert taken.succeeded
    assert [message["Body"].encode() for message in consumer.take(url)] == bodies[1:]


def test_a_message_that_is_too_large_for_its_queue_fails_alone(
    consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    """moto refuses the whole call for it, where SQS tells of each message."""
    url = consumer.create()
    consumer.client().set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})

    async def go() -> Any:
        async with sqs_transport() as transport:
            bodies = (b"first", b"x" * 1025, b"last")
            return await _send_all(transport, [sqs_message(url, body=body) for body in bodies])

    outcomes = run(go())
    assert [outcome.succeeded for outcome in outcomes] == [True, False, True]
    assert outcomes[1].error.endswith("Message must be shorter than 1024 bytes")
    assert [message["Body"] for message in consumer.take(url)] == ["first", "last"]


def test_five_thousand_messages_are_all_there_in_the_order_they_were_sent(
    sqs_message: Any, sqs_transport: Any, consumer_of: Any
) -> None:
    """By the embedded server, for stock moto takes the longer over each message the more of them there are."""
    total = 5_000

    async def go() -> list[Any]:
        server = SqsServer(port=0, on_notice=print)
        await server.start()
        try:
            url = await server.create_queue("epcc-many", region="eu-west-1")
            messages = iter([sqs_message(url, number) for number in range(total)])

            async def send() -> None:
                for message in messages:
                    assert (await transport.send(message)).succeeded

            async with sqs_transport() as transport, asyncio.TaskGroup() as senders:
                for _ in range(64):
                    senders.create_task(send())
            return await asyncio.to_thread(consumer_of(server.endpoint).take, url)
        finally:
            await server.stop()

    arrived = asyncio.run(go())
    assert [json.loads(message["Body"])["number"] for message in arrived] == list(range(total))


def test_a_fifo_queue_gets_the_resource_as_group_and_every_attempt_and_copy_as_its_own_message(
    consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    """Second attempts and copies arrive; the same attempt of the same job once more, as after a crash, does not."""
    url = consumer.create(fifo=True)
    sends = [(1, 0), (1, 1), (2, 0), (1, 0)]

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await _send_all(
                transport, [sqs_message(url, attempt=attempt, copy=copy, body=b"same") for attempt, copy in sends]
            )

    outcomes = run(go())
    assert all(outcome.succeeded for outcome in outcomes)
    messages = consumer.take(url)
    assert [message["MessageId"] for message in messages] == [
        json.loads(outcome.body)["MessageId"] for outcome in outcomes[:3]
    ]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"order:1"}
    named = [message["Attributes"]["MessageDeduplicationId"] for message in messages]
    assert [name.rpartition(".")[0] for name in named] == ["job-1.1.0", "job-1.1.1", "job-1.2.0"]


@pytest.mark.parametrize("resource", ["größe:1", "o" * 200, "two words", ""])
def test_any_resource_can_be_a_group(
    resource: str, consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    url = consumer.create(fifo=True)

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await transport.send(sqs_message(url, resource=resource, job_id=resource + "job"))

    assert run(go()).error is None
    (message,) = consumer.take(url)
    assert len(message["Attributes"]["MessageGroupId"]) <= 128


def test_queues_of_one_server_do_not_mix(consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any) -> None:
    """Same endpoint; two names, and one name in two regions."""
    first, second = consumer.create(regions=["eu-west-1", "us-east-1"]), consumer.create()

    async def go() -> Any:
        async with sqs_transport() as transport:
            messages = [sqs_message((first, second)[number % 2], number) for number in range(40)]
            messages.append(sqs_message(first, 99, region="us-east-1"))
            return await _send_all(transport, messages)

    assert all(outcome.succeeded for outcome in run(go()))

    def numbers(url: str, **where: str) -> list[int]:
        return [json.loads(message["Body"])["number"] for message in consumer.take(url, **where)]

    assert numbers(first) == list(range(0, 40, 2))
    assert numbers(second) == list(range(1, 40, 2))
    assert numbers(first, region="us-east-1") == [99]


def test_groups_of_a_fifo_queue_keep_their_order(consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any) -> None:
    url = consumer.create(fifo=True)

    async def go() -> Any:
        async with sqs_transport() as transport:
            messages = [sqs_message(url, number, resource=f"order:{number % 7}") for number in range(60)]
            return await _send_all(transport, messages)

    assert all(outcome.succeeded for outcome in run(go()))
    messages = consumer.take(url)
    assert len(messages) == 60
    for group in range(7):
        numbers = [
            json.loads(message["Body"])["number"]
            for message in messages
            if message["Attributes"]["MessageGroupId"] == f"order:{group}"
        ]
        assert len(numbers) > 1
        assert all(earlier < later for earlier, later in pairwise(numbers))


def test_a_missing_queue_is_told_in_the_services_words(
    consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    url = consumer.create()

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await _send_all(transport, [sqs_message(f"{url}-not"), sqs_message(url)])

    missing, there = run(go())
    host = consumer.url.removeprefix("http://")
    assert missing.error == (
        f"SQS at {host} answered 400, AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist; "
        "create the queue, or correct the integration's url"
    )
    assert missing.status == 400
    assert there.succeeded


def test_a_stand_in_is_sent_to_and_its_absence_is_an_outcome(
    consumer: Any, sqs_message: Any, sqs_transport: Any, run: Any
) -> None:
    """The seed's own queue URL is served by another; a host that cannot run says so in the attempt."""
    url = consumer.create()
    production = "https://sqs.us-west-2.amazonaws.com/123456789012/epcc-orders"

    class Host:
        async def stand_in(self, configuration: Any) -> str | None:
            if configuration.url.endswith("broken"):
                raise EnvironmentFault("the SQS server cannot start; install moto")
            return url if configuration.url == production else None

    async def go() -> Any:
        async with sqs_transport(host=Host()) as transport:
            return await _send_all(
                transport, [sqs_message(production), sqs_message(url), sqs_message("http://127.0.0.1/1/broken")]
            )

    served, direct, broken = run(go())
    assert served.succeeded
    assert direct.succeeded
    assert broken.error == "the SQS server cannot start; install moto"
    assert len(consumer.take(url)) == 2
