"""The parts of the SQS transport that need no network: packing, names, endpoints."""

import asyncio
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import SQS_LIMIT, Integration, IntegrationType, SqsConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.transports.sqs.backlog import BATCH, Backlog
from emulator.transports.sqs.endpoint import endpoint_of
from emulator.transports.sqs.entry import Entry, entry_of

CONFIGURATION = SqsConfiguration(
    url="http://127.0.0.1:9324/1/q", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s3cr3t-s3cr3t", region="r"
)
IDENTIFIER = re.compile(r"[!-~]{1,128}")
"""What SQS takes as a group's or a deduplication's id: ASCII letters, digits and punctuation."""


@pytest.fixture
def future() -> Iterator[Callable[[], "asyncio.Future[Outcome]"]]:
    loop = asyncio.new_event_loop()
    yield loop.create_future
    loop.close()


def message(**values: Any) -> Message:
    integration = Integration(
        key="q",
        id="q",
        name="q",
        integration_type=IntegrationType.AWS_SQS,
        configuration=CONFIGURATION,
        created_at=0,
        updated_at=0,
    )
    given_values: dict[str, Any] = {
        "integration": integration,
        "event_key": "order.paid",
        "job_id": "job",
        "resource": "order:1",
        "attempt": 1,
        "copy": 0,
        "body": b"{}",
    }
    return Message(**(given_values | values))


@st.composite
def entries(draw: st.DrawFn) -> list[dict[str, Any]]:
    one = st.fixed_dictionaries(
        {
            "queue_url": st.sampled_from(["a", "b"]),
            "size": st.sampled_from([1, 1_000, SQS_LIMIT // 3, SQS_LIMIT // 2, SQS_LIMIT]),
            "group": st.sampled_from([None, "1", "2", "3"]),
            "together": st.booleans(),
            "given_up": st.sampled_from([False, False, False, True]),
        }
    )
    return draw(st.lists(one, max_size=60))


@given(waiting=entries(), arrivals=st.integers(1, 4))
def test_batches_are_within_the_limits_and_lose_nothing(waiting: list[dict[str, Any]], arrivals: int) -> None:
    loop = asyncio.new_event_loop()
    made = []
    for values in waiting:
        given_up = values.pop("given_up")
        entry = Entry(body=str(len(made)), future=loop.create_future(), **values)
        if given_up:
            entry.future.cancel()
        made.append(entry)
    backlog = Backlog()
    batches = []
    for part in range(arrivals):
        backlog.put(made[part * len(made) // arrivals : (part + 1) * len(made) // arrivals])
        batches.append(backlog.take())
    while batch := backlog.take():
        batches.append(batch)
    loop.close()

    assert not backlog
    for batch in batches:
        assert len(batch) <= BATCH
        assert sum(entry.size for entry in batch) <= SQS_LIMIT
        assert len({entry.queue_url for entry in batch}) <= 1
        assert len({entry.together for entry in batch}) <= 1
        groups = [entry.group for entry in batch if entry.group is not None]
        assert len(groups) == len(set(groups))
    taken = [entry for batch in batches for entry in batch]
    assert sorted(entry.body for entry in taken) == sorted(entry.body for entry in made if not entry.over)
    by_group: dict[Any, list[int]] = defaultdict(list)
    for entry in taken:
        by_group[entry.queue_url, entry.group].append(int(entry.body))
    assert all(numbers == sorted(numbers) for numbers in by_group.values())


@given(resource=st.text(max_size=300), job=st.text(max_size=300))
def test_any_names_become_identifiers(resource: str, job: str) -> None:
    loop = asyncio.new_event_loop()
    entry = entry_of(message(resource=resource, job_id=job), "u", fifo=True, run="run", future=loop.create_future())
    loop.close()
    assert entry.group is not None
    assert IDENTIFIER.fullmatch(entry.group)
    assert IDENTIFIER.fullmatch(entry.deduplication)


def test_names_that_fit_are_kept_and_others_stay_apart(future: Any) -> None:
    def group(resource: str) -> str | None:
        return entry_of(message(resource=resource), "u", fifo=True, run="run", future=future()).group

    assert group("order:1") == "order:1"
    assert group("o" * 128) == "o" * 128
    assert group("größe") != group("gräße")
    assert group("o" * 200) != group("o" * 201)
    assert group("größe") == group("größe")


def test_a_message_is_told_from_others_by_job_attempt_copy_and_run(future: Any) -> None:
    def named(run: str = "a", **values: Any) -> str:
        return entry_of(message(**values), "u", fifo=True, run=run, future=future()).deduplication

    assert named() == named(), "what is sent again after a crash is the same message"
    others = [named("b"), named(job_id="other"), named(attempt=2), named(copy=1)]
    assert len({named(), *others}) == 5


def test_a_standard_queue_needs_no_names(future: Any) -> None:
    entry = entry_of(message(), "u", fifo=False, run="run", future=future())
    assert (entry.group, entry.deduplication) == (None, "")


def test_bytes_are_counted_as_they_travel(future: Any) -> None:
    entry = entry_of(message(body="é".encode() + b"\xff"), "u", fifo=False, run="run", future=future())
    assert entry.body == "é\ufffd"
    assert entry.size == len(entry.body.encode())
    with pytest.raises(InvalidInput, match="has 262,146 bytes and SQS takes 262,144"):
        entry_of(message(body=b"\xff" * (SQS_LIMIT // 3 + 1)), "u", fifo=False, run="run", future=future())


@pytest.mark.parametrize(
    ("queue_url", "endpoint"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/q", "https://sqs.eu-west-1.amazonaws.com:443"),
        ("http://localhost:4566/000000000000/q.fifo", "http://localhost:4566"),
        ("http://localhost:9324/queue/q", "http://localhost:9324"),
        ("http://[::1]:9324/1/q", "http://[::1]:9324"),
        ("HTTP://Queues.Test/1/q/", "http://queues.test:80"),
        ("http://me:secret@127.0.0.1:9324/1/q", "http://127.0.0.1:9324"),
    ],
)
def test_the_queues_url_names_the_endpoint(queue_url: str, endpoint: str) -> None:
    assert endpoint_of(queue_url, CONFIGURATION).url == endpoint


def test_an_endpoint_keeps_its_keys_to_itself() -> None:
    endpoint = endpoint_of(CONFIGURATION.url, CONFIGURATION)
    assert "s3cr3t" not in repr(endpoint)
    assert "AKIA" not in repr(endpoint)
    assert endpoint.without_keys("AKIAEXAMPLE: s3cr3t-s3cr3t") == "*******MPLE: *********cr3t"
    assert endpoint_of(CONFIGURATION.url, CONFIGURATION) == endpoint


def test_importing_the_transport_loads_no_client() -> None:
    """Who serves webhooks alone does not wait for boto3."""
    code = "import sys, emulator.transports.sqs; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "emulator" in loaded
    assert not {"boto3", "botocore", "moto", "urllib3"} & set(loaded)
