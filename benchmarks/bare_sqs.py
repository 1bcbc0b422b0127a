"""Bare SQS: boto3, ten messages a call, one call after the other."""

from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import boto3

BATCH = 10


def client_for(queue_url: str, region: str) -> Any:
    """As anybody would make it; it has called the queue once."""
    parts = urlsplit(queue_url)
    client = boto3.client(
        "sqs",
        region_name=region,
        endpoint_url=f"{parts.scheme}://{parts.netloc}",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )
    client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return client


def messages_per_second(queue_url: str, region: str, count: int, body: str) -> float:
    """`count` is a multiple of BATCH."""
    client = client_for(queue_url, region)
    entries = [{"Id": str(number), "MessageBody": body} for number in range(BATCH)]
    started = perf_counter()
    for _ in range(count // BATCH):
        answer = client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        assert len(answer["Successful"]) == BATCH, answer
    seconds = perf_counter() - started
    client.close()
    return count / seconds
