"""HeldOrder: what the user has put in order stays so while others come and go."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.model.held_order import HeldOrder


def sends(*numbers: int, attempt: int = 1) -> list[dict[str, Any]]:
    return [{"number": number, "attempt": attempt, "copy": 0} for number in numbers]


def test_new_ones_stand_behind_and_those_that_went_are_gone() -> None:
    order = HeldOrder()
    order.tell(sends(1, 2, 3))
    assert order.move("3/1/0", -1)
    assert order.move("3/1/0", -1)
    assert not order.move("3/1/0", -1)
    order.tell(sends(2, 3, 4))
    assert order.numbers() == [3, 2, 4]


def test_a_delivery_is_let_go_once_whatever_is_held_of_it() -> None:
    order = HeldOrder()
    order.tell([*sends(1, 2), *sends(1, attempt=2)])
    assert len(order) == 3
    assert order.numbers() == [1, 2]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([-1, 1]))), st.sets(st.integers(0, 9)))
def test_moving_loses_and_adds_nothing(moves: list[tuple[int, int]], left: set[int]) -> None:
    order = HeldOrder()
    order.tell(sends(*range(10)))
    for number, by in moves:
        order.move(f"{number}/1/0", by)
    assert sorted(order.numbers()) == list(range(10))
    before = [number for number in order.numbers() if number in left]
    order.tell(sends(*sorted(left)))
    assert order.numbers() == before
