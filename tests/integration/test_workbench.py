"""The workbench of the `epcc` fixture: what a test does with the shop, with time, and with what was delivered."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from emulator.domain.errors import InvalidInput, UserError
from emulator.harness.bench_server import BenchServer
from emulator.harness.control_answer import Refused


def receiver(*answers: int) -> Callable[..., list[bytes]]:
    """A WSGI application that gives these answers and then takes everything."""
    left = list(answers)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        environ["wsgi.input"].read()
        start_response(f"{left.pop(0) if left else 200} Said", [])
        return []

    return app


def test_a_resource_goes_on_with_its_life(epcc: Any) -> None:
    order = epcc.create("order", override={"data.customer.name": "Ada"})
    assert (order.type, order.key) == ("order", "order:1")
    assert order.payload["data"]["customer"]["name"] == "Ada"
    same = order.trigger("paid")
    assert same == order
    assert order.trigger("order.fulfilled").payload["data"]["shipping"] == "fulfilled"
    (transaction,) = epcc.client.events(key="transaction.created")["data"]
    assert transaction["resource_type"] == "transaction"
    keys = [event["key"] for event in epcc.client.events(resource=order.id)["data"]]
    assert keys.count("order.created") == keys.count("order.paid") == keys.count("order.fulfilled") == 1


def test_words_that_the_shop_does_not_know_are_refused_with_the_nearest(epcc: Any) -> None:
    with pytest.raises(Refused, match=r"did you mean 'order.created'"):
        epcc.create("ordre")
    with pytest.raises(Refused, match=r"did you mean 'order.paid'"):
        epcc.create("order").trigger("payd")


def test_time_passes_when_it_is_told_to(epcc: Any) -> None:
    epcc.integration(epcc.mount(receiver()), observes=["order.created"])
    epcc.chaos(match="order.created", delay="10m")
    epcc.create("order")
    epcc.advance("9m")
    epcc.assert_not_delivered("order.created")
    epcc.advance("2m")
    epcc.assert_delivered("order.created", times=1, within="10m30s")


@pytest.mark.parametrize("name", ["epcc-orders", "/queue/orders"])
def test_a_queue_is_there_to_be_consumed(epcc: Any, name: str) -> None:
    made = epcc.queue(name, observes=["order.created"])
    assert made["environment"]
    assert all(os.environ[key] == value for key, value in made["environment"].items())
    assert epcc.env.items() >= made["environment"].items()
    epcc.create("order")
    epcc.client.settle(10)
    assert [one["body"][:1] for one in epcc.client.peek(name)["data"]] == ["{"]


def test_the_variables_of_a_queue_are_gone_afterwards(epcc_server: BenchServer) -> None:
    with epcc_server.fresh() as epcc:
        names = set(epcc.queue("/queue/orders")["environment"])
        before = {name: value for name, value in os.environ.items() if name not in names}
    assert not names & set(os.environ)
    with epcc_server.fresh():
        assert not names & set(os.environ), "the broker still runs, and this test has not asked for it"
    assert before.keys() >= os.environ.keys() - {"PYTEST_CURRENT_TEST"}


# Assertions


def test_what_was_to_be_delivered_and_was_not_is_told_with_what_was(epcc: Any) -> None:
    epcc.integration(epcc.mount(receiver(500)), observes=["order.*"])
    epcc.create("order").trigger("paid")
    epcc.settle()
    with pytest.raises(AssertionError) as failed:
        epcc.assert_delivered("order.fulfilled", times=1)
    sentence, there, *lines = str(failed.value).splitlines()
    assert sentence == "order.fulfilled was to be delivered once, and was not at all."
    assert there == "What there was:"
    assert "order.created of order:1 to receiver: succeeded with attempt 2, " in lines[0]
    assert "order.paid of order:1 to receiver: succeeded with attempt 1, " in lines[1]


def test_what_is_still_to_be_sent_is_told(epcc: Any) -> None:
    epcc.integration(epcc.mount(receiver()), observes=["order.created"])
    epcc.create("order")
    with pytest.raises(AssertionError, match=r"receiver: planned, not sent yet; settle\(\)"):
        epcc.assert_delivered("order.created")


def test_where_nothing_is_delivered_the_reasons_are_told(epcc: Any) -> None:
    epcc.create("order")
    with pytest.raises(AssertionError, match="nothing was triggered, or no integration observes it"):
        epcc.assert_delivered("order.created")


def test_every_word_of_an_assertion_counts(epcc: Any) -> None:
    epcc.integration(epcc.mount(receiver()), observes=["order.*"])
    epcc.chaos(match={"event": "order.paid", "resource": "order:1"}, delay="20m")
    epcc.chaos(match={"event": "order.created", "resource": "order:2"}, ack_loss={"times": 2})
    first, second = epcc.create("order"), epcc.create("order")
    first.trigger("paid")
    second.trigger("paid")
    epcc.settle()
    epcc.assert_delivered("order.paid", times=2)
    epcc.assert_delivered("order.paid", times=1, within="1m", resource=second.id)
    epcc.assert_delivered("order.paid", times=1, within="25m", resource=first.key)
    epcc.assert_delivered("order.created", attempts=3, resource=second.key)
    epcc.assert_delivered("order.paid", integration="receiver")
    epcc.assert_not_delivered("order.paid", integration="nobody")
    epcc.assert_ordered("order.created", "order.updated", "order.paid", resource=first.id)
    for wrong, told in (
        (lambda: epcc.assert_delivered("order.paid", within="10m"), r"within 10m0?0?s?, and took up to 20m"),
        (lambda: epcc.assert_delivered("order.paid", times=1), "to be delivered once, and was twice"),
        (lambda: epcc.assert_delivered("order.*", attempts=1), "was to take 1 attempts, and took 3"),
        (lambda: epcc.assert_delivered("order.paid", integration="nobody"), "order.paid to nobody was to be"),
        (lambda: epcc.assert_not_delivered("order.*", resource=first.id), "not to be delivered, and was 3 times"),
        (
            lambda: epcc.assert_ordered("order.paid", "order.updated", resource=first.id),
            "in the order order.paid, order.updated, and came order.updated, order.paid",
        ),
        (lambda: epcc.assert_ordered("order.paid", "order.deleted"), "order.deleted was to be delivered, and was not"),
    ):
        with pytest.raises(AssertionError, match=told):
            wrong()


def test_a_duration_that_is_none_is_refused(epcc: Any) -> None:
    with pytest.raises(InvalidInput, match="half an hour"):
        epcc.assert_delivered("order.paid", within="half an hour")


# Scenarios


def test_steps_and_rules_are_played_as_a_scenario_has_them(epcc: Any) -> None:
    played = epcc.play(
        [{"trigger": "order.created", "as": "o1"}, {"sleep": "10s"}, {"trigger": "order.paid", "of": "o1"}],
        chaos=[{"match": "order.paid", "delay": "5m"}, {"match": "order.created", "ack_loss": {"times": 1}}],
        forward_to=epcc.mount(receiver()),
    )
    assert played.settled
    epcc.assert_delivered("order.created", attempts=2, resource="o1")
    epcc.assert_ordered("order.updated", "order.paid", resource="o1")


@pytest.mark.epcc(scenario="duplicate", seed=4)
def test_the_scenario_of_the_marker_is_played(epcc: Any) -> None:
    assert epcc.client.status()["seed"] == 4
    with pytest.raises(UserError, match="give forward_to, the receiver's URL"):
        epcc.play()
    played = epcc.play(forward_to=epcc.mount(receiver()))
    assert played.scenario.name == "duplicate"
    assert {one["state"] for one in played.deliveries} == {"succeeded"}
    sends = [(one["delivery"], one["attempt"]) for one in played.attempts]
    assert len(sends) > len(set(sends)), "something was sent twice"


def test_what_cannot_be_played_is_refused(epcc: Any) -> None:
    with pytest.raises(UserError, match="there is nothing to play"):
        epcc.play()
    with pytest.raises(InvalidInput, match=r"did you mean 'order.paid'"):
        epcc.play([{"trigger": "order.payd"}])
    with pytest.raises(InvalidInput, match=r"did you mean 'delay'"):
        epcc.play([{"trigger": "order.paid"}], chaos=[{"dely": "5s"}])
    with pytest.raises(InvalidInput, match=r"steps\[1\]"):
        epcc.play([{"trigger": "order.created"}, {"trigger": "order.paid", "of": "nobody"}])


def hearing(heard: list[str], *, twice: bool = False) -> Any:
    """An application that notes the ids of paid orders; with `twice` however often it is told."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = json.loads((await receive())["body"])
        if message["triggered_by"] == "order.paid":
            id = message["payload"]["data"]["id"]
            if twice or id not in heard:
                heard.append(id)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


