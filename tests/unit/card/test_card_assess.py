"""What a run says of a receiver: only what it proves."""

from dataclasses import replace

import pytest

from emulator.core.card.aspect import ASPECTS, PLAIN, aspect
from emulator.core.card.assess import NO_PROBE, QUEUE_TOOK_IT, Seen, State, assess
from emulator.core.card.standing import Opinion, Standing, worst
from emulator.core.evidence import Delivered, Made
from emulator.core.verdict import Verdict
from emulator.domain.delivery import DeliveryState

PAID, CREATED = "order.paid", "order.created"
SAME = State(verdict=Verdict.PASS)
OTHER = State(verdict=Verdict.FAIL, sentence="$.mails is 2 in place of 1", seen=("a diff",))


def sent(attempt: int, status: int | None, error: str | None = None) -> Made:
    taken = status is not None and 200 <= status < 300
    return Made(
        attempt=attempt, copy=0, started_at=1, ended_at=2, succeeded=taken, reached=True, status=status, error=error
    )


def delivered(key: str, *made: Made) -> Delivered:
    return Delivered(
        number=1,
        event=f"o1/{key}:1",
        event_key=key,
        resource="o1",
        resource_id="o1",
        resource_type="order",
        integration="shop",
        state=DeliveryState.SUCCEEDED,
        happened_at=0,
        attempts=len(made),
        made=made,
    )


FINE = (delivered(CREATED, sent(1, 200)), delivered(PAID, sent(1, 204)))
SEEN = Seen(deliveries=FINE, settled=True, reached=frozenset({PAID, CREATED}))


def opinion(name: str, seen: Seen, key: str = PAID) -> Opinion:
    return assess(aspect(name), [key], seen)[key]


@pytest.mark.parametrize("name", [one.name for one in ASPECTS if not one.refuses])
def test_the_same_state_is_praise_and_another_is_not(name: str) -> None:
    assert opinion(name, replace(SEEN, state=SAME)).standing is Standing.TOLERATES
    assert opinion(name, replace(SEEN, state=OTHER)) == (Standing.FAILS, OTHER.sentence, OTHER.seen)


@pytest.mark.parametrize("one", [one for one in ASPECTS if not one.refuses], ids=lambda one: one.name)
def test_without_a_probe_what_answers_do_not_prove_is_not_known(one: object) -> None:
    assert isinstance(one, type(PLAIN))
    without = opinion(one.name, SEEN)
    if one.answers:
        assert without == (Standing.TOLERATES, "it answered 2xx", ())
    else:
        assert without == (Standing.UNKNOWN, NO_PROBE, ())
    assert opinion(one.name, replace(SEEN, answers=False)) == (Standing.UNKNOWN, QUEUE_TOOK_IT, ())


def test_a_state_that_is_not_known_is_no_worse_than_none() -> None:
    unknown = replace(SEEN, state=State.unknown("no reset"))
    assert opinion("duplicates", unknown) == (Standing.UNKNOWN, "no reset", ())
    assert opinion("new-fields", unknown).standing is Standing.TOLERATES
    assert opinion("new-fields", replace(unknown, answers=False)).sentence == "no reset"
    telling = State(verdict=Verdict.INCONCLUSIVE, sentence="it noted it", telling=True)
    assert opinion("new-events", replace(SEEN, state=telling)) == (Standing.UNKNOWN, "it noted it", ())


def test_what_is_never_taken_is_held_against_it_whatever_its_state() -> None:
    refused = delivered(PAID, *(sent(number, 500) for number in range(1, 7)))
    seen = replace(SEEN, deliveries=(FINE[0], refused), state=SAME)
    assert opinion("late", seen).sentence == "it answered 500 at the last of 6 attempts"
    assert opinion("late", seen, CREATED).sentence.startswith("order.paid was not taken any more: it answered 500")
    assert opinion("plain", seen, CREATED).standing is Standing.TOLERATES


def test_what_was_not_settled_is_not_known() -> None:
    assert opinion("late", replace(SEEN, settled=False, state=OTHER)).standing is Standing.UNKNOWN


def test_of_what_was_not_hit_nothing_is_said() -> None:
    assert assess(aspect("late"), [PAID, CREATED], replace(SEEN, reached=frozenset({PAID}))).keys() == {PAID}


def test_a_wrong_secret_is_rejected_by_an_answer_that_is_not_2xx() -> None:
    def said(*made: Made) -> Opinion:
        return opinion("wrong-secret", replace(SEEN, deliveries=(delivered(PAID, *made),)))

    assert said(sent(1, 401), sent(2, 200)) == (Standing.TOLERATES, "it answered 401", ())
    assert said(sent(1, 200)) == (Standing.FAILS, "it answered 200", ())
    nobody = said(sent(1, None, "no connection"), sent(2, 200))
    assert nobody == (Standing.UNKNOWN, "it did not answer at all: no connection", ())


def test_the_worst_is_what_counts() -> None:
    fails, unknown, fine = (
        Opinion(standing, "") for standing in (Standing.FAILS, Standing.UNKNOWN, Standing.TOLERATES)
    )
    assert worst([fine, unknown, fails]) is fails
    assert worst([fine, unknown]) is unknown
    assert len({standing.sign for standing in Standing}) == len(Standing)
