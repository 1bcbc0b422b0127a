"""What SQS accepts as a queue's name and attributes, and which queue a name means."""

import subprocess
import sys

import pytest

from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.domain.queue import QueueView
from emulator.runtime.sqs.naming import check_queue_name, find_queue, queue_attributes


def view(name: str, region: str) -> QueueView:
    return QueueView(
        integration_type=IntegrationType.AWS_SQS,
        name=name,
        address=f"http://127.0.0.1/1/{name}",
        waiting=0,
        region=region,
    )


VIEWS = [view("orders", "eu-west-1"), view("orders", "us-east-1"), view("carts", "eu-west-1")]


@pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 80, "orders.fifo", "x" * 75 + ".fifo"])
def test_names_that_sqs_takes(name: str) -> None:
    check_queue_name(name)


@pytest.mark.parametrize(
    "name", ["", ".fifo", "a b", "a.b", "orders.fifo.fifo", "orders.fifo\n", "ü", "x" * 81, "x" * 76 + ".fifo", "a/b"]
)
def test_names_that_sqs_refuses(name: str) -> None:
    with pytest.raises(InvalidInput, match="SQS allows"):
        check_queue_name(name)


def test_a_name_says_whether_a_queue_is_fifo() -> None:
    assert queue_attributes("orders", {}) == {}
    assert queue_attributes("orders", {"FifoQueue": "false"}) == {}
    assert queue_attributes("orders.fifo", {"DelaySeconds": "3"}) == {"DelaySeconds": "3", "FifoQueue": "true"}
    for name, fifo in (("orders", "true"), ("orders.fifo", "false")):
        with pytest.raises(InvalidInput, match=r"names that end in '\.fifo'"):
            queue_attributes(name, {"FifoQueue": fifo})


def test_an_unknown_attribute_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"no attribute 'VisibilityTimeOut'; did you mean 'VisibilityTimeout'\?"):
        queue_attributes("orders", {"VisibilityTimeOut": "3"})


def test_a_queue_is_found_by_name_and_by_region_where_there_are_more() -> None:
    assert find_queue(VIEWS, "carts", None) is VIEWS[2]
    assert find_queue(VIEWS, "orders", "us-east-1") is VIEWS[1]
    with pytest.raises(InvalidInput, match="in eu-west-1 and us-east-1"):
        find_queue(VIEWS, "orders", None)
    with pytest.raises(UnknownWord, match="unknown queue 'cart'; did you mean 'carts'"):
        find_queue(VIEWS, "cart", None)
    with pytest.raises(UnknownWord, match="unknown queue of us-east-1 'carts'; there is orders"):
        find_queue(VIEWS, "carts", "us-east-1")


def test_who_may_need_queues_loads_nothing_for_it_yet() -> None:
    code = "import sys, emulator.runtime.sqs; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    loaded = set(done.stdout.split())
    assert "emulator" in loaded
    assert not loaded & {"moto", "boto3", "botocore", "flask", "werkzeug", "httptools", "httpx"}