PAID = [{"trigger": "order.created", "as": "o1"}, {"trigger": "order.paid", "of": "o1"}]
LOST = [{"match": "order.paid", "ack_loss": {"times": 1}}]


def test_what_is_expected_of_a_play_is_judged(epcc: Any) -> None:
    heard: list[str] = []
    epcc.integration(epcc.mount(hearing(heard, twice=True)), observes=["order.*"])
    once = [{"exactly": {"probe": lambda: heard, "count": "$[*]", "equals": 1, "stable_for": "1ms"}}]
    assert epcc.play(PAID, expect=once).settled
    with pytest.raises(AssertionError) as failed:
        epcc.play([{"trigger": "order.paid"}], expect=[{"exactly": {"event": "order.paid", "count": 2}}])
    assert "fail: exactly: {event: order.paid, count: 2}" in str(failed.value)
    assert "1 delivery of order.paid, expected 2" in str(failed.value), "what was before it does not count"
    assert "order:2/order.paid:1 to receiver  succeeded: attempt 1 at" in str(failed.value)


def test_what_converges_in_a_play_is_compared(epcc: Any) -> None:
    """And what the test looks at afterwards is of the run under faults."""
    heard: list[str] = []
    epcc.integration(epcc.mount(hearing(heard)), observes=["order.*"])
    epcc.chaos(match="order.created", duplicate={"copies": 1})
    converges = [{"converges": {"probe": lambda: heard, "stable_for": "1ms"}}]
    assert epcc.play(PAID, chaos=LOST, expect=converges, reset=heard.clear).settled
    epcc.assert_delivered("order.paid", attempts=2)
    assert [one["copy"] for one in epcc.attempts() if one["event_key"] == "order.created"] == [0, 1]


