"""What the demo says about arrivals: out of order, more than once, late, and wrong in the end."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.harness.arrivals import Arrival, Arrivals


def arrived(event: str, happened_at: int, arrived_at: int, attempt: int = 1) -> Arrival:
    resource, _, key = event.partition("/")
    return Arrival(
        event=event,
        event_key=key.rpartition(":")[0],
        resource=resource,
        job_id=f"job of {event}",
        attempt=attempt,
        happened_at=happened_at,
        arrived_at=arrived_at,
    )


CREATED, PAID, CART = "order:1/order.created:1", "order:1/order.paid:1", "cart:1/cart.updated:1"


def judged(*arrivals: Arrival, late_after: int = 100) -> Arrivals:
    return Arrivals(arrived=arrivals, late_after=late_after)


def events(pairs: Any) -> list[tuple[str, str]]:
    return [(one.event, other.event) for one, other in pairs]


def test_a_good_day_has_nothing_to_report() -> None:
    found = judged(arrived(CREATED, 1, 2), arrived(PAID, 3, 4))
    assert (found.out_of_order, found.repeated, found.late, found.misled) == ([], [], [], [])


def test_what_comes_after_something_newer_is_out_of_order_those_of_one_resource_first() -> None:
    found = judged(arrived(PAID, 3, 4), arrived(CART, 2, 5), arrived(CREATED, 1, 6))
    assert events(found.out_of_order) == [(CREATED, PAID), (CART, PAID)]


def test_a_second_copy_is_a_repetition_and_not_out_of_order() -> None:
    found = judged(arrived(CREATED, 1, 2), arrived(PAID, 3, 4), arrived(CREATED, 1, 5, attempt=2))
    assert found.out_of_order == []
    assert [[one.attempt for one in all_of_it] for all_of_it in found.repeated] == [[1, 2]]


def test_late_is_more_than_the_limit_and_counts_the_first_arrival() -> None:
    found = judged(arrived(CREATED, 0, 100), arrived(PAID, 0, 101), arrived(CREATED, 0, 500, attempt=2))
    assert [late.event for late in found.late] == [PAID]


def test_a_resource_whose_last_message_is_old_misleads() -> None:
    found = judged(arrived(PAID, 3, 4), arrived(CREATED, 1, 6), arrived(CART, 2, 7))
    assert events(found.misled) == [(CREATED, PAID)]


def by_definition(arrivals: list[Arrival]) -> list[tuple[Arrival, Arrival]]:
    """Every first arrival that came after one that happened later: with the first such of its resource, or of any."""
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(arrival.event, arrival)
    came = list(first.values())
    found = []
    for place, arrival in enumerate(came):
        passed = [other for other in came[:place] if other.happened_at > arrival.happened_at]
        own = [other for other in passed if other.resource == arrival.resource]
        if passed:
            found.append((arrival, (own or passed)[0]))
    return sorted(found, key=lambda pair: pair[0].resource != pair[1].resource)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), max_size=30))
def test_out_of_order_is_what_its_definition_says(story: list[tuple[str, int]]) -> None:
    arrivals = [
        arrived(f"{resource}:1/order.paid:{happened}", happened, place)
        for place, (resource, happened) in enumerate(story)
    ]
    assert Arrivals(arrived=arrivals, late_after=100).out_of_order == by_definition(arrivals)
