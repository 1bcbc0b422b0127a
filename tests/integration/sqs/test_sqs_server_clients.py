"""The embedded SQS server as its clients find it: boto3 on one side, the emulator's own look on the other."""

import asyncio
import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.runtime.sqs import SqsServer

SIGNED = "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"

Client = Callable[..., Any]
MakeQueue = Callable[..., str]


class Shore:
    """A server that runs in a loop of its own, for tests that are not asynchronous."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.loop = asyncio.new_event_loop()
        self.server = SqsServer(port=0, on_notice=self.notices.append)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def run(self) -> None:
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


@pytest.fixture(scope="module")
def shore() -> Iterator[Shore]:
    """One for all tests here, which use queues of their own."""
    shore = Shore()
    thread = threading.Thread(target=shore.run)
    thread.start()
    try:
        shore.do(shore.server.start())
        yield shore
        assert shore.notices == []
    finally:
        shore.do(shore.server.stop())
        shore.loop.call_soon_threadsafe(shore.loop.stop)
        thread.join()


@pytest.fixture(scope="module")
def client(shore: Shore) -> Iterator[Client]:
    """`client()`: boto3's, for SQS in eu-west-1 unless told otherwise."""
    made: list[Any] = []

    def make(service: str = "sqs", region: str = "eu-west-1") -> Any:
        settings = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
        made.append(
            boto3.client(
                service,
                endpoint_url=shore.server.endpoint,
                region_name=region,
                aws_access_key_id="key",
                aws_secret_access_key="secret",
                config=settings,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def sqs(client: Client) -> Any:
    return client()


@pytest.fixture
def queue(shore: Shore, request: pytest.FixtureRequest) -> MakeQueue:
    """`queue()`: the URL of a new standard queue; `queue(".fifo")` of a FIFO one."""
    numbers = count(1)

    def make(ending: str = "", **attributes: str) -> str:
        name = f"{request.node.originalname[:60]}-{next(numbers)}{ending}"
        url: str = shore.do(shore.server.create_queue(name, region="eu-west-1", attributes=attributes))
        return url

    return make


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def bodies(answer: dict[str, Any]) -> list[str]:
    return [message["Body"] for message in answer.get("Messages", [])]


def ask(shore: Shore, headers: dict[str, str], *, method: str = "POST", path: str = "/", body: str = "{}") -> Any:
    """What the server answers to a request that no SDK would send."""
    connection = http.client.HTTPConnection("127.0.0.1", shore.server.port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_a_batch_of_ten_is_received_and_deleted(sqs: Any, queue: MakeQueue) -> None:
    url = queue()
    entries = [{"Id": str(number), "MessageBody": f'body {number} ü<&>"\r\n'} for number in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    assert bodies(answer) == [entry["MessageBody"] for entry in entries]
    handles = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(answer["Messages"])]
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == 10
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[0]["ReceiptHandle"])
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessages"] == counted["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_what_is_in_flight_comes_back_when_its_time_is_over(sqs: Any, queue: MakeQueue) -> None:
    url = queue(VisibilityTimeout="30")
    sqs.send_message(QueueUrl=url, MessageBody="once", MessageAttributes={})
    (first,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert first["Attributes"]["ApproximateReceiveCount"] == "1"
    assert bodies(sqs.receive_message(QueueUrl=url)) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=1)
    (again,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], WaitTimeSeconds=5)["Messages"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_fifo_queue_keeps_its_order_by_group_and_takes_each_message_once(sqs: Any, queue: MakeQueue) -> None:
    url = queue(".fifo")

    def send(body: str, group: str, key: str) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=key)

    for body, group, key in (("a1", "a", "1"), ("a1 again", "a", "1"), ("a2", "a", "2"), ("b1", "b", "3")):
        send(body, group, key)
    (a1,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert a1["Body"] == "a1"
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["b1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=a1["ReceiptHandle"])
    send("a1 once more", "a", "1")
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["a2"]
    with pytest.raises(ClientError, match="MessageGroupId"):
        sqs.send_message(QueueUrl=url, MessageBody="no group")


def test_a_duplicate_is_one_of_its_group_where_the_queue_says_so(sqs: Any, queue: MakeQueue) -> None:
    url = queue(".fifo", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("a", "b", "a"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="1")
    assert bodies(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)) == ["a", "b"]


def test_a_consumer_that_waits_gets_a_message_when_it_is_sent(sqs: Any, queue: MakeQueue) -> None:
    url = queue()
    with ThreadPoolExecutor(1) as consumer:
        waiting = consumer.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        sqs.send_message(QueueUrl=url, MessageBody="hello")
        assert bodies(waiting.result(5)) == ["hello"]


def test_others_are_served_while_a_consumer_waits_for_a_group_that_is_in_flight(sqs: Any, queue: MakeQueue) -> None:
    url = queue(".fifo")
    for number in ("1", "2"):
        sqs.send_message(QueueUrl=url, MessageBody=number, MessageGroupId="a", MessageDeduplicationId=number)
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    with ThreadPoolExecutor(1) as consumer:
        waiting = consumer.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        for _ in range(20):
            sqs.get_queue_url(QueueName=name_of(url))
        assert not waiting.done()
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        assert bodies(waiting.result(5)) == ["2"]


def test_a_consumer_that_left_while_it_waited_takes_nothing_with_it(shore: Shore, sqs: Any, queue: MakeQueue) -> None:
    url = queue()
    connection = http.client.HTTPConnection("127.0.0.1", shore.server.port)
    connection.request(
        "POST",
        "/",
        body=json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}),
        headers={
            "X-Amz-Target": "AmazonSQS.ReceiveMessage",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": SIGNED.format(service="sqs"),
        },
    )
    connection.close()
    sqs.get_queue_url(QueueName=name_of(url))
    sqs.send_message(QueueUrl=url, MessageBody="for somebody else")
    assert bodies(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)) == ["for somebody else"]