def test_what_does_not_converge_in_a_play_is_told(epcc: Any) -> None:
    heard: list[str] = []
    epcc.integration(epcc.mount(hearing(heard, twice=True)), observes=["order.*"])
    converges = [{"converges": {"probe": lambda: heard, "stable_for": "1ms"}}]
    with pytest.raises(AssertionError) as failed:
        epcc.play(PAID, chaos=LOST, expect=converges, reset=heard.clear)
    assert "$ of <lambda> is not what it is without faults: it differs in 1 place" in str(failed.value)
    assert f'$[1]: "{heard[0]}", without faults not there' in str(failed.value)
    assert "acknowledgement lost" in str(failed.value)
    epcc.assert_delivered("order.paid", attempts=2)


@pytest.mark.parametrize(
    ("before", "reset", "words"),
    [
        (None, None, "give play a function that does: reset=…"),
        ("order.created", list, "something happened in the shop before"),
    ],
)
def test_what_cannot_be_compared_in_a_play_is_said(epcc: Any, before: str | None, reset: Any, words: str) -> None:
    heard: list[str] = []
    epcc.integration(epcc.mount(hearing(heard)), observes=["order.*"])
    if before is not None:
        epcc.trigger(before)
    with pytest.raises(AssertionError, match="inconclusive") as failed:
        epcc.play(PAID, expect=[{"converges": {"probe": lambda: heard, "stable_for": "1ms"}}], reset=reset)
    assert words in str(failed.value)
