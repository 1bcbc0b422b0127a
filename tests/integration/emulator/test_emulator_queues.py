"""Queues through a whole emulator: which server serves them, what arrives, and what lies there."""

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import EnvironmentFault, InvalidInput, NotFound
from emulator.domain.integration import Integration, IntegrationType, SqsConfiguration, StompConfiguration
from emulator.domain.record import RecordKind
from emulator.runtime.emulator import Emulator
from emulator.runtime.port import LOOPBACK, is_free
from emulator.runtime.queues import MadeQueue
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from emulator.runtime.sqs import SqsServer
from emulator.runtime.stomp.behaviour import BrokerBehaviour
from emulator.runtime.trigger import TriggerRequest

ANY_PORT = QueueSettings(sqs_port=0, stomp_port=0)
FROM_AWS = SqsConfiguration(
    url="https://sqs.eu-west-1.amazonaws.com/123456789/epcc-orders",
    aws_access_key_id="AKIAEXAMPLE",
    aws_secret_access_key="example",
    region="eu-west-1",
)


def settings(**values: Any) -> Settings:
    given: dict[str, Any] = {"seed": 1, "clock": ClockSettings(mode=ClockMode.VIRTUAL), "queues": ANY_PORT}
    return Settings(**{**given, **values})


def started(scenario: Any, **values: Any) -> None:
    """Runs a scenario against an emulator of its own."""

    async def run() -> None:
        async with asyncio.timeout(60):
            emulator = await Emulator.start(settings(**values))
            try:
                await scenario(emulator)
            finally:
                await emulator.stop()

    asyncio.run(run())


async def register(emulator: Emulator, configuration: Any, name: str = "queue") -> Integration:
    sqs = isinstance(configuration, SqsConfiguration)
    return await emulator.create_integration(
        name=name,
        integration_type=IntegrationType.AWS_SQS if sqs else IntegrationType.STOMP,
        observes=("order.created",),
        configuration=configuration,
        enabled=True,
    )


async def deliver(emulator: Emulator, count: int = 1) -> list[DeliveryState]:
    await emulator.trigger(TriggerRequest(key="order.created", count=count, only=True))
    assert await emulator.settle(time_limit=30)
    await emulator.journal.flush()
    rows, _ = emulator.journal.deliveries(newest_first=False, limit=100)
    return [row.state for row in rows]


