"""What is judged of deliveries: tables of what each expectation says, and properties that hold for any history."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.evaluate import Run, evaluate
from emulator.core.evidence import Delivered, Made, evidence
from emulator.core.expectation import Counted, Eventually, Never, NoMore, OnDeliveries, Ordered, Sought
from emulator.core.verdict import Verdict, verdict_of
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import MINUTE, SECOND

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def made(at: int, *, ok: bool = True, attempt: int = 1, lost: bool = False, status: int | None = 200) -> Made:
    """A send at this second, answered in the same moment."""
    failed = 500 if status == 200 else status
    return Made(
        attempt=attempt,
        copy=0,
        started_at=at * SECOND,
        ended_at=at * SECOND,
        succeeded=ok and not lost,
        reached=status is not None,
        status=None if lost else 200 if ok else failed,
        error=LOST_ACKNOWLEDGEMENT if lost else None if ok else "it failed",
    )


def delivery(number: int, key: str, *sends: Made, resource: str = "o1", to: str = "shop", at: int = 0) -> Delivered:
    """One that happened at this second."""
    done = any(send.succeeded for send in sends)
    return Delivered(
        number=number,
        event=f"{resource}/{key}:1",
        event_key=key,
        resource=resource,
        resource_id=f"id-of-{resource}",
        resource_type=key.partition(".")[0],
        integration=to,
        state=DeliveryState.SUCCEEDED if done else DeliveryState.EXHAUSTED if sends else DeliveryState.DROPPED,
        happened_at=at * SECOND,
        attempts=max((send.attempt for send in sends), default=0),
        made=sends,
    )


CREATED = delivery(1, "order.created", made(1))
PAID = delivery(2, "order.paid", made(5, lost=True), made(9, attempt=2), at=1)
REFUSED = delivery(3, "order.fulfilled", *(made(n, ok=False, attempt=n) for n in range(1, 7)))
DROPPED = delivery(4, "order.refunded")
OTHER = delivery(5, "order.paid", made(3), resource="o2", to="queue")
ALL = (CREATED, PAID, REFUSED, DROPPED, OTHER)


@pytest.mark.parametrize(
    ("expected", "verdict", "words"),
    [
        (Eventually(sought=Sought(event="order.created", delivered=True)), PASS, "as expected"),
        (Eventually(sought=Sought(event="order.paid", delivered=True), within=8 * SECOND), PASS, "2 of 2 deliveries"),
        (
            Eventually(sought=Sought(event="order.paid", delivered=True), within=7 * SECOND),
            FAIL,
            "1 of 2 deliveries of order.paid came later than 7s; delivery 2 took 8s",
        ),
        (Eventually(sought=Sought(event="order.*", resource="o2", delivered=True)), PASS, "about o2"),
        (Eventually(sought=Sought(event="order.*", resource="id-of-o2", delivered=True)), PASS, "about id-of-o2"),
        (
            Eventually(sought=Sought(event="order.fulfilled", delivered=True)),
            FAIL,
            "was not delivered; delivery 3 of o1/order.fulfilled:1 to shop: exhausted after 6 attempts, the last: it",
        ),
        (Eventually(sought=Sought(event="order.refunded", delivered=True)), FAIL, "dropped after 0 attempts"),
        (
            Eventually(sought=Sought(event="order.paid", resource="o3", delivered=True)),
            FAIL,
            "there is no delivery of order.paid about o3; delivery 2 of o1/order.paid:1",
        ),
        (
            Eventually(sought=Sought(event="cart.updated", delivered=True)),
            FAIL,
            "there is no delivery of cart.updated; delivered were order.created",
        ),
        (Eventually(sought=Sought(event="order.paid", attempts_to=1)), FAIL, "1 of 2 deliveries of order.paid did not"),
        (Never(sought=Sought(event="order.*", delivered=False, integration="queue")), PASS, "there is no delivery"),
        (Never(sought=Sought(event="order.*", delivered=False)), FAIL, "2 deliveries of order.* that was not"),
        (Never(sought=Sought(event="*", attempts_from=7)), PASS, "at least 7 attempts"),
        (Counted(sought=Sought(event="order.paid"), count=2), PASS, "2 deliveries of order.paid"),
        (Counted(sought=Sought(event="order.paid"), count=1), FAIL, "2 deliveries of order.paid, expected 1"),
        (
            Counted(sought=Sought(event="order.paid", integration="q*"), count=2),
            FAIL,
            "1 delivery of order.paid to q*, expected 2; delivery 2 of o1/order.paid:1",
        ),
        (Counted(sought=Sought(event="order.*"), count=5, at_least=True), PASS, "5 deliveries"),
        (Counted(sought=Sought(event="order.*"), count=6, at_least=True), FAIL, "expected at least 6"),
        (Ordered(events=("order.created", "order.paid"), sought=Sought(resource="o1")), PASS, "in this order"),
        (
            Ordered(events=("order.paid", "order.created"), sought=Sought(resource="o1")),
            FAIL,
            "o1/order.created:1 reached shop 4s before o1/order.paid:1",
        ),
        (Ordered(events=("order.created", "order.paid"), sought=Sought()), PASS, "in this order"),
        (
            Ordered(events=("order.created", "order.refunded"), sought=Sought(resource="o1")),
            FAIL,
            "order.refunded never reached the receiver",
        ),
        (
            Ordered(events=("order.created", "order.paid"), sought=Sought(resource="o2")),
            FAIL,
            "order.created never reached the receiver",
        ),
        (NoMore(sought=Sought(event="*", integration="queue"), after_time=3 * SECOND), PASS, "nothing of anything"),
        (NoMore(sought=Sought(event="*"), after_time=6 * SECOND), FAIL, "1 delivery of anything reached the receiver"),
        (NoMore(sought=Sought(event="*", resource="o1"), after_event="order.fulfilled"), FAIL, "1 delivery"),
        (NoMore(sought=Sought(event="order.created"), after_event="order.paid"), PASS, "came after order.paid"),
        (NoMore(sought=Sought(event="*"), after_event="order.refunded"), INCONCLUSIVE, "never reached the receiver"),
    ],
)
def test_what_is_said_of_a_settled_run(expected: OnDeliveries, verdict: Verdict, words: str) -> None:
    opinion = evaluate(expected, Run(ALL, settled=True))
    said = "; ".join(filter(None, (opinion.sentence, opinion.nearest)))
    assert (opinion.verdict, words in said) == (verdict, True), said


def test_the_deliveries_that_matter_are_named() -> None:
    opinion = evaluate(Never(sought=Sought(event="*", delivered=False)), Run(ALL, settled=True))
    assert opinion.deliveries == (3, 4)
    opinion = evaluate(Ordered(events=("order.paid", "order.created"), sought=Sought()), Run(ALL, settled=True))
    assert opinion.deliveries == (1, 2)


def test_events_of_several_types_are_compared_with_each_other() -> None:
    cart = delivery(6, "cart.updated", made(0), resource="c1")
    run = Run((CREATED, cart), settled=True)
    assert evaluate(Ordered(events=("cart.updated", "order.created"), sought=Sought()), run).verdict is PASS
    assert evaluate(Ordered(events=("order.created", "cart.updated"), sought=Sought()), run).verdict is FAIL


def test_orders_of_different_resources_are_none_of_each_others_business() -> None:
    """o2 is paid before o1 is created; within each, everything is as it should be."""
    run = Run((delivery(1, "order.created", made(8)), delivery(2, "order.paid", made(9)), OTHER), settled=True)
    assert evaluate(Ordered(events=("order.created", "order.paid"), sought=Sought()), run).verdict is PASS


def test_what_is_sent_at_the_same_moment_of_virtual_time_has_an_order_unless_it_overlaps() -> None:
    expected = Ordered(events=("order.created", "order.paid"), sought=Sought())
    for together, verdict in ((False, FAIL), (True, PASS)):
        paid, created = (replace(made(1), rank=rank, together=together) for rank in (0, 1))
        run = Run((delivery(1, "order.created", created), delivery(2, "order.paid", paid)), settled=True)
        opinion = evaluate(expected, run)
        assert opinion.verdict is verdict
        assert together or "o1/order.paid:1 reached shop just before o1/order.created:1" in opinion.sentence


def test_what_is_under_way_at_the_same_time_has_no_order() -> None:
    expected = Ordered(events=("order.created", "order.paid"), sought=Sought())
    for answered, verdict in ((4, FAIL), (6, PASS)):
        paid = replace(made(3), ended_at=answered * SECOND)
        run = Run((delivery(1, "order.created", made(5)), delivery(2, "order.paid", paid)), settled=True)
        assert evaluate(expected, run).verdict is verdict


def test_documents_become_evidence() -> None:
    row = {
        "number": 7,
        "event": "o1/order.paid:1",
        "event_key": "order.paid",
        "resource": "o1",
        "resource_id": "id",
        "resource_type": "order",
        "integration": "shop",
        "state": "succeeded",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "attempts": 2,
    }
    attempt = {
        "delivery": 7,
        "attempt": 2,
        "copy": 0,
        "started_at": "2026-01-01T00:00:05.000000Z",
        "ended_at": "2026-01-01T00:00:06.000000Z",
        "succeeded": True,
        "status": 200,
        "error": None,
        "faults": [],
    }
    lost = {**attempt, "attempt": 1, "succeeded": False, "status": None, "error": LOST_ACKNOWLEDGEMENT}
    lost["started_at"] = lost["ended_at"] = "2026-01-01T00:00:01.000000Z"
    never = {**lost, "attempt": 3, "error": "connection refused"}
    (one,) = evidence([row], [attempt, lost, never])
    assert [send.started_at - one.happened_at for send in one.arrivals] == [SECOND, 5 * SECOND]
    assert one.delivered_at == one.happened_at + 6 * SECOND
    slowly = [{"rule": "slow", "fault": "connection", "detail": "in pieces"}]
    (one,) = evidence([row], [{**attempt, "faults": slowly}, {**never, "faults": slowly}])
    assert [send.spoiled for send in one.made] == [True, False], "what was answered has come whole"


KEYS = ("order.created", "order.paid", "order.fulfilled")
sends = st.lists(
    st.builds(
        made,
        st.integers(0, 100),
        ok=st.booleans(),
        attempt=st.integers(1, 4),
        status=st.sampled_from([200, 503, None]),
    ),
    max_size=4,
)


@st.composite
def histories(draw: st.DrawFn) -> Sequence[Delivered]:
    return [
        delivery(
            number,
            draw(st.sampled_from(KEYS)),
            *draw(sends),
            resource=draw(st.sampled_from(["o1", "o2"])),
            to=draw(st.sampled_from(["shop", "queue"])),
            at=draw(st.integers(0, 10)),
        )
        for number in range(1, draw(st.integers(1, 8)))
    ]


def soughts() -> st.SearchStrategy[Sought]:
    return st.builds(
        Sought,
        event=st.sampled_from([*KEYS, "order.*", "cart.*"]),
        integration=st.sampled_from([None, "shop", "q*"]),
        resource=st.sampled_from([None, "o1", "o9"]),
        delivered=st.sampled_from([None, True, False]),
        attempts_from=st.integers(0, 3),
    )


anything: st.SearchStrategy[Any] = st.one_of(
    st.builds(Eventually, sought=soughts(), within=st.sampled_from([None, SECOND, MINUTE])),
    st.builds(Never, sought=soughts()),
    st.builds(Counted, sought=soughts(), count=st.integers(0, 4), at_least=st.booleans()),
    st.builds(Ordered, events=st.permutations(KEYS).map(tuple), sought=soughts()),
    st.builds(NoMore, sought=soughts(), after_event=st.sampled_from(KEYS)),
    st.builds(NoMore, sought=soughts(), after_time=st.integers(0, 100).map(lambda second: second * SECOND)),
)


@given(expected=anything, history=histories())
def test_nothing_fails_that_is_not_settled(expected: OnDeliveries, history: Sequence[Delivered]) -> None:
    opinion = evaluate(expected, Run(history, settled=False))
    assert opinion.verdict is not FAIL
    if opinion.verdict is PASS:
        assert evaluate(expected, Run(history, settled=True)).verdict is PASS


@given(expected=anything, history=histories())
def test_the_order_in_which_deliveries_are_told_is_nothing(
    expected: OnDeliveries, history: Sequence[Delivered]
) -> None:
    one, other = (evaluate(expected, Run(told, settled=True)) for told in (history, history[::-1]))
    assert (one.verdict, one.deliveries) == (other.verdict, other.deliveries)


@given(expected=anything, history=histories())
def test_a_failure_says_what_was_seen_and_names_only_what_is_there(
    expected: OnDeliveries, history: Sequence[Delivered]
) -> None:
    opinion = evaluate(expected, Run(history, settled=True))
    assert opinion.sentence
    assert set(opinion.deliveries) <= {one.number for one in history}
    if opinion.verdict is FAIL:
        assert opinion.deliveries or opinion.nearest


@given(sought=soughts(), history=histories(), count=st.integers(0, 5))
def test_never_exactly_and_at_least_agree(sought: Sought, history: Sequence[Delivered], count: int) -> None:
    run = Run(history, settled=True)
    exactly, least, more = (
        evaluate(Counted(sought=sought, count=number, at_least=loose), run).verdict is PASS
        for number, loose in ((count, False), (count, True), (count + 1, True))
    )
    assert exactly == (least and not more)
    never = evaluate(Never(sought=sought), run).verdict
    assert never is evaluate(Counted(sought=sought, count=0), run).verdict


@given(history=histories(), within=st.integers(0, 100))
def test_more_time_never_makes_it_worse(history: Sequence[Delivered], within: int) -> None:
    sought, run = Sought(event="order.*", delivered=True), Run(history, settled=True)
    if evaluate(Eventually(sought=sought, within=within), run).verdict is PASS:
        assert evaluate(Eventually(sought=sought, within=2 * within), run).verdict is PASS
        assert evaluate(Eventually(sought=sought), run).verdict is PASS
        assert evaluate(Never(sought=Sought(event="order.*", delivered=False)), run).verdict is PASS


@given(verdicts=st.lists(st.sampled_from(list(Verdict))))
def test_a_failure_counts_only_where_it_is_settled(verdicts: list[Verdict]) -> None:
    assert verdict_of(verdicts, settled=False) is INCONCLUSIVE
    settled = verdict_of(verdicts, settled=True)
    assert (settled is FAIL) == (FAIL in verdicts)
    assert (settled is PASS) == (set(verdicts) <= {PASS})