def test_eight_clients_at_once_lose_nothing_and_get_nothing_twice(sqs: Any, queue: MakeQueue) -> None:
    url, total = queue(), 400
    got: list[str] = []

    def send(sender: int) -> None:
        for batch in range(total // 40):
            entries = [{"Id": str(n), "MessageBody": f"{sender}-{batch}-{n}"} for n in range(10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def receive() -> None:
        while len(got) < total:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                got.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    with ThreadPoolExecutor(8) as clients:
        work = [clients.submit(send, sender) for sender in range(4)] + [clients.submit(receive) for _ in range(4)]
        for each in work:
            each.result(20)
    assert Counter(got) == Counter(f"{s}-{b}-{n}" for s in range(4) for b in range(10) for n in range(10))


def test_looking_at_a_queue_changes_nothing(shore: Shore, sqs: Any, queue: MakeQueue) -> None:
    url = queue(".fifo")
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    for number in ("1", "2", "3"):
        sqs.send_message(
            QueueUrl=url,
            MessageBody=number,
            MessageGroupId=f"g{number}",
            MessageDeduplicationId=number,
            MessageAttributes=attributes,
        )
    sqs.receive_message(QueueUrl=url)
    looks = [shore.do(shore.server.peek(name_of(url), limit=10)) for _ in range(3)]
    assert looks[0] == looks[1] == looks[2]
    assert [(m.body, m.received, m.in_flight) for m in looks[0]] == [("1", 1, True), ("2", 0, False), ("3", 0, False)]
    assert {"MessageGroupId": "g2", "MessageDeduplicationId": "2", "kind": "order"}.items() <= looks[0][
        1
    ].headers.items()
    assert len(shore.do(shore.server.peek(name_of(url), region="eu-west-1", limit=2))) == 2
    (second,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert (second["Body"], second["Attributes"]["ApproximateReceiveCount"]) == ("2", "1")
    assert second["Attributes"]["SentTimestamp"] == str(looks[0][1].sent_at // 1000)
    assert second["MessageId"] == looks[0][1].id
    assert shore.server.peek_notice is None


def test_queues_of_all_makers_and_regions_are_seen_with_what_is_in_them(
    shore: Shore, client: Client, sqs: Any, queue: MakeQueue
) -> None:
    url = queue()
    elsewhere = client(region="ap-southeast-2")
    foreign = elsewhere.create_queue(QueueName="made-elsewhere", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    for body in ("1", "2", "3"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=url)
    elsewhere.send_message(QueueUrl=foreign, MessageBody="not yet")
    seen = {(view.region, view.name): view for view in shore.do(shore.server.queues())}
    mine, theirs = seen["eu-west-1", name_of(url)], seen["ap-southeast-2", "made-elsewhere"]
    assert (mine.waiting, mine.in_flight, mine.address) == (2, 1, url)
    assert (theirs.waiting, theirs.in_flight) == (0, 0)
    assert {view.integration_type for view in seen.values()} == {IntegrationType.AWS_SQS}
    elsewhere.delete_queue(QueueUrl=foreign)
    assert "made-elsewhere" not in {view.name for view in shore.do(shore.server.queues())}


def test_a_queue_is_purged_as_often_as_one_likes(shore: Shore, sqs: Any, queue: MakeQueue) -> None:
    url = queue(".fifo")
    for _ in range(2):
        for key in ("1", "2"):
            sqs.send_message(QueueUrl=url, MessageBody=key, MessageGroupId=key, MessageDeduplicationId=key)
        sqs.receive_message(QueueUrl=url)
        assert shore.do(shore.server.purge(name_of(url))) == 2
        assert shore.do(shore.server.peek(name_of(url), limit=10)) == []


def test_a_queue_is_looked_for_where_it_is_said_to_be(shore: Shore, client: Client) -> None:
    for region in ("eu-west-1", "us-east-1"):
        client(region=region).create_queue(QueueName="epcc-twins")
    with pytest.raises(InvalidInput, match="in eu-west-1 and us-east-1; say which region"):
        shore.do(shore.server.peek("epcc-twins", limit=1))
    assert shore.do(shore.server.purge("epcc-twins", region="us-east-1")) == 0
    with pytest.raises(UnknownWord, match="unknown queue 'epcc-twin'; did you mean 'epcc-twins'"):
        shore.do(shore.server.peek("epcc-twin", limit=1))
    with pytest.raises(UnknownWord, match="unknown queue of eu-north-1 'epcc-twins'"):
        shore.do(shore.server.purge("epcc-twins", region="eu-north-1"))


def test_what_sqs_refuses_is_refused_with_its_reason(shore: Shore) -> None:
    create = shore.server.create_queue
    with pytest.raises(InvalidInput, match="is no queue name"):
        shore.do(create("a queue", region="eu-west-1"))
    with pytest.raises(InvalidInput, match="is no AWS region"):
        shore.do(create("orders", region="eu/west"))
    with pytest.raises(InvalidInput, match=r"SQS refuses this: .*MaximumMessageSize"):
        shore.do(create("orders", region="eu-west-1", attributes={"MaximumMessageSize": "7"}))


def test_a_region_that_aws_does_not_have_is_as_good_as_any(shore: Shore, client: Client) -> None:
    url = shore.do(shore.server.create_queue("local-queue", region="elasticmq"))
    client(region="elasticmq").send_message(QueueUrl=url, MessageBody="here")
    assert [m.body for m in shore.do(shore.server.peek("local-queue", limit=1))] == ["here"]


@pytest.mark.parametrize(
    ("header", "value", "sentence"),
    [
        ("Host", "rebound.example:3723", "on host 'rebound.example:3723'"),
        ("Host", "10.0.0.1", "loopback names and addresses only"),
        ("Origin", "https://elsewhere.example", "web pages of another origin"),
        ("Origin", "null", "web pages of another origin"),
    ],
)
def test_pages_of_elsewhere_are_kept_out(shore: Shore, header: str, value: str, sentence: str) -> None:
    asked = {"Authorization": SIGNED.format(service="sqs"), "X-Amz-Target": "AmazonSQS.ListQueues", header: value}
    for method in ("POST", "OPTIONS", "GET"):
        status, headers, body = ask(shore, asked, method=method)
        assert status == 403
        assert sentence in json.loads(body)["message"]
        assert not any(name.lower().startswith("access-control") for name in headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/moto-api/reset"),
        ("GET", "/moto-api/data.json"),
        ("GET", "/moto-api/"),
        ("POST", "/moto-api/config"),
        ("GET", "/?Action=CreateQueue&QueueName=by-a-picture"),
    ],
)
def test_nothing_is_done_for_who_does_not_sign(shore: Shore, queue: MakeQueue, method: str, path: str) -> None:
    url = queue()
    status, _, body = ask(shore, {}, method=method, path=path)
    assert status == 403
    assert "<Code>MissingAuthenticationToken</Code>" in body
    names = {view.name for view in shore.do(shore.server.queues())}
    assert name_of(url) in names
    assert "by-a-picture" not in names


def test_moto_s_own_routes_are_closed_to_who_signs_too(shore: Shore, queue: MakeQueue) -> None:
    url = queue()
    for service in ("sqs", "iam"):
        status, _, _ = ask(shore, {"Authorization": SIGNED.format(service=service)}, path="/moto-api/reset")
        assert status == 404
    assert name_of(url) in {view.name for view in shore.do(shore.server.queues())}
    status, _, body = ask(shore, {"Authorization": SIGNED.format(service="moto_api")}, path="/moto-api/reset")
    assert status == 403
    assert "serves sqs, cloudformation, iam, sts, and not 'moto_api'" in body


def test_a_local_page_may_ask_but_gets_no_key_to_the_answer(shore: Shore) -> None:
    asked = {
        "Authorization": SIGNED.format(service="sqs"),
        "X-Amz-Target": "AmazonSQS.ListQueues",
        "Content-Type": "application/x-amz-json-1.0",
        "Origin": "http://localhost:5173",
    }
    status, headers, _ = ask(shore, asked)
    assert status == 200
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_a_stack_with_a_queue_and_a_policy_can_be_deployed(shore: Shore, client: Client) -> None:
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-a-template"}},
            "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "sender"}},
        }
    }
    client("cloudformation").create_stack(StackName="queues", TemplateBody=json.dumps(template))
    assert client("iam").get_user(UserName="sender")["User"]["UserName"] == "sender"
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    assert ("from-a-template", "eu-west-1") in {(v.name, v.region) for v in shore.do(shore.server.queues())}
    with pytest.raises(ClientError, match="serves sqs, cloudformation, iam, sts, and not 'sns'"):
        client("sns").list_topics()
