"""What was tried on a receiver: a table of accidents, and properties that hold for any history."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.coverage import Accident, Chance, Coverage, coverage
from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.evidence import Delivered, Made
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import SECOND

ORDER, TOGETHER, TWICE, UNHEARD = Accident.ORDER, Accident.TOGETHER, Accident.TWICE, Accident.UNHEARD


def made(at: int, *, attempt: int = 1, copy: int = 0, lost: bool = False, together: bool = False) -> Made:
    """A send that reaches the receiver at this second, which takes it in no time."""
    return Made(
        attempt=attempt,
        copy=copy,
        started_at=at * SECOND,
        ended_at=at * SECOND,
        succeeded=not lost,
        reached=True,
        status=None if lost else 200,
        error=LOST_ACKNOWLEDGEMENT if lost else None,
        rank=at * 10 + copy,
        together=together,
    )


def delivery(
    number: int, key: str, *sends: Made, resource: str = "o1", to: str = "shop", at: int = 0, nth: int = 1
) -> Delivered:
    return Delivered(
        number=number,
        event=f"{resource}/{key}:{nth}",
        event_key=key,
        resource=resource,
        resource_id=f"id-of-{resource}",
        resource_type=key.partition(".")[0],
        integration=to,
        state=DeliveryState.SUCCEEDED if sends else DeliveryState.DROPPED,
        happened_at=at * SECOND,
        attempts=max((send.attempt for send in sends), default=0),
        made=sends,
    )


def pair(first: Sequence[Made], second: Sequence[Made]) -> tuple[Delivered, Delivered]:
    return delivery(1, "order.created", *first), delivery(2, "order.paid", *second, at=1)


@pytest.mark.parametrize(
    ("first", "second", "tried"),
    [
        ([made(1)], [made(2)], {"order: order.created before order.paid"}),
        ([made(3)], [made(2)], {"order: order.paid before order.created"}),
        ([made(2, together=True)], [made(2, together=True)], {"together: order.created with order.paid"}),
        (
            [made(1, lost=True), made(3, attempt=2, together=True)],
            [made(3, together=True)],
            {
                "order: order.created before order.paid",
                "together: order.created with order.paid",
                "unheard: order.created",
            },
        ),
        ([made(1), made(2, copy=1)], [], {"twice: order.created"}),
        ([made(1)], [], set()),
    ],
)
def test_what_a_run_tries(first: list[Made], second: list[Made], tried: set[str]) -> None:
    found = coverage(pair(first, second))
    assert {f"{one.accident}: {one.said}" for one in found.tried} == tried
    assert len(found.possible) == 2 * 2 + 3


def test_an_event_with_a_second_job_comes_twice() -> None:
    one = delivery(1, "order.paid", made(1))
    assert coverage((one, replace(one, number=2, made=(made(5),)))).tried == {Chance(TWICE, "shop", ("order.paid",))}
    assert coverage((one, replace(one, number=2, made=()))).tried == set()


def test_two_events_of_one_key_are_told_apart_by_which_was_earlier() -> None:
    first = delivery(1, "order.updated", made(9), nth=1)
    second = delivery(2, "order.updated", made(5), nth=2, at=1)
    found = coverage((first, second))
    assert [one.said for one in found.tried] == ["the later order.updated before the earlier order.updated"]
    share = found.share(ORDER)
    assert share[:2] == (1, 2)
    assert [one.said for one in share.missing] == ["the earlier order.updated before the later order.updated"]
    assert found.share(TWICE)[:2] == (0, 1)


def test_resources_and_receivers_are_apart() -> None:
    one, other = pair([made(1)], [made(2)])
    assert coverage((one, replace(other, resource="o2"))).share(ORDER).possible == 0
    assert coverage((one, replace(other, integration="queue"))).share(ORDER).possible == 0
    both = coverage((one, other, replace(one, integration="queue"), replace(other, integration="queue")))
    assert both.share(ORDER)[:2] == (2, 4)
    assert both.receivers == {"queue", "shop"}


def test_only_own_events_count() -> None:
    one, other = pair([made(1)], [made(2)])
    assert coverage((one, other), {one.event}) == coverage((one,))


def test_it_is_told_in_numbers() -> None:
    document = coverage(pair([made(1)], [made(2), made(3, copy=1)])).document()
    assert document["twice"] == {
        "tried": 1,
        "possible": 2,
        "missing": [{"integration": "shop", "events": ["order.created"]}],
    }
    assert list(document) == ["order", "together", "twice", "unheard"]


keys = st.sampled_from(["order.created", "order.updated", "order.paid"])
sends = st.builds(
    made,
    st.integers(0, 9),
    attempt=st.integers(1, 3),
    copy=st.integers(0, 1),
    lost=st.booleans(),
    together=st.booleans(),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Delivered]:
    return [
        delivery(
            number,
            draw(keys),
            *draw(st.lists(sends, max_size=3)),
            resource=draw(st.sampled_from(["o1", "o2"])),
            to=draw(st.sampled_from(["shop", "queue"])),
            at=number,
            nth=number,
        )
        for number in range(1, 1 + draw(st.integers(0, 6)))
    ]


@given(history=histories())
def test_only_what_is_possible_is_tried_and_the_rest_is_named(history: list[Delivered]) -> None:
    found = coverage(history)
    assert found.tried <= found.possible
    for accident in Accident:
        share = found.share(accident)
        assert share.tried + len(share.missing) == share.possible
        assert not set(share.missing) & found.tried


@given(history=histories(), seed=st.randoms(use_true_random=False))
def test_the_order_in_which_it_is_told_and_what_ids_there_are_is_nothing(
    history: list[Delivered], seed: object
) -> None:
    shuffled = [replace(one, resource_id="another") for one in history]
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert coverage(shuffled) == coverage(history)


@given(one=histories(), other=histories())
def test_runs_add_up(one: list[Delivered], other: list[Delivered]) -> None:
    both = coverage(one) | coverage(other)
    assert both == coverage(other) | coverage(one)
    assert both | coverage(one) == both == both | Coverage()
    for accident in Accident:
        assert both.share(accident).tried >= coverage(one).share(accident).tried


@given(history=histories())
def test_two_first_arrivals_are_in_one_order_or_at_the_same_moment(history: list[Delivered]) -> None:
    alone = [replace(one, made=one.made[:1]) for one in history]
    for first in alone:
        for second in alone:
            if first is not second and first.made and second.made:
                tried = {each.accident for each in coverage((first, second)).tried}
                alike = first.resource == second.resource and first.integration == second.integration
                assert len(tried & {ORDER, TOGETHER}) == alike


@given(history=histories())
def test_possible_does_not_depend_on_what_arrived(history: list[Delivered]) -> None:
    assert coverage([replace(one, made=()) for one in history]).possible == coverage(history).possible
    assert coverage([replace(one, made=()) for one in history]).tried == set()
