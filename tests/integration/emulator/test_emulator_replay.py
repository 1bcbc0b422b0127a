"""Replay: what was recorded goes out as it was, in its order, at its pace; and shows up like any other delivery."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator.core.recording import read_recording
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand
from emulator.domain.integration import IntegrationType, SqsConfiguration, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import RecordKind
from emulator.domain.recording import Recording
from emulator.runtime.importing import Importing
from emulator.runtime.replaying import Pace, Replaying
from emulator.runtime.settings import ClockMode, ClockSettings
from emulator.transports.sqs.entry import entry_of

ORDER = "7d1e6f1a-9f0e-4b1a-8f6d-0c9a1d2e3f40"
OURS = WebhookConfiguration(url="http://127.0.0.1:9/erp", secret_key="acorn")
QUEUE = SqsConfiguration(
    url="http://127.0.0.1:9/queue", aws_access_key_id="a", aws_secret_access_key="b", region="us-east-1"
)


RECORDED = (
    '{"id":"<job>","triggered_by":"<key>","attempt":<attempt>,"store_id":"prod","org_id":"prod-org", "integration":'
    '{"id":"i","integration_type":"webhook","name":"ERP","description":""},"resources":<text>,"payload":<payload>,'
    '"configuration":{"url":"https://erp.example.net/in","secret_key":"chestnut"}}'
)


def body(job: str, attempt: int = 1, *, key: str = "order.paid", id: str = ORDER) -> str:
    """As the real service writes it: one line, its own escapes, an integration and an address of its own."""
    order = f'{{"data":{{"type":"order","id":"{id}","status":"complete","note":"5 \\u003e 4","total":1.50}}}}'
    text = RECORDED
    for place, value in {"job": job, "key": key, "attempt": str(attempt), "text": json.dumps(order)}.items():
        text = text.replace(f"<{place}>", value)
    return text.replace("<payload>", order)


def event(job: str) -> str:
    return json.dumps({"specversion": "1.0", "id": job, "type": "order.paid", "data": {"type": "order", "id": ORDER}})


def read(*bodies: str) -> list[Recording]:
    return [read_recording(one) for one in bodies]


def as_received(text: str) -> str:
    """What the receiver must get: the same text, but for the address and the secret, which are its own."""
    return text.replace("https://erp.example.net/in", OURS.url).replace("chestnut", "acorn")


def test_every_message_goes_out_as_it_was_in_its_order(run: Callable[..., Any], started: Callable[..., Any]) -> None:
    sent = [body("job-b"), body("job-a", 3), body("job-b", 2), body("job-b", 2), body("job-c", key="order.updated")]

    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            done = await Replaying(shop.emulator.parts).send(read(*sent), "erp")
            assert [message.body.decode() for message in shop.receiver.sent] == [as_received(one) for one in sent]
            assert [(one.job_id, one.attempt) for one in shop.receiver.sent] == [
                *(("job-b", 1), ("job-a", 3), ("job-b", 2), ("job-b", 2), ("job-c", 1))
            ]
            assert [row.job_id for row in done.deliveries] == ["job-b", "job-a", "job-b", "job-b", "job-c"]
            assert [row.attempts for row in done.deliveries] == [1, 3, 2, 2, 1]
            assert await shop.states() == [DeliveryState.SUCCEEDED] * 5

    run(scene())


def test_nothing_is_retried_or_lost_on_purpose_that_was_not_recorded(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    rules = [
        {"id": "late", "match": {"event": "*"}, "delay": {"distribution": "fixed", "value": "1h"}},
        {"id": "lost", "match": {"event": "*"}, "ack_loss": {"times": 3}},
        {"id": "twice", "match": {"event": "*"}, "duplicate": {"copies": 2}},
    ]

    async def scene() -> None:
        answers = iter([500, 200])

        def answer(_: Any) -> Outcome:
            status = next(answers)
            return Outcome(succeeded=status == 200, status=status)

        async with started(answer) as shop:
            for rule in rules:
                await shop.emulator.add_rule(rule)
            await shop.register("erp", configuration=OURS, observes=())
            before = shop.emulator.now()
            done = await Replaying(shop.emulator.parts).send(read(body("job"), body("job", 2)), "erp")
            await shop.emulator.settle()
            assert [(one.attempt, one.copy) for one in shop.receiver.sent] == [(1, 0), (2, 0)]
            assert [row.state for row in done.deliveries] == [DeliveryState.EXHAUSTED, DeliveryState.SUCCEEDED]
            assert shop.emulator.now() - before < SECOND

    run(scene())


def test_each_waits_for_the_answer_to_the_one_before(
    run: Callable[..., Any], started: Callable[..., Any], gate: Callable[[], Any]
) -> None:
    async def scene() -> None:
        door = gate()
        async with started(door, clock=ClockSettings(mode=ClockMode.REAL)) as shop:
            await shop.register("erp", configuration=OURS, observes=())
            sending = asyncio.create_task(Replaying(shop.emulator.parts).send(read(body("a"), body("b")), "erp"))
            await shop.until(lambda: door.waiting == 1)
            assert not sending.done()
            assert len(shop.receiver.sent) == 1
            door.open()
            assert len((await sending).deliveries) == 2

    run(scene())


@pytest.mark.parametrize(("speed", "apart"), [(1.0, [0, 10, 70]), (60.0, [0, 10 / 60, 70 / 60])])
def test_at_a_pace_they_leave_as_far_apart_as_they_were_recorded(
    run: Callable[..., Any], started: Callable[..., Any], speed: float, apart: list[float]
) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            pace = Pace(after=[0, 10 * SECOND], speed=speed)
            replaying = Replaying(shop.emulator.parts)
            first = await replaying.send(read(body("a"), body("b")), "erp", pace)
            await replaying.send(read(body("c")), "erp", Pace(after=[70 * SECOND], speed=speed, start=first.start))
            times = [record.at for record in await shop.records(RecordKind.SENT)]
            assert [at - times[0] for at in times] == [round(seconds * SECOND) for seconds in apart]

    run(scene())


def test_on_a_scaled_clock_the_pace_is_that_of_emulated_time(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    async def scene() -> None:
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=10_000.0)) as shop:
            await shop.register("erp", configuration=OURS, observes=())
            pace = Pace(after=[0, 3600 * SECOND], speed=1.0)
            began = shop.emulator.now()
            await Replaying(shop.emulator.parts).send(read(body("a"), body("b")), "erp", pace)
            _, second = [record.at for record in await shop.records(RecordKind.SENT)]
            assert second - began >= 3600 * SECOND
            assert [one.job_id for one in shop.receiver.sent] == ["a", "b"]

    run(scene())


@pytest.mark.parametrize(
    ("message", "values", "sentence"),
    [
        (body("a"), {"integration_type": IntegrationType.AWS_SQS, "configuration": QUEUE}, "gets CloudEvents"),
        (event("a"), {"configuration": OURS}, "name one of type aws_sqs or stomp"),
        (body("a"), {"configuration": OURS, "enabled": False}, "disabled"),
    ],
)
def test_what_cannot_go_there_as_it_was_is_refused_before_anything_is_sent(
    run: Callable[..., Any], started: Callable[..., Any], message: str, values: dict[str, Any], sentence: str
) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", **values)
            with pytest.raises(IllegalCommand, match=sentence):
                await Replaying(shop.emulator.parts).send(read(message), "erp")
            assert shop.receiver.sent == []
            assert await shop.states() == []

    run(scene())


def test_a_cloud_event_goes_to_a_queue_as_it_was(run: Callable[..., Any], started: Callable[..., Any]) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("queue", integration_type=IntegrationType.AWS_SQS, configuration=QUEUE)
            await Replaying(shop.emulator.parts).send(read(event("a")), "queue")
            (message,) = shop.receiver.sent
            assert json.loads(message.body) == json.loads(event("a"))
            assert message.job_id == "a"

    run(scene())


def test_what_is_replayed_again_is_another_message_to_a_fifo_queue(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    """SQS would take it for a duplicate within five minutes, and say that it took it. So it would a recorded copy."""

    async def scene() -> None:
        async with started() as shop:
            await shop.register("queue", integration_type=IntegrationType.AWS_SQS, configuration=QUEUE)
            for _ in range(2):
                await Replaying(shop.emulator.parts).send([*read(event("a")), *read(event("a"))], "queue")
            future = asyncio.get_running_loop().create_future()
            entries = [entry_of(one, QUEUE.url, fifo=True, run="", future=future) for one in shop.receiver.sent]
            assert len({one.deduplication for one in entries}) == 4
            assert {one.group for one in entries} == {shop.receiver.sent[0].resource}

    run(scene())


def test_a_retry_by_hand_is_the_next_attempt_of_the_same_job(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            await Replaying(shop.emulator.parts).send(read(body("job", 4)), "erp")
            await shop.emulator.retry("job")
            await shop.emulator.settle()
            assert shop.receiver.sent[-1].body.decode() == as_received(body("job", 5))

    run(scene())


def test_no_rule_acts_on_a_replay_that_is_retried_by_hand(run: Callable[..., Any], started: Callable[..., Any]) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            await Replaying(shop.emulator.parts).send(read(body("job", 4)), "erp")
            for rule in ({"delay": "1h", "match": {"attempt": 5}}, {"hold": None}, {"corrupt": "truncate"}):
                await shop.emulator.add_rule(rule)
            before = shop.emulator.now()
            await shop.emulator.retry("job")
            await shop.emulator.settle()
            assert shop.receiver.sent[-1].body.decode() == as_received(body("job", 5))
            assert shop.emulator.now() == before
            assert shop.emulator.held() == []

    run(scene())


def test_sent_again_as_a_new_job_it_says_so_and_edited_it_is_the_shops_own(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            done = await Replaying(shop.emulator.parts).send(read(body("job", 3)), "erp")
            event = done.deliveries[0].event
            (row,) = await shop.emulator.resend(event, new_job=True, integration="erp")
            await shop.emulator.settle()
            assert shop.receiver.sent[-1].body.decode() == as_received(body(row.job_id, 1))
            await shop.emulator.resend(event, payload={"data": {"id": ORDER}}, integration="erp")
            await shop.emulator.settle()
            assert json.loads(shop.receiver.sent[-1].body)["payload"] == {"data": {"id": ORDER}}

    run(scene())


def test_while_its_integration_is_paused_a_replay_waits(run: Callable[..., Any], started: Callable[..., Any]) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            await shop.emulator.pause("erp")
            sending = asyncio.create_task(Replaying(shop.emulator.parts).send(read(body("job")), "erp"))
            await shop.until(lambda: shop.emulator.parts.dispatcher.pending)
            assert shop.receiver.sent == []
            await shop.emulator.resume("erp")
            assert [row.state for row in (await sending).deliveries] == [DeliveryState.SUCCEEDED]

    run(scene())


def test_what_was_open_when_the_process_ended_is_sent_again_as_it_was_recorded(
    run: Callable[..., Any], started: Callable[..., Any], gate: Callable[[], Any], tmp_path: Any
) -> None:
    async def scene() -> None:
        door = gate()
        real = ClockSettings(mode=ClockMode.REAL)
        async with started(door, data_dir=tmp_path, clock=real) as shop:
            await shop.register("erp", configuration=OURS, observes=())
            sending = asyncio.create_task(Replaying(shop.emulator.parts).send(read(body("job", 2)), "erp"))
            await shop.until(lambda: door.waiting == 1)
            sending.cancel()
        async with started(data_dir=tmp_path, clock=real) as shop:
            await shop.until(lambda: shop.receiver.sent)
            (message,) = shop.receiver.sent
            assert message.body.decode() == as_received(body("job", 2))
            assert (message.job_id, message.attempt) == ("job", 2)

    run(scene())


def test_an_imported_order_is_the_resource_of_what_is_replayed_about_it(
    run: Callable[..., Any], started: Callable[..., Any]
) -> None:
    async def scene() -> None:
        async with started() as shop:
            await shop.register("erp", configuration=OURS, observes=())
            await Importing(shop.emulator.parts).load(read(body("job")))
            await Replaying(shop.emulator.parts).send(read(body("job")), "erp")
            rows, total = shop.emulator.journal.deliveries(resource=ORDER)
            assert total == 1
            assert rows[0].resource == f"order:import-{ORDER[:8]}"

    run(scene())
