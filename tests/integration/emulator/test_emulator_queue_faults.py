"""Faults of one message on queues: what plain clients find there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import boto3
import pytest

from emulator.core.fault import MessageFault
from emulator.core.faults import FAULTS
from emulator.core.projection import fold
from emulator.core.rule import Rule as ChaosRule
from emulator.domain.integration import Integration, IntegrationType, SqsConfiguration, StompConfiguration
from emulator.runtime.emulator import Emulator
from emulator.runtime.queues import MadeQueue
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from emulator.runtime.trigger import TriggerRequest

Rule = dict[str, Any]
Take = Callable[[], Awaitable[bytes]]
"""Takes the one message out of a queue."""


def from_sqs(made: MadeQueue) -> Take:
    configuration = made.configuration
    assert isinstance(configuration, SqsConfiguration)
    client = boto3.client(
        "sqs",
        endpoint_url=made.environment["AWS_ENDPOINT_URL_SQS"],
        region_name=configuration.region,
        aws_access_key_id=made.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=made.environment["AWS_SECRET_ACCESS_KEY"],
    )

    def receive() -> bytes:
        (message,) = client.receive_message(QueueUrl=configuration.url, MaxNumberOfMessages=10)["Messages"]
        client.delete_message(QueueUrl=configuration.url, ReceiptHandle=message["ReceiptHandle"])
        return str(message["Body"]).encode()

    return lambda: asyncio.to_thread(receive)


def from_stomp(made: MadeQueue) -> Take:
    """Reads the frames themselves: a library would have decoded them."""
    configuration = made.configuration
    assert isinstance(configuration, StompConfiguration)
    port = int(made.environment["STOMP_PORT"])

    async def receive() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        subscription = f"SUBSCRIBE\ndestination:{configuration.destination}\nid:0\nack:auto\n\n\0"
        writer.write(f"CONNECT\naccept-version:1.2\nhost:/\n\n\0{subscription}".encode())
        await reader.readuntil(b"\0")
        head = await reader.readuntil(b"\n\n")
        fields = dict(line.split(b":", 1) for line in head.strip().split(b"\n")[1:])
        body = await reader.readexactly(int(fields[b"content-length"]))
        writer.write(b"DISCONNECT\nreceipt:bye\n\n\0")
        await reader.readuntil(b"receipt-id:bye")
        writer.close()
        return body

    return receive


QUEUES = {"aws_sqs": ("{}", from_sqs), "stomp": ("/queue/{}", from_stomp)}


def unknown_field(seen: bytes, meant: bytes) -> None:
    document, known = json.loads(seen), json.loads(meant)
    (new,) = document["data"].keys() - known["data"].keys()
    assert new.startswith("emulator_")
    del document["data"][new]
    assert document == known


def omit_field(seen: bytes, meant: bytes) -> None:
    expected = json.loads(meant)
    del expected["data"]["status"]
    assert json.loads(seen) == expected


def elide_included(seen: bytes, meant: bytes) -> None:
    expected = json.loads(meant)
    assert expected["data"]["included"]["items"]
    expected["data"]["included"] = {"meta": {"includes_elided": True}}
    assert json.loads(seen) == expected


def stale(seen: bytes, meant: bytes) -> None:
    data, expected = json.loads(seen)["data"], json.loads(meant)["data"]
    assert data["id"] == expected["id"]
    assert (data["payment"], expected["payment"]) == ("unpaid", "paid")


def tie(seen: bytes, meant: bytes) -> None:
    expected = json.loads(meant)
    times = expected["data"]["meta"]["timestamps"]
    assert times["updated_at"] > times["created_at"]
    times["updated_at"] = times["created_at"]  # the order's first event said so
    assert json.loads(seen) == expected


def truncate(seen: bytes, meant: bytes) -> None:
    assert meant.startswith(seen)
    assert 0 < len(seen) < len(meant)


def malformed_json(seen: bytes, meant: bytes) -> None:
    assert abs(len(seen) - len(meant)) <= 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(seen)


def bitflip(seen: bytes, meant: bytes) -> None:
    assert [(one ^ two).bit_count() for one, two in zip(seen, meant, strict=True) if one != two] == [1]


def charset(seen: bytes, meant: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        seen.decode()
    assert len(seen.decode("latin-1")) == len(meant.decode())


Check = Callable[[bytes, bytes], None]
SEEN: list[tuple[Rule, Check]] = [
    ({"payload": "unknown_field"}, unknown_field),
    ({"payload": {"mode": "omit_field", "path": "data.status"}}, omit_field),
    ({"payload": "elide_included"}, elide_included),
    ({"payload": "stale"}, stale),
    ({"payload": "tie"}, tie),
    ({"corrupt": "truncate"}, truncate),
    ({"corrupt": "malformed_json"}, malformed_json),
    ({"corrupt": "bitflip"}, bitflip),
]
CHARSET: Rule = {"corrupt": "charset"}
"""SQS takes nothing but text."""
PASSED_OVER: list[Rule] = [{"connection": "reset"}, {"secret": "wrong"}, {"corrupt": "headers"}]


class TwoQueues:
    """Every event goes to both, and the rules are about one of them, the treated one."""

    def __init__(self, emulator: Emulator, transport: str) -> None:
        self._emulator = emulator
        self._transport = IntegrationType(transport)
        self._name, self._client_of = QUEUES[transport]
        self._ends: list[tuple[Integration, Take]] = []

    async def make(self) -> None:
        for key in ("plain", "treated"):
            made = await self._emulator.queues.make(self._name.format(key))
            integration = await self._emulator.create_integration(
                name=key,
                integration_type=self._transport,
                observes=("order.updated",),
                configuration=made.configuration,
                enabled=True,
            )
            self._ends.append((integration, self._client_of(made)))

    async def arrive(self, *rules: Rule) -> tuple[bytes, bytes, list[str]]:
        """What the treated queue holds, what it would hold without the rules, and the faults that are noted."""
        emulator = self._emulator
        for number, rule in enumerate(rules):
            await emulator.add_rule({"id": f"x{number}", "match": {"integration": "treated"}, **rule})
        await emulator.trigger(TriggerRequest(key="order.paid"))
        assert await emulator.settle(time_limit=30)
        for number in range(len(rules)):
            await emulator.remove_rule(f"x{number}")
        await emulator.journal.flush()
        rows = [emulator.journal.deliveries(integration=integration.key)[0][0] for integration, _ in self._ends]
        view = fold(emulator.journal.records_of(rows[1].number))
        assert view is not None
        meant, seen = [await take() for _, take in self._ends]
        meant = meant.replace(rows[0].job_id.encode(), rows[1].job_id.encode())
        meant = meant.replace(self._ends[0][0].id.encode(), self._ends[1][0].id.encode())
        return seen, meant, [note.fault for attempt in view.attempts for note in attempt.faults]


@pytest.mark.parametrize("transport", QUEUES)
def test_consumers_of_a_queue_see_exactly_what_was_asked_for(transport: str) -> None:
    async def scenario(emulator: Emulator) -> None:
        queues = TwoQueues(emulator, transport)
        await queues.make()
        seen, meant, noted = await queues.arrive(*({**rule, "probability": 0} for rule, _ in SEEN))
        assert (seen, noted) == (meant, [])
        seen, meant, noted = await queues.arrive(*PASSED_OVER)
        assert (seen, noted) == (meant, [])
        for rule, check in SEEN:
            seen, meant, noted = await queues.arrive(rule)
            check(seen, meant)
            assert noted == list(rule)
        seen, meant, noted = await queues.arrive(CHARSET)
        if transport == "stomp":
            charset(seen, meant)
        else:
            assert (seen, noted) == (meant, [])

    async def run() -> None:
        clock = ClockSettings(mode=ClockMode.VIRTUAL)
        queues = QueueSettings(sqs_port=0, stomp_port=0)
        async with asyncio.timeout(60):
            emulator = await Emulator.start(Settings(seed=1, clock=clock, queues=queues))
            try:
                await scenario(emulator)
            finally:
                await emulator.stop()

    asyncio.run(run())


@pytest.mark.parametrize("transport", QUEUES)
def test_every_mode_that_a_queue_gets_is_shown_here(transport: str) -> None:
    """A new fault of a message, or a new mode of one, has to be shown on queues, or to be refused there."""
    shown = {_words(rule) for rule, _ in SEEN} | ({_words(CHARSET)} if transport == "stomp" else set())
    for kind, fault in FAULTS.items():
        for mode in fault.manual.modes if isinstance(fault, MessageFault) else ():
            needed = fault.manual.needs.get(mode, {})
            rule = ChaosRule.parse({kind: {fault.short: mode, **needed}})
            assert rule.suits(IntegrationType(transport)) is ((kind, mode) in shown)


def _words(rule: Rule) -> tuple[str, str]:
    """The fault and its mode."""
    [(kind, how)] = rule.items()
    return kind, how if isinstance(how, str) else how["mode"]