def received(made: MadeQueue) -> list[dict[str, Any]]:
    """What plain boto3 finds in the queue, and takes out of it."""
    configuration = made.configuration
    assert isinstance(configuration, SqsConfiguration)
    client = boto3.client(
        "sqs",
        endpoint_url=made.environment["AWS_ENDPOINT_URL_SQS"],
        region_name=configuration.region,
        aws_access_key_id=made.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=made.environment["AWS_SECRET_ACCESS_KEY"],
    )
    answer = client.receive_message(QueueUrl=configuration.url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


async def notices(emulator: Emulator) -> list[str]:
    await emulator.journal.flush()
    records = emulator.journal.records(after=0, limit=10_000)
    return [record.data["text"] for record in records if record.kind is RecordKind.NOTICE]


def test_a_queue_of_aws_is_served_here_and_that_is_said() -> None:
    async def scenario(emulator: Emulator) -> None:
        await register(emulator, FROM_AWS)
        (queue,) = await emulator.queues.all()
        assert (queue.name, queue.region, queue.waiting) == ("epcc-orders", "eu-west-1", 0)
        assert await deliver(emulator, 3) == [DeliveryState.SUCCEEDED] * 3
        (said,) = await notices(emulator)
        assert said.startswith("Queue epcc-orders of sqs.eu-west-1.amazonaws.com is served here instead, at http://127")
        made = await emulator.queues.make("epcc-orders", region="eu-west-1")
        events = await asyncio.to_thread(received, made)
        assert [event["type"] for event in events] == ["order.created"] * 3
        assert len({event["id"] for event in events}) == 3

    started(scenario)


def test_what_is_allowed_by_name_is_not_served_here() -> None:
    async def scenario(emulator: Emulator) -> None:
        assert await emulator.queues.sqs.stand_in(FROM_AWS) is None
        assert not emulator.queues.sqs.running

    started(scenario, allow_remote=("sqs.eu-west-1.amazonaws.com",))


def test_another_sqs_server_is_used_in_place_of_ours() -> None:
    """Queues of AWS are made and filled there; what else is in it is not ours to empty."""

    async def against(theirs: SqsServer) -> None:
        own = settings(queues=QueueSettings(sqs_endpoint=theirs.endpoint, stomp=False))
        emulator = await Emulator.start(own)
        try:
            await register(emulator, FROM_AWS)
            assert await deliver(emulator, 2) == [DeliveryState.SUCCEEDED] * 2
            assert emulator.queues.environment()["AWS_ENDPOINT_URL_SQS"] == theirs.endpoint
            (queue,) = await emulator.queues.all()
            assert (queue.name, queue.region, queue.waiting) == ("epcc-orders", "eu-west-1", 2)
            assert (await emulator.queues.peek("epcc-orders")).notice
            assert (await emulator.reset())["messages"] == 0
        finally:
            await emulator.stop()
        assert len(await theirs.peek("epcc-orders", limit=10)) == 2

    async def run() -> None:
        theirs = SqsServer(port=0, on_notice=print)
        async with asyncio.timeout(60):
            await theirs.start()
            try:
                await against(theirs)
            finally:
                await theirs.stop()

    asyncio.run(run())


def test_the_broker_has_the_manners_that_were_asked_for() -> None:
    async def scenario(emulator: Emulator) -> None:
        with pytest.raises(InvalidInput, match="not a known destination"):
            await emulator.queues.make("/nowhere/orders")

    started(scenario, queues=QueueSettings(stomp_port=0, stomp_behaviour=BrokerBehaviour.RABBITMQ))


def test_looking_takes_nothing_and_purging_takes_all() -> None:
    async def scenario(emulator: Emulator) -> None:
        for name in ("epcc-orders", "/queue/orders"):
            made = await emulator.queues.make(name)
            await register(emulator, made.configuration, name)
        await deliver(emulator, 2)
        for name in ("epcc-orders", "/queue/orders"):
            first = await emulator.queues.peek(name)
            again = await emulator.queues.peek(name)
            assert first == again
            assert [message.received for message in first.messages] == [0, 0]
            assert {json.loads(message.body)["type"] for message in first.messages} == {"order.created"}
            assert len((await emulator.queues.peek(name, limit=1)).messages) == 1
            assert await emulator.queues.purge(name) == 2
            assert await emulator.queues.purge(name) == 0

    started(scenario)


def test_a_reset_empties_the_queues_and_keeps_them() -> None:
    async def scenario(emulator: Emulator) -> None:
        made = await emulator.queues.make("epcc-orders.fifo")
        await register(emulator, made.configuration)
        await deliver(emulator)
        assert (await emulator.reset(keep_integrations=True))["messages"] == 1
        # The same seed raises the same job again, which the queue must not take for the one it has seen.
        assert await deliver(emulator) == [DeliveryState.SUCCEEDED]
        assert len(await asyncio.to_thread(received, made)) == 1

    started(scenario)


def test_a_queue_that_is_not_there_is_a_sentence() -> None:
    async def scenario(emulator: Emulator) -> None:
        with pytest.raises(NotFound, match="queues create epcc-orders"):
            await emulator.queues.peek("epcc-orders")
        with pytest.raises(NotFound, match="queues create /queue/orders"):
            await emulator.queues.purge("/queue/orders")
        assert await emulator.queues.all() == []

    started(scenario)


def test_servers_that_are_switched_off_are_not_started() -> None:
    async def scenario(emulator: Emulator) -> None:
        await register(emulator, FROM_AWS)
        assert not emulator.queues.sqs.running
        for name in ("epcc-orders", "/queue/orders"):
            with pytest.raises(EnvironmentFault, match="is switched off"):
                await emulator.queues.make(name)

    started(scenario, queues=QueueSettings(sqs=False, stomp=False))


def test_a_broker_on_the_usual_port_is_the_users_own_where_there_is_one() -> None:
    with socket.create_server((LOOPBACK, 0)) as theirs:
        port = theirs.getsockname()[1]
        theirs_too = StompConfiguration(addresses=(f"stomp://127.0.0.1:{port}",), destination="/queue/orders")

        async def scenario(emulator: Emulator) -> None:
            await emulator.queues.stomp.ready(theirs_too)
            assert emulator.queues.stomp.broker is None

        started(scenario, queues=QueueSettings(sqs_port=0, stomp_port=port))


def test_where_nobody_listens_on_the_usual_port_the_embedded_broker_does() -> None:
    with socket.create_server((LOOPBACK, 0)) as found:
        port = found.getsockname()[1]

    async def scenario(emulator: Emulator) -> None:
        await register(
            emulator, StompConfiguration(addresses=(f"stomp://localhost:{port}",), destination="/queue/orders")
        )
        assert emulator.queues.stomp.addresses == {"stomp": f"stomp://127.0.0.1:{port}"}
        assert await deliver(emulator) == [DeliveryState.SUCCEEDED]
        (queue,) = await emulator.queues.all()
        assert (queue.name, queue.waiting) == ("/queue/orders", 1)
        (said,) = await notices(emulator)
        assert "so the embedded STOMP broker does now" in said

    started(scenario, queues=QueueSettings(sqs_port=0, stomp_port=port))


def test_the_broker_speaks_tls_where_that_is_asked_for() -> None:
    async def scenario(emulator: Emulator) -> None:
        host = emulator.queues.stomp
        await host.start()
        secure = StompConfiguration(
            addresses=(host.addresses["stomp+ssl"],), destination="/queue/orders", ca_file=str(host.ca_file)
        )
        await register(emulator, secure)
        assert await deliver(emulator) == [DeliveryState.SUCCEEDED]
        assert host.environment()["STOMP_CA_FILE"] == str(host.ca_file)

    started(scenario, queues=QueueSettings(stomp_port=0, stomp_tls=True))


def test_its_authority_is_told_by_a_path_that_holds_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its consumers run in directories of their own."""
    monkeypatch.chdir(tmp_path)

    async def scenario(emulator: Emulator) -> None:
        await emulator.queues.stomp.start()
        assert emulator.queues.environment()["STOMP_CA_FILE"] == str(tmp_path / "data" / "ca.pem")

    started(scenario, data_dir=Path("data"), queues=QueueSettings(stomp_port=0, stomp_tls=True))


def test_where_one_server_cannot_start_the_others_do_not_stay_behind() -> None:
    before = _children()  # other tests of this process may keep a server

    async def scenario(queues: QueueSettings) -> None:
        with pytest.raises(EnvironmentFault, match="is taken by"):
            await Emulator.start(settings(queues=queues))

    with socket.create_server((LOOPBACK, 0)) as theirs:
        port = theirs.getsockname()[1]
        asyncio.run(scenario(QueueSettings(sqs=True, sqs_port=0, stomp=True, stomp_port=port)))
        assert _children() == before
        if is_free(LOOPBACK, port - 1):  # the port for TLS is the next one, and that is theirs
            asyncio.run(scenario(QueueSettings(stomp=True, stomp_port=port - 1, stomp_tls=True)))
            assert is_free(LOOPBACK, port - 1)


def _children() -> list[str]:
    """Our child processes that serve SQS."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and b"emulator.runtime.sqs" in command:
            found.append(process.name)
    return found


def test_the_servers_come_back_to_the_ports_they_had(tmp_path: Path) -> None:
    places: list[dict[str, str]] = []

    async def scenario(emulator: Emulator) -> None:
        await emulator.queues.make("epcc-orders")
        await emulator.queues.make("/queue/orders")
        places.append(emulator.queues.environment())
        await emulator.journal.flush()

    usual = QueueSettings()
    started(scenario, data_dir=tmp_path, queues=usual)
    started(scenario, data_dir=tmp_path, queues=usual)
    assert places[0] == places[1]
    assert is_free(LOOPBACK, int(places[0]["STOMP_PORT"]))
