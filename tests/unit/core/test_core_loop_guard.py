"""The loop guard: what is a receiver that feeds itself, and what only looks like one."""

from dataclasses import replace

import pytest

from emulator.core.drafting import Drafted
from emulator.core.job import Job
from emulator.core.loop_guard import QUIET, ROUNDS, Loop, LoopGuard
from emulator.domain.delivery import DeliveryKey, DeliveryState
from emulator.domain.event import Event
from emulator.domain.moment import SECOND

UPDATED = Event(
    identity="order:1/order.updated:1",
    key="order.updated",
    resource="order:1",
    resource_type="order",
    resource_id="1",
    at=0,
    payload="{}",
)


def planned(state: DeliveryState, event: Event = UPDATED) -> Drafted:
    """What came of a write: one delivery that has got as far as this."""
    job = Job(number=1, key=DeliveryKey(event.identity, "shop"), job_id="j", event=event, state=state)
    return Drafted(at=0, plans=(), jobs=(job,), records=())


SUCCEEDED = DeliveryState.SUCCEEDED


def loops(guard: LoopGuard, writes: int, state: DeliveryState = SUCCEEDED, *, apart: int = 1) -> list[Loop]:
    """What it says of so many writes of an order, one every `apart` microseconds."""
    said = [guard.written("order:1", [planned(state)], number * apart) for number in range(writes)]
    return [loop for loop in said if loop is not None]


def test_a_loop_is_told_of_once() -> None:
    (loop,) = loops(LoopGuard(), 5 * ROUNDS, apart=SECOND // 5)
    assert loop == Loop(resource="order:1", keys=("order.updated",), rounds=ROUNDS, took=2 * SECOND)
    assert str(loop).startswith("order:1 was written 10 times in 2s, each time after its own order.updated had been")
    assert str(loop).endswith("Have it write only when something would change")


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.WAITING, DeliveryState.EXHAUSTED])
def test_a_receiver_that_writes_before_it_answers_or_never_does_well_is_one_too(state: DeliveryState) -> None:
    assert len(loops(LoopGuard(), ROUNDS + 1, state)) == 1


@pytest.mark.parametrize(
    "state", [DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.CANCELLED, DeliveryState.DROPPED]
)
def test_writes_that_nobody_has_heard_of_are_no_loop(state: DeliveryState) -> None:
    assert loops(LoopGuard(), 50, state) == []


def test_what_is_written_long_after_comes_of_something_else() -> None:
    assert loops(LoopGuard(), 50, apart=QUIET + 1) == []


def test_it_takes_one_write_more_than_the_rounds() -> None:
    assert loops(LoopGuard(), ROUNDS) == []


def test_a_change_from_elsewhere_begins_anew() -> None:
    guard = LoopGuard()
    assert loops(guard, ROUNDS) == []
    guard.changed(["cart:1", "order:1"])
    assert loops(guard, ROUNDS) == []
    assert len(loops(guard, ROUNDS)) == 1


def test_a_new_loop_after_a_quiet_time_is_told_of_again() -> None:
    guard = LoopGuard()
    assert len(loops(guard, 20)) == 1
    said = [guard.written("order:1", [planned(SUCCEEDED)], 2 * QUIET + number) for number in range(20)]
    assert len([loop for loop in said if loop is not None]) == 1


def test_events_of_other_resources_and_other_writes_do_not_count() -> None:
    guard = LoopGuard()
    stock = planned(SUCCEEDED, replace(UPDATED, key="stock-transaction.created", resource="stock:1"))
    assert [guard.written("order:1", [stock], number) for number in range(50)] == [None] * 50
    many = [guard.written(f"order:{number}", [planned(SUCCEEDED)], number) for number in range(50)]
    assert many == [None] * 50


def test_it_watches_a_bounded_number_of_resources() -> None:
    guard = LoopGuard()
    for number in range(2_000):
        order = replace(UPDATED, resource=f"order:{number}")
        guard.written(order.resource, [planned(SUCCEEDED, order)], number)
    assert len(guard._chains) == 1_000
    guard.clear()
    assert len(guard._chains) == 0
